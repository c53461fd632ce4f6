"""The tables of the figures: lines with their lists, compared with the period before; the days asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from flask import abort, url_for
from flask_login import current_user

from osm.base.numbers import whole
from osm.base.types import Span
from osm.flow.acts.clocks import in_force
from osm.models import User
from osm.people.queries.absences import SEE_EVERYTHING
from osm.regulation.working_time.worktime import NOTHING, duration, half_up, share_words
from osm.reports.queries.counting import EVERYTHING, Scope
from osm.reports.queries.definitions import CLAUSES, DEFINITIONS, LISTED, OPEN_NOW, PROMISES, STAGES, Definition, Group
from osm.reports.queries.figures import Age, Listed, Stage, open_by_age, waiting_by_age
from osm.reports.queries.streets import WORKERS, By, Report, Row, report_of, total_of
from osm.shell.filters import typed_days
from osm.shell.frame.nav import may_open
from osm.urgent.views import own_departments

# --- The page
SHOWN_ROWS = 15
"""Rows of a breakdown on the page. The file has all, and so has the page for departments, because these add up."""
ALWAYS = frozenset({Group.FLOW, Group.APPROVAL, Group.PROMISES})
"""Groups with lines that are shown even if all are zero."""


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of both periods; `share` of the whole in words, else empty; `address` of its list, empty for an empty
    list."""

    definition: Definition
    number: int
    before: int
    share: str
    address: str


@dataclass(frozen=True, slots=True)
class InTime:
    """One clause: in time, late, the share in time of both periods, and the lists."""

    number: str
    clause: str
    done: str
    kept: int
    late: int
    before: str
    kept_at: str
    late_at: str

    @property
    def share(self) -> str:
        return share_words(self.kept, self.kept + self.late)


@dataclass(frozen=True, slots=True)
class StageLine:
    """One stage in both periods."""

    definition: Definition
    now: Stage
    before: Stage
    address: str


@dataclass(frozen=True, slots=True)
class Part:
    """A row of a breakdown with the addresses of its lists."""

    row: Row
    at: dict[str, str]


@dataclass(frozen=True, slots=True)
class ReportView:
    asked: Asked
    report: Report
    groups: tuple[tuple[Group, tuple[Line, ...]], ...]
    in_time: tuple[InTime, ...]
    stages: tuple[StageLine, ...]
    parts: tuple[tuple[By, str, tuple[Part, ...]], ...]
    departments: Row  # the sum of the rows by department
    open_ages: tuple[tuple[Age, str], ...]
    waiting_ages: tuple[tuple[Age, str], ...]
    is_own: bool  # whether it is the report of one executor


def minutes_words(minutes: float | None) -> str:
    """«3 ч 12 мин»; a dash for None."""
    return NOTHING if minutes is None else duration(half_up(minutes))


def report_view(asked: Asked, scope: Scope, now: datetime) -> ReportView:
    calendar = in_force().calendar
    report = report_of(asked.span, now, calendar, scope)
    lists = Lists(asked.span, scope)
    watches = scope.is_everything and may_open("/moderation", current_user)
    waiting = waiting_by_age(now, calendar) if watches else []
    return ReportView(
        asked=asked,
        report=report,
        groups=tuple(_groups(report, lists)),
        in_time=tuple(in_time_lines(report, lists)),
        stages=tuple(_stages(report, lists)),
        parts=tuple(
            (by, by.label, parts_of(report, by, lists)) for by in By if by not in WORKERS or scope.executor_id is None
        ),
        departments=total_of(report.by[By.DEPARTMENT]),
        open_ages=tuple((age, lists.open_of(age)) for age in open_by_age(now, calendar, scope)),
        waiting_ages=tuple((age, _waiting_at(age)) for age in waiting),
        is_own=scope.executor_id is not None,
    )


