"""The kept list of bodies; a question is asked, checked and sent by the curator, returned, withdrawn, ended.

The link and its code are made of the mark of the question with the key of this installation, and stored nowhere.
"""

import hmac
import logging
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage
from hashlib import sha256
from typing import Any

from sqlalchemy import and_, or_, select, update

from osm.base.database import add_row, db
from osm.base.durable import derived_key
from osm.base.errors import NotYours, ServiceError, must_exist
from osm.base.transaction import Pace, transaction, unless_taken
from osm.base.types import among_codes
from osm.flow.acts.act import load_message, required
from osm.flow.acts.clocks import in_force
from osm.flow.acts.moving import active_assignments, locked, one_line, put_away, settle, write_into
from osm.log.acts.record import Change, record
from osm.models import Assignment, MailState, Message, NeighbourBody, NeighbourQuestion, User
from osm.neighbours import queries, rules
from osm.neighbours.rules import QuestionState, QuestionWay
from osm.people.queries.people import office
from osm.regulation.errors import MissingInput, need, one_of, refuse
from osm.regulation.words import Role
from osm.reminders.acts import mailing
from osm.reminders.acts.letters import ascii_address, new_letter
from osm.reminders.acts.mailing import CalledOff, Post, Refused, Unclear
from osm.settings import Settings
from osm.settings.environment import ADDRESS

KIND = "neighbour_question"


# --- Bodies
def create_body(*, name: str, email: str, phone: str, actor: User, now: datetime) -> NeighbourBody:
    given = _described(name, email, phone)
    with unless_taken(_taken(given["name"])), transaction():
        row = add_row(NeighbourBody(**given))
        record("create_neighbour", at=now, actor=actor, about=row)
        return row


def edit_body(
    body_id: int, version: int, *, name: str, email: str, phone: str, actor: User, now: datetime
) -> NeighbourBody:
    given = _described(name, email, phone)
    with unless_taken(_taken(given["name"])), transaction():
        row = locked(NeighbourBody, body_id, version, "Организация")
        settle("edit_neighbour", row, {"fields": ([], write_into(row, given))}, actor=actor, now=now)
        return row


def archive_body(body_id: int, version: int, *, actor: User, now: datetime) -> NeighbourBody:
    return put_away(NeighbourBody, "Организация", "archive_neighbour", now, body_id, version, actor=actor, now=now)


def restore_body(body_id: int, version: int, *, actor: User, now: datetime) -> NeighbourBody:
    return put_away(NeighbourBody, "Организация", "restore_neighbour", None, body_id, version, actor=actor, now=now)


def _described(name: str, email: str, phone: str) -> dict[str, str]:
    given = {
        "name": one_line("name", "Название", name, 200, missing="Назовите организацию, например «Водоканал»."),
        "email": one_line("email", "Почта", email, 200).lower(),
        "phone": one_line("phone", "Телефон", phone, 120),
    }
    wrong = given["email"] and not _can_be_written_to(given["email"])
    refuse("email", wrong, "Адрес не похож на почтовый. Нужен как info@vodokanal.ru.")
    return given


def _can_be_written_to(address: str) -> bool:
    try:
        return bool(ADDRESS.fullmatch(address) and ascii_address(address))
    except UnicodeError:  # a part longer than DNS has: the letter would stop those behind it
        return False


def _taken(name: str) -> MissingInput:
    return MissingInput("name", f"«{name}» уже есть (может быть, убрана из списка). Назовите иначе.")


