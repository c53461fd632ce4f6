"""The messages of a common answer and the parts of several executors (П.14)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import ColumnElement, select

from osm.answers.acts import publication
from osm.answers.acts.drafting import MAX_LENGTH, RECEIVED_BY, keep_typed, submit_version
from osm.answers.acts.templates import Explained
from osm.answers.queries.drafting import left_part_texts
from osm.approvals import acts as approval
from osm.base.database import add_row, db
from osm.base.errors import BulkRefused, NotFound, NotYours, ServiceError, TooMany, must_exist
from osm.base.transaction import transaction
from osm.check.acts.verdicts import MarkedFirst, StillMarked
from osm.flow.acts.act import Act, act, load_message, required, together
from osm.flow.acts.moving import active_assignments, is_shared, plain
from osm.flow.acts.terms import in_force
from osm.groups.acts.groups import (
    act_on_group,
    add_member,
    catch_up,
    copy_photos,
    each_of,
    leading,
    log_of_group,
    open_members,
    return_answer,
)
from osm.groups.queries import ANSWERED_TOGETHER, JOINING, final_due_ids, group_of
from osm.log.acts.record import Follow, Happened
from osm.messages.acts import executors, routing
from osm.messages.acts.bulk import Chosen, Refusal, in_order, why_not
from osm.models import (
    AnswerGroup,
    Assignment,
    Draft,
    DraftText,
    GroupMember,
    GroupState,
    Message,
    Part,
    PartText,
    Reply,
    User,
)
from osm.people.queries.absences import roster_on
from osm.regulation.errors import MissingInput, StaleVersion, TransitionNotAllowed, need, refuse
from osm.regulation.executors import PartState
from osm.regulation.transitions import CLOSED, TRANSITIONS
from osm.regulation.words import Action, ReplyKind, Status

# --- Many complaints on one matter
MAX_NAME = 120


def create_group(
    chosen: Sequence[Chosen], *, executor_id: int | None, name: str, task: str, actor: User, now: datetime
) -> AnswerGroup:
    """These messages get one answer, prepared by this executor. Raises BulkRefused, MissingInput, TooMany."""
    if len({one.message_id for one in chosen}) < 2:
        raise TooMany("Отметьте хотя бы два сообщения: одно отвечают как обычно.")
    executor_id = need("executor_id", executor_id, "Выберите исполнителя: он готовит один ответ на все эти сообщения.")
    title = " ".join(name.split())[:MAX_NAME] or _name_of(chosen)
    with transaction(), together():
        group = add_row(AnswerGroup(name=title, kind=ReplyKind.FINAL, created_at=now, created_by_id=actor.id))
        _join(group, chosen, executor_id, task, actor, now)
        log_of_group("group_created", group, actor, now)
        return group


def join_group(group_id: int, version: int, chosen: Sequence[Chosen], *, actor: User, now: datetime) -> AnswerGroup:
    """Direct late messages to the same executor and bring them to the state of the common answer."""
    with act_on_group("group_joined", group_id, version, actor, now) as step:
        executor_id = _executor_of(step.group, now)
        _join(step.group, chosen, executor_id, "", actor, now)
        step.changes["members"] = (None, len(chosen))
        return step.group


def leave_group(
    group_id: int, version: int, message_id: int, *, message_version: int, reason: str, actor: User, now: datetime
) -> AnswerGroup:
    """Answer this message separately; a text that waits for the curator goes back to its executor (П.12)."""
    with act_on_group("group_left", group_id, version, actor, now) as step:
        member = next((row for row in open_members(step.group) if row.message_id == message_id), None)
        if member is None:
            raise ServiceError("Это сообщение уже не в общем ответе, или ответ на него опубликован.")
        step.note = required("reason", reason, "Напишите, почему отвечаем отдельно: исполнитель увидит это.")
        message = load_message(message_id, message_version)
        if message.status in (Status.ON_APPROVAL, Status.APPROVED):
            return_answer(message, message.version, step.note, actor, now)
        _leave(member, actor, now)
        step.changes["message_id"] = (message_id, None)
        return step.group


def leave_closed(happened: Sequence[Happened]) -> None:
    """A message that is closed is answered with the others no more, not even after it is restored."""
    _leave_all(GroupMember.message_id.in_([one.message_id for one in happened]), happened[0].at)


def leave_closed_before(now: datetime) -> None:
    """The same for messages that version 1.0 has left in their common answer."""
    with transaction():
        _leave_all(Message.status.not_in(ANSWERED_TOGETHER), now)


FOLLOWS: dict[str, Follow] = {row.action.value: leave_closed for row in TRANSITIONS if row.target in CLOSED}


def _leave_all(which: ColumnElement[bool], now: datetime) -> None:
    members = select(GroupMember).join(GroupMember.reply).join(GroupMember.message)
    for member in db.session.scalars(members.where(which, GroupMember.left_at.is_(None), Reply.published_at.is_(None))):
        _leave(member, None, now)


def _leave(member: GroupMember, actor: User | None, now: datetime) -> None:
    member.left_at, member.left_by_id = now, actor.id if actor else None
    db.session.flush()
    _hand_on(member.group, member)
    log_of_group("left_group", member.group, actor, now, member.message)


def _join(
    group: AnswerGroup, chosen: Sequence[Chosen], executor_id: int | None, task: str, actor: User, now: datetime
) -> None:
    """Add all of them, each in a savepoint, so that all refusals are reported at once; with one no message joins."""
    ordered = in_order(chosen)
    refused: list[Refusal] = []
    for one in ordered:
        try:
            with db.session.begin_nested():
                _join_one(group, one, executor_id, task, actor, now)
        except (StaleVersion, TransitionNotAllowed, _CannotJoin, NotFound, StillMarked, MarkedFirst) as error:
            db.session.expire_all()
            refused.append(_refusal(one.message_id, error))
    if refused:
        raise BulkRefused(refused)


class _CannotJoin(ServiceError):
    pass


def _join_one(group: AnswerGroup, one: Chosen, executor_id: int | None, task: str, actor: User, now: datetime) -> None:
    message = load_message(one.message_id)
    StaleVersion.unless_seen(one.version, message.version)
    if other := group_of(message.id):
        raise _CannotJoin(f"уже в общем ответе № {other}")
    if message.status not in JOINING:
        raise _CannotJoin(f"сейчас «{message.status.label}», присоединить можно до отправки проекта")
    if is_shared(message):
        raise _CannotJoin("исполнителей несколько, общий проект по нему готовит куратор (п. 14)")
    if message.status in (Status.NEW, Status.SELECTED):
        routing.route_message(message.id, message.version, executor_id=executor_id, task=task, actor=actor, now=now)
    elif not _has_already(message, executor_id, now):
        routing.reroute_message(message.id, message.version, executor_id=executor_id, task=task, actor=actor, now=now)
    add_member(group, message, actor, now)
    if group.state is not GroupState.DRAFT:
        catch_up(group, message, actor=actor, now=now)


def _refusal(message_id: int, error: Exception) -> Refusal:
    message = db.session.get(Message, message_id)
    number, status = (message.number, message.status) if message else (str(message_id), Status.NEW)
    return Refusal(
        message_id, number, status, isinstance(error, StaleVersion),
        str(error) if isinstance(error, _CannotJoin) else why_not(error),
    )  # fmt: skip


def _has_already(message: Message, executor_id: int | None, now: datetime) -> bool:
    """Whether the message is with this executor or his substitute (П.3)."""
    executor, asked = executors.executor_today(executor_id, now)
    return any(row.executor_id in (executor.id, asked.id) for row in active_assignments(message))


def _executor_of(group: AnswerGroup, now: datetime) -> int:
    for member in open_members(group):
        if active := active_assignments(member.message):
            first = active[0]
            owner = first.for_id
            today = roster_on(in_force().calendar.local(now).date(), [owner] if owner else [])
            return owner if owner and today.stand_in(owner) == first.executor_id else first.executor_id
    raise MissingInput("executor_id", "Все ответы уже опубликованы: для нового сообщения создайте новый общий ответ.")


def _name_of(chosen: Sequence[Chosen]) -> str:
    """The place of the first message that has one, else its number."""
    ids = [one.message_id for one in chosen]
    rows = db.session.execute(
        select(Message.place, Message.number).where(Message.id.in_(ids)).order_by(Message.id)
    ).all()
    return next((place[:MAX_NAME] for place, _ in rows if place), f"№ {rows[0].number} и другие" if rows else "—")


def _hand_on(group: AnswerGroup, left: GroupMember) -> None:
    """Pass the photos and the text typed for all on when the leading member leaves."""
    if not open_members(group) or left.id > (first := leading(group)).id:
        return
    copy_photos([left.reply, first.reply])
    own = select(DraftText.user_id, DraftText.id).where(DraftText.reply_id == first.reply_id)
    ids = dict(db.session.execute(own).all())
    for row in db.session.scalars(select(DraftText).where(DraftText.reply_id == left.reply_id)).all():
        given = {"user_id": row.user_id, "text": row.text, "saved_at": row.saved_at}
        db.session.merge(DraftText(id=ids.get(row.user_id), reply_id=first.reply_id, **given))


# --- A common final answer after a common interim answer (П.13)
ONE_EXECUTOR = (
    "Общий ответ пишет один: передайте ему остальные сообщения с их карточек или отвечайте на каждое отдельно."
)
"""What to do if the messages of a common answer have different executors."""


def begin_common_final(
    group_id: int, version: int, seen: Sequence[Chosen], *, actor: User, now: datetime
) -> AnswerGroup:
    """Begin a common answer for the members that wait for their final answer; each keeps executor and term. Raises
    BulkRefused if messages have changed since they were seen, ServiceError if fewer than two wait or they have
    different executors."""
    with act_on_group("group_final_begun", group_id, version, actor, now) as step:
        due = final_due_ids(group_id)
        messages = [load_message(message_id) for message_id in due]
        ServiceError.when(len(messages) < 2, "Общий окончательный ответ не нужен: его ждёт меньше двух сообщений.")
        _check_one_executor(messages)
        group = add_row(AnswerGroup(name=step.group.name, kind=ReplyKind.FINAL, created_at=now, created_by_id=actor.id))
        each_of(messages, seen, lambda m, v: _take_in(group, m, v, actor, now))
        log_of_group("group_created", group, actor, now)
        step.changes["members"] = (None, len(messages))
        return group


def _check_one_executor(messages: Sequence[Message]) -> None:
    """One person writes the common text. Raises ServiceError, which names the present executors."""
    names = {row.executor_id: row.executor.name for m in messages for row in active_assignments(m)}
    if len(names) > 1:
        raise ServiceError(f"Исполнители разные: {', '.join(names.values())}. {ONE_EXECUTOR} Ничего не изменено.")


def _take_in(group: AnswerGroup, message: Message, version: int, actor: User, now: datetime) -> None:
    publication.prepare_final(message.id, version, actor=actor, now=now)
    add_member(group, message, actor, now)


# --- The part of one of several executors (П.14, П.18)
def submit_part(assignment_id: int, version: int, *, text: str, confirmed: bool, actor: User, now: datetime) -> Part:
    """Send one's own part to the curator. `version`: of the assignment; `confirmed`: he answers for it (П.18). A part
    may be sent before its turn, and again later. Raises StaleVersion if the curator has returned it, changed the task
    or removed the executor since; parts of colleagues do not matter."""
    with act_on_part(Action.SUBMIT_PART, assignment_id, version, actor, now, {"text": text}) as (step, row):
        if row.executor_id != actor.id:
            raise NotYours("Эту информацию готовит другой исполнитель. Внести её за него может куратор.")
        refuse("confirmed", not confirmed, "Подтвердите, что отвечаете за достоверность и сроки (п. 18).")
        return _send(step, row, text)


def enter_part(assignment_id: int, version: int, *, text: str, received_by: str, actor: User, now: datetime) -> Part:
    """The curator enters the executor's information (who still answers for it, П.18)."""
    with act_on_part(Action.SUBMIT_PART, assignment_id, version, actor, now, {"text": text}) as (step, row):
        refuse("received_by", received_by not in RECEIVED_BY, "Укажите, как исполнитель передал информацию.")
        step.note = received_by
        return _send(step, row, text, received_by)


