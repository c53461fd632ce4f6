"""What stands on a connected page past the plan is looked for every hour, and enters the plan (Пр.2.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import or_, select
from sqlalchemy.orm import contains_eager

from osm.connectors.contract import Connector, Posts, Written
from osm.connectors.faults import NetworkError
from osm.extensions import db
from osm.services.accounts.asking import MOST_AT_ONCE, Asking
from osm.services.accounts.installation import this_installation
from osm.services.accounts.unforeseen import Unforeseen
from osm.services.plan import found
from osm.store.models import Connection, ConnectionState
from osm.store.transaction import transaction

_UNSEEN = "Записи, размещённые мимо плана, программа сейчас не видит."

EVERY = timedelta(hours=1)
SPAN = timedelta(days=28)
"""So far back a page is compared with the plan; it is one request, and the plan shows four weeks before its own."""

Told = tuple[Sequence[Written], datetime | None]
"""Posts; since when these are all that stand there, None where that is not told."""


def _due(now: datetime) -> list[Connection]:
    query = (
        select(Connection)
        .join(Connection.account)
        .options(contains_eager(Connection.account))
        .where(
            Connection.state == ConnectionState.WORKING,
            Connection.installation == this_installation(),
            or_(Connection.posts_read_at.is_(None), Connection.posts_read_at <= now - EVERY),
        )
        .order_by(Connection.id)
        .limit(MOST_AT_ONCE * 4)
    )
    return list(db.session.scalars(query))


def _ask(connection: Connection, connector: Connector, now: datetime) -> Callable[[], Told] | None:
    if not isinstance(connector, Posts):
        return None
    since = min(now - SPAN, connection.posts_read_at or now)
    return partial(_read, connector, since)


def _read(connector: Posts, since: datetime) -> Told:
    return connector.posts(since), since if connector.tells_all_posts else None


def _store(account_id: int, told: Told, now: datetime) -> None:
    posts, all_since = told
    with transaction():
        if _noted(account_id, now):
            found.enter(account_id, posts, all_since=all_since, now=now)


def _failed(account_id: int, error: NetworkError, now: datetime) -> None:
    """In an hour again: what is wrong with the page its reading says, of an error of ours this alone."""
    with transaction():
        connection = _noted(account_id, now)
        if connection is not None and isinstance(error, Unforeseen):
            connection.said = f"{_UNSEEN} {error}"


def _noted(account_id: int, now: datetime) -> Connection | None:
    """Locks the page: of two who have looked at the same time the second sees what the first has entered."""
    query = select(Connection).where(Connection.account_id == account_id).with_for_update(of=Connection)
    connection = db.session.scalar(query.execution_options(populate_existing=True))
    if connection is not None:
        connection.posts_read_at = now
        if connection.said.startswith(_UNSEEN):
            connection.said = ""
    return connection


take_up = Asking(_due, _ask, _store, _failed).take_up
