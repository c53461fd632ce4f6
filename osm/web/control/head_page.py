"""The page of a leader begins with what needs him: the sections in their order, each a row of one table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, g

from osm.clock import current_now
from osm.regulation.words import Post
from osm.store.models import User
from osm.store.queries.control import instructions, urgent
from osm.store.queries.inbox.late_departments import curators, late_departments
from osm.store.queries.staff.leaders import supervised_by
from osm.web.access import me
from osm.web.control.view import instructions_waiting, urgent_bar
from osm.web.roster import heads

LATELY = timedelta(days=1)
"""For how long a report that was read stays on the page, with what became of it."""


@dataclass(frozen=True, slots=True)
class HeadSection:
    """A part of the page. `rows`: what stands in it, nothing where it is left out; `needs_him`: it asks for an act."""

    key: str
    title: str
    template: str
    rows: Callable[[User, datetime], Sequence[Any]]
    needs_him: bool


def _reports(_person: User, now: datetime) -> list[urgent.ReportRow]:
    """Those of the last day without what waits for him in the bar above every page."""
    waiting = {row.id for row in urgent_bar().reports}
    return [row for row in urgent.lately(now - LATELY) if row.id not in waiting]


def _instructions(person: User, now: datetime) -> list[instructions.InstructionRow]:
    mine = instructions_waiting()
    known = {row.id for row in mine}
    return mine + [row for row in instructions.late(person, now) if row.id not in known]


def _departments(person: User, now: datetime) -> Sequence[Any]:
    return late_departments(now, own_departments(person))


#: In the order of the page.
SECTIONS: tuple[HeadSection, ...] = (
    HeadSection("urgent", "Срочные доклады за сутки", "control/head/_reports.html", _reports, needs_him=False),
    HeadSection("instructions", "Поручения", "control/head/_instructions.html", _instructions, needs_him=True),
    HeadSection("departments", "У кого просроченное", "control/head/_departments.html", _departments, needs_him=True),
)


def head_sections() -> list[tuple[HeadSection, Sequence[Any]]]:
    """The sections that are not empty for the person behind the request."""
    person, now = me(), current_now()
    read = [(section, section.rows(person, now)) for section in SECTIONS]
    return [(section, rows) for section, rows in read if rows]


def own_departments(person: User) -> frozenset[int] | None:
    """A deputy looks at the departments that he supervises; None: all of them, also while he acts for the head."""
    if person.post is not Post.DEPUTY_HEAD or heads(person):
        return None
    if "osm_own_departments" not in g:
        g.osm_own_departments = supervised_by(person.id)
    found: frozenset[int] = g.osm_own_departments
    return found


def init_app(app: Flask) -> None:
    app.add_template_global(head_sections)
    app.add_template_global(curators, "curators_to_call")
