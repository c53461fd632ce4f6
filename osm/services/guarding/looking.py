"""A connected page is asked once a day who manages it; whom nobody wrote down the press centre is told of.

Networks are asked in threads of their own: one that hangs delays nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, wait
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import or_, select
from sqlalchemy.orm import contains_eager

from osm.connectors.administrators import Managing, NamesAdministrators
from osm.connectors.contract import Connector
from osm.connectors.faults import NetworkError
from osm.connectors.registry import CONNECTED, names_administrators
from osm.extensions import db
from osm.regulation.guarding.people import is_written_down
from osm.services.accounts import keys
from osm.services.accounts.connecting import connector_for
from osm.services.accounts.hearing import in_thread
from osm.services.accounts.installation import this_installation
from osm.services.errors import NotFound, ServiceError
from osm.services.guarding.writing_down import KIND
from osm.services.log.log import record
from osm.services.pace import Pace
from osm.store.models import Account, Connection, ConnectionState, PageAdministrator, PageGuard, User
from osm.store.transaction import transaction
from osm.store.upsert import insert_into

EVERY = timedelta(days=1)
MOST_AT_ONCE = 8
_SILENT = "Эта соцсеть не называет, кто управляет страницей: сверьте на сайте."


@dataclass
class Looks:
    """Pages that are being asked by this process."""

    asked: dict[int, Future[Sequence[Managing]]] = field(default_factory=dict)


_looks = Looks()


def look(account_id: int, *, actor: User | None, now: datetime) -> int:
    """Ask now, and wait; how many strangers there are. NotFound, ServiceError where the network does not tell."""
    connection = db.session.scalar(select(Connection).where(Connection.account_id == account_id))
    if connection is None:
        raise NotFound("Подключение")
    connector = _connector(connection)
    if not isinstance(connector, NamesAdministrators):
        raise ServiceError(_SILENT)
    try:
        return _store(account_id, connector.administrators(), actor, now)
    except NetworkError as error:
        raise ServiceError(f"Сверить не получилось: {_words(error)}") from error


def take_up(now: datetime, pace: Pace) -> int:
    """Note what the networks have named and ask the pages whose day has come; how many have answered.

    A round of the worker never waits. Without a limit of time (`osm tick`) each page is waited for.
    """
    waits = pace.seconds == float("inf")
    looks = Looks() if waits else _looks
    done = _collect(looks, now)
    for connection in _due(now):
        if len(looks.asked) >= MOST_AT_ONCE:
            break
        if connection.account_id not in looks.asked:
            connector = _connector(connection)
            if isinstance(connector, NamesAdministrators):
                looks.asked[connection.account_id] = in_thread(partial(connector.administrators))
    db.session.rollback()
    if waits and looks.asked:
        wait(looks.asked.values())
        done += _collect(looks, now)
    return done


def _collect(looks: Looks, now: datetime) -> int:
    done = [one for one, answer in looks.asked.items() if answer.done()]
    for account_id in done:
        answer = looks.asked.pop(account_id)
        try:
            _store(account_id, answer.result(), None, now)
        except NetworkError as error:
            _failed(account_id, error, now)
    return len(done)


def _due(now: datetime) -> list[Connection]:
    """Of the networks that name administrators; of no other is a key opened for nothing."""
    query = (
        select(Connection)
        .join(Connection.account)
        .options(contains_eager(Connection.account))
        .outerjoin(PageGuard, PageGuard.id == Connection.account_id)
        .where(
            Connection.state == ConnectionState.WORKING,
            Connection.installation == this_installation(),
            Connection.read_at.is_not(None),
            Account.network.in_([one for one in CONNECTED if names_administrators(one)]),
            or_(PageGuard.look_at.is_(None), PageGuard.look_at <= now),
        )
        .order_by(Connection.id)
        .limit(MOST_AT_ONCE * 4)
    )
    return list(db.session.scalars(query))


def _connector(connection: Connection) -> Connector:
    account = connection.account
    return connector_for(account.network, account.external_id, keys.opened(connection.keys))


def _store(account_id: int, named: Sequence[Managing], actor: User | None, now: datetime) -> int:
    """What the network named, in a transaction of its own; strangers are told of when they are first seen."""
    rows = [{**asdict(one.person), "right": str(one.right)} for one in named]
    with transaction() as session:
        guard = _locked(account_id)
        known = {row["id"] for row in guard.named}
        guard.named, guard.named_at, guard.look_at, guard.look_said = rows, now, now + EVERY, ""
        standing = session.scalars(
            select(PageAdministrator).where(
                PageAdministrator.account_id == account_id, PageAdministrator.ended_at.is_(None)
            )
        ).all()
        strangers = [
            row for row in rows
            if not any(is_written_down(row["id"], row["name"], one.profile, one.who) for one in standing)
        ]  # fmt: skip
        new = [row for row in strangers if row["id"] not in known]
        if new or actor:
            action = "page_strangers" if new else "look_at_page"
            changes = {"strangers": (0, len(strangers))}
            record(action, at=now, actor=actor, object_kind=KIND, object_id=account_id, changes=changes)
        return len(strangers)


def _failed(account_id: int, error: NetworkError, now: datetime) -> None:
    with transaction():
        guard = _locked(account_id)
        guard.look_at, guard.look_said = now + EVERY, _words(error)


def _locked(account_id: int) -> PageGuard:
    db.session.execute(insert_into(PageGuard).values(id=account_id).on_conflict_do_nothing())
    return db.session.get_one(PageGuard, account_id, with_for_update=True, populate_existing=True)


def _words(error: NetworkError) -> str:
    return f"{error} {error.said}".strip()
