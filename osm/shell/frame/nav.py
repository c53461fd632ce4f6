"""The menu: what this person may open, with the numbers of what waits there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from flask import Blueprint, Flask, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import ScalarSelect, Select, select
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map

from osm.base.application import Memory, current_now
from osm.base.database import db
from osm.log.queries.history import LATEST_EVENT, happened_after
from osm.models import User
from osm.regulation.words import Role
from osm.shell.access import declared, may, me, signed_in
from osm.shell.filters import badge_number
from osm.shell.form_values import asked_id
from osm.shell.frame import ADMIN, MANAGEMENT, Opened, Tab, sections_of
from osm.shell.requests import parts_of

#: Where somebody begins after log-in: by the first of these roles that he has. The head sees there what is overdue.
STARTS: tuple[tuple[frozenset[Role], str], ...] = (
    (frozenset({Role.CURATOR, Role.EXECUTOR, Role.MODERATOR, Role.HEAD}), "/"),
    (frozenset({Role.ADMIN}), ADMIN),
    (frozenset({Role.AUDITOR}), "/messages"),
)

_ONE_MESSAGE = re.compile(r"/(messages|approvals)/\d")
"""A page of one message has no tabs: its place is for the message."""
_LOG = "log"  # name under which the last row of the log is read with the counts
COUNTED_ANEW = timedelta(minutes=5)
"""A poll counts after this at the latest, whatever the log says: some of it waits from a certain day on."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What waits at one address. `age`: how long the oldest has waited, `words`: the same in full."""

    number: int
    age: str = ""
    words: str = ""
    is_late: bool = False  # longer than the office's own target


