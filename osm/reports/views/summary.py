"""The page that begins the reports: what has changed, with the lists behind each figure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from flask import abort, url_for
from flask_login import current_user

from osm.base.types import Span
from osm.blacklist.queries import count_waiting
from osm.flow.acts.clocks import in_force
from osm.inbox.queries.overview import count_late_at_press
from osm.regulation.working_time.worktime import WEEKDAYS, percent
from osm.reports.queries import figures
from osm.reports.queries.counting import Scope
from osm.reports.queries.definitions import DEFINITIONS, LATE_NOW, OPEN_THEN, PROMISED, PromiseResult
from osm.reports.queries.summary import (
    TARGET,
    Day,
    Office,
    Summary,
    Week,
    code_of_terms,
    offices,
    span_words,
    summary_of,
)
from osm.reports.views.tables import Asked, Lists, beside
from osm.shell.frame.nav import may_open

# --- The chart of weeks
WIDTH, HEIGHT = 360, 124
LEFT, RIGHT, TOP, BOTTOM = 22, 338, 22, 100
MOST_NAMED = 8  # with more points only the first and the last have their day and number

Values = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Text:
    """Words in the middle of a place."""

    x: float
    y: float
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """`lines`: the class of each and its points; `words`: the same for a screen reader."""

    lines: tuple[tuple[str, str], ...]
    dots: tuple[tuple[float, float], ...]
    numbers: tuple[Text, ...]
    days: tuple[Text, ...]
    target: float | None
    words: str


def chart_of(
    title: str, days: Sequence[str], main: Values, others: Sequence[tuple[str, Values]] = (), *,
    top: float = 0, target: float | None = None, told: Sequence[str] = (),
) -> Chart:  # fmt: skip
    """`others`: the class and values of each other line; a value that is None leaves a gap. `top`: of the scale.
    `told`: the values of the main line in other words than the numbers."""
    all_values = [value for values in (main, *(values for _, values in others)) for value in values]
    highest = max([top, 1, *(value for value in all_values if value is not None)])
    apart = (RIGHT - LEFT) / max(len(days) - 1, 1)

    def place(number: int, value: float) -> tuple[float, float]:
        return round(LEFT + number * apart, 1), round(BOTTOM - (BOTTOM - TOP) * value / highest, 1)

    def lines(kind: str, values: Values) -> Iterator[tuple[str, str]]:
        for is_known, run in groupby(enumerate(values), key=lambda one: one[1] is not None):
            if is_known:
                yield kind, " ".join("{},{}".format(*place(number, value or 0)) for number, value in run)

    known = [(number, *place(number, value), value) for number, value in enumerate(main) if value is not None]
    named = known if len(days) <= MOST_NAMED else [known[0], known[-1]] if len(known) > 1 else known
    said = told or ["" if value is None else f"{value:g}" for value in main]
    words = ", ".join(f"{day} — {one}" for day, one in zip(days, said, strict=True) if one)
    return Chart(
        lines=(*(line for kind, values in others for line in lines(kind, values)), *lines("main", main)),
        dots=tuple((x, y) for _, x, y, _ in named),
        numbers=tuple(
            Text(x, y + (16 if target is not None and y + 16 < BOTTOM else -6), f"{value:g}")
            for _, x, y, value in named
        ),
        days=tuple(
            Text(round(LEFT + n * apart, 1), HEIGHT - 6, day)
            for n, day in enumerate(days)
            if len(days) <= MOST_NAMED or n in (0, len(days) - 1)
        ),
        target=None if target is None else place(0, target)[1],
        words=f"{title}: {words or 'данных нет'}",
    )


LATE_SHOWN, DAYS_SHOWN, WEEK_DAYS = 8, 31, 7
"""Departments with late work on the page; a longer period is drawn by weeks, without a row for each day."""


@dataclass(frozen=True, slots=True)
class Late:
    """A department with late work, and a link to it."""

    department: figures.LateDepartment
    address: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A number of matters that wait for a decision; `address` is empty if this person may not open the list."""

    words: str
    number: int
    address: str


