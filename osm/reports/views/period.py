"""The days that are asked for, and whose report a person sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo

from flask import abort

from osm.numbers import whole
from osm.people.queries.absences import SEE_EVERYTHING
from osm.reports.queries.counting import EVERYTHING, Scope, Span
from osm.store.models import User
from osm.urgent.views import own_departments
from osm.web.days import typed_days

# --- The days
NAMES: dict[str, str] = {
    "week": "Эта неделя",
    "last-week": "Прошлая неделя",
    "month": "Этот месяц",
    "last-month": "Прошлый месяц",
}
LONGEST = timedelta(days=731)
TOO_LONG = "Период больше двух лет. Сократите его."


@dataclass(frozen=True, slots=True)
class Asked:
    """`name`: of NAMES, empty if dates were given.

    `typed` and `errors`: the values in the fields, and what is wrong.
    """

    span: Span
    name: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def days(self) -> dict[str, str]:
        """For an address that still shows the same in a year."""
        return {"from": self.span.first.isoformat(), "to": self.span.last.isoformat()}


def asked_period(arguments: Mapping[str, str], now: datetime, zone: tzinfo, default: str = "week") -> Asked:
    """The days in the address; those of the `default` name if it has none, or if there are errors."""
    today = now.astimezone(zone).date()
    first, last, typed, errors = typed_days(arguments, today)
    if not any(typed.values()):
        named = arguments.get("period", "")
        named = named if named in NAMES else default
        return Asked(Span(*_named(named, today), zone), named)
    if not errors and last - first > LONGEST:
        errors = {"from": TOO_LONG}
    if errors:
        return Asked(Span(*_named(default, today), zone), "", typed, errors)
    return Asked(Span(first, last, zone), "", typed)


def _named(name: str, today: date) -> tuple[date, date]:
    monday, month = today - timedelta(days=today.weekday()), today.replace(day=1)
    match name:
        case "yesterday":
            return today - timedelta(days=1), today - timedelta(days=1)
        case "last-week":
            return monday - timedelta(days=7), monday - timedelta(days=1)
        case "month":
            return month, today
        case "last-month":
            last = month - timedelta(days=1)
            return last.replace(day=1), last
    return monday, today


# --- Whose report
def scope_of(person: User) -> Scope:
    """Press centre and head see everything, a deputy his departments, an executor his own work."""
    mine = own_departments(person)
    if mine is not None:
        return Scope(department_ids=mine)
    return EVERYTHING if not person.roles.isdisjoint(SEE_EVERYTHING) else Scope(executor_id=person.id)


def asked_scope(person: User, arguments: Mapping[str, str]) -> Scope:
    """Or that of one department in the address; 404 if it is not among those of this person."""
    scope, typed = scope_of(person), arguments.get("department", "")
    if not typed or scope.executor_id is not None:
        return scope
    number = whole(typed)
    if number is None or (scope.department_ids is not None and number not in scope.department_ids):
        abort(404)
    return Scope(department_ids=frozenset({number}))


def beside(span: Span, today: date) -> tuple[Span, Span | None]:
    """The period before, as long, and the one after, None if it is still to come: of a week or month the whole ones."""
    first, last, day = span.first, span.last, timedelta(days=1)
    if first.day == 1 and (first.year, first.month) == (last.year, last.month):
        earlier = (first - day).replace(day=1), first - day
        begin = (first + timedelta(days=31)).replace(day=1)
        later = begin, (begin + timedelta(days=31)).replace(day=1) - day
    else:
        is_week = first.weekday() == 0 and last - first < timedelta(days=7)
        days = timedelta(days=7) if is_week else last - first + day
        earlier = first - days, first - day
        later = first + days, first + 2 * days - day
    after = Span(later[0], min(later[1], today), span.zone) if later[0] <= today else None
    return Span(*earlier, span.zone), after