def return_part(assignment_id: int, version: int, *, remarks: str, actor: User, now: datetime) -> Part:
    """Return it to its executor with remarks; he has an hour (П.12). The next executors continue."""
    with act_on_part(Action.RETURN_PART, assignment_id, version, actor, now, {"remarks": remarks}) as (step, row):
        if row.part_state is not PartState.SENT or not row.parts:
            raise ServiceError("Возвращать нечего: информации от этого исполнителя ещё нет.")
        part = row.parts[-1]
        part.remarks = step.texts["remarks"]
        part.returned_at, part.returned_by_id = now, actor.id
        row.part_state = PartState.RETURNED
        step.note = part.remarks
        return part


def save_part_text(assignment_id: int, *, text: str, seen_at: datetime | None, actor: User, now: datetime) -> PartText:
    """Save what is typed, even if the work was taken away. TextChangedElsewhere if another window was later."""
    with transaction() as session:
        must_exist(session.get(Assignment, assignment_id, with_for_update={"key_share": True, "of": Assignment}))
        blank = PartText(assignment_id=assignment_id, user_id=actor.id)
        return keep_typed(part_text(assignment_id, actor), blank, plain(text), seen_at, now)


def take_over_part_text(
    assignment_id: int, *, of_id: int, text: str, seen_at: datetime | None, actor: User, now: datetime
) -> PartText:
    """Append what an absent colleague typed for this part; his text stays. NotFound, NotYours, TextChangedElsewhere."""
    with transaction() as session:
        row = session.get(Assignment, assignment_id)
        if row is None or row.executor_id != actor.id or row.ended_at is not None:
            raise NotYours("Эту часть готовите не вы. Ничего не изменено.")
        left = must_exist(
            next((one for one in left_part_texts(assignment_id, actor.id) if one.user_id == of_id), None),
            "Текст коллеги",
        )
        begun = plain(text).strip()
        whole = f"{begun}\n\n{left.text}" if begun else left.text
        # The screen may have saved the text automatically when the press took the focus from the field.
        own = save_part_text(assignment_id, text=text, seen_at=seen_at, actor=actor, now=now)
        return save_part_text(assignment_id, text=whole, seen_at=own.saved_at, actor=actor, now=now)


