"""Reminders of messages of ПОС: when a department gets one, a day before the term of ПОС, and when it has passed."""

from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy import select

from osm.base.database import db
from osm.base.transaction import transaction
from osm.models import PortalMessage, Reminder, User
from osm.regulation.reminding import Kind
from osm.regulation.words import Role
from osm.reminders.acts.letters import Recipients, Writing

_NEW = timedelta(days=2)  # an assignment before that is no news
_AHEAD = timedelta(days=1)
_PAST = timedelta(days=14)


def remind_of_portal(now: datetime) -> int:
    """Once of each assignment and each term: to the executors of the department; without one to the curators."""
    rows = db.session.scalars(select(PortalMessage).where(PortalMessage.closed_at.is_(None)))
    about = {key: (kind, row) for row in rows for kind, key in _keys(row, now)}
    known = set(db.session.scalars(select(Reminder.key).where(Reminder.key.in_(about)))) if about else set()
    if not about.keys() - known:
        return 0
    with transaction():
        recipients, writing = Recipients(now), Writing()
        people = _by_department(recipients)
        for key in about.keys() - known:
            kind, row = about[key]
            whom = people.get(row.department_id) or recipients.holders(Role.CURATOR)
            facts = {"number": row.number, "due": row.due_at.isoformat() if row.due_at else ""}
            writing.add(kind, key.partition(":")[2], whom, at=now, object_id=row.id, facts=facts)
        return writing.store()


def _keys(row: PortalMessage, now: datetime) -> list[tuple[Kind, str]]:
    found: list[tuple[Kind, str]] = []
    if row.assigned_at and row.assigned_at > now - _NEW:
        found.append((Kind.PORTAL_GIVEN, f"{row.id}:{row.assigned_at.isoformat()}"))
    if row.due_at and now - _PAST < row.due_at <= now + _AHEAD:
        stage = "late" if row.due_at <= now else "ahead"
        found.append((Kind.PORTAL_TERM, f"{row.id}:{row.department_id}:{row.due_at.isoformat()}:{stage}"))
    return [(kind, f"{kind}:{words}") for kind, words in found]


def _by_department(recipients: Recipients) -> dict[int | None, set[int]]:
    """Department → its executors who are there, and who stands in for those who are not."""
    people: defaultdict[int | None, set[int]] = defaultdict(set)
    executors = recipients.holders(Role.EXECUTOR)
    found = select(User.id, User.department_id).where(User.id.in_(executors), User.department_id.is_not(None))
    for person, department in db.session.execute(found):
        people[department] |= {person, recipients.stand_in(person) or person}
    return people
