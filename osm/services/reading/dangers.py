"""Signs of danger to life that the check of texts finds are kept as proposals (П.9, П.20)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, select

from moderation import dangers
from osm.extensions import db
from osm.regulation.workflow import OPEN
from osm.services.log.log import record
from osm.store.models import Danger, Message, UrgentReport

TOLD_WITHIN = timedelta(days=1)
"""Nobody is called about a message that has been here for longer: it stands in «Ждёт меня»."""

Found = list[dict[str, Any]]
"""As `Danger.found` keeps them."""


def found_in(text: str) -> Found:
    return [{"sign": one.sign, "words": [text[start:end].lower() for start, end in one.spans]} for one in dangers(text)]


def note(found: Mapping[int, Found], now: datetime) -> None:
    """Keep what was found in these messages, in the caller's transaction.

    What a person decided holds until other words are found. Nobody is asked about what is closed, or was reported.
    """
    known = {row.message_id: row for row in db.session.scalars(_locked(found))}
    for message_id, row in known.items():
        if row.reply is None and not found[message_id]:
            db.session.delete(row)
    new = {one for one, signs in found.items() if signs and (one not in known or known[one].found != signs)}
    if not new:
        return
    reported = exists().where(UrgentReport.message_id == Message.id)
    asked = select(Message).where(Message.id.in_(new), Message.status.in_(OPEN), ~reported)
    for message in db.session.scalars(asked.order_by(Message.id)).unique():
        row = known.get(message.id) or Danger(message_id=message.id, version=0, told_ids=[])
        row.version, row.found, row.noted_at = row.version + 1, found[message.id], now
        row.reply = row.replied_at = row.replied_by_id = row.seen_at = row.seen_by_id = None
        row.tell_at = now if message.stored_at >= now - TOLD_WITHIN else None
        db.session.add(row)
        record("danger_noted", at=now, actor=None, message=message, clause="П.20", object_kind="danger",
               object_id=message.id)  # fmt: skip


def _locked(ids: Mapping[int, Found]) -> Any:
    return select(Danger).where(Danger.message_id.in_(ids)).with_for_update(of=Danger)
