"""What people are reminded of when the demonstration begins: the last acts, not the story of all its weeks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from osm.extensions import db
from osm.reminders.acts.due import read_log
from osm.store.models import Event, ReminderMark
from osm.store.transaction import transaction

LAST = 40
"""So many rows of the log."""


def leave_reminders(now: datetime) -> None:
    """Remind of the newest acts, as the worker would have done."""
    last = db.session.scalar(select(func.max(Event.id))) or 0
    with transaction() as session:
        session.merge(ReminderMark(id=1, event_id=max(0, last - LAST)))
    read_log(now)
