"""A period against the one before, and what it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from osm.regulation.worktime import WorkCalendar
from osm.store.queries.figures.breakdowns import Breakdowns, breakdowns_of, received_by_topic
from osm.store.queries.figures.clocks import read_clocks
from osm.store.queries.figures.counting import Figures, figures_of
from osm.store.queries.figures.span import EVERYTHING, Scope, Span


@dataclass(frozen=True, slots=True)
class Report:
    """The same figures of two periods, and the later one by department, executor, topic, network and place."""

    span: Span
    figures: Figures
    before: Figures
    by: Breakdowns
    topics_before: Mapping[int | None, int]
    """What had come in the period before, by topic."""


def report_of(span: Span, now: datetime, calendar: WorkCalendar, scope: Scope = EVERYTHING) -> Report:
    """A dozen statements, whatever the period."""
    clocks = read_clocks(span, now, scope)
    return Report(
        span,
        figures_of(span, now, calendar, scope, clocks),
        figures_of(span.before, now, calendar, scope),
        breakdowns_of(span, now, scope, clocks),
        received_by_topic(span.before, scope),
    )
