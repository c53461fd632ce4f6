"""Calls of networks: each is stored as it came, once, and worked off later."""

import json
import re
import secrets
import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from hmac import compare_digest
from threading import Lock
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, contains_eager

from osm.base.database import db, insert_into
from osm.base.errors import must_exist
from osm.base.transaction import Pace, giving_up_after, transaction
from osm.connectors.contract import Event
from osm.connectors.hearing import Callback, GivesConfirmation, ReadsCalls
from osm.connectors.registry import CONNECTED
from osm.connectors.transport import NetworkError
from osm.flow.acts.moving import locked, settle
from osm.listening.acts import hearing, received
from osm.log.acts.record import Change
from osm.models import Account, Connection, ConnectionState, Hearing, ReceivedEvent, User
from osm.outbox import queries
from osm.outbox.acts import asking
from osm.outbox.acts import keys as acts_keys
from osm.regulation.errors import MissingInput, one_of, refuse

# --- A call is stored as it came, once
LONGEST_WAIT = 0.6  # seconds for another one's lock: a network wants its answer within one, and calls again
MOST_WAITING = 10_000
"""Events of one page: with more of them the worker is down, and the network is asked to call later."""
_CHALLENGE = re.compile(r"[\w.-]{1,200}", re.ASCII)


class NotGenuine(Exception):
    """The call is for none of our pages, or does not prove its network. It was not stored."""


class TooMany(Exception):
    """The worker has not come to what was received before. Nothing was stored."""


_Rows = list[dict[str, Any]]
_writing, _waiting = Lock(), deque[tuple[_Rows, Future[None]]]()


def receive(network: str, raw: bytes, signature: str, now: datetime) -> str:
    """Store a call of a network; return the answer that it expects. What was received before is received again and
    leaves nothing. A page that is switched off hears nothing. ValueError (no call), NotGenuine, TooMany."""
    known = callback_of(network)
    call = known.read(raw, signature)
    called = _called(network, {one.page for one in call.events})
    proved = {
        page: connection
        for page, connection in called.items()
        if known.is_genuine(call, secret_of(connection), acts_keys.opened(connection.keys) if known.needs else {})
    }
    if not proved:
        raise NotGenuine
    if call.asks_confirmation:
        line = next(iter(proved.values())).confirmation
        if not line:
            raise NotGenuine
        return line
    rows = [
        {"connection_id": proved[one.page].id, "event_id": one.id, "body": one.body, "received_at": now}
        for one in call.events
        if one.page in proved and proved[one.page].state is not ConnectionState.OFF
    ]
    if rows:
        _store(rows)
    return "ok"


def _store(rows: _Rows) -> None:
    """Store one call. On SQLite calls that come at the same time are written in one transaction, by one of them. Its
    write lock has no queue: many threads that ask for it would keep it from each other and from the worker."""
    if db.engine.dialect.name != "sqlite":
        with giving_up_after(LONGEST_WAIT), transaction() as session:
            _insert(session, rows)
        return
    stored: Future[None] = Future()
    _waiting.append((rows, stored))
    with _writing:
        if not stored.done():
            _write([_waiting.popleft() for _ in range(len(_waiting))])
    stored.result()


def _write(calls: list[tuple[_Rows, Future[None]]]) -> None:
    """A call that cannot be stored keeps no other from it."""
    failed: dict[int, Exception] = {}
    try:
        with giving_up_after(LONGEST_WAIT), transaction():
            for place, (rows, _stored) in enumerate(calls):
                try:
                    with transaction() as session:
                        _insert(session, rows)
                except Exception as error:
                    failed[place] = error
    except Exception as error:
        failed = dict.fromkeys(range(len(calls)), error)
    for place, (_rows, stored) in enumerate(calls):
        if place in failed:
            stored.set_exception(failed[place])
        else:
            stored.set_result(None)


def _insert(session: Session, rows: _Rows) -> None:
    waiting = select(func.count()).where(ReceivedEvent.worked_at.is_(None))
    of_page = waiting.where(ReceivedEvent.connection_id == rows[0]["connection_id"])
    if (session.scalar(of_page) or 0) >= MOST_WAITING:
        raise TooMany
    session.execute(insert_into(ReceivedEvent).values(rows).on_conflict_do_nothing())


def challenged(network: str, asked: Mapping[str, str]) -> str:
    """What is answered to a network that asks by our own secret whether the address is ours. ValueError, NotGenuine."""
    word, line = must_exist(callback_of(network).asks_by, "Callback API")
    challenge = asked.get(line, "")
    if not _CHALLENGE.fullmatch(challenge):
        raise ValueError("no challenge")
    told = asked.get(word, "").encode("utf-8", "replace")
    known = [secret_of(one) for one in _called(network).values()]
    if not any(compare_digest(one.encode(), told) for one in known if one):
        raise NotGenuine
    return challenge