def part_text(assignment_id: int, person: User) -> PartText | None:
    mine = (PartText.assignment_id == assignment_id, PartText.user_id == person.id)
    return db.session.scalar(select(PartText).where(*mine))


@contextmanager
def act_on_part(
    action: Action, assignment_id: int, seen_version: int, actor: User, now: datetime, texts: Mapping[str, str]
) -> Iterator[tuple[Act, Assignment]]:
    """An act on one executor's row under the version of that row, so that two executors can send at the same time."""
    with transaction() as session:
        message_id = must_exist(session.scalar(select(Assignment.message_id).where(Assignment.id == assignment_id)))
        load_message(message_id)  # locked: the row cannot change any more
        row = session.scalars(
            select(Assignment).where(Assignment.id == assignment_id).execution_options(populate_existing=True)
        ).one()
        StaleVersion.unless_seen(seen_version, row.version)
        with act(action, message_id, None, actor, now, texts=texts) as step:
            if row.ended_at is not None or row.part_state is None:
                raise NotYours("Сообщение направлено не вам. Ничего не изменено; передать его вам может куратор.")
            step.object_kind, step.object_id = "assignment", row.id
            step.facts.part = row
            row.version += 1
            yield step, row


def _send(step: Act, row: Assignment, text: str, received_by: str = "") -> Part:
    part = Part(
        assignment=row, number=row.parts[-1].number + 1 if row.parts else 1, text=_checked(text),
        author_id=row.executor_id, submitted_by_id=step.actor.id, submitted_at=step.now, received_by=received_by,
    )  # fmt: skip
    db.session.add(part)
    row.part_state = PartState.SENT
    return part


