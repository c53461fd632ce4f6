"""Where a person is logged in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.store.models import WebSession


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One session. `browser`: what it said of itself; both are empty of a session from before they were kept."""

    id_hash: str
    created_at: datetime
    expires_at: datetime
    address: str
    browser: str


def sessions_of(user_id: int, now: datetime) -> list[OpenSession]:
    """Those that have not ended, the latest log-in first."""
    rows = db.session.execute(
        select(WebSession.id_hash, WebSession.created_at, WebSession.expires_at, WebSession.address, WebSession.browser)
        .where(WebSession.user_id == user_id, WebSession.expires_at > now)
        .order_by(WebSession.created_at.desc(), WebSession.id_hash)
    )
    return [OpenSession(*row) for row in rows.tuples()]
