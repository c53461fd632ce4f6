"""The addresses of the posts that publications have become."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select

from osm.extensions import db
from osm.store.models import Account, Placement


def links_of(publication_ids: Collection[int]) -> Mapping[int, Sequence[str]]:
    """Of each publication, by network and title of the page; none where no link was noted."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = db.session.execute(
        select(Placement.publication_id, Placement.url)
        .join(Account, Account.id == Placement.account_id)
        .where(Placement.publication_id.in_(publication_ids), Placement.url != "")
        .order_by(Account.network, Account.title, Account.id)
    )
    for publication_id, url in rows:
        found[publication_id].append(url)
    return found
