"""A connected page is asked once a day who manages it; whom nobody wrote down the press centre is told of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import contains_eager

from osm.connectors.administrators import Managing, NamesAdministrators
from osm.connectors.contract import Connector
from osm.connectors.faults import NetworkError
from osm.connectors.registry import CONNECTED, names_administrators
from osm.extensions import db
from osm.regulation.guarding.people import is_written_down
from osm.services.accounts.asking import MOST_AT_ONCE, Asking, connector_of
from osm.services.accounts.installation import this_installation
from osm.services.accounts.waiting import answer_now
from osm.services.errors import NotFound, ServiceError
from osm.services.guarding.writing_down import KIND
from osm.services.log.log import record
from osm.store.models import Account, Connection, ConnectionState, PageAdministrator, PageGuard, User
from osm.store.transaction import transaction
from osm.store.upsert import insert_into

EVERY = timedelta(days=1)
_SILENT = "Эта соцсеть не называет, кто управляет страницей: сверьте на сайте."


def look(account_id: int, *, actor: User | None, now: datetime) -> int:
    """Ask now, and wait; how many strangers there are. NotFound, ServiceError where the network does not tell."""
    connection = db.session.scalar(select(Connection).where(Connection.account_id == account_id))
    if connection is None:
        raise NotFound("Подключение")
    connector = connector_of(connection, at_screen=True)
    if not isinstance(connector, NamesAdministrators):
        raise ServiceError(_SILENT)
    try:
        return _store(account_id, answer_now(connector.administrators), actor, now)
    except NetworkError as error:
        raise ServiceError(f"Сверить не получилось: {_words(error)}") from error


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


def _ask(_connection: Connection, connector: Connector, _now: datetime) -> Callable[[], Sequence[Managing]] | None:
    return connector.administrators if isinstance(connector, NamesAdministrators) else None


def _told(account_id: int, named: Sequence[Managing], now: datetime) -> None:
    _store(account_id, named, None, now)


def _locked(account_id: int) -> PageGuard:
    db.session.execute(insert_into(PageGuard).values(id=account_id).on_conflict_do_nothing())
    return db.session.get_one(PageGuard, account_id, with_for_update=True, populate_existing=True)


def _words(error: NetworkError) -> str:
    return f"{error} {error.said}".strip()


take_up = Asking(_due, _ask, _told, _failed).take_up
