"""Writing an answer: the text being typed, and the version submitted for approval (П.10, П.12, П.18)."""

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import select

from moderation.text.morph import readings
from osm.answers.acts.templates import Explained, braced, explain, filled, first_name, reply_kind, unfilled
from osm.answers.queries import drafting
from osm.base.database import add_row, db
from osm.base.errors import NotFound, NotYours, TextChangedElsewhere, must_exist
from osm.base.transaction import transaction
from osm.check.acts import due
from osm.flow.acts import clocks
from osm.flow.acts.act import Act, act, current_reply, required
from osm.flow.acts.moving import active_assignments, is_shared, plain
from osm.models import Draft, DraftState, DraftText, Message, PartText, PlanText, ReadingKind, Reply, User
from osm.regulation.errors import MissingInput, need, refuse
from osm.regulation.transitions import Condition
from osm.regulation.words import Action, DeadlineState, Role

# --- The common text of a group, filled in for one message
GREETING_FIELD = "приветствие"
BEGINNING = f"{{{GREETING_FIELD}}}\n\n"  # the beginning of a common text

_NAMED = ("Здравствуйте, {имя}!", "{имя}, здравствуйте!", "Добрый день, {имя}!", "{имя}, добрый день!")
_NEUTRAL = ("Здравствуйте!", "Добрый день!")
_GREETING = re.compile(r"\{\s*" + GREETING_FIELD + r"\s*\}", re.IGNORECASE)
_NAME = r"\{\s*имя\s*\}"
_WITHOUT_NAME = (
    (re.compile(rf",\s*{_NAME}", re.IGNORECASE), ""),
    (re.compile(rf"{_NAME},\s*(\w)", re.IGNORECASE), lambda found: found[1].upper()),
    (re.compile(rf"\s?{_NAME}", re.IGNORECASE), ""),
)
"""Without a name, «{имя}» and its comma are removed."""


_OPENING = re.compile(
    rf"^\s*(?:{_NAME},\s*)?(?:здравствуйте|доброе\s+утро|добр(?:ый|ого)\s+(?:день|дня|вечера?))(?:,\s*{_NAME})?\s*[!.]\s*",
    re.IGNORECASE,
)
"""The greeting of a template; the common text has «{приветствие}» instead."""


def without_greeting(template: str) -> str:
    return _OPENING.sub("", template, count=1) or template


def given_name(author: str) -> str:
    """«Мария» for «Мария П.»; empty if it is not a given name («Старшая по дому», «Подслушано»)."""
    name = first_name(author)
    return name if name and any({"Name", "nomn"} <= reading.tags for reading in readings(name.lower())) else ""


def text_for(text: str, *, author: str, place: str, turn: int) -> str:
    """Fill the common text in for one message; `turn`: index of the greeting. Unknown fields stay for the caller."""
    name = given_name(author)
    greetings = _NAMED if name else _NEUTRAL
    ready = _GREETING.sub(greetings[turn % len(greetings)], text)
    if not name:
        for pattern, instead in _WITHOUT_NAME:
            ready = pattern.sub(instead, ready)
    return filled(ready, {"имя": name, "адрес": place})


# --- The executor's work
RECEIVED_BY = ("по телефону", "в чате", "на бумаге")
"""How the curator received a text that he enters for the executor."""

MAX_LENGTH = 20_000  # in characters; networks take less, and more is a file pasted by mistake


Typed = TypeVar("Typed", DraftText, PartText, PlanText)


def save_text(reply_id: int, *, text: str, seen_at: datetime | None, actor: User, now: datetime) -> DraftText:
    """Save what is being typed. `seen_at`: when the text on this screen was last saved, None if never. Raises
    TextChangedElsewhere if another window has saved a different text since; it is not overwritten."""
    with transaction() as session:
        # Lock the reply: two windows of one person would both add the first row.
        must_exist(session.get(Reply, reply_id, with_for_update={"key_share": True}), "Ответ")
        blank = DraftText(reply_id=reply_id, user_id=actor.id)
        return keep_typed(draft_text(reply_id, actor), blank, plain(text), seen_at, now)


def keep_typed(row: Typed | None, blank: Typed, text: str, seen_at: datetime | None, now: datetime) -> Typed:
    """Write the text into `row`, which was saved last, or into `blank` if there is none. `seen_at`: the saving that
    this window knows. Raises TextChangedElsewhere if the window knows an older one and has a different text."""
    if row is None:
        row = blank
        db.session.add(row)
    elif row.saved_at == seen_at:
        now = max(now, row.saved_at + timedelta(microseconds=1))  # two savings never have the same time
    elif row.text == text:
        now = row.saved_at  # a page that was left may save late; the next page knows this time
    else:
        raise TextChangedElsewhere(row.text)
    row.text, row.saved_at = text, now
    return row


def take_over_text(
    reply_id: int, *, of_id: int, text: str, seen_at: datetime | None, actor: User, now: datetime
) -> DraftText:
    """Append to this person's text what an absent colleague typed but did not submit (П.3). `text`: the content of his
    editor. The colleague's text is kept. Raises NotFound, NotYours, TextChangedElsewhere."""
    with transaction() as session:
        reply = session.get(Reply, reply_id)
        mine = reply is not None and any(row.executor_id == actor.id for row in active_assignments(reply.message))
        if reply is None or not (mine or (actor.has(Role.CURATOR) and is_shared(reply.message))):
            raise NotYours("Ответ готовите не вы. Ничего не изменено.")
        if mine:
            found = drafting.left_texts(reply_id, actor.id)
        else:
            found = drafting.left_common_texts(reply_id, actor.id, clocks.in_force().calendar, now)
        left = must_exist(next((one for one in found if one.user_id == of_id), None), "Текст коллеги")
        begun = plain(text).strip()
        version = reply.drafts[-1].text.strip() if reply.drafts else ""
        whole = left.text if begun in ("", version, BEGINNING.strip()) else f"{begun}\n\n{left.text}"
        # The screen may have saved on its own when the field lost focus.
        own = save_text(reply_id, text=text, seen_at=seen_at, actor=actor, now=now)
        return save_text(reply_id, text=whole, seen_at=own.saved_at, actor=actor, now=now)


