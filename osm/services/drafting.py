"""The executor's work: the text being typed, and the version made of it for approval (П.10, П.12, П.18)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.clocks import ClockKind
from osm.regulation.errors import MissingInput
from osm.regulation.workflow import Action, Condition, ReplyKind, Status
from osm.services import clocks, readings
from osm.services.acts import Act, act, active_assignments, current_reply, required
from osm.services.errors import NotFound, NotYours, TextChangedElsewhere
from osm.services.template_fields import braced, unfilled
from osm.store.models import Deadline, DeadlineState, Draft, DraftState, DraftText, Message, ReadingKind, Reply, User
from osm.store.queries import drafting
from osm.store.transaction import transaction

RECEIVED_BY = ("по телефону", "в чате", "на бумаге")
"""How the executor's answer reached the curator who enters it for him."""

MAX_LENGTH = 20_000
"""Characters; no network takes more, and a pasted file is a mistake."""


def save_text(reply_id: int, *, text: str, seen_at: datetime | None, actor: User, now: datetime) -> DraftText:
    """Keep what is being typed. `seen_at`: when the text on this screen was last saved, None if it never was.

    Raises TextChangedElsewhere where another window saved a different text since; nothing is written over.
    """
    with transaction() as session:
        # Two windows of one person take turns: both would add the row of their first text otherwise.
        if session.get(Reply, reply_id, with_for_update={"key_share": True}) is None:
            raise NotFound("Ответ")
        text, row = _plain(text), draft_text(reply_id, actor)
        if row is None:
            row = DraftText(reply_id=reply_id, user_id=actor.id)
            session.add(row)
        elif row.saved_at != seen_at and row.text != text:
            raise TextChangedElsewhere(row.text)
        elif row.saved_at >= now:
            # A window knows its text by the instant of saving: two savings never share one, even if the clock stands.
            now = row.saved_at + timedelta(microseconds=1)
        row.text, row.saved_at = text, now
        return row


def draft_text(reply_id: int, person: User) -> DraftText | None:
    """What this person has typed for this reply."""
    return db.session.execute(
        select(DraftText).where(DraftText.reply_id == reply_id, DraftText.user_id == person.id)
    ).scalar_one_or_none()


def editor_text(reply: Reply, person: User) -> str:
    """What stands in the editor when it is opened: the typed text if it is newer than the last version."""
    return drafting.editor_text(reply.id, person.id).text


def submit_draft(
    message_id: int, version: int, *, text: str, kind: str, confirmed: bool, actor: User, now: datetime
) -> Draft:
    """Send the draft to the curator. `confirmed`: the executor answers for truth, completeness and terms (П.18)."""
    with act(Action.SUBMIT_DRAFT, message_id, version, actor, now) as step:
        if not confirmed:
            raise MissingInput("confirmed", "Подтвердите, что отвечаете за достоверность и сроки (п. 18).")
        if all(row.executor_id != actor.id for row in active_assignments(step.message)):
            raise NotYours("Сообщение направлено не вам. Внесите проект за исполнителя: отвечает за него он.")
        return _submit(step, text=text, kind=kind, author=actor)


def submit_for_executor(
    message_id: int,
    version: int,
    *,
    text: str,
    kind: str,
    executor_id: int | None,
    received_by: str,
    actor: User,
    now: datetime,
) -> Draft:
    """The curator enters what the executor told him (П.18 stays the executor's)."""
    with act(Action.SUBMIT_DRAFT, message_id, version, actor, now) as step:
        author = next((a.executor for a in active_assignments(step.message) if a.executor_id == executor_id), None)
        if author is None:
            raise MissingInput("executor_id", "Выберите исполнителя, за которого вносите проект.")
        if received_by not in RECEIVED_BY:
            raise MissingInput("received_by", "Укажите, как исполнитель передал текст.")
        step.note = received_by
        return _submit(step, text=text, kind=kind, author=author, received_by=received_by)


