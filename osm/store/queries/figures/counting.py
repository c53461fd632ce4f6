"""The figures of one period: how many of each, and the working time of the stages."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, literal, select, union_all

from osm.extensions import db
from osm.regulation.errors import CalendarOutOfRange
from osm.regulation.worktime import WorkCalendar
from osm.store.models import Draft, Reply
from osm.store.queries.figures.clocks import KEPT, read_clocks
from osm.store.queries.figures.definitions import CLAUSES, PUBLISH, STAGES
from osm.store.queries.figures.others import count_others
from osm.store.queries.figures.sources import SOURCES, published
from osm.store.queries.figures.span import EVERYTHING, Scope, Span

NUMBERS = {clause: number for number, (clause, _) in CLAUSES.items()}
"""Clause of a clock → its number in the codes."""


@dataclass(frozen=True, slots=True)
class Stage:
    """How many were done; of those whose time is known the median in working minutes, and within which nine of ten were
    done.
    """

    count: int = 0
    median: float | None = None
    ninth: float | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """By the codes of the definitions."""

    counts: Mapping[str, int]
    stages: Mapping[str, Stage]

    def in_time(self, number: str) -> tuple[int, int]:
        """Kept and all of a clause."""
        kept = self.counts.get(f"kept-{number}", 0)
        return kept, kept + self.counts.get(f"late-{number}", 0)


def figures_of(
    span: Span,
    now: datetime,
    calendar: WorkCalendar,
    scope: Scope = EVERYTHING,
    clocks: Sequence[Any] | None = None,
) -> Figures:
    """Everything that has a code. `now`: a clock that runs past its term is missed, noted or not yet. `clocks`:
    those of the period, where they have been read already.
    """
    verdicts, spent = _clocks(read_clocks(span, now, scope) if clocks is None else clocks, calendar)
    spent[PUBLISH] = _publishing(span, calendar, scope)
    counts = Counter(_messages(span, scope)) | verdicts | Counter(count_others(span, now, scope))
    return Figures(counts, {code: stage_of(spent.get(code, ())) for code in STAGES})


def stage_of(minutes: Iterable[float | None]) -> Stage:
    """The median is the middle one, or between the two middle ones; the ninth the least that covers 90 %."""
    done = list(minutes)
    found = sorted(one for one in done if one is not None)
    if not found:
        return Stage(len(done))
    count = len(found)
    middle = (found[(count - 1) // 2] + found[count // 2]) / 2
    return Stage(len(done), middle, found[-(-count * 9 // 10) - 1])


def _messages(span: Span, scope: Scope) -> dict[str, int]:
    counted = (
        select(literal(code).label("code"), func.count().label("number")).select_from(source(span, scope).subquery())
        for code, source in SOURCES.items()
    )
    return dict(db.session.execute(union_all(*counted)).tuples().all())


def _clocks(rows: Sequence[Any], calendar: WorkCalendar) -> tuple[Counter[str], dict[str, list[float | None]]]:
    """The verdicts by clause, and the working minutes of what was done in the period."""
    verdicts: Counter[str] = Counter()
    spent: dict[str, list[float | None]] = defaultdict(list)
    for clause, kind, kept, began_at, done_at, *_ in rows:
        if kept is not None and clause in NUMBERS:
            verdicts[f"{'kept' if kept == KEPT else 'late'}-{NUMBERS[clause]}"] += 1
        if done_at is not None:
            spent[kind.value].append(worked(calendar, began_at, done_at))
    return verdicts, spent


def _publishing(span: Span, calendar: WorkCalendar, scope: Scope) -> list[float | None]:
    """From the approval to the publication of each reply."""
    replies = published(span, scope, Draft.decided_at, Reply.published_at)
    return [worked(calendar, *between) for between in db.session.execute(replies)]


def worked(calendar: WorkCalendar, begin: datetime, end: datetime) -> float | None:
    """The working minutes between; None where the calendar does not reach. Done before it began: 0."""
    try:
        return max(0.0, calendar.between(begin, end))
    except CalendarOutOfRange:
        return None
