"""Networks may call us: an event is stored as it came, once, and worked off by the worker like what it hears itself."""

from __future__ import annotations

import json
import re
import secrets
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from hmac import compare_digest
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import contains_eager

from osm.connectors.calls import Callback, GivesConfirmation, HearsCalls
from osm.connectors.contract import Event
from osm.connectors.faults import NetworkError
from osm.connectors.registry import CONNECTED
from osm.extensions import db
from osm.regulation.errors import MissingInput
from osm.services.accounts import heard, hearing
from osm.services.accounts import keys as stored_keys
from osm.services.accounts.connecting import connector_for
from osm.services.edits import locked, settle
from osm.services.errors import NotFound
from osm.services.log.log import Change
from osm.services.pace import Pace
from osm.store.models import Account, Connection, ConnectionState, Hearing, ReceivedEvent, User
from osm.store.transaction import giving_up_after, transaction
from osm.store.upsert import insert_into

LONGEST_WAIT = 0.7
"""Seconds for another one's lock: a network wants its answer within one, and calls again."""
MOST_WAITING = 5000
"""Events of one page: with more of them the worker is down, and the network is asked to call later."""
AT_ONCE = 100
KEPT = timedelta(days=7)
"""How long an id is remembered: no network delivers the same event later."""
AGAIN = timedelta(seconds=30)
"""After a network did not answer what we ask it about its event."""
_CHALLENGE = re.compile(r"[\w.-]{1,200}", re.ASCII)
_CONFIRMATION = re.compile(r"[\w.-]{1,100}", re.ASCII)


class NotGenuine(Exception):
    """No page of ours, or nobody proves to be its network. Nothing was stored."""


class TooMany(Exception):
    """The worker has not come to what was received before. Nothing was stored."""


