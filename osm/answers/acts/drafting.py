"""The executor's work: the text being typed, and the version made of it for approval (П.10, П.12, П.18)."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select

from moderation.morph import readings
from osm.answers.acts.templates import Explained, braced, explain, filled, first_name, unfilled
from osm.answers.queries import drafting
from osm.check.acts import due
from osm.extensions import db
from osm.flow.acts import clocks
from osm.flow.acts.act import Act, act, current_reply, required
from osm.flow.acts.edits import active_assignments, is_shared
from osm.regulation.errors import MissingInput
from osm.regulation.words import Role
from osm.regulation.workflow import Action, Condition, ReplyKind
from osm.services.errors import NotFound, NotYours, TextChangedElsewhere
from osm.store.models import (
    DeadlineState,
    Draft,
    DraftState,
    DraftText,
    Message,
    PartText,
    PlanText,
    ReadingKind,
    Reply,
    User,
)
from osm.store.transaction import transaction

# --- The common text of a group made into the answer to one message
GREETING_FIELD = "приветствие"
BEGINNING = f"{{{GREETING_FIELD}}}\n\n"
"""What the common text begins with."""

_NAMED = ("Здравствуйте, {имя}!", "{имя}, здравствуйте!", "Добрый день, {имя}!", "{имя}, добрый день!")
_NEUTRAL = ("Здравствуйте!", "Добрый день!")
_GREETING = re.compile(r"\{\s*" + GREETING_FIELD + r"\s*\}", re.IGNORECASE)
_NAME = r"\{\s*имя\s*\}"
_WITHOUT_NAME = (
    (re.compile(rf",\s*{_NAME}", re.IGNORECASE), ""),
    (re.compile(rf"{_NAME},\s*(\w)", re.IGNORECASE), lambda found: found[1].upper()),
    (re.compile(rf"\s?{_NAME}", re.IGNORECASE), ""),
)
"""Where nobody knows the author's name, the address goes with its comma."""


_OPENING = re.compile(
    rf"^\s*(?:{_NAME},\s*)?(?:здравствуйте|доброе\s+утро|добр(?:ый|ого)\s+(?:день|дня|вечера?))(?:,\s*{_NAME})?\s*[!.]\s*",
    re.IGNORECASE,
)
"""The greeting of a template: the common text has «{приветствие}» already."""


def without_greeting(template: str) -> str:
    """A ready text for a common answer, which greets each author in his own way."""
    return _OPENING.sub("", template, count=1) or template


def given_name(author: str) -> str:
    """«Мария» of «Мария П.»; empty for «Старшая по дому», «Подслушано» and whatever else is no given name."""
    name = first_name(author)
    return name if name and any({"Name", "nomn"} <= reading.tags for reading in readings(name.lower())) else ""


def text_for(text: str, *, author: str, place: str, turn: int) -> str:
    """The answer to one message. `author`: his name as the network gives it; `turn`: which greeting of the row.

    Fields that nobody knows the value of stay: the caller refuses a text with them.
    """
    name = given_name(author)
    greetings = _NAMED if name else _NEUTRAL
    ready = _GREETING.sub(greetings[turn % len(greetings)], text)
    if not name:
        for pattern, instead in _WITHOUT_NAME:
            ready = pattern.sub(instead, ready)
    return filled(ready, {"имя": name, "адрес": place})


# --- The executor's work
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
        text, row = plain(text), draft_text(reply_id, actor)
        if row is None:
            row = DraftText(reply_id=reply_id, user_id=actor.id)
            session.add(row)
        else:
            now = instant_of_saving(row, text, seen_at, now)
        row.text, row.saved_at = text, now
        return row


def instant_of_saving(
    row: DraftText | PartText | PlanText, text: str, seen_at: datetime | None, now: datetime
) -> datetime:
    """When what is typed counts as saved: the window knows its text by this instant.

    `row`: what was saved last, `seen_at`: the saving that this window knows. Raises TextChangedElsewhere where it knows
    an older one and has another text.
    """
    if row.saved_at != seen_at:
        if row.text != text:
            raise TextChangedElsewhere(row.text)
        return row.saved_at  # a page that was left saves late: the next one, which knows this instant, goes on
    return max(now, row.saved_at + timedelta(microseconds=1))  # two savings never share one, even if the clock stands


def take_over_text(
    reply_id: int, *, of_id: int, text: str, seen_at: datetime | None, actor: User, now: datetime
) -> DraftText:
    """What an absent colleague typed and never sent becomes this person's own (П.3), behind what he has typed himself.

    `text`: what stands in his editor. Raises NotFound, NotYours, TextChangedElsewhere; the colleague's text stays.
    """
    with transaction() as session:
        reply = session.get(Reply, reply_id)
        mine = reply is not None and any(row.executor_id == actor.id for row in active_assignments(reply.message))
        if reply is None or not (mine or (actor.has(Role.CURATOR) and is_shared(reply.message))):
            raise NotYours("Ответ готовите не вы. Ничего не изменено.")
        if mine:
            found = drafting.left_texts(reply_id, actor.id)
        else:
            found = drafting.left_common_texts(reply_id, actor.id, clocks.in_force().calendar, now)
        left = next((one for one in found if one.user_id == of_id), None)
        if left is None:
            raise NotFound("Текст коллеги")
        begun = plain(text).strip()
        version = reply.drafts[-1].text.strip() if reply.drafts else ""
        whole = left.text if begun in ("", version, BEGINNING.strip()) else f"{begun}\n\n{left.text}"
        # The screen may have saved what was begun by itself, as the press took the focus from the field.
        own = save_text(reply_id, text=text, seen_at=seen_at, actor=actor, now=now)
        return save_text(reply_id, text=whole, seen_at=own.saved_at, actor=actor, now=now)


