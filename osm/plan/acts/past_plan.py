"""Posts that were placed without the plan are looked for every hour and enter it (Пр.2.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import or_, select
from sqlalchemy.orm import contains_eager

from osm.connections.acts.asking import MOST_ASKED, Asking, Unforeseen
from osm.connectors.contract import Connector, Posts, Written
from osm.connectors.faults import NetworkError
from osm.extensions import db
from osm.plan.acts import planning
from osm.store.installation import this_installation
from osm.store.models import Connection, ConnectionState
from osm.store.transaction import transaction

# --- Posts that were placed without the plan are looked for every hour and enter it (Пр.2.2)
_UNSEEN = "Записи, размещённые мимо плана, программа сейчас не видит."

EVERY = timedelta(hours=1)
SPAN = timedelta(days=28)
"""So far back a page is compared with the plan; it is one request, and the plan shows four weeks before its own."""

Seen = tuple[Sequence[Written], datetime | None]
"""Posts; since when these are all that are there, None where the network does not say."""


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
        .limit(MOST_ASKED * 4)
    )
    return list(db.session.scalars(query))


def _ask(connection: Connection, connector: Connector, now: datetime) -> Callable[[], Seen] | None:
    if not isinstance(connector, Posts):
        return None
    since = min(now - SPAN, connection.posts_read_at or now)
    return partial(_read, connector, since)


def _read(connector: Posts, since: datetime) -> Seen:
    return connector.posts(since), since if connector.tells_all_posts else None


def _store(account_id: int, seen: Seen, now: datetime) -> None:
    posts, all_since = seen
    with transaction():
        if _noted(account_id, now):
            planning.enter(account_id, posts, all_since=all_since, now=now)


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


run = Asking(_due, _ask, _store, _failed).run