# --- Questions
def ask(
    message_id: int, *, body_id: int | None, way: str, text: str, with_citizen: bool, public_url: str, actor: User,
    now: datetime,
) -> NeighbourQuestion:  # fmt: skip
    """Write a question; nothing leaves. `with_citizen`: with the text of the message. Personal data are masked. Raises
    MissingInput, NotFound, NotYours."""
    with transaction() as session:
        message = load_message(message_id)
        mine = must_work(message, actor)
        ServiceError.when(
            message.status not in rules.ASKED_IN, "Спросить можно, пока готовят ответ. Ничего не создано."
        )
        body = need("body_id", session.get(NeighbourBody, body_id or 0), "Выберите организацию.")
        refuse("body_id", body.archived_at, "Организация убрана из списка. Выберите другую.")
        chosen = one_of("way", way, QuestionWay, "Выберите, как спросить.")
        refuse("way", chosen is QuestionWay.LINK and not public_url, "Ссылок нет: не задан OSM_PUBLIC_URL.")
        about = _name(message), message.place
        words = rules.masked(_checked(text), *about)
        citizen = rules.masked(message.text, *about) if with_citizen else ""
        whole = rules.first_text(office().name, words, citizen)
        same = {"message_id": message.id, "body_id": body.id, "state": QuestionState.WAITS, "text": whole}
        before = session.scalar(select(NeighbourQuestion.id).filter_by(**same))
        refuse("text", before, f"Этот вопрос уже записан, № {before}, и ждёт куратора. Второй раз он не записан.")
        row = NeighbourQuestion(
            **same, way=chosen, asked_at=now, asked_by_id=actor.id,
            mark=secrets.token_hex(10), ends_at=rules.ends_at(now, queries.draft_due(message.id)),
        )  # fmt: skip
        add_row(row)
        note(
            "neighbour_asked", row, message, actor, now, {"body_id": (None, body.id)},
            for_id=mine.for_id if mine else None,
        )  # fmt: skip
        return row


def send(
    question_id: int, version: int, *, text: str, seen: bool, public_url: str, has_mail: bool, actor: User,
    now: datetime,
) -> NeighbourQuestion:  # fmt: skip
    """Let it leave. `seen`: what looks like personal data shall leave. Raises MissingInput, StaleVersion."""
    with transaction():
        message, row = locked_question(question_id, version)
        ServiceError.when(row.state is not QuestionState.WAITS, "Вопрос уже отправлен или закрыт. Ничего не изменено.")
        ServiceError.when(message.status not in rules.ALIVE, "Сообщение уже не в работе. Ничего не отправлено.")
        ServiceError.when(row.way is QuestionWay.LINK and not public_url, "Ссылок нет: не задан OSM_PUBLIC_URL.")
        words = _checked(text, 2 * rules.LONGEST_TEXT)
        found = [words[start:end] for start, end in rules.personal(words, _name(message), message.place)]
        told = ", ".join(f"«{one}»" for one in found[:5])
        refuse("seen", found and not seen, f"Похоже на личные данные: {told}. Скройте или отметьте, что это уйдёт.")
        row.text, row.state, row.sent_at, row.sent_by_id = words, QuestionState.SENT, now, actor.id
        row.ends_at = rules.ends_at(now, queries.draft_due(message.id))
        if row.way is QuestionWay.LINK:
            row.token_digest = digest_of(token_of(row.mark))
        row.letter = rules.letter_text(row.way, words, f"{in_force().calendar.local(row.ends_at):%d.%m %H:%M}")
        row.mail = MailState.WAITING if has_mail and row.body.email else MailState.NONE
        note("neighbour_sent", row, message, actor, now)
        return row


def give_back(question_id: int, version: int, *, reason: str, actor: User, now: datetime) -> NeighbourQuestion:
    with transaction():
        message, row = locked_question(question_id, version)
        ServiceError.when(row.state is not QuestionState.WAITS, "Вопрос уже отправлен или закрыт. Ничего не изменено.")
        why = required("reason", reason, "Напишите, почему вопрос не уйдёт: это увидит исполнитель.")
        refuse("reason", len(why) > 1000, "Больше 1000 знаков. Сократите.")
        end(row, message, QuestionState.CLOSED, "neighbour_returned", why, actor, now)
        return row


def withdraw(question_id: int, version: int, *, actor: User, now: datetime) -> NeighbourQuestion:
    """By who asked, the executor or a curator. Raises NotYours, StaleVersion."""
    with transaction():
        message, row = locked_question(question_id, version)
        ServiceError.when(row.state not in rules.OPEN, "Вопрос уже закрыт. Ничего не изменено.")
        if actor.id != row.asked_by_id:
            must_work(message, actor)
        end(row, message, QuestionState.WITHDRAWN, "neighbour_withdrawn", "", actor, now)
        return row


