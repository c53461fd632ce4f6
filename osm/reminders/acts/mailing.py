"""Sends the letters that are due. After an unclear end a digest is not repeated, an urgent letter is (decision 040)."""

from __future__ import annotations

import logging
import re
import smtplib
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any, TypeVar

from sqlalchemy import select, update

from osm.base import database, types
from osm.base.application import Memory
from osm.base.database import db
from osm.base.supervised import why
from osm.base.transaction import Pace, WorkerBeat, give_up, is_passing, transaction
from osm.flow.acts.clocks import in_force
from osm.models import MailState, NeighbourQuestion, Reminder, User
from osm.regulation import control, reminding
from osm.reminders.acts.letters import ascii_address, compose
from osm.reminders.queries import lines_of
from osm.settings import Settings
from osm.settings.environment import MailSettings, Security

# --- The mail server
TIMEOUT_SECONDS = 10.0  # for each reply of the server


class NotReached(Exception):
    """The server does not answer or refuses the connection; the letter was not sent. `str(error)`: the reason in
    Russian."""


class Refused(Exception):
    """The server refused this letter; `for_good`: it always will."""

    def __init__(self, code: int) -> None:
        super().__init__(f"сервер ответил {code}")
        self.for_good = code >= 500


class Unclear(Exception):
    """The letter was sent and no reply came, so it may or may not be accepted."""