def _called(network: str, pages: set[str] | None = None) -> dict[str, Connection]:
    """The pages that this network calls us for: all of them, or those of these."""
    query = select(Connection).join(Connection.account).options(contains_eager(Connection.account))
    query = query.where(Account.network == network, Connection.hearing == Hearing.CALLBACK)
    found = {one.account.external_id: one for one in db.session.scalars(query)}
    return found if pages is None else {page: one for page, one in found.items() if page in pages}


def callback_of(network: str) -> Callback:
    return must_exist(CONNECTED[network].callback if network in CONNECTED else None, "Callback API")


def secret_of(connection: Connection) -> str:
    return acts_keys.opened(connection.callback_secret).get("secret", "")


# --- How the events of a page come
_CONFIRMATION = re.compile(r"[\w.-]{1,100}", re.ASCII)


def arrange_hearing(
    account_id: int, version: int, *, by: str, confirmation: str = "", actor: User | None, now: datetime
) -> str:
    """How events of the page come; returns the new secret where one was made: it is shown once. `confirmation`: if
    empty, the network is asked for it. Raises MissingInput, StaleVersion, AskedAlready, NetworkError."""
    connection = acts_keys.connection_of(account_id)
    account = connection.account
    way = one_of("by", by, Hearing, "Такого выбора нет.")
    line, secret = "", ""
    if way is Hearing.CALLBACK:
        line = _confirmation(account.network, account.external_id, connection, confirmation.strip())
    with transaction():
        connection = locked(Connection, connection.id, version, "Подключение")
        was = connection.hearing
        if way is not was:
            # What happens until the other way works is asked for; an old place in the list of events is worth nothing.
            connection.gap_since = connection.gap_since or connection.read_at or now
            # A network that is listened to is looked at with the same cursor whichever way its events come.
            connection.cursor = connection.cursor if callback_of(account.network).listens else {}
            secret = _new_secret(connection) if way is Hearing.CALLBACK else ""
            connection.callback_secret = connection.callback_secret if secret else ""
        connection.hearing, connection.confirmation = way, line
        changes: dict[str, Change] = {"hearing": (was, way)}
        settle("arrange_hearing", connection, changes, actor=actor, now=now)
        return secret


def renew_secret(account_id: int, version: int, *, actor: User | None, now: datetime) -> str:
    """A new secret; the old one proves no call from now on. It is shown once. Raises StaleVersion."""
    connection = acts_keys.connection_of(account_id)
    with transaction():
        connection = locked(Connection, connection.id, version, "Подключение")
        refuse("by", connection.hearing is not Hearing.CALLBACK, "Соцсеть эту страницу не вызывает: секрет не нужен.")
        secret = _new_secret(connection)
        settle("renew_callback_secret", connection, {}, actor=actor, now=now)
        return secret


def _new_secret(connection: Connection) -> str:
    """Digits and letters alone: VK takes nothing else, and 50 of them at most."""
    secret = secrets.token_hex(20)
    connection.callback_secret = acts_keys.sealed({"secret": secret})
    return secret


def _confirmation(network: str, page_id: str, connection: Connection, given: str) -> str:
    """What is answered when the network asks whether the address is ours; empty where it asks for no such thing."""
    keys = acts_keys.opened(connection.keys)
    known = callback_of(network)
    if known.needs and not keys.get(known.needs):
        raise MissingInput("by", f"Сначала сохраните {CONNECTED[network].keys[known.needs]}: им подписан каждый вызов.")
    connector = asking.connector_for(network, page_id, keys, at_screen=True)
    if not isinstance(connector, GivesConfirmation):
        return ""
    if not given:
        try:
            given = asking.answer_now(connector.confirmation)
        except NetworkError as error:
            raise MissingInput("confirmation", f"{error} Впишите строку подтверждения сами.") from error
    if not _CONFIRMATION.fullmatch(given):
        raise MissingInput("confirmation", "Строка подтверждения скопирована неверно: в ней только буквы и цифры.")
    return given


# --- What was received is worked off like what the worker hears itself
AT_ONCE = 5  # events that are stored in one transaction: it keeps the write lock of SQLite for about 30 ms
SOON = 0.05  # seconds that a round waits for events that are read without asking the network
MOST_TRIES = 5  # to read one event, before it is left out
KEPT = timedelta(days=7)  # how long an id is remembered: no network delivers the same event later
AGAIN = timedelta(seconds=30)  # after a network did not answer what we ask it about its event
_LEFT_OUT = (
    "Одно событие соцсети программа прочитать не смогла (ошибка {}): оно пропущено, его ищут на самой странице. "
    "Посмотрите сами, всё ли дошло, и покажите это сообщение администратору."
)


@dataclass
class Reading:
    """What is being read: connection → the rows, and their events; which pages wait after a failure. `tried`: events
    that an error of ours kept from being read, by page; such a page is read event by event."""

    busy: dict[int, tuple[list[int], Future[Any]]] = field(default_factory=dict)
    again: dict[int, datetime] = field(default_factory=dict)
    tried: dict[int, Counter[int]] = field(default_factory=dict)