def _checked(text: str) -> str:
    stripped = plain(text).strip()
    refuse("text", len(stripped) > MAX_LENGTH, f"Текст длиннее {MAX_LENGTH} знаков. Сократите его: всё сохранено.")
    return stripped


# --- The common draft is the curator's own (П.14)
def submit_common(
    message_id: int, version: int, *, text: str, kind: str, interim: Explained | None = None, actor: User, now: datetime
) -> Draft:
    """Send the common draft to another curator; missing parts are no longer waited for."""
    with act(Action.SUBMIT_DRAFT, message_id, version, actor, now, texts={"text": text}) as step:
        if not is_shared(step.message):
            raise MissingInput("text", "Исполнитель один, и ответ готовит он. Внести его за исполнителя можно.")
        return submit_version(step, text=text, kind=kind, author=actor, interim=interim)


def approve_common(
    message_id: int, version: int, *, text: str, kind: str, interim: Explained | None = None,
    override: approval.Override | None = None, actor: User, now: datetime,
) -> Draft:  # fmt: skip
    """«Согласовать и опубликовать»: both acts at once, each logged. MissingInput if a second person is demanded."""
    if approval.second_person_approves():
        raise MissingInput("text", "Сводный ответ согласует другой куратор: отправьте его на согласование.")
    with transaction():
        draft = submit_common(message_id, version, text=text, kind=kind, interim=interim, actor=actor, now=now)
        return approval.approve_draft(
            message_id, version + 1, draft_id=draft.id, override=override, actor=actor, now=now
        )
