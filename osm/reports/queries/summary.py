"""What has changed in a period: its days beside the same weekdays before, the open messages, the share in time."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from babel.dates import format_date
from sqlalchemy import Row as SqlRow
from sqlalchemy import case, func, literal, select, union_all

from osm.base.database import db
from osm.base.types import Span, among_codes
from osm.models import Deadline, Department, Message, Reply, Topic
from osm.regulation.working_time.worktime import half_up, percent, share_words
from osm.reports.queries import counting, figures
from osm.reports.queries.definitions import CLAUSES, PromiseResult, results
from osm.reports.queries.streets import Row, received_by_topic

TARGET = 95  # per cent in time: the office's own aim
WEEKS_BEFORE, WEEKS_SHOWN = 4, 8  # so many weeks make «обычно»; so many have their share in time shown
WEEK, DAY = timedelta(days=7), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Day:
    """`usual`: received on the same weekday, the mean of the weeks before; None before the first message. `open`: at
    the end of the day, today now; None of a day to come."""

    day: date
    received: int
    usual: float | None
    answered: int
    open: int | None


@dataclass(frozen=True, slots=True)
class Week:
    """Terms in time of all that were decided in these days."""

    span: Span
    kept: int
    owed: int

    @property
    def share(self) -> str:
        return share_words(self.kept, self.owed)


Office = SqlRow[int, str, str]
"""A department as a report names it: `id`, `name`, `phone`."""


@dataclass(frozen=True, slots=True)
class Summary:
    """`usual`: of a week at most what its weekdays usually receive; None of longer periods, which show `before`."""

    span: Span
    scope: counting.Scope
    days: tuple[Day, ...]  # of the period
    open_before: tuple[int | None, ...]  # at the end of each of the 28 days before
    weeks: tuple[Week, ...]
    kept: int
    owed: int
    received_before: int
    open_then: int  # at the end of the period before
    promises: Mapping[PromiseResult, int]
    worst: tuple[Office, Row] | None
    """The department with the lowest share in time of its own terms, if one has missed any."""
    topic: tuple[Topic, int, int] | None
    """The topic with the most messages, their number, and that of the period before."""

    @property
    def received(self) -> int:
        return sum(day.received for day in self.days)

    @property
    def answered(self) -> int:
        return sum(day.answered for day in self.days)

    @property
    def usual(self) -> int | None:
        known = [day.usual for day in self.days if day.usual is not None]
        return half_up(sum(known)) if known and len(self.days) <= WEEK.days else None

    @property
    def open(self) -> int | None:
        return next((day.open for day in reversed(self.days) if day.open is not None), None)

    @property
    def promised(self) -> int:
        return sum(self.promises.values())

    @property
    def share(self) -> int | None:
        """Per cent in time."""
        return percent(self.kept, self.owed)

    @property
    def clause(self) -> str:
        """Of the terms that are shown: those of the office, or a department's or executor's own."""
        return "п. 8" if self.scope.is_everything else "п. 10, 12, 14"


def code_of_terms(word: str, scope: counting.Scope) -> str:
    """The figure of the share in time: `word` is kept or late."""
    return f"{word}-8" if scope.is_everything else f"{word}-own"


def summary_of(span: Span, now: datetime, scope: counting.Scope, offices: Sequence[Office]) -> Summary:
    """Eight statements for any period."""
    received, answered, lives = _movement(span, scope)
    today = now.astimezone(span.zone).date()
    first = min(received, default=span.last)
    begin = span.first - WEEKS_BEFORE * WEEK

    def usual(day: date) -> float | None:
        before = [then for n in range(1, WEEKS_BEFORE + 1) if (then := day - n * WEEK) >= first]
        return sum(received[then] for then in before) / len(before) if before else None

    verdicts = _verdicts(span, now, scope)
    before = span.before
    opens = _open_at_end(lives, min(begin, before.last), span.last)
    return Summary(
        span=span,
        scope=scope,
        days=tuple(
            Day(day, received[day], usual(day), answered[day], opens[day] if day <= today else None)
            for day in _days(span.first, span.last)
        ),
        open_before=tuple(opens[day] for day in _days(begin, span.first - DAY)),
        weeks=tuple(_week(one, verdicts) for one in _weeks(span)),
        kept=(whole := _week(span, verdicts)).kept,
        owed=whole.owed,
        received_before=sum(received[day] for day in _days(before.first, before.last)),
        open_then=opens[before.last],
        promises=Counter(results(span, now, scope).values()),
        worst=_worst(span, now, scope, offices),
        topic=_topic(span, scope),
    )


def offices() -> list[Office]:
    """All departments, by name."""
    found = db.session.execute(select(Department.id, Department.short_name.label("name"), Department.phone))
    return sorted(found, key=lambda one: counting.as_read(one.name))


def span_words(span: Span) -> str:
    """«Неделя 16–22 ноября», «Ноябрь 2026», «25 ноября», «16.11–10.12.2026»."""
    first, last = span.first, span.last
    if first == last:
        return format_date(last, "d MMMM", locale="ru")
    if first.day == 1 and (last + DAY).day == 1 and (last - first).days < 31:
        return format_date(last, "LLLL y", locale="ru").capitalize()
    if first.weekday() == 0 and last - first < WEEK:
        begins, dash = ("d", "–") if first.month == last.month else ("d MMMM", "\N{NO-BREAK SPACE}– ")
        return f"Неделя {format_date(first, begins, locale='ru')}{dash}{format_date(last, 'd MMMM', locale='ru')}"
    return f"{first:%d.%m}–{last:%d.%m.%Y}"


def words_of(summary: Summary) -> list[str]:
    """The figures in plain text, for a letter."""
    one, reported = summary, summary.promises.get(PromiseResult.REPORTED, 0)
    usual = f"было {one.received_before}" if one.usual is None else f"обычно {one.usual}"
    lines = [
        f"поступило {one.received} ({usual}), отвечено {one.answered}",
        f"открыто {one.open or 0} (было {one.open_then})",
        f"в срок ({one.clause}) {share_words(one.kept, one.owed)}, цель {TARGET}",
        f"обещания {one.promises.get(PromiseResult.KEPT, 0)} из {one.promised}"
        + (f", ещё {reported} ждут проверки" if reported else ""),
    ]
    if one.worst:
        office, row = one.worst
        lines.append(
            f"наименьшая доля в срок: {office.name} {row.share}" + (f", {office.phone}" if office.phone else "")
        )
    if one.topic:
        topic, number, before = one.topic
        lines.append(f"чаще всего: {topic.name} {number} (было {before})")
    return lines


def _movement(span: Span, scope: counting.Scope) -> tuple[Counter[date], Counter[date], list[tuple[date, date | None]]]:
    """Received and answered by day since long enough before; of each message that was open then the days of its receipt
    and of its end."""
    long = Span(min(span.first - WEEKS_BEFORE * WEEK, span.before.first), span.last, span.zone)
    came = counting.SOURCES["received"](long, scope).with_only_columns(
        literal("came"), Message.received_at, Message.closed_at
    )
    there = figures.open_at(long.begin, scope, literal("there"), Message.received_at, Message.closed_at)
    replied = counting.SOURCES["answered"](long, scope)
    told = replied.with_only_columns(literal("answered"), Reply.published_at, Reply.published_at)
    received, answered, lives = Counter[date](), Counter[date](), list[tuple[date, date | None]]()

    def day(at: datetime) -> date:
        return at.astimezone(span.zone).date()

    rows: Sequence[Any] = db.session.execute(union_all(came, there, told)).all()
    for code, at, end in rows:
        if code == "answered":
            answered[day(at)] += 1
            continue
        lives.append((day(at), day(end) if end else None))
        if code == "came":
            received[day(at)] += 1
    return received, answered, lives


def _open_at_end(lives: Iterable[tuple[date, date | None]], first: date, last: date) -> dict[date, int]:
    """Day → the messages that were open at its end."""
    changes, number, found = Counter[date](), 0, {}
    for begun, ended in lives:
        if ended is None or ended > begun:
            changes[max(begun, first)] += 1
            if ended is not None:
                changes[max(ended, first)] -= 1
    for day in _days(first, last):
        number += changes[day]
        found[day] = number
    return found


def _verdicts(span: Span, now: datetime, scope: counting.Scope) -> list[tuple[date, int, int]]:
    """The terms decided since the first week shown, counted between the days on which a week or the period begins: the
    day, whether in time, how many."""
    shown = [*_weeks(span), span]
    days = sorted({day for one in shown for day in (one.first, one.last + DAY)})
    long = Span(days[0], span.last, span.zone)
    begins = [Span(day, day, span.zone).begin for day in days]
    place = case(*((end > counting.VERDICT_AT, number) for number, end in enumerate(begins[1:])), else_=len(days) - 1)
    ours = Deadline.clause == CLAUSES["8"][0] if scope.is_everything else among_codes(Deadline.kind, counting.OWN)
    verdict = counting.verdict(now).label("kept")
    asked = counting.decided(long, now, scope, place.label("place"), verdict).where(ours).subquery()
    counted = select(asked.c.place, asked.c.kept, func.count()).group_by(asked.c.place, asked.c.kept)
    return [(days[number], kept, many) for number, kept, many in db.session.execute(counted)]


def _weeks(span: Span) -> list[Span]:
    """The calendar weeks until the last day of the period, the last one perhaps not whole."""
    monday = span.last - timedelta(days=span.last.weekday())
    begins = (monday - n * WEEK for n in reversed(range(WEEKS_SHOWN)))
    return [Span(first, min(first + WEEK - DAY, span.last), span.zone) for first in begins]


def _week(span: Span, verdicts: Iterable[tuple[date, int, int]]) -> Week:
    inside = [(kept, many) for day, kept, many in verdicts if span.first <= day <= span.last]
    return Week(span, sum(kept * many for kept, many in inside), sum(many for _, many in inside))


def _worst(span: Span, now: datetime, scope: counting.Scope, offices: Iterable[Office]) -> tuple[Office, Row] | None:
    if scope.executor_id is not None or len(scope.departments) == 1:
        return None
    rows = {one.id: (one, Row(one.id, one.name)) for one in offices}
    for department, _, kept, number in counting.own_clocks(span, now, scope):
        if department in rows:
            rows[department][1].judge(kept, number)
    late = [(one, row) for one, row in rows.values() if row.kept < row.owed]
    return min(late, key=lambda of: (percent(of[1].kept, of[1].owed), -of[1].owed, of[1].name), default=None)


def _topic(span: Span, scope: counting.Scope) -> tuple[Topic, int, int] | None:
    now, before = received_by_topic(span, scope), received_by_topic(span.before, scope)
    named = [(number, -before.get(key, 0), -key) for key, number in now.items() if key is not None]
    if not named:
        return None
    number, fewer, key = max(named)
    return db.session.get_one(Topic, -key), number, -fewer


def _days(first: date, last: date) -> list[date]:
    return [first + n * DAY for n in range((last - first).days + 1)]