_reading = Reading()


def work_off(now: datetime, pace: Pace) -> int:
    """Work off what was received; how many comments came in. A round of the worker never waits for a network."""
    is_whole = pace.seconds == float("inf")
    reading = Reading() if is_whole else _reading
    until, came = time.monotonic() + pace.seconds, _collect(reading, now)
    while True:
        _begin(reading, now)
        if not reading.busy:
            return came
        done = wait([events for _rows, events in reading.busy.values()], None if is_whole else SOON).done
        came += _collect(reading, now)
        if not done or time.monotonic() > until:
            return came


def _begin(reading: Reading, now: datetime) -> None:
    waiting = select(ReceivedEvent.connection_id).where(ReceivedEvent.worked_at.is_(None)).distinct()
    query = select(Connection).where(Connection.id.in_(waiting)).order_by(Connection.id)
    for connection in db.session.scalars(query).all():
        rests = timedelta() < reading.again.get(connection.id, now) - now <= AGAIN
        full = len(reading.busy) >= hearing.MOST_AT_ONCE
        if connection.id in reading.busy or rests or full or not queries.is_on(connection):
            continue
        number = connection.id
        try:
            connector = asking.connector_of(connection)
            if not isinstance(connector, ReadsCalls):
                continue
            rows = _waiting_of(number, 1 if number in reading.tried else AT_ONCE)
            events = asking.in_thread(partial(_received, connector, [row.body for row in rows]))
        except Exception as error:
            asking.note_ours(error, "calls not begun", connection=number)
            reading.again[number] = now + AGAIN
            hearing.failed(number, asking.Unforeseen(error, words=asking.UNREAD), now)
            continue
        reading.busy[number] = ([row.id for row in rows], events)
    db.session.rollback()


def _received(connector: ReadsCalls, bodies: list[str]) -> Sequence[Event]:
    return connector.received([json.loads(body) for body in bodies])


def _waiting_of(connection_id: int, at_most: int) -> list[ReceivedEvent]:
    of_page = (ReceivedEvent.connection_id == connection_id, ReceivedEvent.worked_at.is_(None))
    return list(db.session.scalars(select(ReceivedEvent).where(*of_page).order_by(ReceivedEvent.id).limit(at_most)))


def _collect(reading: Reading, now: datetime) -> int:
    came = 0
    for number, (rows, answer) in [one for one in reading.busy.items() if one[1][1].done()]:
        del reading.busy[number]
        reading.again.pop(number, None)
        try:
            came += _enter(number, rows, answer.result(), now)
            reading.tried.pop(number, None)
        except NetworkError as error:
            reading.again[number] = now + AGAIN
            hearing.failed(number, error, now)
        except Exception as error:
            asking.note_ours(error, "call not read", connection=number, events=rows)
            reading.again[number] = now + AGAIN
            _count(reading, number, rows, error, now)
    return came


def _count(reading: Reading, number: int, rows: list[int], error: Exception, now: datetime) -> None:
    """An error of ours is a try of the one event that it is about; after a few that event is left out."""
    tried = reading.tried.setdefault(number, Counter())
    if len(rows) != 1:
        return
    tried.update(rows)
    if tried[rows[0]] >= MOST_TRIES:
        del reading.tried[number]
        _leave_out(number, rows[0], _LEFT_OUT.format(type(error).__name__), now)


def _leave_out(connection_id: int, event_id: int, words: str, now: datetime) -> None:
    """Skip the event and read on; catching up looks for its content on the page itself."""
    with transaction() as session:
        connection = session.get(Connection, connection_id, with_for_update=received.LOCK)
        row = session.get(ReceivedEvent, event_id, with_for_update=True)
        if connection is None or row is None or row.worked_at is not None:
            return
        row.worked_at, row.body, connection.said = now, "", words
        connection.gap_since = connection.gap_since or row.received_at


def _enter(connection_id: int, ids: list[int], events: Sequence[Event], now: datetime) -> int:
    """The events, and that they are worked off, in one transaction; nothing where another process was quicker."""
    with transaction() as session:
        connection = session.get(Connection, connection_id, with_for_update=received.LOCK)
        if connection is None or not queries.is_on(connection):
            return 0
        query = select(ReceivedEvent).where(ReceivedEvent.id.in_(ids), ReceivedEvent.worked_at.is_(None))
        rows = session.scalars(query.with_for_update().execution_options(populate_existing=True)).all()
        if len(rows) != len(ids):
            return 0
        for row in rows:
            row.worked_at, row.body = now, ""
        connection.told_at = max(row.received_at for row in rows)
        hearing.calls_came(connection)
        session.execute(delete(ReceivedEvent).where(ReceivedEvent.worked_at < now - KEPT))
        return received.enter(connection.account, events, now)
