"""Keys of pages: kept encrypted, what they can, who speaks for a page, and the turn of each key."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from flask import Flask
from sqlalchemy import case, select

from osm.base import durable
from osm.base.database import db, insert_into
from osm.base.errors import ServiceError, must_exist
from osm.base.numbers import is_number
from osm.base.transaction import put_away, transaction
from osm.connectors.contract import PerHour, Report, WaitTurn
from osm.connectors.registry import CONNECTED
from osm.flow.acts.moving import locked, settle
from osm.log.acts.record import Change
from osm.models import Account, Connection, ConnectionState, Turn, User
from osm.networks.pages import name_of
from osm.regulation import errors, own_pages

# --- Keys of pages are kept encrypted (Fernet) with a key derived from OSM_ENCRYPTION_KEY
_PURPOSE = b"osm keys of pages v1"


def sealed(keys: Mapping[str, str]) -> str:
    return durable.sealed(_PURPOSE, json.dumps(dict(keys), sort_keys=True))


def opened(stored: str) -> dict[str, str]:
    """The keys as they are used; none where OSM_ENCRYPTION_KEY is another than when they were stored."""
    found: dict[str, str] = json.loads(durable.unsealed(_PURPOSE, stored) or "{}")
    return found


def connection_of(account_id: int) -> Connection:
    """NotFound."""
    return must_exist(db.session.scalar(select(Connection).where(Connection.account_id == account_id)), "Подключение")


# --- Who speaks for a page
MOST = 50  # of one page that are remembered, the latest
_GONE = "Этого администратора в списке уже нет. Ничего не изменено."


def knows(account: Account, by: str) -> None:
    """Remember him as an administrator: only administrators ban and delete. In the caller's transaction."""
    connection = account.connection
    if connection is None or not is_number(by) or by in connection.administrators:
        return
    connection.administrators = [*connection.administrators, by][-MOST:]


def take_out(account_id: int, version: int, *, who: str, actor: User | None, now: datetime) -> None:
    """What he writes from now on is a citizen's: it waits in the queue. StaleVersion, ServiceError."""
    with transaction():
        connection = locked(Connection, connection_of(account_id).id, version, "Подключение")
        ServiceError.when(who not in connection.administrators, _GONE)
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
        connection.administrators = [one for one in known if not own_pages.is_written_down(one, "", profile, who)]


# --- The turn of a key
_LATE, _TURNS = 0.25, 5
"""Of the time between two turns so much may pass before one is lost; how many are taken at most."""
Clock = Callable[[], float]
_MICRO = 1_000_000
_WAITING = 60  # turns that may be taken ahead; more than that only a clock that was set back explains
_MARGIN = 0.8  # requests that were sent evenly arrive unevenly: of what a network allows so much is used


def wait_turn_of(
    app: Flask, per_hour: Mapping[str, PerHour] | None = None, *, clock: Clock = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> WaitTurn:  # fmt: skip
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
    None where it would not come at once and may not be `late`. A clock that was set back is forgiven."""
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


def found(connection: Connection, keys: Mapping[str, str], report: Report, now: datetime) -> None:
    """Note what the network says that these keys can. In the caller's transaction."""
    connection.can = [str(act) for act in report.can]
    connection.cannot = [{"what": one.what, "why": one.why} for one in report.cannot]
    connection.whose = dict(report.whose)
    end = {"expires_at": ends_at(keys["expires_at"])} if "expires_at" in keys else {}
    connection.expires = {name: at.isoformat() for name, at in {**end, **report.expires}.items()}
    connection.checked_at = now
    connection.page_name = name_of(report.url) or connection.page_name or ""
    if connection.state is not ConnectionState.OFF:
        if connection.state is ConnectionState.STOPPED:
            connection.failed_at = None  # how it failed before it was stopped says nothing of the network now
        connection.state = ConnectionState.WORKING if report.can else ConnectionState.STOPPED
        connection.said = "" if report.can else " ".join(dict.fromkeys(one.why for one in report.cannot))
    account = connection.account
    connection.refused_at = (connection.refused_at or now) if refused_keys(account.network, report) else None
    if account.title in ("", account.external_id):
        account.title = report.title or account.title


def refused_keys(network: str, report: Report) -> list[str]:
    """What people call those of the keys that the network refuses."""
    return [one.what for one in report.cannot if one.what in CONNECTED[network].keys.values()]


def ends_at(text: str) -> datetime:
    """When the keys end; without a zone in UTC. MissingInput."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise errors.MissingInput("keys", "expires_at — дата и время, например 2027-01-31T00:00:00+00:00.") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