@dataclass(frozen=True, slots=True)
class SummaryView:
    asked: Asked
    title: str
    summary: Summary
    at: dict[str, str]  # name of a figure → the address of its list; empty where nothing was counted
    by_day: Chart
    open: Chart
    by_week: Chart
    days: tuple[tuple[Day, str, str, str], ...]  # with the lists of the received, the answered and the open
    weeks: tuple[tuple[Week, str, str], ...]  # with the lists of what was in time and late
    late: tuple[Late, ...]
    decisions: tuple[Decision, ...]
    earlier: Span
    later: Span | None
    offices: tuple[Office, ...]  # to choose from; none for one who sees only his own
    office: Office | None  # the department of the report, if it is of one
    is_own: bool

    def days_of(self, span: Span) -> dict[str, Any]:
        """The values of an address that shows these days, of the same department."""
        chosen = {"department": self.office.id} if self.office else {}
        return {"from": span.first.isoformat(), "to": span.last.isoformat(), **chosen}

    @property
    def address(self) -> dict[str, Any]:
        return self.days_of(self.asked.span)


def summary_view(asked: Asked, scope: Scope, whole: Scope, now: datetime) -> SummaryView:
    """`whole`: what this person may see of all, from which he chooses a department."""
    span, all_offices = asked.span, offices()
    today = now.astimezone(span.zone).date()
    one = summary_of(span, now, scope, all_offices)
    lists = Lists(span, scope)
    is_own = scope.executor_id is not None
    mine = () if is_own else tuple(x for x in all_offices if whole.is_everything or x.id in whole.departments)
    office = next((x for x in mine if scope != whole and x.id in scope.departments), None)
    if office is None and scope != whole:
        abort(404)
    title, whose = span_words(span), "Мои показатели" if is_own else office.name if office else ""
    earlier, later = beside(span, today)
    return SummaryView(
        asked=asked, title=f"{whose}: {title[:1].lower()}{title[1:]}" if whose else title, summary=one,
        at=dict(_addresses(one, lists)), by_day=_by_day(one), open=_open(one), by_week=_by_week(one),
        days=tuple(_day(day, scope, span) for day in one.days if len(one.days) <= DAYS_SHOWN),
        weeks=tuple(_week(week, scope) for week in one.weeks), late=() if is_own else tuple(_late(now, scope, lists)),
        decisions=() if is_own else tuple(x for x in _decisions(now, scope, lists) if x.number), earlier=earlier,
        later=later, offices=mine if len(mine) > 1 else (), office=office, is_own=is_own,
    )  # fmt: skip


def _addresses(one: Summary, lists: Lists) -> Iterator[tuple[str, str]]:
    kept, late = (code_of_terms(word, one.scope) for word in ("kept", "late"))
    numbers = {
        "received": ("received", one.received),
        "answered": ("answered", one.answered),
        "open": (OPEN_THEN, one.open),
        "kept": (kept, one.kept),
        "late": (late, one.owed - one.kept),
        "promised": (PROMISED, one.promised),
        "promises_kept": (f"{PROMISED}-kept", one.promises.get(PromiseResult.KEPT, 0)),
        "promises_reported": (f"{PROMISED}-reported", one.promises.get(PromiseResult.REPORTED, 0)),
    }
    for name, (code, number) in numbers.items():
        yield name, lists.of(DEFINITIONS[code], number or 0)
    yield "open_then", Lists(one.span.before, one.scope).of(DEFINITIONS[OPEN_THEN], one.open_then)
    if one.worst:
        scope = Scope(department_ids=frozenset({one.worst[0].id}))
        yield "worst", lists.figure(DEFINITIONS["late-own"], scope)
    if one.topic:
        yield "topic", lists.figure(DEFINITIONS["received"], one.scope, topic=one.topic[0].id)


