"""Decisions about the calendar for the tests: entered, applied, and the resulting terms."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from osm.calendar import acts
from osm.calendar.acts import Decision, decide
from osm.models import Message
from osm.regulation.words import DeadlineState
from osm.regulation.working_time.office_calendar import Act, OwnSchedule
from osm.regulation.working_time.production_calendar import Layer, office_week, parse_hours
from tests.office import Office, at, running

SIGNED = date(2026, 3, 1)
OPEN = DeadlineState.OPEN


def act(days: str, hours: str = "", layer: Layer = Layer.LOCAL, number: int = 0) -> Decision:
    """«18.03» or «18.03–20.03» of 2026."""
    ends = [datetime.strptime(f"2026 {part}", "%Y %d.%m").date() for part in days.split("–")]
    span = tuple(ends[0] + timedelta(n) for n in range((ends[-1] - ends[0]).days + 1))
    return acts.enter_act(Act(number, span, parse_hours("hours", hours), layer, "распоряжение № 7-р", SIGNED))


def week(mon_thu: str, fri: str, lunch: str, since: str) -> Decision:
    schedule = office_week(mon_thu, fri, lunch, datetime.strptime(f"2026 {since}", "%Y %d.%m").date())
    return acts.enter_schedule(OwnSchedule(0, schedule, "приказ № 3", SIGNED))


def done(office: Office, decision: Decision, when: str) -> acts.Decided:
    number, _ = acts.decided_now()
    return decide(decision, number, actor=office.anna, now=at(when))


def due(message: Message, kind: str) -> str:
    return running(message).get(kind, "-")