def draft_text(reply_id: int, person: User) -> DraftText | None:
    """What this person has typed for this reply."""
    return db.session.execute(
        select(DraftText).where(DraftText.reply_id == reply_id, DraftText.user_id == person.id)
    ).scalar_one_or_none()


def editor_text(reply: Reply, person: User) -> str:
    """What stands in the editor when it is opened: the typed text if it is newer than the last version."""
    return drafting.editor_text(reply.id, person.id).text


def submit_draft(
    message_id: int,
    version: int,
    *,
    text: str,
    kind: str,
    confirmed: bool,
    actor: User,
    now: datetime,
    interim: Explained | None = None,
) -> Draft:
    """Send the draft to the curator. `confirmed`: the executor answers for truth, completeness and terms (П.18).

    `interim`: why it is an interim answer, where one needs a reason (`osm.regulation.interim`).
    """
    with act(Action.SUBMIT_DRAFT, message_id, version, actor, now, said={"text": text}) as step:
        _refuse_shared(step.message)
        if not confirmed:
            raise MissingInput("confirmed", "Подтвердите, что отвечаете за достоверность и сроки (п. 18).")
        if all(row.executor_id != actor.id for row in active_assignments(step.message)):
            raise NotYours("Сообщение направлено не вам. Внесите проект за исполнителя: отвечает за него он.")
        return submit_version(step, text=text, kind=kind, author=actor, interim=interim)


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
    interim: Explained | None = None,
) -> Draft:
    """The curator enters what the executor told him (П.18 stays the executor's)."""
    with act(Action.SUBMIT_DRAFT, message_id, version, actor, now, said={"text": text}) as step:
        _refuse_shared(step.message)
        author = next((a.executor for a in active_assignments(step.message) if a.executor_id == executor_id), None)
        if author is None:
            raise MissingInput("executor_id", "Выберите исполнителя, за которого вносите проект.")
        if received_by not in RECEIVED_BY:
            raise MissingInput("received_by", "Укажите, как исполнитель передал текст.")
        step.note = received_by
        return submit_version(step, text=text, kind=kind, author=author, received_by=received_by, interim=interim)


def withdraw_draft(message_id: int, version: int, *, is_own: bool = False, actor: User, now: datetime) -> Message:
    """Take the version back before it was decided; the old terms go on.

    `is_own`: it is this person's text although another has sent it for this message (a late one of a common answer).
    """
    waiting = _waiting_draft(message_id)
    is_own = is_own or (waiting is not None and waiting.submitted_by_id == actor.id)
    given: Collection[Condition] = {Condition.OWN_DRAFT} if is_own else frozenset()
    with act(Action.WITHDRAW_DRAFT, message_id, version, actor, now, given=given) as step:
        draft = submitted_draft(step.message)
        draft.state, draft.decided_at, draft.decided_by_id = DraftState.WITHDRAWN, now, actor.id
        draft.decided_for_id = step.for_id
        step.origin = draft.came_from
        step.object_kind, step.object_id = "draft", draft.id
        step.facts.stopped = (draft.submitted_at, DeadlineState.MET)
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
    stripped = required("text", plain(text), "Ответ пуст. Напишите текст и отправьте ещё раз.")
    if len(stripped) > MAX_LENGTH:
        raise MissingInput("text", f"Ответ длиннее {MAX_LENGTH} знаков. Сократите его: весь текст сохранён.")
    if empty := unfilled(stripped):
        raise MissingInput("text", f"Заполните поля шаблона: {braced(empty)}. Весь текст сохранён.")
    return stripped


def plain(text: str) -> str:
    """One kind of line end: a posted form brings CR LF, a script's request LF. NUL is no text for PostgreSQL."""
    return text.replace("\r\n", "\n").replace("\0", "")


def _refuse_shared(message: Message) -> None:
    if is_shared(message):
        raise NotYours(
            "Исполнителей несколько: сводный ответ готовит куратор, каждый отправляет свою информацию (п. 14)."
        )


def submit_version(
    step: Act, *, text: str, kind: str, author: User, received_by: str = "", interim: Explained | None = None
) -> Draft:
    """The version that waits for the curator from now on, made inside an act of SUBMIT_DRAFT."""
    message, now = step.message, step.now
    reply = current_reply(message)
    if reply is None:
        raise NotFound("Ответ")
    if kind not in set(ReplyKind):
        raise MissingInput("kind", "Выберите, что это: ответ, промежуточный ответ или запрос.")
    checked = checked_text(text)
    reply.kind = ReplyKind(kind)
    step.changes |= explain(message, reply, interim, actor=step.actor, now=now)
    draft = Draft(
        reply=reply,
        number=next_number(reply),
        text=checked,
        came_from=step.before,
        author=author,
        author_for_id=_stood_in_for(step, author),
        submitted_by=step.actor,
        submitted_at=now,
        received_by=received_by,
    )
    db.session.add(draft)
    db.session.flush()
    due.owe([message.id], [ReadingKind.SEARCH])
    step.object_kind, step.object_id = "draft", draft.id
    step.changes["text_digest"] = (None, draft.digest)
    return draft


def _stood_in_for(step: Act, author: User) -> int | None:
    """The absent colleague whose work on this message the author does (П.3): an executor's, or the curator's."""
    if author.id == step.actor.id:
        return step.for_id
    return next((row.for_id for row in active_assignments(step.message) if row.executor_id == author.id), None)


def _waiting_draft(message_id: int) -> Draft | None:
    return db.session.execute(
        select(Draft)
        .join(Draft.reply)
        .where(Reply.message_id == message_id, Draft.state == DraftState.SUBMITTED)
        .order_by(Draft.id.desc())
        .limit(1)
    ).scalar_one_or_none()
