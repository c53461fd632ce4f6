"""The turn of a key: so many requests a second, or an hour, over all threads and processes, kept by rows of a table."""

import hashlib
import json
import logging
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock, Thread
from typing import TypeVar

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask
from sqlalchemy import case, select

from osm.connectors.contract import PerHour, WaitTurn
from osm.connectors.faults import Fault, NetworkError
from osm.extensions import current_settings, db
from osm.flow.acts.edits import locked, settle
from osm.log.acts.record import Change
from osm.numbers import is_number
from osm.regulation.guarding import is_written_down
from osm.services.errors import NotFound, ServiceError
from osm.store.many_rows import insert_into
from osm.store.models import Account, Connection, Turn, User
from osm.store.transaction import give_up, in_background, is_passing, put_away, transaction

# --- Keys of pages are kept encrypted (Fernet) with a key derived from OSM_ENCRYPTION_KEY
_PURPOSE = b"osm keys of pages v1"


def sealed(keys: Mapping[str, str]) -> str:
    """The keys as they are stored."""
    return _cipher().encrypt(json.dumps(dict(keys), sort_keys=True).encode()).decode()


def opened(stored: str) -> dict[str, str]:
    """The keys as they are used; none where OSM_ENCRYPTION_KEY is another than when they were stored."""
    try:
        found: dict[str, str] = json.loads(_cipher().decrypt(stored.encode()))
    except (InvalidToken, ValueError):
        return {}
    return found


def _cipher() -> Fernet:
    settings = current_settings()
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(settings.encryption_key.encode())
    return Fernet(urlsafe_b64encode(derived))


# --- Which installation this is
_FILE = "installation.id"
_MACHINE = Path("/etc/machine-id")


def this_installation() -> str:
    """The mark of this installation: other after a restore, on another machine, and where the folder was copied."""
    file = _file()
    if not file.exists():
        renew()
    machine = ""
    with suppress(OSError):
        machine = _MACHINE.read_text("ascii").strip()
    # The number of the file on its disk: a copied folder has the same words in other files.
    told = f"{machine}\n{file.stat().st_ino}\n{file.read_text('ascii')}"
    return hashlib.sha256(told.encode()).hexdigest()


def renew() -> None:
    """From now on it is another installation: every connection is off until a person switches it on."""
    file = _file()
    made = file.with_name(f".{file.name}-{secrets.token_hex(4)}")
    made.write_text(secrets.token_urlsafe(24), "ascii")
    made.replace(file)


def _file() -> Path:
    settings = current_settings()
    return settings.data_dir / _FILE


# --- Who speaks for a page
MOST = 50
"""Of one page that are remembered, the latest."""
_GONE = "Этого администратора в списке уже нет. Ничего не изменено."


def knows(account: Account, by: str) -> None:
    """Remember him as an administrator: only administrators ban and delete. In the caller's transaction."""
    connection = account.connection
    if connection is None or not is_number(by) or by in connection.administrators:
        return
    connection.administrators = [*connection.administrators, by][-MOST:]


def take_out(account_id: int, version: int, *, who: str, actor: User | None, now: datetime) -> None:
    """What he writes from now on is a citizen's: it waits in the queue. StaleVersion, ServiceError."""
    connection = db.session.scalar(select(Connection).where(Connection.account_id == account_id))
    if connection is None:
        raise NotFound("Подключение")
    with transaction():
        connection = locked(Connection, connection.id, version, "Подключение")
        if who not in connection.administrators:
            raise ServiceError(_GONE)
        before = list(connection.administrators)
        connection.administrators = [one for one in before if one != who]
        changes: dict[str, Change] = {"administrators": (before, connection.administrators)}
        settle("page_speaker_out", connection, changes, actor=actor, now=now)


def has_left(account_id: int, profile: str, who: str) -> None:
    """Forget an administrator who leaves, if his profile has the number. In the caller's transaction."""
    same = select(Connection).where(Connection.account_id == account_id).with_for_update(of=Connection)
    connection = db.session.scalar(same.execution_options(populate_existing=True))
    if connection is not None:
        known = connection.administrators
        connection.administrators = [one for one in known if not is_written_down(one, "", profile, who)]


# --- The turn of a key
_LATE, _TURNS = 0.25, 5
"""Of the time between two turns so much may pass before one is lost; how many are taken at most."""
Clock = Callable[[], float]
_MICRO = 1_000_000
_WAITING = 60
"""Turns that may be taken ahead; more than that only a clock that was set back explains."""
_MARGIN = 0.8
"""Requests that were sent evenly arrive unevenly: of what a network allows so much is used."""