# --- Charts
def _by_day(one: Summary) -> Chart:
    days = one.days
    if len(days) > DAYS_SHOWN:
        chunks = [days[at : at + WEEK_DAYS] for at in range(0, len(days), WEEK_DAYS)]
        sums = [[sum(getattr(day, name) for day in chunk) for chunk in chunks] for name in ("received", "answered")]
        names = [f"{chunk[0].day:%d.%m}" for chunk in chunks]
        return chart_of("Поступило по неделям", names, sums[0], [("answered", sums[1])])
    others: list[tuple[str, Values]] = [
        ("usual", [day.usual for day in days]),
        ("answered", [day.answered for day in days]),
    ]
    names = [f"{WEEKDAYS[day.day.weekday()]} {day.day.day}" for day in days]
    return chart_of("Поступило по дням", names, [day.received for day in days], others)


def _open(one: Summary) -> Chart:
    """With the four weeks before."""
    values = [*one.open_before, *(day.open for day in one.days)]
    begin = one.days[-1].day.toordinal() - len(values) + 1
    names = [f"{datetime.fromordinal(begin + n):%d.%m}" for n in range(len(values))]
    return chart_of("Открыто в конце дня", names, values)


def _by_week(one: Summary) -> Chart:
    names = [f"{week.span.first:%d.%m}" for week in one.weeks]
    shares = [percent(week.kept, week.owed) for week in one.weeks]
    told = [week.share if week.owed else "" for week in one.weeks]
    return chart_of(f"В срок ({one.clause}) по неделям", names, shares, top=100, target=TARGET, told=told)


# --- Lists
def _day(day: Day, scope: Scope, span: Span) -> tuple[Day, str, str, str]:
    lists = Lists(replace(span, first=day.day, last=day.day), scope)
    counted = (("received", day.received), ("answered", day.answered), (OPEN_THEN, day.open or 0))
    received, answered, still = (lists.of(DEFINITIONS[code], number) for code, number in counted)
    return day, received, answered, still


def _week(week: Week, scope: Scope) -> tuple[Week, str, str]:
    lists = Lists(week.span, scope)
    counted = (("kept", week.kept), ("late", week.owed - week.kept))
    kept, late = (lists.of(DEFINITIONS[code_of_terms(word, scope)], number) for word, number in counted)
    return week, kept, late


def _late(now: datetime, scope: Scope, lists: Lists) -> Iterator[Late]:
    for one in figures.late_departments(now, scope)[:LATE_SHOWN]:
        yield Late(one, lists.figure(DEFINITIONS[LATE_NOW], Scope(department_ids=frozenset({one.id}))))


def _decisions(now: datetime, scope: Scope, lists: Lists) -> Iterator[Decision]:
    calendar = in_force().calendar
    late, promises = figures.waiting_decisions(now, calendar.local(now).date(), scope)
    yield Decision(
        "Просрочено у отделов: поторопить или сменить исполнителя", late, lists.figure(DEFINITIONS[LATE_NOW], scope)
    )
    if not scope.is_everything:
        return
    yield Decision("Просрочено у пресс-центра: направить, согласовать, опубликовать", count_late_at_press(now),
                   _if_open("/messages", url_for("register.show", status="at-press", term="overdue")))  # fmt: skip
    yield Decision("Наступил срок обещаний: подтвердить, перенести с причиной или признать невыполненными",
                   promises, _if_open("/promises", url_for("promises.index", show="due")))  # fmt: skip
    yield Decision(
        "Чёрный список: предложения ждут решения (п. 17)", count_waiting(), _if_open(url_for("blacklist.index"))
    )
    waiting = sum(age.number for age in figures.waiting_by_age(now, calendar)[1:])
    yield Decision(
        "Комментарии ждут решения дольше двух рабочих часов (п. 2.6 Порядка)", waiting, _if_open("/moderation")
    )


def _if_open(path: str, address: str = "") -> str:
    """The address, or empty if this person may not open the page."""
    return (address or path) if may_open(path, current_user) else ""
