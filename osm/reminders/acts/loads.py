"""A reminder of exports that nobody has loaded for long: the term of П.7 runs in the source, not here."""

from datetime import datetime, timedelta

from sqlalchemy import select

from osm.base.database import db
from osm.flow.acts.clocks import in_force
from osm.flow.queries.duties import day_borders
from osm.imports.queries.arrivals import last_load
from osm.people.queries.absences import roster_on
from osm.people.queries.handovers import office_settings
from osm.regulation.reminding import Kind
from osm.regulation.words import Role
from osm.reminders.acts import letters
from osm.urgent.queries import shifts


def remind_of_loads(now: datetime) -> int:
    """In working time, once for each gap; returns the number of new reminders."""
    if not in_force().calendar.is_working(now):
        return 0
    last = db.session.scalar(select(last_load()))
    if last is None or now - last <= timedelta(minutes=office_settings().load_minutes):
        return 0
    return letters.remind(Kind.NO_EXPORT, last.isoformat(), _on_duty(now), at=now, facts={"since": last.isoformat()})


def _on_duty(now: datetime) -> set[int]:
    """Who loads the exports today, else who is on duty now, else the curators."""
    calendar = in_force().calendar
    opens = day_borders(now, calendar).opens
    away = roster_on(calendar.local(now).date())
    loading = {turn.row.person_id for turn in shifts.loading(opens, opens + timedelta(days=1)) if turn.may_note}
    turns = {turn.row.person_id for turn in shifts.coming(now) if turn.holds(now) and turn.may_note}
    for people in (loading, turns):
        if here := {person for person in people if not away.is_away(person)}:
            return here
    return set(letters.Recipients(now).holders(Role.CURATOR))
