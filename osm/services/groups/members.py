"""Many complaints of one kind: which messages get one common answer, who joins late, who is taken out again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.errors import MissingInput, StaleVersion, TransitionNotAllowed
from osm.regulation.words import STATUS_LABELS, ReplyKind, Status
from osm.services.acts import load_message, required, together
from osm.services.answers import drafting
from osm.services.approvals import approval
from osm.services.assignments import active_assignments, is_shared
from osm.services.clocks.terms import in_force
from osm.services.errors import NotFound, ServiceError
from osm.services.groups.answers import catch_up
from osm.services.groups.groups import act_on_group, add_member, log_of_group, open_members
from osm.services.messages import routing
from osm.services.messages.bulk import MOST, BulkRefused, Chosen, Refusal, TooMany, why_not
from osm.services.messages.executors import executor_today
from osm.services.reading.verdicts import MarkedFirst, StillMarked
from osm.store.models import AnswerGroup, DraftText, GroupMember, GroupState, Message, User
from osm.store.queries.groups.groups import group_of
from osm.store.queries.staff.substitutes import roster_on
from osm.store.transaction import transaction

MAX_NAME = 120
JOINING = (Status.NEW, Status.SELECTED, Status.IN_WORK, Status.REWORK)
"""From here a message can join; whatever is further on has its own text already."""


def create_group(
    chosen: Sequence[Chosen], *, executor_id: int | None, name: str, task: str, actor: User, now: datetime
) -> AnswerGroup:
    """These messages get one answer, which this executor prepares. Raises BulkRefused, MissingInput, TooMany."""
    if len({one.message_id for one in chosen}) < 2:
        raise TooMany("Отметьте хотя бы два сообщения: одно отвечают как обычно.")
    if executor_id is None:
        raise MissingInput("executor_id", "Выберите исполнителя: он готовит один ответ на все эти сообщения.")
    title = " ".join(name.split())[:MAX_NAME] or _name_of(chosen)
    with transaction() as session, together():
        group = AnswerGroup(name=title, kind=ReplyKind.FINAL, created_at=now, created_by_id=actor.id)
        session.add(group)
        session.flush()
        _join(group, chosen, executor_id, task, actor, now)
        log_of_group("group_created", group, actor, now)
        return group


def join_group(group_id: int, version: int, chosen: Sequence[Chosen], *, actor: User, now: datetime) -> AnswerGroup:
    """Late arrivals: directed to the same executor, and brought to where the common answer stands."""
    with act_on_group("group_joined", group_id, version, actor, now) as step:
        executor_id = _executor_of(step.group, now)
        _join(step.group, chosen, executor_id, "", actor, now)
        step.changes["members"] = (None, len(chosen))
        return step.group


def leave_group(
    group_id: int, version: int, message_id: int, *, message_version: int, reason: str, actor: User, now: datetime
) -> AnswerGroup:
    """This message gets an answer of its own; what waited for the curator goes back to its executor (П.12)."""
    with act_on_group("group_left", group_id, version, actor, now) as step:
        member = next((row for row in open_members(step.group) if row.message_id == message_id), None)
        if member is None:
            raise ServiceError("Это сообщение уже не в общем ответе, или ответ на него опубликован.")
        step.note = required("reason", reason, "Напишите, почему отвечаем отдельно: исполнитель увидит это.")
        message = load_message(message_id)
        if message.version != message_version:
            raise StaleVersion(message_version, message.version)
        if message.status is Status.ON_APPROVAL:
            approval.return_draft(
                message_id, message.version, draft_id=drafting.submitted_draft(message).id, remarks=step.note,
                actor=actor, now=now,
            )  # fmt: skip
        elif message.status is Status.APPROVED:
            approval.revoke_approval(message_id, message.version, reason=step.note, actor=actor, now=now)
        member.left_at, member.left_by_id = now, actor.id
        db.session.flush()
        _hand_typing_on(step.group, member)
        step.changes["message_id"] = (message_id, None)
        log_of_group("left_group", step.group, actor, now, message)
        return step.group


def _join(
    group: AnswerGroup, chosen: Sequence[Chosen], executor_id: int | None, task: str, actor: User, now: datetime
) -> None:
    """All of them or none, each in its own savepoint, so that every refusal is told at once."""
    ordered = sorted({one.message_id: one for one in chosen}.values(), key=lambda one: one.message_id)
    if not ordered:
        raise TooMany("Отметьте хотя бы одно сообщение.")
    if len(ordered) > MOST:
        raise TooMany(f"Отмечено {len(ordered)} сообщений, за один раз можно не больше {MOST}. Ничего не сделано.")
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
    """Why this message gets no common answer."""


def _join_one(group: AnswerGroup, one: Chosen, executor_id: int | None, task: str, actor: User, now: datetime) -> None:
    message = load_message(one.message_id)
    if message.version != one.version:
        raise StaleVersion(one.version, message.version)
    if other := group_of(message.id):
        raise _CannotJoin(f"уже в общем ответе № {other}")
    if message.status not in JOINING:
        raise _CannotJoin(f"сейчас «{STATUS_LABELS[message.status]}», присоединить можно до отправки проекта")
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
        message_id,
        number,
        status,
        isinstance(error, StaleVersion),
        str(error) if isinstance(error, _CannotJoin) else why_not(error),
    )


def _has_already(message: Message, executor_id: int | None, now: datetime) -> bool:
    """Whether the message is with this executor, or with whoever stands in for him (П.3)."""
    executor, asked = executor_today(executor_id, now)
    return any(row.executor_id in (executor.id, asked.id) for row in active_assignments(message))


def _executor_of(group: AnswerGroup, now: datetime) -> int:
    """To whom a late arrival is directed: the executor of the first message, or the one for whom he stands in there."""
    for member in open_members(group):
        if active := active_assignments(member.message):
            first = active[0]
            owner = first.for_id
            today = roster_on(in_force().calendar.local(now).date(), [owner] if owner else [])
            return owner if owner and today.stand_in(owner) == first.executor_id else first.executor_id
    raise MissingInput("executor_id", "Все ответы уже опубликованы: для нового сообщения создайте новый общий ответ.")


def _name_of(chosen: Sequence[Chosen]) -> str:
    """By the place of the first message that has one, else by its number."""
    ids = [one.message_id for one in chosen]
    rows = db.session.execute(
        select(Message.place, Message.number).where(Message.id.in_(ids)).order_by(Message.id)
    ).all()
    return next((place[:MAX_NAME] for place, _ in rows if place), f"№ {rows[0].number} и другие" if rows else "—")


def _hand_typing_on(group: AnswerGroup, left: GroupMember) -> None:
    """What was typed for all stands with the reply of the first member: it must not leave with him."""
    others = open_members(group)
    if not others or left.message_id > others[0].message_id:
        return
    first = others[0].reply_id
    has = set(db.session.scalars(select(DraftText.user_id).where(DraftText.reply_id == first)))
    for row in db.session.scalars(select(DraftText).where(DraftText.reply_id == left.reply_id)).all():
        if row.user_id not in has:
            db.session.add(DraftText(reply_id=first, user_id=row.user_id, text=row.text, saved_at=row.saved_at))
