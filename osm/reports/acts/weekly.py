"""The letter with the figures of the week, for each head who wants it: at 9:00 of the first working day after it."""

from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from osm.base.database import db
from osm.base.transaction import transaction
from osm.base.types import Span
from osm.flow.acts.clocks import in_force
from osm.models import Reminder, User, UserRole
from osm.people.queries.absences import is_head, roster_on
from osm.people.queries.people import supervised_by
from osm.regulation import errors, words
from osm.regulation.reminding import Kind
from osm.regulation.working_time import worktime
from osm.reminders.acts.letters import Writing
from osm.reports.queries.counting import EVERYTHING, Scope
from osm.reports.queries.summary import offices, span_words, summary_of, words_of

HOUR = time(9)
WEEK, DAY = timedelta(days=7), timedelta(days=1)
_LOOKED_BACK = 3  # weeks: after the holidays of January two letters are due, and more if the worker was stopped


def write_due(now: datetime) -> int:
    """Write what is due and not written yet; the lane of mail sends it. Returns the number of letters."""
    wanting = select(User).where(User.is_active, User.week_letter_since.is_not(None))
    people = db.session.scalars(wanting.where(User.role_rows.any(UserRole.role == words.Role.HEAD))).all()
    if not people:
        return 0
    calendar = in_force().calendar
    weeks = {span: due for span in _ended(now, calendar) if (due := _due(span, calendar)) is not None and due <= now}
    written = set(
        db.session.execute(
            select(Reminder.key, Reminder.recipient_id).where(Reminder.key.in_(_key(span) for span in weeks))
        ).tuples()
    )
    return sum(
        _write(span, person, now)
        for span, due in weeks.items()
        for person in people
        if person.week_letter_since and person.week_letter_since < due and (_key(span), person.id) not in written
    )


def _ended(now: datetime, calendar: worktime.WorkCalendar) -> list[Span]:
    """The last weeks, Monday to Sunday, oldest first."""
    today = calendar.local(now).date()
    monday = today - timedelta(days=today.weekday())
    begins = (monday - n * WEEK for n in range(_LOOKED_BACK, 0, -1))
    return [Span(first, first + WEEK - DAY, calendar.tz) for first in begins]


def _due(span: Span, calendar: worktime.WorkCalendar) -> datetime | None:
    """9:00 of the first working day after the week; None if the calendar does not reach so far."""
    try:
        opens = calendar.next_working(span.end)
    except errors.CalendarOutOfRange:
        return None
    return datetime.combine(opens.date(), HOUR, calendar.tz)


def _write(span: Span, person: User, now: datetime) -> int:
    figures = words_of(summary_of(span, now, _scope(person, span, now), offices()))
    facts = {
        "week": span_words(span).lower(),
        "figures": figures,
        "first": span.first.isoformat(),
        "last": span.last.isoformat(),
    }
    with transaction():
        writing = Writing()
        writing.add(Kind.WEEK, _about(span.first), [person.id], at=now, facts=facts)
        return writing.store()


def _scope(person: User, span: Span, now: datetime) -> Scope:
    """A deputy's letter is of the departments that he supervises, as his reports are."""
    today = now.astimezone(span.zone).date()
    if person.post is not words.Post.DEPUTY_HEAD or is_head(person, roster_on(today)):
        return EVERYTHING
    return Scope(department_ids=supervised_by(person.id))


def _about(monday: date) -> str:
    return monday.isoformat()


def _key(span: Span) -> str:
    return f"{Kind.WEEK}:{_about(span.first)}"
