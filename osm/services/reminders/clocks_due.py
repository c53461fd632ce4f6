"""Terms that come near, what is due the next morning, promises whose day comes: looked for in working time only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, time, timedelta

from sqlalchemy import and_, or_, select

from osm.extensions import db
from osm.regulation.clocks import ClockKind
from osm.regulation.control.hours import is_evening
from osm.regulation.control.reminder_row import Kind
from osm.regulation.errors import CalendarOutOfRange
from osm.regulation.words import Role
from osm.regulation.worktime import WorkCalendar
from osm.services.clocks.clocks import in_force
from osm.services.reminders.recipients import Recipients
from osm.services.reminders.writing import Writing
from osm.store.models import Deadline, DeadlineState, KraiTask, Promise, PromiseState, Reminder
from osm.store.queries.clocks.day import day_borders
from osm.store.transaction import transaction
from osm.store.types import is_code

BATCH = 200
_KRAI_TERM = timedelta(hours=1)
_PAST = timedelta(days=14)
"""A promise whose day came in the holidays is reminded of after them; an older one stands in its list."""


def remind_of_terms(now: datetime, before: Mapping[ClockKind, int]) -> int:
    """Of terms that are due within so many minutes of working time; a term that moves is another one."""
    calendar = in_force().calendar
    limits = _limits(now, before, calendar)
    if not limits:
        return 0
    soon = or_(*(and_(is_code(Deadline.kind, kind), Deadline.due_at <= until) for kind, until in limits.items()))
    near = db.session.execute(
        select(Deadline.id, Deadline.due_at)
        .where(
            is_code(Deadline.state, DeadlineState.OPEN),
            Deadline.due_at > now,
            Deadline.due_at <= max(limits.values()),
            Deadline.calendar_version == calendar.version,
            soon,
        )
        .order_by(Deadline.due_at, Deadline.id)
    ).all()
    about = {row.id: f"{row.id}:{row.due_at.isoformat()}" for row in near}
    told = set(
        db.session.scalars(select(Reminder.key).where(Reminder.key.in_(f"{Kind.TERM}:{a}" for a in about.values())))
    )
    new = [one for one, words in about.items() if f"{Kind.TERM}:{words}" not in told]
    return sum(_remind_of(new[start : start + BATCH], about, now) for start in range(0, len(new), BATCH))


def _limits(now: datetime, before: Mapping[ClockKind, int], calendar: WorkCalendar) -> dict[ClockKind, datetime]:
    try:
        if not calendar.is_working(now):
            return {}
        return {kind: calendar.add(now, minutes) for kind, minutes in before.items() if minutes}
    except CalendarOutOfRange:
        return {}


def _remind_of(ids: list[int], about: Mapping[int, str], now: datetime) -> int:
    with transaction():
        recipients, writing = Recipients(now), Writing()
        for deadline in db.session.scalars(select(Deadline).where(Deadline.id.in_(ids))):
            # Looked at again under the lock: somebody may have done it meanwhile.
            if (
                deadline.state is DeadlineState.OPEN
                and deadline.due_at
                and about[deadline.id].endswith(deadline.due_at.isoformat())
            ):
                writing.add(
                    Kind.TERM, about[deadline.id], recipients.owing(deadline), at=now, message=deadline.message,
                    object_id=deadline.id, facts={"clock": deadline.kind, "due": deadline.due_at.isoformat()},
                )  # fmt: skip
        return writing.store()


def remind_of_the_morning(now: datetime) -> int:
    """At 16:00: how many terms each person has the next working morning, and when the first one is. Once a day."""
    calendar = in_force().calendar
    if not is_evening(now, calendar):
        return 0
    borders = day_borders(now, calendar)
    due = (
        is_code(Deadline.state, DeadlineState.OPEN),
        Deadline.due_at > borders.today,
        Deadline.due_at <= borders.morning,
    )
    if db.session.scalar(select(Deadline.id).where(*due).limit(1)) is None:
        return 0
    with transaction():
        recipients, writing = Recipients(now), Writing()
        terms: defaultdict[int, list[datetime]] = defaultdict(list)
        for deadline in db.session.scalars(select(Deadline).where(*due)):
            if deadline.due_at and deadline.message.recalled_at is None:
                for person in recipients.owing(deadline):
                    terms[person].append(deadline.due_at)
        for person, dues in terms.items():
            facts = {"count": len(dues), "due": min(dues).isoformat()}
            writing.add(Kind.MORNING, f"{calendar.local(now).date()}", [person], at=now, facts=facts)
        return writing.store()


def remind_of_promises(now: datetime) -> int:
    """A working day before the day that an answer has named, and on it, then the curators too."""
    calendar = in_force().calendar
    try:
        if not calendar.is_working(now):
            return 0
        today = calendar.local(now).date()
        ahead = calendar.add_working_days(datetime.combine(today, time(12), calendar.tz), 1).date()
    except CalendarOutOfRange:
        return 0
    due = (Promise.state == PromiseState.OPEN, Promise.due_on <= ahead, Promise.due_on >= today - _PAST)
    about = {
        one: f"{one}:{day}:{'ahead' if day > today else 'day'}"
        for one, day in db.session.execute(select(Promise.id, Promise.due_on).where(*due)).tuples()
    }
    keys = {f"{Kind.PROMISE}:{words}" for words in about.values()}
    if not keys - set(db.session.scalars(select(Reminder.key).where(Reminder.key.in_(keys)))):
        return 0
    with transaction():
        recipients, writing = Recipients(now), Writing()
        for promise in db.session.scalars(select(Promise).where(*due, Promise.id.in_(about))):
            people = recipients.executors(promise.message)
            if promise.due_on <= today:
                people |= recipients.holders(Role.CURATOR)
            writing.add(
                Kind.PROMISE, about[promise.id], people, at=now, message=promise.message, object_id=promise.id,
                facts={"day": promise.due_on.isoformat()},
            )  # fmt: skip
        return writing.store()


def remind_of_tasks(now: datetime) -> int:
    """An hour before the term of a task of the krai that is not reported yet the press centre is told, once."""
    due = (KraiTask.reported_at.is_(None), KraiTask.due_at > now, KraiTask.due_at <= now + _KRAI_TERM)
    about = {row.id: f"{row.id}:{row.due_at.isoformat()}" for row in db.session.scalars(select(KraiTask).where(*due))}
    keys = {f"{Kind.KRAI_TERM}:{words}" for words in about.values()}
    if not keys - set(db.session.scalars(select(Reminder.key).where(Reminder.key.in_(keys)))):
        return 0
    with transaction():
        recipients, writing = Recipients(now), Writing()
        people = recipients.holders(Role.CURATOR) | recipients.holders(Role.MODERATOR)
        for task in db.session.scalars(select(KraiTask).where(*due, KraiTask.id.in_(about))):
            facts = {"due": task.due_at.isoformat()}
            writing.add(Kind.KRAI_TERM, about[task.id], people, at=now, object_id=task.id, facts=facts)
        return writing.store()