def end_due(now: datetime) -> int:
    """End questions that are late, or about a message that is no longer at work; returns how many."""
    over = or_(~Message.status.in_(rules.ALIVE), Message.recalled_at.is_not(None))
    late = NeighbourQuestion.state.in_(rules.OUT) & (NeighbourQuestion.ends_at <= now)
    is_open = among_codes(NeighbourQuestion.state, rules.OPEN)  # in the order of the index of these rows
    open_ones = select(NeighbourQuestion.id).join(Message).where(is_open, or_(over, late))
    ids = db.session.scalars(open_ones.order_by(NeighbourQuestion.id).limit(100)).all()
    for question_id in ids:
        with transaction() as session:
            message = session.get_one(Message, session.get_one(NeighbourQuestion, question_id).message_id,
                                      with_for_update={"of": Message}, populate_existing=True)  # fmt: skip
            row = session.get_one(NeighbourQuestion, question_id, with_for_update=True, populate_existing=True)
            if row.state not in rules.OPEN:
                continue
            if message.status not in rules.ALIVE or message.recalled_at is not None:
                end(row, message, QuestionState.CLOSED, "neighbour_closed", "сообщение уже не в работе", None, now)
            elif row.state in rules.OUT and row.ends_at <= now:
                end(row, message, QuestionState.LATE, "neighbour_ended", "срок прошёл, ответа нет", None, now)
    return len(ids)


# --- What the acts have in common
def locked_question(question_id: int, version: int) -> tuple[Message, NeighbourQuestion]:
    """The message and the question, in this order. Raises NotFound, StaleVersion."""
    found = must_exist(db.session.get(NeighbourQuestion, question_id), "Вопрос")
    message = load_message(found.message_id)
    return message, locked(NeighbourQuestion, question_id, version, "Вопрос")


def must_work(message: Message, actor: User) -> Assignment | None:
    """His assignment, or None for a curator. Raises NotYours."""
    mine = next((row for row in active_assignments(message) if row.executor_id == actor.id), None)
    NotYours.when(mine is None and not actor.has(Role.CURATOR), "Сообщение готовите не вы. Ничего не изменено.")
    return mine


def end(
    row: NeighbourQuestion, message: Message, state: QuestionState, action: str, why: str, actor: User | None,
    now: datetime,
) -> None:  # fmt: skip
    row.state, row.ended_at, row.reason = state, now, why
    if row.mail is MailState.WAITING:
        row.mail = MailState.NONE
    note(action, row, message, actor, now, words=why if actor else "")


def note(
    action: str, row: NeighbourQuestion, message: Message, actor: User | None, now: datetime,
    changes: dict[str, Change] | None = None, *, words: str = "", for_id: int | None = None,
) -> None:  # fmt: skip
    row.version += 1
    told: dict[str, Change] = {**(changes or {}), "version": (row.version - 1, row.version)}
    record(action, at=now, actor=actor, message=message, about=row, changes=told, note=words, for_id=for_id)


def _name(message: Message) -> str:
    return message.author.name if message.author else ""


def _checked(text: str, most: int = rules.LONGEST_TEXT) -> str:
    words = required("text", text, "Напишите вопрос.")
    refuse("text", len(words) > most, f"Больше {most} знаков. Сократите, текст сохранён.")
    return words


# --- The link
def token_of(mark: str) -> str:
    return urlsafe_b64encode(_made(b"osm neighbour link", mark)).decode().rstrip("=")


def code_for(mark: str) -> str:
    return rules.code_of(_made(b"osm neighbour code", mark))


