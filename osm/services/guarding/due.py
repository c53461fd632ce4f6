"""A check of a page that is due: the press centre is reminded, once a term."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.control.reminder_row import Kind
from osm.services.reminders.recipients import Recipients
from osm.services.reminders.writing import Writing
from osm.store.models import Reminder
from osm.store.queries.guarding.waiting import GUARDS, due_checks
from osm.store.transaction import transaction


def remind_of_checks(now: datetime) -> int:
    """Of each page whose check is due; one that is due again is another. Returns how many reminders are new."""
    due = {f"{one.account_id}:{one.due_at.isoformat()}": one for one in due_checks(now)}
    keys = {f"{Kind.PAGE_CHECK}:{about}" for about in due}
    if not keys - set(db.session.scalars(select(Reminder.key).where(Reminder.key.in_(keys)))):
        return 0
    with transaction():
        recipients, writing = Recipients(now), Writing()
        people = {person for role in GUARDS for person in recipients.holders(role)}
        for about, one in due.items():
            facts = {"title": one.title}
            writing.add(Kind.PAGE_CHECK, about, people, at=now, object_id=one.account_id, facts=facts)
        return writing.store()