class Lists:
    """Addresses of the lists behind the figures of one report."""

    def __init__(self, span: Span, scope: Scope) -> None:
        self._span, self._scope = span, scope
        self._may: dict[str, bool] = {}

    def of(self, definition: Definition, number: int) -> str:
        """Empty if the number is zero or this person may not open the list."""
        path = definition.opens.split("?")[0]
        if not number or not self._may_open(path):
            return ""
        span = self._span
        if definition.opens == PROMISES:
            return url_for("promises.index", figure=str(Listed(definition, span, self._scope)))
        if definition.opens == LISTED or (path == "/messages" and not self._scope.is_everything):
            return self.figure(definition, self._scope)
        return definition.opens.format(first=span.first, last=span.last, ground=definition.code.partition("-")[2])

    def figure(self, definition: Definition, scope: Scope, **more: Any) -> str:
        """The register with the query of the figure, and with more filters."""
        return url_for("register.show", figure=str(Listed(definition, self._span, scope)), **more)

    def open_of(self, age: Age) -> str:
        """Empty if there are no open messages."""
        days: dict[str, Any] = {name: day for name, day in (("from", age.first), ("to", age.last)) if day is not None}
        if not age.number:
            return ""
        if self._scope.is_everything:
            return url_for("register.show", status="open", **days)
        return self.figure(DEFINITIONS[OPEN_NOW], self._scope, **days)

    def of_row(self, by: By, row: Row) -> dict[str, str]:
        """Addresses by the name of the column; empty for a row without a list."""
        if by in WORKERS:
            mine = replace(self._scope, executor_id=row.key)
            scope = mine if by is By.EXECUTOR else Scope(department_ids=frozenset({row.key}))
            narrowed, verdicts = {}, "own"
        elif by is By.PLACE and not row.key:
            return {}
        else:
            scope, verdicts = self._scope, "given"
            narrowed = {by.value: "none" if row.key is None else row.key}
        numbers = {
            "received": row.received,
            "answered": row.answered,
            "returned": row.returned,
            f"kept-{verdicts}": row.kept,
            f"late-{verdicts}": row.owed - row.kept,
        }
        return {
            code.partition("-")[0]: self.figure(DEFINITIONS[code], scope, **narrowed)
            for code, number in numbers.items()
            if number
        }

    def _may_open(self, path: str) -> bool:
        if path not in self._may:
            self._may[path] = may_open(path, current_user)
        return self._may[path]


def parts_of(report: Report, by: By, lists: Lists) -> tuple[Part, ...]:
    """The rows of a breakdown with their lists."""
    rows = report.by[by]
    return tuple(Part(row, lists.of_row(by, row)) for row in (rows if by is By.DEPARTMENT else rows[:SHOWN_ROWS]))


def _groups(report: Report, lists: Lists) -> Iterator[tuple[Group, tuple[Line, ...]]]:
    for group in Group:
        if group in (Group.TERMS, Group.STAGES, Group.SHARES):
            continue
        found = (line_of(report, lists, one) for one in DEFINITIONS.values() if one.group is group)
        lines = [line for line in found if group in ALWAYS or line.number or line.before]
        if lines:
            yield group, tuple(lines)


def line_of(report: Report, lists: Lists, definition: Definition) -> Line:
    now = report.figures.counts
    number, whole = now.get(definition.code, 0), now.get(definition.of) if definition.of else 0
    share = share_words(number, whole) if whole else ""
    before = report.before.counts.get(definition.code, 0)
    return Line(definition, number, before, share, lists.of(definition, number))


def in_time_lines(report: Report, lists: Lists) -> Iterator[InTime]:
    for number, (clause, done) in CLAUSES.items():
        kept, owed = report.figures.in_time(number)
        ways = [
            lists.of(DEFINITIONS[f"{word}-{number}"], count) for word, count in (("kept", kept), ("late", owed - kept))
        ]
        yield InTime(number, clause, done, kept, owed - kept, share_words(*report.before.in_time(number)), *ways)


def _stages(report: Report, lists: Lists) -> Iterator[StageLine]:
    for code in STAGES:
        one, now = DEFINITIONS[f"stage-{code}"], report.figures.stages[code]
        yield StageLine(one, now, report.before.stages[code], lists.of(one, now.count))


def _waiting_at(age: Age) -> str:
    if not age.number:
        return ""
    borders = {"since": age.first, "until": age.last}
    asked: dict[str, Any] = {name: at.isoformat() for name, at in borders.items() if at is not None}
    return url_for("moderation.queue_show", **asked)


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
    """`name`: of NAMES, empty if dates were given. `typed` and `errors`: the values in the fields, and what is
    wrong."""

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