def digest_of(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def link_to(row: NeighbourQuestion, public_url: str) -> str:
    return f"{public_url}/public/ask?key={token_of(row.mark)}"


def _made(purpose: bytes, mark: str) -> bytes:
    return hmac.digest(derived_key(purpose), mark.encode(), sha256)


# --- Letters, through the mail of the reminders. After an unclear end people look: none goes twice
log = logging.getLogger(__name__)

_AT_MOST = 50
_TO_MAIL = among_codes(NeighbourQuestion.mail, (MailState.WAITING, MailState.SENDING))
"""As in the index of these rows."""
_LEAVES = (
    NeighbourQuestion.mail == MailState.WAITING,
    NeighbourQuestion.state.in_(rules.OUT),
    NeighbourQuestion.message.has(and_(Message.status.in_(rules.ALIVE), Message.recalled_at.is_(None))),
)


def send_due(now: datetime, pace: Pace, settings: Settings) -> int:
    if settings.mail is None or time.monotonic() < mailing.PAUSED.get():
        return 0
    settle_interrupted(now - mailing.INTERRUPTED_AFTER)
    later = or_(NeighbourQuestion.mail_at.is_(None), NeighbourQuestion.mail_at <= now)
    due = select(NeighbourQuestion.id).where(_TO_MAIL, *_LEAVES, later)
    ids = db.session.scalars(due.order_by(NeighbourQuestion.id).limit(_AT_MOST)).all()
    return mailing.send_each(
        ids, settings.mail, pace, now, send=lambda number, post: _send(number, post, settings, now),
        put_off=lambda number: _mark([number], mail_at=now + mailing.PUT_OFF), failed=_end_unforeseen,
    )  # fmt: skip


def settle_interrupted(before: datetime) -> None:
    """Letters that an ended process was sending until this instant: they have left or not."""
    lost = (_TO_MAIL, NeighbourQuestion.mail == MailState.SENDING, NeighbourQuestion.mail_at <= before)
    if ids := db.session.scalars(select(NeighbourQuestion.id).where(*lost)).all():
        _mark(ids, mail=MailState.UNCLEAR)


def compose(row: NeighbourQuestion, settings: Settings, now: datetime) -> EmailMessage:
    assert settings.mail is not None
    message = new_letter(
        row.body.email,
        rules.subject_of(row.id, row.mark),
        letter_of(row, settings.site.links),
        letter=f"question-{row.mark}",
        settings=settings.mail,
        there=in_force().calendar.local(now),
        sender=office().name[:100] or "Администрация",
    )
    if settings.inbox_mail is not None and ADDRESS.fullmatch(settings.inbox_mail.user):
        message["Reply-To"] = settings.inbox_mail.user  # where answers are read
    return message


def letter_of(row: NeighbourQuestion, public_url: str) -> str:
    return row.letter.replace(rules.LINK, link_to(row, public_url)) if row.token_digest else row.letter


def _send(question_id: int, post: Post, settings: Settings, now: datetime) -> bool:
    row = db.session.get_one(NeighbourQuestion, question_id)
    if not row.body.email or (row.token_digest and not settings.site.links):
        _mark([question_id], mail=MailState.FAILED)
        return False
    message, to, attempt = compose(row, settings, now), ascii_address(row.body.email), row.attempts + 1
    db.session.rollback()  # hold no lock while waiting for the server
    again = now + timedelta(minutes=min(2**attempt, 60))
    try:
        post.send(message, to, lambda: _claim(question_id, attempt, now))
    except CalledOff:
        return False
    except Refused as error:
        log.warning("letter refused", extra={"question": question_id, "reason": str(error)})
        for_good = error.for_good or attempt >= mailing.MOST_ATTEMPTS
        state = MailState.FAILED if for_good else MailState.WAITING
        _mark([question_id], mail=state, mail_at=again, attempts=attempt)
        return False
    except Unclear as error:
        log.warning("letter with unclear end", extra={"question": question_id, "reason": str(error)})
        _mark([question_id], mail=MailState.UNCLEAR)
        return False
    _mark([question_id], mail=MailState.SENT, mail_at=now)
    return True


def _claim(question_id: int, attempt: int, now: datetime) -> None:
    """The last step before the text is transferred."""
    with transaction() as session:
        mine = update(NeighbourQuestion).where(NeighbourQuestion.id == question_id, *_LEAVES)
        claimed = mine.values(mail=MailState.SENDING, mail_at=now, attempts=attempt).returning(NeighbourQuestion.id)
        if session.scalar(claimed) is None:
            raise CalledOff


def _end_unforeseen(question_id: int) -> None:
    log.exception("letter not sent", extra={"question": question_id})
    begun = db.session.get_one(NeighbourQuestion, question_id).mail is MailState.SENDING
    _mark([question_id], mail=MailState.UNCLEAR if begun else MailState.FAILED)


def _mark(ids: Sequence[int], **values: Any) -> None:
    with transaction() as session:
        session.execute(update(NeighbourQuestion).where(NeighbourQuestion.id.in_(ids)).values(**values))