def receive(network: str, raw: bytes, signature: str, now: datetime) -> str:
    """Store what a network tells us; what it wants to be answered. ValueError (no call), NotGenuine, TooMany.

    What was received before is received again and leaves nothing. A page that is switched off hears nothing.
    """
    known = _callback(network)
    call = known.read(raw, signature)
    called = _called(network, {one.page for one in call.events})
    proved = {
        page: connection
        for page, connection in called.items()
        if known.is_genuine(call, _secret(connection), stored_keys.opened(connection.keys) if known.needs else {})
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
        with giving_up_after(LONGEST_WAIT), transaction() as session:
            waiting = select(func.count()).where(ReceivedEvent.worked_at.is_(None))
            of_page = waiting.where(ReceivedEvent.connection_id == rows[0]["connection_id"])
            if (session.scalar(of_page) or 0) >= MOST_WAITING:
                raise TooMany
            session.execute(insert_into(ReceivedEvent).values(rows).on_conflict_do_nothing())
    return "ok"


def challenged(network: str, secret: str, challenge: str) -> str:
    """What is answered to a network that asks by our own secret whether the address is ours. ValueError, NotGenuine."""
    if not _CHALLENGE.fullmatch(challenge):
        raise ValueError("no challenge")
    told, known = secret.encode("utf-8", "replace"), [_secret(one) for one in _called(network).values()]
    if not any(compare_digest(one.encode(), told) for one in known if one):
        raise NotGenuine
    return challenge


def _called(network: str, pages: set[str] | None = None) -> dict[str, Connection]:
    """The pages that this network calls us for: all of them, or those of these."""
    query = select(Connection).join(Connection.account).options(contains_eager(Connection.account))
    query = query.where(Account.network == network, Connection.hearing == Hearing.CALLBACK)
    found = {one.account.external_id: one for one in db.session.scalars(query)}
    return found if pages is None else {page: one for page, one in found.items() if page in pages}


def _callback(network: str) -> Callback:
    known = CONNECTED[network].callback if network in CONNECTED else None
    if known is None:
        raise NotFound("Callback API")
    return known


def _secret(connection: Connection) -> str:
    return stored_keys.opened(connection.callback_secret).get("secret", "")


def arrange_hearing(
    account_id: int, version: int, *, by: str, confirmation: str = "", actor: User | None, now: datetime
) -> str:
    """How events of the page come; the new secret where one was made: it is told once. MissingInput, StaleVersion.

    `confirmation`: where it is left empty, the network is asked for it.
    """
    account, connection = _connection(account_id)
    try:
        way = Hearing(by)
    except ValueError:
        raise MissingInput("by", "Такого выбора нет.") from None
    line, secret = "", ""
    if way is Hearing.CALLBACK:
        line = _confirmation(account.network, account.external_id, connection, confirmation.strip())
    with transaction():
        connection = locked(Connection, connection.id, version, "Подключение")
        was = connection.hearing
        if way is not was:
            # What happens until the other way works is asked for; an old place in the list of events is worth nothing.
            connection.gap_since = connection.gap_since or connection.read_at or now
            connection.cursor = connection.cursor if _looks(account.network) else {}
            secret = _new_secret(connection) if way is Hearing.CALLBACK else ""
            connection.callback_secret = connection.callback_secret if secret else ""
        connection.hearing, connection.confirmation = way, line
        changes: dict[str, Change] = {"hearing": (was, way)}
        settle("arrange_hearing", "account", connection, changes, actor=actor, now=now, object_id=account_id)
        return secret


def renew_secret(account_id: int, version: int, *, actor: User | None, now: datetime) -> str:
    """Another secret instead of the one before, which proves nothing from now on; told once. StaleVersion."""
    _account, connection = _connection(account_id)
    with transaction():
        connection = locked(Connection, connection.id, version, "Подключение")
        if connection.hearing is not Hearing.CALLBACK:
            raise MissingInput("by", "Соцсеть эту страницу не вызывает: секрет не нужен.")
        secret = _new_secret(connection)
        settle("renew_callback_secret", "account", connection, {}, actor=actor, now=now, object_id=account_id)
        return secret


def _new_secret(connection: Connection) -> str:
    """Digits and letters alone: VK takes nothing else, and 50 of them at most."""
    secret = secrets.token_hex(20)
    connection.callback_secret = stored_keys.sealed({"secret": secret})
    return secret


def _looks(network: str) -> bool:
    """Whether a page of this network is looked at with the same cursor whichever way its events come."""
    return _callback(network).listens


def _confirmation(network: str, page_id: str, connection: Connection, given: str) -> str:
    """What is answered when the network asks whether the address is ours; empty where it asks for no such thing."""
    keys = stored_keys.opened(connection.keys)
    known = _callback(network)
    if known.needs and not keys.get(known.needs):
        raise MissingInput("by", f"Сначала сохраните {CONNECTED[network].keys[known.needs]}: им подписан каждый вызов.")
    connector = connector_for(network, page_id, keys)
    if not isinstance(connector, GivesConfirmation):
        return ""
    if not given:
        try:
            given = connector.confirmation()
        except NetworkError as error:
            raise MissingInput("confirmation", f"{error} Впишите строку подтверждения сами.") from error
    if not _CONFIRMATION.fullmatch(given):
        raise MissingInput("confirmation", "Строка подтверждения скопирована неверно: в ней только буквы и цифры.")
    return given


def _connection(account_id: int) -> tuple[Account, Connection]:
    account = db.session.get(Account, account_id)
    if account is None or account.connection is None:
        raise NotFound("Подключение")
    return account, account.connection


@dataclass
class Reading:
    """What is being read: connection → the rows, and their events; which pages wait after a failure."""

    busy: dict[int, tuple[list[int], Future[Any]]] = field(default_factory=dict)
    again: dict[int, datetime] = field(default_factory=dict)


_reading = Reading()


def take_up(now: datetime, pace: Pace) -> int:
    """Work off what was received; how many comments came in. A round of the worker never waits for a network."""
    if pace.seconds < float("inf"):
        came = _collect(_reading, now)
        _begin(_reading, now)
        return came
    once, came = Reading(), 0
    while True:
        _begin(once, now)
        if not once.busy:
            return came
        wait([events for _rows, events in once.busy.values()])
        came += _collect(once, now)


def _begin(reading: Reading, now: datetime) -> None:
    waiting = select(ReceivedEvent.connection_id).where(ReceivedEvent.worked_at.is_(None)).distinct()
    query = select(Connection).where(Connection.id.in_(waiting)).order_by(Connection.id)
    for connection in db.session.scalars(query).all():
        rests = timedelta() < reading.again.get(connection.id, now) - now <= AGAIN
        full = len(reading.busy) >= hearing.MOST_AT_ONCE
        if connection.id in reading.busy or rests or full or not heard.is_on(connection):
            continue
        account = connection.account
        connector = connector_for(account.network, account.external_id, stored_keys.opened(connection.keys))
        if not isinstance(connector, HearsCalls):
            continue
        rows = _waiting_of(connection.id)
        updates = [json.loads(row.body) for row in rows]
        events = hearing.in_thread(partial(connector.heard, updates))
        reading.busy[connection.id] = ([row.id for row in rows], events)
    db.session.rollback()


def _waiting_of(connection_id: int) -> list[ReceivedEvent]:
    of_page = (ReceivedEvent.connection_id == connection_id, ReceivedEvent.worked_at.is_(None))
    return list(db.session.scalars(select(ReceivedEvent).where(*of_page).order_by(ReceivedEvent.id).limit(AT_ONCE)))


def _collect(reading: Reading, now: datetime) -> int:
    came = 0
    for number, (rows, answer) in [one for one in reading.busy.items() if one[1][1].done()]:
        del reading.busy[number]
        reading.again.pop(number, None)
        try:
            came += _enter(number, rows, answer.result(), now)
        except NetworkError as error:
            reading.again[number] = now + AGAIN
            hearing.failed(number, error, now)
    return came


def _enter(connection_id: int, ids: list[int], events: list[Event], now: datetime) -> int:
    """The events, and that they are worked off, in one transaction; nothing where another process was quicker."""
    with transaction() as session:
        connection = session.get(Connection, connection_id, with_for_update=heard.LOCK)
        if connection is None or not heard.is_on(connection):
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
        return heard.enter(connection.account, events, now)
