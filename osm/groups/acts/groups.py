"""The common answer of a group: sent once, decided once, published for each message like any other answer."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select

from osm.answers.acts import drafting, ordering
from osm.answers.acts.templates import Explained, braced, reply_kind, unfilled
from osm.approvals import acts as approval
from osm.approvals.acts import Override
from osm.base.database import db
from osm.base.errors import BulkRefused, NotFound, NotYours, ServiceError, must_exist
from osm.base.transaction import transaction
from osm.flow.acts.act import current_reply, for_the_curator, required, together
from osm.flow.acts.moving import active_assignments, locked
from osm.groups.queries import sender_of
from osm.log.acts.record import Change, record
from osm.messages.acts.bulk import Chosen, Refusal
from osm.models import (
    AnswerGroup,
    Attachment,
    DraftText,
    GroupMember,
    GroupState,
    Message,
    Publishing,
    Purpose,
    Reply,
    User,
)
from osm.outbox.acts.orders import SendingBegun, withdraw_publication
from osm.regulation.errors import MissingInput, StaleVersion, TransitionNotAllowed, refuse
from osm.regulation.words import Status


# --- Acts on a common answer
@dataclass
class GroupAct:
    """An act on a common answer. `changes`, `note` and `for_id` (the absent colleague, П.3) go to the log."""

    group: AnswerGroup
    actor: User
    now: datetime
    changes: dict[str, Change] = field(default_factory=dict)
    note: str = ""
    for_id: int | None = None


@contextmanager
def act_on_group(action: str, group_id: int, seen_version: int, actor: User, now: datetime) -> Iterator[GroupAct]:
    """One transaction on the group, if it has the version that the person saw. Raises NotFound, StaleVersion."""
    with transaction(), together():
        group = locked(AnswerGroup, group_id, seen_version, "Общий ответ")
        step = GroupAct(group, actor, now, for_id=for_the_curator(actor))
        yield step
        group.version += 1
        record(
            action, at=now, actor=actor, changes={"version": (group.version - 1, group.version), **step.changes},
            note=step.note, about=group, for_id=step.for_id,
        )  # fmt: skip


def open_members(group: AnswerGroup) -> list[GroupMember]:
    """Members with an unpublished answer, always in the same order."""
    rows = db.session.scalars(
        select(GroupMember).where(GroupMember.group_id == group.id, GroupMember.left_at.is_(None))
    ).all()
    return sorted((row for row in rows if row.reply.published_at is None), key=lambda row: row.message_id)


def leading(group: AnswerGroup) -> GroupMember:
    """The open member that joined first. The photos and the text typed for all are stored with its reply."""
    return min(open_members(group), key=lambda row: row.id)


def add_member(group: AnswerGroup, message: Message, actor: User, now: datetime) -> None:
    """Give the message's current reply by the common answer. Raises NotFound if there is no reply. Until the common
    answer is sent, photos of this reply are shown with it."""
    reply = must_exist(current_reply(message), "Ответ")
    db.session.add(GroupMember(group_id=group.id, message=message, reply=reply, joined_at=now, joined_by_id=actor.id))
    db.session.flush()
    if group.state is GroupState.DRAFT:
        copy_photos([reply, leading(group).reply], alike=False)
    log_of_group("joined_group", group, actor, now, message)


def log_of_group(
    action: str, group: AnswerGroup, actor: User | None, now: datetime, message: Message | None = None
) -> None:
    for_id = for_the_curator(actor) if actor else None
    record(action, at=now, actor=actor, message=message, about=group, for_id=for_id)


# --- Publication by the program
def order_group(group_id: int, version: int, *, actor: User, now: datetime) -> int:
    with act_on_group("group_ordered", group_id, version, actor, now) as step:
        ordered = _order(step.group, actor, now, at_once_only=False)
        if not ordered:
            raise ServiceError("Программе здесь размещать нечего: всё размещено, уже отправляется или делается руками.")
        step.changes["members"] = (None, ordered)
        return ordered


def order_where_at_once(group: AnswerGroup, *, actor: User, now: datetime) -> int:
    """On pages set to «сразу» the answers are ordered in the transaction of the approval."""
    return _order(group, actor, now, at_once_only=True)


def stop_group(group_id: int, version: int, *, actor: User, now: datetime) -> int:
    """Stop publications that the program has not begun to send; returns how many."""
    with act_on_group("group_stopped", group_id, version, actor, now) as step:
        stopped = 0
        for row in open_members(step.group):
            try:
                stopped += withdraw_publication(row.message_id, actor=actor, now=now)
            except SendingBegun:
                continue
        step.changes["members"] = (None, stopped)
        return stopped


def _order(group: AnswerGroup, actor: User, now: datetime, *, at_once_only: bool) -> int:
    messages = [row.message for row in open_members(group)]
    if at_once_only:
        ways = {message.id: ordering.way_of(message.id) for message in messages}
        messages = [m for m in messages if (way := ways[m.id]) and way.connection.publish is Publishing.AUTO]
    return ordering.order_all(messages, actor=actor, now=now)


# --- The common answer
_PREPARED = (Status.IN_WORK, Status.REWORK)


def submit_group(
    group_id: int, version: int, seen: Sequence[Chosen], *, text: str, kind: str, confirmed: bool,
    received_by: str = "", interim: Explained | None = None, actor: User, now: datetime,
) -> AnswerGroup:  # fmt: skip
    """Send the common text: each message gets its own version with its own greeting. The executor answers for it
    (П.18); if the curator sends it, `received_by` says how the executor gave it to him. Raises BulkRefused if messages
    have changed since they were seen, MissingInput, NotYours, StaleVersion."""
    with act_on_group("group_submitted", group_id, version, actor, now) as step:
        group = step.group
        ServiceError.when(group.state is not GroupState.DRAFT, "Общий ответ уже на согласовании. Ничего не изменено.")
        messages = [row.message for row in open_members(group) if row.message.status in _PREPARED]
        ServiceError.when(not messages, "В общем ответе нет сообщений, которые ждут проекта. Ничего не изменено.")
        common = required("text", text, "Ответ пуст. Напишите текст и отправьте ещё раз.")
        group_kind = reply_kind(kind)
        own = all(any(row.executor_id == actor.id for row in active_assignments(m)) for m in messages)
        refuse("confirmed", own and not confirmed, "Подтвердите, что отвечаете за достоверность и сроки (п. 18).")
        if not own and received_by not in drafting.RECEIVED_BY:
            raise MissingInput("received_by", "Укажите, как исполнитель передал текст.")
        if own:
            step.for_id = _stood_in_for(messages, actor)
        step.changes["group_state"] = (group.state, GroupState.SUBMITTED)
        group.text, group.kind, group.state = common, group_kind, GroupState.SUBMITTED
        group.received_by, group.remarks = "" if own else received_by, ""
        group.interim_reason, group.interim_text = (interim.reason, interim.text) if interim else (None, "")
        texts = {m.id: _text_of(group, m) for m in messages}
        copy_photos([leading(group).reply, *_replies(messages)])
        each_of(messages, seen, lambda m, v: _submit(group, m, v, texts[m.id], actor, now))
        _forget_typing(messages)
        return group


def approve_group(
    group_id: int, version: int, seen: Sequence[Chosen], *, override: Override | None, actor: User, now: datetime
) -> AnswerGroup:
    """Approve the common answer once for all its messages. `override`: if a criterion is not met."""
    with act_on_group("group_approved", group_id, version, actor, now) as step:
        group, messages = _waiting(step)
        _approved(step, override)
        each_of(messages, seen, lambda m, v: _approve(group, m, v, actor, now))
        order_where_at_once(group, actor=actor, now=now)
        return group


def correct_group(
    group_id: int, version: int, seen: Sequence[Chosen], *, text: str, override: Override | None = None, actor: User,
    now: datetime,
) -> AnswerGroup:  # fmt: skip
    """The curator corrects and approves the common text; the executor still answers for it and is shown the changes."""
    with act_on_group("group_corrected", group_id, version, actor, now) as step:
        group, messages = _waiting(step)
        group.text = required("text", text, "Ответ пуст. Напишите текст и отправьте ещё раз.")
        _approved(step, override)
        texts = {m.id: _text_of(group, m) for m in messages}
        each_of(messages, seen, lambda m, v: _approve(group, m, v, actor, now, texts[m.id]))
        _forget_typing(messages)
        order_where_at_once(group, actor=actor, now=now)
        return group


def withdraw_group(group_id: int, version: int, seen: Sequence[Chosen], *, actor: User, now: datetime) -> AnswerGroup:
    with act_on_group("group_withdrawn", group_id, version, actor, now) as step:
        group, messages = _waiting(step)
        if sender_of(group.id) != actor.id:
            raise NotYours("Общий ответ отправляли не вы. Отозвать его может тот, кто отправил.")
        step.changes["group_state"] = (group.state, GroupState.DRAFT)
        group.state = GroupState.DRAFT
        withdraw = partial(drafting.withdraw_draft, is_own=True, actor=actor, now=now)
        each_of(messages, seen, lambda m, v: withdraw(m.id, v))
        return group


def return_group(
    group_id: int, version: int, seen: Sequence[Chosen], *, remarks: str, actor: User, now: datetime
) -> AnswerGroup:
    """Return it to the executor with remarks (П.12); approved and unpublished answers are returned too."""
    with act_on_group("group_returned", group_id, version, actor, now) as step:
        group = step.group
        ServiceError.when(group.state is GroupState.DRAFT, "Общий ответ уже у исполнителя. Ничего не изменено.")
        note = required("remarks", remarks, "Напишите замечание: что исправить. Без него вернуть нельзя.")
        given = (Status.ON_APPROVAL, Status.APPROVED)
        messages = [row.message for row in open_members(group) if row.message.status in given]
        ServiceError.when(not messages, "Все ответы уже опубликованы, возвращать нечего.")
        step.note, step.changes["group_state"] = note, (group.state, GroupState.DRAFT)
        group.state, group.remarks = GroupState.DRAFT, note
        each_of(messages, seen, lambda m, v: return_answer(m, v, note, actor, now))
        return group


def catch_up(group: AnswerGroup, message: Message, *, actor: User, now: datetime) -> None:
    """Bring a message to the state of the common answer: sent, and approved if that was decided."""
    if group.state is GroupState.DRAFT:
        return
    copy_photos([leading(group).reply, *_replies([message])])
    _submit(group, message, message.version, _text_of(group, message), actor, now)
    if group.state is GroupState.APPROVED:
        _approve(group, message, message.version, actor, now)


def _stood_in_for(messages: Sequence[Message], executor: User) -> int | None:
    """The absent colleague that the executor replaces (П.3): the first one found; each version names its own."""
    mine = (row for m in messages for row in active_assignments(m) if row.executor_id == executor.id)
    return next((row.for_id for row in mine if row.for_id is not None), None)


def _submit(group: AnswerGroup, message: Message, version: int, text: str, actor: User, now: datetime) -> None:
    given = Explained(group.interim_reason, group.interim_text) if group.interim_reason else None
    active = active_assignments(message)
    if any(row.executor_id == actor.id for row in active):
        drafting.submit_draft(
            message.id, version, text=text, kind=group.kind, confirmed=True, actor=actor, now=now, interim=given
        )
        return
    NotYours.when(not active, "У сообщения нет исполнителя.")
    drafting.submit_for_executor(
        message.id, version, text=text, kind=group.kind, executor_id=active[0].executor_id,
        received_by=group.received_by or drafting.RECEIVED_BY[1], actor=actor, now=now, interim=given,
    )  # fmt: skip


def _approved(step: GroupAct, override: Override | None) -> None:
    group = step.group
    group.in_spite, group.in_spite_text = (override.reason, override.text) if override else (None, "")
    step.changes["group_state"] = (group.state, GroupState.APPROVED)
    group.state = GroupState.APPROVED


def _approve(
    group: AnswerGroup, message: Message, version: int, actor: User, now: datetime, corrected: str = ""
) -> None:
    """Raises MissingInput, which names the message where something is missing."""
    draft = drafting.submitted_draft(message)
    given = Override(group.in_spite, group.in_spite_text) if group.in_spite else None
    number = message.number
    kept: dict[str, Any] = {"draft_id": draft.id, "override": given, "actor": actor, "now": now}
    try:
        if corrected:
            approval.correct_and_approve(message.id, version, text=corrected, **kept)
        else:
            approval.approve_draft(message.id, version, **kept)
    except MissingInput as error:
        raise MissingInput(error.field, f"№ {number}: {error}") from None


def return_answer(message: Message, version: int, remarks: str, actor: User, now: datetime) -> None:
    """Give the answer back to its executor, also if it is approved."""
    if message.status is Status.APPROVED:
        approval.revoke_approval(message.id, version, reason=remarks, actor=actor, now=now)
        return
    draft = drafting.submitted_draft(message)
    approval.return_draft(message.id, version, draft_id=draft.id, remarks=remarks, actor=actor, now=now)


def _waiting(step: GroupAct) -> tuple[AnswerGroup, list[Message]]:
    """The common answer and its messages that wait for the curator."""
    group = step.group
    is_waiting = group.state is GroupState.SUBMITTED
    ServiceError.when(not is_waiting, "Общий ответ уже не ждёт согласования. Ничего не изменено.")
    return group, [row.message for row in open_members(group) if row.message.status is Status.ON_APPROVAL]


def _text_of(group: AnswerGroup, message: Message) -> str:
    """The version for one message. Raises MissingInput (`text`) with its number if a field cannot be filled."""
    author = message.author.name if message.author else ""
    ready = drafting.text_for(group.text, author=author, place=message.place, turn=message.id)
    if empty := unfilled(ready):
        raise MissingInput("text", f"Для № {message.number} не заполнено: {braced(empty)}. Весь текст сохранён.")
    if f"{{{drafting.GREETING_FIELD}" in ready:
        raise MissingInput("text", f"Поле пишется так: {{{drafting.GREETING_FIELD}}}. Весь текст сохранён.")
    return drafting.checked_text(ready)


def each_of(messages: Sequence[Message], seen: Sequence[Chosen], do: Callable[[Message, int], object]) -> None:
    """Call `do` with each message and the seen version; if any is refused, raise all refusals and change nothing."""
    versions = {one.message_id: one.version for one in seen}
    refused: list[Refusal] = []
    for message in messages:
        message_id, number, status = message.id, message.number, message.status
        try:
            with db.session.begin_nested():
                do(message, versions.get(message_id, 0))
        except (StaleVersion, TransitionNotAllowed, NotFound, NotYours) as error:
            words = str(error) if isinstance(error, NotYours) else ""
            refused.append(Refusal(message_id, number, status, isinstance(error, StaleVersion), words))
    if refused:
        raise BulkRefused(refused)


def copy_photos(replies: Sequence[Reply], *, alike: bool = True) -> None:
    """Give the photos of the first reply to the others. `alike`: they lose those that it does not have."""
    of_all = select(Attachment).where(Attachment.reply_id.in_([r.id for r in replies]))
    rows = db.session.scalars(of_all.order_by(Attachment.id)).all()
    known = {(row.reply_id, row.sha256) for row in rows}
    shown = [row for row in rows if row.reply_id == replies[0].id]
    for row in rows:
        if alike and (replies[0].id, row.sha256) not in known:
            db.session.delete(row)
    for row in shown:
        for reply in replies[1:]:
            if (reply.id, row.sha256) not in known:
                db.session.add(
                    Attachment(
                        message_id=reply.message_id, reply_id=reply.id, purpose=Purpose.REPLY, filename=row.filename,
                        content_type=row.content_type, size=row.size, sha256=row.sha256,
                        uploaded_by_id=row.uploaded_by_id, uploaded_at=row.uploaded_at,
                    )
                )  # fmt: skip
    db.session.flush()


def _forget_typing(messages: Sequence[Message]) -> None:
    """The group keeps the common text now; what was typed before does not belong to one message."""
    ids = [reply.id for reply in _replies(messages)]
    for row in db.session.scalars(select(DraftText).where(DraftText.reply_id.in_(ids))).all():
        db.session.delete(row)


def _replies(messages: Sequence[Message]) -> list[Reply]:
    return [reply for reply in map(current_reply, messages) if reply is not None]
