"""What the look ahead shows: the days that become others, the clocks that move, and what stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from osm.regulation.clocks import CLOCK_LABELS
from osm.regulation.production_calendar import Day
from osm.services.calendar.changes import Preview
from osm.web.calendar.view import day_words

DAYS_SHOWN = 40
TITLES: dict[str, str] = {
    "act": "акт на отдельные дни",
    "act-withdraw": "отзыв акта",
    "schedule": "расписание работы",
    "schedule-withdraw": "отзыв расписания",
    "year": "год и постановление",
    "year-withdraw": "отмена внесённого года",
    "presidential": "нерабочие дни по указам Президента",
}


@dataclass(frozen=True, slots=True)
class ClockLine:
    number: str
    href: str
    """The card; empty for people who may not read it."""
    label: str
    old: datetime | None
    new: datetime | None
    is_breached: bool


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """The look ahead, ready for its template; `form` is what was typed, to be sent once more."""

    title: str
    form: tuple[tuple[str, str], ...]
    has_form: bool
    told: Preview
    kinds: tuple[tuple[str, int], ...]
    clocks: tuple[ClockLine, ...]
    days: tuple[tuple[str, str, str], ...]

    @property
    def more_days(self) -> int:
        return len(self.told.days) - len(self.days)

    @property
    def more_clocks(self) -> int:
        return self.told.moved - len(self.clocks)


def preview_page(told: Preview, typed: Mapping[str, str], *, reads_cards: bool) -> PreviewPage:
    what = typed.get("what", "")
    return PreviewPage(
        title=TITLES.get(what, ""),
        form=tuple((name, value) for name, value in typed.items() if name not in ("step", "told")),
        has_form=what in ("act", "schedule", "year"),
        told=told,
        kinds=tuple((CLOCK_LABELS[kind], count) for kind, count in told.by_kind.items()),
        clocks=tuple(
            ClockLine(
                number=move.number,
                href=url_for("card.show", message_id=move.message_id) if reads_cards else "",
                label=CLOCK_LABELS[move.kind],
                old=move.old,
                new=move.new,
                is_breached=move.is_breached,
            )
            for move in told.moves
        ),
        days=tuple(_day_line(before, after) for before, after in told.days[:DAYS_SHOWN]),
    )


def _day_line(before: Day | None, after: Day | None) -> tuple[str, str, str]:
    day = after or before
    assert day is not None, "one of the calendars knows the day"
    return f"{day.date:%d.%m.%Y}", _words(before), _words(after)


def _words(day: Day | None) -> str:
    return day_words(day) if day else "календаря нет"