def wait_turn_of(
    app: Flask,
    per_hour: Mapping[str, PerHour] | None = None,
    *,
    clock: Clock = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> WaitTurn:
    """What a connector calls before each request. `per_hour`: name → requests of which it takes one, its own first."""
    budgets = list((per_hour or {}).items())

    def take(name: str, gap: float, at_once: int = 1, *, late: bool = True) -> float | None:
        with app.app_context():
            try:
                return _take(hashlib.sha256(name.encode()).hexdigest(), gap, clock(), at_once, late=late)
            finally:
                put_away()

    def wait_hour() -> None:
        """Use up what remains of any budget, else wait for the next request of this key."""
        for name, one in budgets:
            if take(name, 3600 / one.more, one.at_once, late=False) is not None:
                return
        for name, one in budgets[:1]:
            at = take(name, 3600 / one.more, one.at_once)
            sleep(max(0.0, (at or 0.0) - clock()))

    def wait(key: str, per_second: float) -> None:
        wait_hour()
        gap = 1 / (per_second * _MARGIN)
        for _ in range(_TURNS):
            at = take(key, gap) or 0.0
            if (left := at - clock()) > 0:
                sleep(left)
            # A thread that wakes late (a busy machine) would ask in the turn of the next one: it gets another turn.
            if clock() - at <= gap * _LATE:
                return

    return wait


def _take(digest: str, gap: float, now: float, at_once: int, *, late: bool) -> float | None:
    """The instant of this request, in the past where several may come at once; the next one comes `gap` seconds later.

    None where it would not come at once and may not be `late`. A clock that was set back is forgiven.
    """
    instant, step = round(now * _MICRO), round(gap * _MICRO)
    ahead = (at_once - 1) * step
    statement = insert_into(Turn).values(key_digest=digest, next_at=instant + step)
    lost = Turn.next_at > instant + ahead + _WAITING * (step + _MICRO)
    later = case((lost | (Turn.next_at < instant), instant), else_=Turn.next_at) + step
    turn = statement.on_conflict_do_update(
        index_elements=[Turn.key_digest],
        set_={"next_at": later},
        where=None if late else lost | (Turn.next_at <= instant + ahead),
    )
    with transaction() as session:
        next_at = session.scalar(turn.returning(Turn.next_at))
    return None if next_at is None else (next_at - step - ahead) / _MICRO


# --- A page that fails again and again, or is asked by its network to pause, rests from acting
IN_A_ROW = 5
"""Failures after which a page rests."""
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(minutes=30)


def failed(connection: Connection, error: NetworkError, now: datetime) -> None:
    """An act has failed for the moment: in the caller's transaction."""
    if error.pause is not None:
        _rest(connection, error, now + error.pause)
    if error.fault is Fault.PAUSE:
        connection.acts_failed = 0  # so that the rest is the network's, which no success ends
    elif error.fault is Fault.TEMPORARY:
        connection.acts_failed += 1
        more = connection.acts_failed - IN_A_ROW
        if more >= 0:
            _rest(connection, error, now + min(SHORTEST * 2 ** min(more, 10), LONGEST))


def worked(connection: Connection, now: datetime) -> None:
    """An act has ended: the next failure counts as the first. A pause that the network asked for continues."""
    until = connection.acts_rest_until
    if connection.acts_failed >= IN_A_ROW or (until is not None and until <= now):
        connection.acts_rest_until, connection.acts_said = None, ""
    connection.acts_failed = 0


def _rest(connection: Connection, error: NetworkError, until: datetime) -> None:
    connection.acts_rest_until = max(until, connection.acts_rest_until or until)
    connection.acts_said = f"{error} {error.said}".strip()


# --- Waiting for a network in a separate thread
Result = TypeVar("Result")

PRESS = 25.0
"""Seconds in which a network has to answer who has pressed a button."""
_at_a_screen = Lock()


class AskedAlready(ServiceError):
    """Somebody waits for a network at this moment. All web threads would wait for one that is down."""

    def __init__(self) -> None:
        super().__init__("Соцсеть ещё не ответила на прошлый запрос. Ничего не изменено: повторите через полминуты.")


def in_thread(call: Callable[[], Result]) -> Future[Result]:
    """The call in a thread that does not keep the process from ending.

    The turns of keys that it takes are written one after the other: a hundred threads would lock each other out.
    """
    answer: Future[Result] = Future()

    def run() -> None:
        try:
            with in_background():
                answer.set_result(call())
        except BaseException as error:
            answer.set_exception(error)

    Thread(target=run, name="page", daemon=True).start()
    return answer


def answer_now(call: Callable[[], Result]) -> Result:
    """The result of the call within PRESS seconds. NetworkError; AskedAlready while an earlier call still runs.

    The reading transaction of the request ends before. A call that cannot be ended (a name is looked up for minutes)
    blocks only the next press.
    """
    if not _at_a_screen.acquire(blocking=False):
        raise AskedAlready
    try:
        db.session.rollback()
        answer = in_thread(call)
    except BaseException:
        _at_a_screen.release()
        raise
    answer.add_done_callback(lambda _: _at_a_screen.release())
    if not wait([answer], PRESS).done:
        raise NetworkError("Соцсеть не отвечает.", Fault.TEMPORARY)
    return answer.result()


# --- An error of ours in the middle of asking a network
log = logging.getLogger(__name__)

NOT_DONE = (
    "Не вышло из-за ошибки самой программы ({}), соцсеть тут ни при чём. Если повторы не помогут, сделайте это на "
    "сайте и покажите это сообщение администратору."
)
DONE_UNNOTED = (
    "В соцсети это, похоже, выполнено, но записать итог не удалось: ошибка самой программы ({}). Проверьте на сайте и "
    "покажите это сообщение администратору."
)
UNREAD = (
    "Прочитать страницу не вышло из-за ошибки самой программы ({}), соцсеть тут ни при чём. Программа пробует снова; "
    "до тех пор смотрите комментарии на сайте. Если повторяется, покажите это сообщение администратору."
)


class Unforeseen(NetworkError):
    """`words`: of what was tried; the name of the error goes into them."""

    def __init__(self, error: BaseException, *, words: str = NOT_DONE) -> None:
        super().__init__(words.format(type(error).__name__), Fault.TEMPORARY, unclear=True)


def note_ours(error: Exception, what: str, **facts: object) -> None:
    """Roll back and log an error of ours, with its `facts` as ids; raise it where it passes (a busy database)."""
    give_up()
    if is_passing(error):
        raise error
    log.error(what, extra=facts, exc_info=error)
