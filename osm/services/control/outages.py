"""Outages of networks: from when to when none of the pages of a network could be reached (П.19).

Found from what is known of each page: since when it fails, and when its network last answered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from osm.extensions import db
from osm.services.accounts.heard import is_on
from osm.store.models import Connection, NetworkOutage
from osm.store.transaction import transaction

SHORTEST = timedelta(minutes=5)
"""A shorter silence makes nothing late."""


def note(now: datetime) -> int:
    """Note what has begun and what has ended; how many."""
    # Looks first without the write lock: mostly there is nothing to do.
    if not any(_changes(now)):
        return 0
    with transaction() as session:
        changed = list(_changes(now))
        for row, ended_at in changed:
            row.ended_at = ended_at
            session.add(row)
        return len(changed)


def _changes(now: datetime) -> Iterator[tuple[NetworkOutage, datetime | None]]:
    """The outage and its end."""
    pages: dict[str, list[Connection]] = defaultdict(list)
    for page in db.session.scalars(select(Connection).options(joinedload(Connection.account))):
        if is_on(page):
            pages[page.account.network].append(page)
    running = {
        row.network: row for row in db.session.scalars(select(NetworkOutage).where(NetworkOutage.ended_at.is_(None)))
    }
    for network in pages.keys() | running.keys():
        since, row = _down_since(pages[network]), running.get(network)
        if since is None and row is not None:
            yield row, _answered_at(pages[network], row.began_at) or now
        elif since is not None and row is None and now - since >= SHORTEST:
            yield NetworkOutage(network=network, began_at=since), None


def _down_since(pages: Sequence[Connection]) -> datetime | None:
    """When the last of them failed, too. A page that failed by an error of ours rests from nothing, and is left out."""
    failed = [page.failed_at for page in pages if page.failed_at is not None and page.rest_until is not None]
    return max(failed) if pages and len(failed) == len(pages) else None


def _answered_at(pages: Sequence[Connection], began: datetime) -> datetime | None:
    return min((page.read_at for page in pages if page.read_at is not None and page.read_at > began), default=None)