def withdraw_draft(message_id: int, version: int, *, actor: User, now: datetime) -> Message:
    """Take the version back before it was decided; the old terms go on."""
    waiting = _waiting_draft(message_id)
    given: Collection[Condition] = (
        {Condition.OWN_DRAFT} if waiting and waiting.submitted_by_id == actor.id else frozenset()
    )
    with act(Action.WITHDRAW_DRAFT, message_id, version, actor, now, given=given) as step:
        draft = submitted_draft(step.message)
        draft.state, draft.decided_at, draft.decided_by_id = DraftState.WITHDRAWN, now, actor.id
        step.origin = draft.came_from
        step.object_kind, step.object_id = "draft", draft.id
        clocks.end(step.message, [ClockKind.APPROVE], now, DeadlineState.CLOSED)
        clocks.reopen(step.message, _met_by(step.message, draft))
        return step.message


def submitted_draft(message: Message) -> Draft:
    """The version that waits for the curator."""
    reply = current_reply(message)
    draft = reply.drafts[-1] if reply and reply.drafts else None
    if draft is None or draft.state is not DraftState.SUBMITTED:
        raise NotFound("Проект ответа")
    return draft


def next_number(reply: Reply) -> int:
    """The number of the next version, from 1."""
    return reply.drafts[-1].number + 1 if reply.drafts else 1


def checked_text(text: str) -> str:
    """The text of a version, or MissingInput."""
    stripped = required("text", _plain(text), "Ответ пуст. Напишите текст и отправьте ещё раз.")
    if len(stripped) > MAX_LENGTH:
        raise MissingInput("text", f"Ответ длиннее {MAX_LENGTH} знаков. Сократите его: весь текст сохранён.")
    if empty := unfilled(stripped):
        raise MissingInput("text", f"Заполните поля шаблона: {braced(empty)}. Весь текст сохранён.")
    return stripped


def _plain(text: str) -> str:
    """One kind of line end: a posted form brings CR LF, a script's request LF. NUL is no text for PostgreSQL."""
    return text.replace("\r\n", "\n").replace("\0", "")


def _submit(step: Act, *, text: str, kind: str, author: User, received_by: str = "") -> Draft:
    message, now = step.message, step.now
    reply = current_reply(message)
    if reply is None:
        raise NotFound("Ответ")
    if kind not in set(ReplyKind):
        raise MissingInput("kind", "Выберите, что это: ответ, промежуточный ответ или запрос.")
    draft = Draft(
        reply=reply,
        number=next_number(reply),
        text=checked_text(text),
        came_from=step.before,
        author=author,
        submitted_by=step.actor,
        submitted_at=now,
        received_by=received_by,
    )
    reply.kind = ReplyKind(kind)
    db.session.add(draft)
    db.session.flush()
    readings.owe([message.id], [ReadingKind.SEARCH])
    step.object_kind, step.object_id = "draft", draft.id
    clocks.end(message, _CLOCKS_OF[step.before], now, DeadlineState.MET)
    clocks.open_clock(message, ClockKind.APPROVE, now)
    return draft


_CLOCKS_OF = {
    Status.IN_WORK: (ClockKind.DRAFT,),
    Status.REWORK: (ClockKind.REWORK, ClockKind.DRAFT),
}
"""Which clocks a submitted draft stops, by the status in which it was prepared."""


def _met_by(message: Message, draft: Draft) -> list[Deadline]:
    return [
        d
        for d in message.deadlines
        if d.state is DeadlineState.MET and d.ended_at == draft.submitted_at and d.kind in _CLOCKS_OF[draft.came_from]
    ]


def _waiting_draft(message_id: int) -> Draft | None:
    return db.session.execute(
        select(Draft)
        .join(Draft.reply)
        .where(Reply.message_id == message_id, Draft.state == DraftState.SUBMITTED)
        .order_by(Draft.id.desc())
        .limit(1)
    ).scalar_one_or_none()
