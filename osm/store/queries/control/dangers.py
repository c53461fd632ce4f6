"""Signs of danger to life as screens show them: those that wait for a decision, and that of a card (П.20)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from osm.extensions import db
from osm.store.models import Danger
from osm.store.queries.control.waiting import danger_waits


def words_of(found: Sequence[dict[str, Any]]) -> str:
    """«провод», «упал», «дети»."""
    return ", ".join(f"«{word}»" for word in dict.fromkeys(word for one in found for word in one["words"]))


def waiting() -> list[Danger]:
    """Those that nobody has decided about, the last first, each with its message."""
    asked = select(Danger).where(danger_waits()).order_by(Danger.noted_at.desc(), Danger.message_id.desc())
    return list(db.session.scalars(asked.options(joinedload(Danger.message), joinedload(Danger.seen_by))).unique())


def of_message(message_id: int) -> Danger | None:
    return db.session.get(Danger, message_id, options=[joinedload(Danger.seen_by)])
