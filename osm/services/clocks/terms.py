"""The rules in force, and the term that they give to one clock: as it is stored, for a preview as for a real row."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import Any

from flask import current_app

from osm.regulation.clocks import ClockKind
from osm.regulation.deadlines import Pause, compute_clock
from osm.regulation.errors import CalendarOutOfRange
from osm.regulation.office_calendar import OfficeCalendar
from osm.regulation.parameters import Parameters, Unit
from osm.regulation.words import Importance
from osm.regulation.worktime import WorkCalendar
from osm.store.calendar import office_calendar
from osm.store.editions import decided_in, edition_in_force
from osm.store.models import Origin

INTERNAL = "внутренний срок"
"""In the place of a clause: the office's own term."""

_KEPT = 4
"""Calendars that a process keeps: the one in force, and those of transactions that began before it."""
_building = Lock()


@dataclass(frozen=True)
class InForce:
    """The terms and the calendar of this installation."""

    parameters: Parameters
    calendar: WorkCalendar

    @cached_property
    def internal(self) -> Parameters:
        """The same terms where no clause binds the office but its own habit."""
        terms = {key: replace(term, clause=INTERNAL) for key, term in self.parameters.terms.items()}
        return replace(self.parameters, terms=terms)


def in_force() -> InForce:
    """The terms and the calendar as the present transaction sees them, built once for each edition of the calendar.

    What an administrator decides so holds at once, in every process.
    """
    packaged: InForce = current_app.extensions["osm_in_force"]
    edition = edition_in_force()
    if edition.number == 0:
        return packaged
    kept: OrderedDict[str, InForce] = current_app.extensions.setdefault("osm_calendars", OrderedDict())
    with _building:
        if edition.digest not in kept:
            kept[edition.digest] = with_calendar(decided_in(edition.number))
            while len(kept) > _KEPT:
                kept.popitem(last=False)
        return kept[edition.digest]


def with_calendar(decided: OfficeCalendar) -> InForce:
    """The same terms with the calendar that the office has by these decisions."""
    packaged: InForce = current_app.extensions["osm_in_force"]
    return InForce(packaged.parameters, office_calendar(decided, packaged.calendar.tz.key))


def compute_term(
    rules: InForce,
    kind: ClockKind,
    anchor: datetime,
    importance: Importance,
    origin: Origin,
    pauses: Iterable[Pause],
    minutes: int | None = None,
) -> dict[str, Any]:
    """The columns of a deadline that the regulation decides; beyond the known years the term is unknown.

    `minutes`: of working time, where the curator has given a part another term than the two hours of П.14.
    """
    parameters = rules.internal if _is_internal(kind, origin) else rules.parameters
    if minutes is not None:
        given = replace(parameters.term(kind, importance), value=minutes, unit=Unit.WORKING)
        parameters = replace(parameters, terms={**parameters.terms, (kind, importance): given})
    known: dict[str, Any] = {"started_at": anchor, "calendar_version": rules.calendar.version}
    try:
        clock = compute_clock(kind, anchor, importance, parameters=parameters, calendar=rules.calendar, pauses=pauses)
    except CalendarOutOfRange as error:
        term = parameters.term(kind, importance)
        return known | {"clause": term.clause, "unit": term.unit.value, "due_at": None, "explanation": str(error)}
    return known | {
        "clause": clock.clause,
        "unit": clock.unit.value,
        "due_at": clock.due_at,
        "explanation": clock.explanation,
    }


def _is_internal(kind: ClockKind, origin: Origin) -> bool:
    """The hour of П.7 binds incidents only; other messages keep it as the office's own term (reading 4)."""
    return kind is ClockKind.ROUTE and origin is not Origin.INCIDENT