def draft_text(reply_id: int, person: User) -> DraftText | None:
    return db.session.scalar(select(DraftText).where(DraftText.reply_id == reply_id, DraftText.user_id == person.id))


def submit_draft(
    message_id: int, version: int, *, text: str, kind: str, confirmed: bool, actor: User, now: datetime,
    interim: Explained | None = None,
) -> Draft:  # fmt: skip
    """Submit the draft to the curator. `confirmed`: the executor answers for truth, completeness and terms (П.18).
    `interim`: the reason of an interim answer, if one is needed (`osm.regulation.words`)."""
    with act(Action.SUBMIT_DRAFT, message_id, version, actor, now, texts={"text": text}) as step:
        _refuse_shared(step.message)
        refuse("confirmed", not confirmed, "Подтвердите, что отвечаете за достоверность и сроки (п. 18).")
        if all(row.executor_id != actor.id for row in active_assignments(step.message)):
            raise NotYours("Сообщение направлено не вам. Внесите проект за исполнителя: отвечает за него он.")
        return submit_version(step, text=text, kind=kind, author=actor, interim=interim)


def submit_for_executor(
    message_id: int, version: int, *, text: str, kind: str, executor_id: int | None, received_by: str, actor: User,
    now: datetime, interim: Explained | None = None,
) -> Draft:  # fmt: skip
    """The curator submits a text that the executor gave him; the executor still answers for it (П.18)."""
    with act(Action.SUBMIT_DRAFT, message_id, version, actor, now, texts={"text": text}) as step:
        _refuse_shared(step.message)
        author = next((a.executor for a in active_assignments(step.message) if a.executor_id == executor_id), None)
        author = need("executor_id", author, "Выберите исполнителя, за которого вносите проект.")
        refuse("received_by", received_by not in RECEIVED_BY, "Укажите, как исполнитель передал текст.")
        step.note = received_by
        return submit_version(step, text=text, kind=kind, author=author, received_by=received_by, interim=interim)


def withdraw_draft(message_id: int, version: int, *, is_own: bool = False, actor: User, now: datetime) -> Message:
    """Withdraw the version before it is decided. `is_own`: the text is this person's, though another submitted it."""
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
    reply = current_reply(message)
    draft = reply.drafts[-1] if reply and reply.drafts else None
    if draft is None or draft.state is not DraftState.SUBMITTED:
        raise NotFound("Проект ответа")
    return draft


def next_number(reply: Reply) -> int:
    return reply.drafts[-1].number + 1 if reply.drafts else 1


def checked_text(text: str) -> str:
    """Return the text ready for a version, or raise MissingInput."""
    stripped = required("text", text, "Ответ пуст. Напишите текст и отправьте ещё раз.")
    if len(stripped) > MAX_LENGTH:
        raise MissingInput("text", f"Ответ длиннее {MAX_LENGTH} знаков. Сократите его: весь текст сохранён.")
    if empty := unfilled(stripped):
        raise MissingInput("text", f"Заполните поля шаблона: {braced(empty)}. Весь текст сохранён.")
    return stripped


def _refuse_shared(message: Message) -> None:
    if is_shared(message):
        raise NotYours(
            "Исполнителей несколько: сводный ответ готовит куратор, каждый отправляет свою информацию (п. 14)."
        )


def submit_version(
    step: Act, *, text: str, kind: str, author: User, received_by: str = "", interim: Explained | None = None
) -> Draft:
    """Make the version that waits for the curator, inside an act of SUBMIT_DRAFT."""
    message, now = step.message, step.now
    reply = must_exist(current_reply(message), "Ответ")
    reply.kind, checked = reply_kind(kind), checked_text(text)
    step.changes |= explain(message, reply, interim, actor=step.actor, now=now)
    draft = Draft(
        reply=reply, number=next_number(reply), text=checked, came_from=step.before, author=author,
        author_for_id=_absent_colleague(step, author), submitted_by=step.actor, submitted_at=now,
        received_by=received_by,
    )  # fmt: skip
    add_row(draft)
    due.enqueue([message.id], [ReadingKind.SEARCH])
    step.object_kind, step.object_id = "draft", draft.id
    step.changes["text_digest"] = (None, draft.digest)
    return draft


def _absent_colleague(step: Act, author: User) -> int | None:
    """Id of the absent colleague, executor or curator, for whom the author works on this message (П.3)."""
    if author.id == step.actor.id:
        return step.for_id
    return next((row.for_id for row in active_assignments(step.message) if row.executor_id == author.id), None)


def _waiting_draft(message_id: int) -> Draft | None:
    return db.session.scalar(
        select(Draft)
        .join(Draft.reply)
        .where(Reply.message_id == message_id, Draft.state == DraftState.SUBMITTED)
        .order_by(Draft.id.desc())
        .limit(1)
    )