class Post:
    """`with Post(settings) as post`: the first letter connects, one connection serves the whole round."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings
        self._server: smtplib.SMTP | None = None

    def __enter__(self) -> Post:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._server is not None:
            try:
                self._server.quit()
            except Exception:  # any error here: the letters are sent
                self.hang_up()

    def send(self, message: EmailMessage, to: str, about_to: Callable[[], None]) -> None:
        """Send the letter. `about_to` is called just before its text is transferred. Raises NotReached, Refused,
        Unclear, and what `about_to` raises: then it was not sent."""
        try:
            server = self.connected()
            self._expect(server.mail(self._settings.sender)[0], 200, 300)
            self._expect(server.rcpt(to)[0], 200, 300)
            self._expect(server.docmd("DATA")[0], 300, 400)
        except (OSError, smtplib.SMTPException) as error:
            self.hang_up()
            raise NotReached(in_words(error)) from error
        try:
            about_to()
        except BaseException:
            self.hang_up()
            raise
        try:
            server.send(re.sub(rb"(?m)^\.", b"..", message.as_bytes()) + b".\r\n")
            code = server.getreply()[0]
        except (OSError, smtplib.SMTPException) as error:
            self.hang_up()
            raise Unclear(in_words(error)) from error
        self._expect(code, 200, 300)

    def _expect(self, code: int, lowest: int, above: int) -> None:
        if lowest <= code < above:
            return
        if code == 421 and self._server is not None:  # the server closes the connection
            self.hang_up()
        elif self._server is not None:
            try:
                self._server.rset()
            except (OSError, smtplib.SMTPException):
                self.hang_up()
        raise Refused(code)

    def connected(self) -> smtplib.SMTP:
        if self._server is None:
            of = self._settings
            if of.security is Security.TLS:
                checked = ssl.create_default_context()
                self._server = smtplib.SMTP_SSL(of.host, of.port, timeout=TIMEOUT_SECONDS, context=checked)
            else:
                self._server = smtplib.SMTP(of.host, of.port, timeout=TIMEOUT_SECONDS)
            if of.security is Security.STARTTLS:
                self._server.starttls(context=ssl.create_default_context())
            if of.user:
                self._server.login(of.user, of.password)
            self._server.ehlo_or_helo_if_needed()
        return self._server

    def hang_up(self) -> None:
        """Close the connection without a word; the next letter opens a new one."""
        if self._server is not None:
            self._server.close()
            self._server = None


def in_words(error: Exception) -> str:
    # smtplib hides it in its own error
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return "сервер не отвечает"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "имя или пароль не подошли"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "сервер прервал связь"
    if isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException):
        return why(error)
    return "сервер ответил ошибкой"


# --- Troubles that last, and since when
PREFIX = "trouble: "
TROUBLES: Memory[set[str]] = Memory(lambda _: {one.name for one in troubles()})


@dataclass(frozen=True, slots=True)
class Trouble:
    """A present trouble. `reason` is in Russian; empty if unknown."""

    name: str
    since: datetime
    reason: str


def note_trouble(name: str, now: datetime, reason: str = "") -> None:
    if name not in _known():
        with transaction():
            database.put(WorkerBeat, name=PREFIX + name, at=now, detail=reason)
        _known().add(name)


def end_trouble(name: str) -> None:
    if name in _known():
        with transaction() as session:
            if row := session.get(WorkerBeat, PREFIX + name):
                session.delete(row)
        _known().discard(name)


def troubles() -> list[Trouble]:
    rows = db.session.execute(
        select(WorkerBeat.name, WorkerBeat.at, WorkerBeat.detail)
        .where(WorkerBeat.name.startswith(PREFIX))
        .order_by(WorkerBeat.name)
    )
    return [Trouble(name.removeprefix(PREFIX), at, detail) for name, at, detail in rows]


def forget_troubles() -> None:
    TROUBLES.forget()


def _known() -> set[str]:
    """The names of present troubles, loaded once: an ended process may have left some."""
    return TROUBLES.get()


# --- Letters that are due
log = logging.getLogger(__name__)

SERVER = "mail server"  # the name of the trouble that the server cannot be reached; the job itself does not fail

AGAIN_SECONDS = 60.0  # the pause before an unreachable server is asked again
PUT_OFF = timedelta(minutes=2)
"""The pause of the letter that was tried then: if it were the cause, it would block all others."""
MOST_ATTEMPTS = 8  # about four hours; then a letter is given up, and its reminders are only on the page
INTERRUPTED_AFTER = timedelta(minutes=15)

TO_MAIL = types.among_codes(Reminder.mail, (MailState.WAITING, MailState.SENDING))
"""Written as in the index of these rows, so that the database uses it."""

_AT_MOST = 2000
PAUSED = Memory(lambda _: 0.0)
TAKEN: Memory[list[tuple[tuple[int, ...], datetime]]] = Memory(lambda _: [])
"""Letters that the server has accepted but the database could not note yet; the next round notes them."""


class CalledOff(Exception):
    """Withdrawn since, or the person has changed his mind."""


@dataclass(frozen=True, slots=True)
class _Letter:
    """`key`: its permanent name; `ids`: the reminders in it."""

    key: str
    ids: tuple[int, ...]
    recipient_id: int
    at_once: bool
    attempts: int


L = TypeVar("L")


def send_due(now: datetime, pace: Pace, settings: Settings) -> int:
    """Send what is due; returns the number of letters. An unreachable server is noted and tried again in a minute."""
    if settings.mail is None or time.monotonic() < PAUSED.get():
        return 0
    _note_taken()
    settle_interrupted(now, now - INTERRUPTED_AFTER)
    return send_each(
        _due(now, settings), settings.mail, pace, now, send=lambda letter, post: _send(letter, post, settings, now),
        put_off=lambda letter: _mark(letter.ids, mail_at=now + PUT_OFF),
        failed=lambda letter: _end_unforeseen(letter, now),
    )  # fmt: skip


def send_each(
    letters: Iterable[L], settings: MailSettings, pace: Pace, now: datetime, *, send: Callable[[L, Post], bool],
    put_off: Callable[[L], None], failed: Callable[[L], None],
) -> int:  # fmt: skip
    """Send them while there is time and the server is reached; `failed`: what an error of the program does to one."""
    sent = 0
    with Post(settings) as post:
        for letter in letters:
            if not pace.may_continue():
                break
            try:
                sent += send(letter, post)
            except NotReached as error:
                PAUSED.set(time.monotonic() + AGAIN_SECONDS)
                log.warning("mail server not reached", extra={"reason": str(error)})
                note_trouble(SERVER, now, str(error))
                put_off(letter)
                break
            except Exception as error:
                give_up()
                if is_passing(error):
                    raise
                post.hang_up()
                failed(letter)
    if sent:
        end_trouble(SERVER)
    return sent


def settle_interrupted(now: datetime, before: datetime | None = None) -> None:
    """Settle letters that an ended process was sending (before this instant): it is unknown whether they were sent."""
    lost = [TO_MAIL, Reminder.mail == MailState.SENDING, *([Reminder.mail_at < before] if before else [])]
    rows = db.session.execute(select(Reminder.id, Reminder.at_once, Reminder.attempts).where(*lost)).all()
    for at_once, attempts in {(row.at_once, row.attempts) for row in rows}:
        ids = [row.id for row in rows if (row.at_once, row.attempts) == (at_once, attempts)]
        _end_unclear(ids, at_once, attempts, now)


def call_off_all() -> None:
    """Cancel all waiting letters after a backup was restored: they were sent since, or are old."""
    with transaction() as session:
        session.execute(update(Reminder).where(TO_MAIL).values(mail=MailState.NONE))
        to_bodies = NeighbourQuestion.mail.in_((MailState.WAITING, MailState.SENDING))
        session.execute(update(NeighbourQuestion).where(to_bodies).values(mail=MailState.UNCLEAR))


def _due(now: datetime, settings: Settings) -> list[_Letter]:
    """Letters already begun, unchanged; then for each person what is urgent, and his digest. Outside working hours only
    letters with something urgent."""
    calendar = in_force().calendar
    until, works = (
        control.last_digest(now, settings.reminders.digest_times, calendar),
        control.is_at_work(now, calendar),
    )
    rows = db.session.execute(
        select(
            Reminder.id, Reminder.recipient_id, Reminder.at_once, Reminder.letter, Reminder.attempts,
            Reminder.shown_from, Reminder.seen_at, Reminder.kind,
        )
        .where(TO_MAIL, Reminder.mail == MailState.WAITING, Reminder.shown_from <= now)
        .where(Reminder.mail_at.is_(None) | (Reminder.mail_at <= now))
        .order_by(Reminder.shown_from, Reminder.id)
        .limit(_AT_MOST)
    ).all()  # fmt: skip
    gathered: dict[tuple[int, bool, str], list[Any]] = {}
    seen = []
    for row in rows:
        goes_now = row.at_once and (works or reminding.is_urgent(row.kind))
        if row.letter or goes_now or (until is not None and row.shown_from <= until):
            if row.seen_at is not None and not row.letter:
                seen.append(row.id)
            else:
                gathered.setdefault((row.recipient_id, row.at_once, row.letter), []).append(row)
    if seen:
        _mark(seen, mail=MailState.NONE)
    at = int(now.timestamp())
    return [
        _Letter(
            letter or f"{min(row.id for row in of)}-{at}", tuple(row.id for row in of), person, at_once, of[0].attempts
        )
        for (person, at_once, letter), of in gathered.items()
        if works or any(reminding.is_urgent(row.kind) for row in of)
    ]


def _send(letter: _Letter, post: Post, settings: Settings, now: datetime) -> bool:
    """Whether it was sent. Raises NotReached."""
    assert settings.mail is not None
    calendar = in_force().calendar
    email, mode = db.session.execute(select(User.email, User.mail_mode).where(User.id == letter.recipient_id)).one()
    lines = [line for line in lines_of(letter.ids, calendar) if letter.at_once or not line.is_settled]
    db.session.rollback()  # hold no lock while waiting for the server
    if not lines or not email or mode is control.MailMode.NONE:
        _mark(letter.ids, mail=MailState.NONE)
        return False
    message = compose(
        lines, to=email, letter=letter.key, digest=not letter.at_once, settings=settings.mail, there=calendar.local(now)
    )
    attempt = letter.attempts + 1
    try:
        post.send(message, ascii_address(email), lambda: _claim(letter, attempt, now))
    except CalledOff:
        return False
    except Refused as error:
        log.warning("letter refused", extra={"letter": letter.key, "reason": str(error)})
        _end_refused(letter, attempt, now, for_good=error.for_good)
        return False
    except Unclear as error:
        log.warning("letter with unclear end", extra={"letter": letter.key, "reason": str(error)})
        _end_unclear(letter.ids, letter.at_once, attempt, now)
        return False
    TAKEN.get().append((letter.ids, now))
    _note_taken()
    return True


def _note_taken() -> None:
    while taken := TAKEN.get():
        ids, at = taken[0]
        _mark(ids, mail=MailState.SENT, mail_at=at)
        del taken[0]


def _claim(letter: _Letter, attempt: int, now: datetime) -> None:
    """Mark the letter as being sent, the last step before that: until the server replies, the result is unknown."""
    with transaction() as session:
        mine = update(Reminder).where(Reminder.id.in_(letter.ids), Reminder.mail == MailState.WAITING)
        claimed = mine.values(mail=MailState.SENDING, letter=letter.key, mail_at=now, attempts=attempt)
        if len(session.scalars(claimed.returning(Reminder.id)).all()) != len(letter.ids):
            raise CalledOff


def _end_unforeseen(letter: _Letter, now: datetime) -> None:
    """A fault of the program counts as an attempt of this letter; the others are sent."""
    log.exception("letter not sent", extra={"letter": letter.key})
    if any(ids == letter.ids for ids, _at in TAKEN.get()):
        return
    attempt = letter.attempts + 1
    is_begun = select(Reminder.id).where(Reminder.id.in_(letter.ids), Reminder.mail == MailState.SENDING)
    if db.session.scalar(is_begun.limit(1)) is not None:
        _end_unclear(letter.ids, letter.at_once, attempt, now)
    else:
        _end_refused(letter, attempt, now, for_good=False)


def _end_refused(letter: _Letter, attempt: int, now: datetime, *, for_good: bool) -> None:
    state = MailState.FAILED if for_good or attempt >= MOST_ATTEMPTS else MailState.WAITING
    _mark(letter.ids, mail=state, letter=letter.key, mail_at=_again_at(now, attempt), attempts=attempt)


def _end_unclear(ids: Sequence[int], at_once: bool, attempts: int, now: datetime) -> None:
    repeated = at_once and attempts < MOST_ATTEMPTS
    _mark(ids, mail=MailState.WAITING if repeated else MailState.UNCLEAR, mail_at=_again_at(now, attempts))


def _again_at(now: datetime, attempts: int) -> datetime:
    return now + timedelta(minutes=min(2 ** (attempts - 1), 60))


def _mark(ids: Sequence[int], **values: Any) -> None:
    with transaction() as session:
        session.execute(update(Reminder).where(Reminder.id.in_(ids)).values(**values))