@dataclass(frozen=True, slots=True)
class Asked:
    """A count that is read in one statement with all others; `read` makes it of the columns. The columns are built once
    for the program: the statement of a menu is kept by them."""

    columns: tuple[ScalarSelect[Any], ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    """Of the bind parameters; a name has the same value in all counts of a person."""
    read: Callable[..., Any] = int  # gives an int or a Counted

    def __add__(self, other: Asked) -> Asked:
        mine = len(self.columns)
        return Asked(
            self.columns + other.columns,
            {**self.values, **other.values},
            lambda *row: self.read(*row[:mine]) + other.read(*row[mine:]),
        )


Count = Callable[[User, datetime], int | Counted | Asked]

COUNTS: Memory[dict[str, Count]] = Memory(lambda _: {})
INSIDE: Memory[dict[str, Count]] = Memory(lambda _: {})  # counted in its section only
_SECTIONS: Memory[dict[frozenset[Role], tuple[Opened, ...]]] = Memory(lambda _: {})

blueprint = Blueprint("nav", __name__, url_prefix="/nav")


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of one person's menu, or a tab. `counted` is None for one without a number."""

    path: str
    label: str
    counted: Counted | None
    is_current: bool
    is_whole_section: bool = False  # its number is the sum of its tabs
    icon: str = ""

    @property
    def number(self) -> int | None:
        return self.counted.number if self.counted else None

    @property
    def badge_id(self) -> str:
        of = "section-" if self.is_whole_section else ""
        return f"badge-{of}{self.path.strip('/').replace('/', '-') or 'inbox'}"


@dataclass(frozen=True, slots=True)
class Tabs:
    label: str
    items: list[Item]


@dataclass(frozen=True, slots=True)
class Menu:
    row: list[Item]
    own: list[Item]  # under the name of the person
    tabs: list[Tabs]  # of the section that the page is in; then the screens of its tab
    numbers: list[Item]  # everything of it that has a number


def count_at(app: Flask, path: str, count: Count, *, inside: bool = False) -> None:
    """Show `count(user, now)`, a number, an object with one or what to ask for it, at the tab of `path`. The blueprint
    of that screen declares it once. A name instead of a path: for `may_be_some`. `inside`: counted only in its section,
    and not in the number of that."""
    (INSIDE if inside else COUNTS).get(app)[path] = count


def may_be_some(name: str) -> bool:
    """Whether there is something to ask for: False only if it was counted with the menu of this request, as 0."""
    counted: dict[str, Counted] = g.get("osm_counted", {})
    return name not in counted or counted[name].number > 0


def counted_at(user: User, path: str) -> Counted | None:
    """What the menu of this request has counted there; None where this person may open nothing."""
    menu(user)
    counted: dict[str, Counted] = g.get("osm_counted", {})
    return counted.get(path)


def one_if_any(user: User, now: datetime, path: str) -> Asked:
    """1 if something waits at this address for a person who may open it; asked with the count of that address."""
    if not may_open(path, user):
        return Asked()
    count = COUNTS.get()[path](user, now)
    asked = count if isinstance(count, Asked) else Asked(read=lambda: count)
    return Asked(asked.columns, asked.values, lambda *row: int(_counted(asked.read(*row)).number > 0))


def menu(user: Any) -> Menu:
    """The menu of a person; counted once a request."""
    if not user.is_authenticated:
        return Menu([], [], [], [])
    if "osm_menu" not in g:
        g.osm_menu = _menu(user)
    found: Menu = g.osm_menu
    return found


def _menu(user: Any) -> Menu:
    sections = [one for one in _sections(user) if not user.must_change_password or one.path == "/password"]
    there = {address for one in sections for address in one.addresses}
    now, page = current_now(), _page()
    here, tab, screen = _here(sections, page)
    counts, inside = COUNTS.get(), INSIDE.get()
    asked = {path: count for path, count in counts.items() if path in there or not path.startswith("/")}
    if here:
        asked |= {path: count for path, count in inside.items() if path in here.addresses}
    log = {_LOG: Asked((LATEST_EVENT,))}
    counted = g.osm_counted = _read(log | {path: count(user, now) for path, count in asked.items()})
    counted_once = {path: one for path, one in counted.items() if path not in inside}
    row = [_entry(one, counted_once, is_current=one is here) for one in sections if one.is_in_row]
    own = [_entry(one, counted_once, is_current=one is here) for one in sections if not one.is_in_row]
    tabs = [Item(one.path, one.label, counted.get(one.path), one is tab) for one in here.tabs] if here else []
    inner = [Item(path, words, None, path == screen) for words, path in tab.screens] if tab else []
    both = [Tabs(here.label if here else "", tabs), Tabs(tab.label if tab else "", inner)]
    shown = [] if _ONE_MESSAGE.match(page) or user.must_change_password else [one for one in both if len(one.items) > 1]
    items = (*row, *own, *(item for one in shown for item in one.items))
    return Menu(row, own, shown, [item for item in items if item.counted])


def _page() -> str:
    """The path of the page that the person sees, also when htmx asks for a part of it."""
    return parts_of(request.headers.get("HX-Current-URL", "")).path or request.path


def _sections(user: Any) -> tuple[Opened, ...]:
    """Found once for each set of roles."""
    kept = _SECTIONS.get()
    roles = frozenset(user.roles)
    if roles not in kept:
        kept[roles] = sections_of(roles, lambda path: may_open(path, user))
    return kept[roles]


def _entry(opened: Opened, counted: Mapping[str, Counted], *, is_current: bool) -> Item:
    found = [counted[tab.path] for tab in opened.pages if tab.path in counted and opened.section.is_summed]
    is_sum = len(opened.pages) > 1
    if is_sum and found:
        words = ", ".join(one.words for one in found if one.words)
        found = [Counted(sum(one.number for one in found), "", words, any(one.is_late for one in found))]
    number = found[0] if found else None
    return Item(opened.path, opened.label, number, is_current, is_sum, opened.section.icon)


def _here(sections: Sequence[Opened], page: str) -> tuple[Opened | None, Tab | None, str]:
    """The section, the tab and the screen nearest to the page: of `/reports` and `/reports/urgent` only one is."""
    found: tuple[Opened | None, Tab | None, str] = None, None, ""
    for opened in sections:
        for tab, path in opened.places:
            if len(path) > len(found[2]) and (page == path or (path != "/" and page.startswith(f"{path}/"))):
                found = opened, tab, path
    return found


def _read(counts: Mapping[str, int | Counted | Asked]) -> dict[str, Counted]:
    asked = {path: one for path, one in counts.items() if isinstance(one, Asked)}
    columns = tuple({id(column): column for one in asked.values() for column in one.columns}.values())
    values = {name: value for one in asked.values() for name, value in one.values.items()}
    row = db.session.execute(_together(columns), values).one() if columns else ()
    number = dict(zip(columns, row, strict=True))
    found = {**counts} | {path: one.read(*(number[column] for column in one.columns)) for path, one in asked.items()}
    return {path: _counted(one) for path, one in found.items()}


def _counted(found: Any) -> Counted:
    return found if isinstance(found, Counted) else Counted(found)


@lru_cache(maxsize=64)
def _together(columns: tuple[ScalarSelect[Any], ...]) -> Select[Any]:
    return select(*columns)


def rooms(user: Any) -> list[Tab]:
    """What this person may open under «Управление»."""
    return [tab for one in _sections(user) if one.label == MANAGEMENT for tab in one.tabs]


def start_of(user: User) -> str:
    return next((address for roles, address in STARTS if user.has(*roles)), "/")


def may_open(path: str, user: Any) -> bool:
    """Whether there is a page at this address, and this person may see it."""
    endpoint = _endpoint(current_app.url_map, path)
    return endpoint is not None and may(declared(current_app, endpoint), user)


@lru_cache(maxsize=256)
def _endpoint(pages: Map, path: str) -> str | None:
    try:
        found: str = pages.bind("").match(path, method="GET")[0]
    except HTTPException:
        return None
    return found


def waiting_words() -> str:
    """«🔔2 (5) » for the title of the page: reminders that are new, and what waits; empty where there is nothing."""
    number = next((item.number for item in menu(current_user).numbers if item.path == "/"), 0)
    rings = current_user.unseen if current_user.is_authenticated else 0
    return (f"🔔{rings if rings < 100 else '99+'} " if rings else "") + (f"({badge_number(number)}) " if number else "")


@blueprint.get("/badges")
@signed_in
def badges() -> ResponseReturnValue:
    """Polled by every open page. One small statement while there are no new events. The number of new reminders is
    loaded with the person."""
    seen, at, bell = asked_id("seen"), request.args.get("at", 0, int), request.args.get("bell", -1, int)
    counted_lately = 0 <= int(current_now().timestamp()) - at < COUNTED_ANEW.total_seconds()
    if seen is not None and counted_lately and bell == me().unseen and happened_after(seen) is None:
        return "", 204
    return render_template("_badges.html", items=menu(current_user).numbers)


def look_of_menu() -> dict[str, int]:
    """Query of the next poll: what the menu of this page has counted, so that mostly nothing is counted again."""
    menu(current_user)
    return {"seen": g.osm_counted[_LOG].number, "at": int(current_now().timestamp()), "bell": me().unseen}


def init_app(app: Flask) -> None:
    app.context_processor(_page_values)
    app.add_template_global(lambda path: may_open(path, current_user), "page_is_open")


def _page_values() -> dict[str, Any]:
    """Functions, so that a fragment which shows no menu costs nothing."""
    return {
        "whole_menu": lambda: menu(current_user),
        "menu": lambda: menu(current_user).numbers,
        "waiting_words": waiting_words,
        "look_of_menu": look_of_menu,
        "today_now": current_now,
    }
