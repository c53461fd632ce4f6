"""The page «Ждёт меня»: one list of all kinds, filters above it, pages of what is not on the list; and its news."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf
from typing import Any, NamedTuple

from flask import g

from osm.check.queries import count_unread
from osm.flow.acts.clocks import in_force
from osm.flow.queries.clocks import InboxRow
from osm.flow.queries.duties import DUTIES, TO_ROUTE, Asker
from osm.inbox.queries import inbox, news
from osm.inbox.queries.inbox import OTHER_PAGES, Place, Rank, count_new, morning_label, signature, stays_until
from osm.inbox.queries.overview import answered_since, count_department, department_rows, late_messages
from osm.inbox.views.rows import (
    HANDOVER,
    KINDS,
    OWN,
    QUEUES,
    UNCOVERED,
    Row,
    choices_for,
    marks_of,
    prepared,
    rows_of_kind,
)
from osm.log.queries.history import MOST, arrivals, happened_after
from osm.models import User
from osm.people.queries.handovers import Handovers, handovers_on
from osm.people.queries.people import RoutingChoices, administrators
from osm.people.views import asker_of, roster_today
from osm.regulation.words import Role
from osm.shell.filters import clock_time
from osm.shell.frame.nav import counted_at
from osm.talk.queries import last_hurried
from osm.topics.views import hints_of_rows
from osm.urgent.views import own_departments

ROWS = 40  # rows at once


class Entry(NamedTuple):
    """One row. `template`: empty for a message; `row`: what it shows."""

    place: Place
    template: str
    row: Any


class Filter(NamedTuple):
    """A link with a number: a kind of rows, or rows that are not on the list."""

    key: str
    label: str
    number: int | None


@dataclass(frozen=True, slots=True)
class InboxPage:
    """`chosen`: key of the filter, empty for all; `total`: rows of the whole list."""

    chosen: str
    total: int
    entries: list[Entry]
    filters: list[Filter]
    others: list[Filter]  # rows that are not on the list
    left: int  # rows after the shown ones
    sure: int  # number of shown rows with a sure proposal
    unread: int  # messages to route that the check has not read yet: their proposals may change
    administrators: Sequence[User]
    choices: RoutingChoices
    look: dict[str, str | int]  # query of the poll, see `news_of`
    loaded_at: datetime | None  # when the newest load ended

    @property
    def after(self) -> str:
        """The key of the last row, for `more`."""
        return "_".join(map(str, self.entries[-1].place.key)) if self.entries else ""

    @property
    def ahead(self) -> Filter | None:
        """The first link to rows of this person that are due later."""
        return next((one for one in self.others if one.key in ("morning", "later")), None)

    @property
    def first_to_route(self) -> Row | None:
        """The first row with a field of routing."""
        rows = (entry.row for entry in self.entries if not entry.template)
        return next((row for row in rows if row.can_route), None)


def inbox_page(person: User, now: datetime, chosen: str = "", after: str = "") -> InboxPage:
    """Read and prepare everything. `after`: the `after` of a page before, to go on with the next rows."""
    asker, choices = asker_of(person, now), choices_for(person)
    places, looked, loaded_at = inbox.read_list(asker)
    g.osm_places = places
    extra = _extra(person)
    every = sorted([*places, *extra], key=lambda place: place.key)
    mine = [place for place in every if place.rank <= Rank.UNDATED]
    wanted = _wanted(every, mine, chosen)
    rest = [place for place in wanted if place.key > _key(after)] if after else wanted
    shown = rest[:ROWS]
    if chosen in OVERVIEWS and person.has(OVERVIEWS[chosen][0]):
        entries, rest = list(OVERVIEWS[chosen][1](person, asker, choices)), shown
    else:
        entries = _entries(person, asker, choices, shown, extra)
    to_route = any(place.duty >= 0 and DUTIES[place.duty].status in TO_ROUTE for place in mine)
    return InboxPage(
        chosen=chosen, total=len(mine), entries=entries, filters=_filters(mine), others=_others(person, asker, every),
        left=len(rest) - len(shown), sure=sum(entry.row.is_sure for entry in entries if not entry.template),
        unread=count_unread() if to_route and choices.groups else 0,
        administrators=() if person.roles else administrators(), choices=choices,
        look={**_look(asker, places, list_signature(person, places, now), looked, looked), "at": clock_time(now)},
        loaded_at=loaded_at,
    )  # fmt: skip


def sure_rows(person: User, now: datetime, most: int) -> tuple[list[Row], RoutingChoices]:
    """Rows of the list with a sure proposal, at most `most`, and the executors."""
    asker, choices = asker_of(person, now), choices_for(person)
    places = sorted(inbox.waiting_places(asker, TO_ROUTE), key=lambda place: place.key)
    rows = _messages(person, asker, choices, [place for place in places if place.rank <= Rank.UNDATED])
    return [row for row in rows.values() if row.is_sure][:most], choices


def _key(after: str) -> tuple[float, ...]:
    try:
        return tuple(map(float, after.split("_")))
    except ValueError:
        return (-inf,)


def _wanted(every: Sequence[Place], mine: list[Place], chosen: str) -> list[Place]:
    if chosen in OTHER_PAGES:
        return [place for place in every if place.rank is OTHER_PAGES[chosen]]
    kind = next((kind for kind in KINDS if kind.key == chosen), None)
    return [place for place in mine if place.duty in kind.duties] if kind else mine


def _filters(mine: Iterable[Place]) -> list[Filter]:
    counts: defaultdict[int, int] = defaultdict(int)
    for place in mine:
        counts[place.duty] += 1
    found = (Filter(kind.key, kind.label, sum(counts[duty] for duty in kind.duties)) for kind in KINDS)
    return [one for one in found if one.number]


def _others(person: User, asker: Asker, every: Sequence[Place]) -> list[Filter]:
    number = {key: sum(place.rank is rank for place in every) for key, rank in OTHER_PAGES.items()}
    late = sum(place.rank is Rank.OTHERS and bool(place.due and place.due < asker.now) for place in every)
    labels = {"others": "У других просрочено", "morning": morning_label(asker.borders), "later": "Позже"}
    found = [Filter(key, labels[key], number[key]) for key in OTHER_PAGES if number[key]]
    if reminded := number["others"] - late:
        label = f"У других просрочено {late}, скоро срок" if late else "Скоро срок у других"
        found[0] = Filter("others", label, reminded)
    if colleagues := count_department(asker):
        found.append(Filter("department", "В отделе", colleagues))
    if person.has(Role.HEAD):
        found += [Filter("late", "Просрочено сейчас", None), Filter("answered", "Отвечено сегодня", None)]
    return found


# --- Rows
def _entries(
    person: User, asker: Asker, choices: RoutingChoices, shown: Sequence[Place], extra: dict[Place, tuple[str, Any]]
) -> list[Entry]:
    """What was removed meanwhile is left out."""
    by_kind: defaultdict[int, list[int]] = defaultdict(list)
    for place in shown:
        if place.duty < 0 and place not in extra:
            by_kind[place.duty].append(place.id)
    others = {duty: rows_of_kind(duty, ids) for duty, ids in by_kind.items()}
    messages = _messages(person, asker, choices, shown)
    entries = []
    for place in shown:
        if place.duty >= 0:
            template, row = "", messages.get(place)
        elif place in extra:
            template, row = extra[place]
        else:
            template, rows = others[place.duty]
            row = rows.get(place.id)
        if row is not None:
            entries.append(Entry(place, template, row))
    return entries


def _messages(
    person: User, asker: Asker, choices: RoutingChoices, shown: Sequence[Place], anchor: str = OWN
) -> dict[Place, Row]:
    found = inbox.message_rows(asker, shown)
    return dict(zip(found, _prepared(person, asker, choices, list(found.values()), anchor), strict=True))


def _prepared(
    person: User, asker: Asker, choices: RoutingChoices, rows: Sequence[InboxRow], anchor: str
) -> Iterable[Row]:
    hints, marked = hints_of_rows(rows, choices), marks_of(rows, person)
    earlier = news.earlier_of([row.id for row in rows if row.waits_for_executor and choices.groups])
    hurried = last_hurried([row.id for row in rows if row.hurries])
    return (
        prepared(
            row, person, choices, asker.now, hints.get(row.id), anchor, marked.get(row.id), hurried.get(row.id),
            earlier.get(row.id),
        )
        for row in rows
    )  # fmt: skip


def _extra(person: User) -> dict[Place, tuple[str, Any]]:
    """Rows that are not read with the others → their template and what it shows."""
    found: dict[Place, tuple[str, Any]] = {}
    handovers = handovers_for(person)
    for number, absent in enumerate(handovers.uncovered):
        found[Place(number, UNCOVERED, None, Rank.FIRST)] = ("inbox/_uncovered.html", absent)
    for number, offer in enumerate(handovers.offers):
        found[Place(number, HANDOVER, None, Rank.FIRST)] = ("inbox/_handover.html", offer)
    for duty, queue in QUEUES.items():
        if (counted := counted_at(person, queue.path)) and counted.number:
            # A threat that waits too long is not looked for below what is late.
            rank = Rank.FIRST if counted.is_late else Rank.UNDATED
            found[Place(0, duty, None, rank)] = ("inbox/_queue.html", {"queue": queue, "counted": counted})
    return found


# --- Rows of an overview: for the head what is late and answered, for an executor his department
def _late(person: User, asker: Asker, choices: RoutingChoices) -> Iterable[Entry]:
    return _shown(person, asker, choices, late_messages(asker.now, own_departments(person)).rows, "late")


def _department(person: User, asker: Asker, choices: RoutingChoices) -> Iterable[Entry]:
    return _shown(person, asker, choices, department_rows(asker), "colleague")


def _answered(person: User, asker: Asker, _choices: RoutingChoices) -> Iterable[Entry]:
    found = answered_since(asker.borders.opens, own_departments(person))
    return (Entry(Place(row.message_id, 0, None, Rank.HIDDEN), "inbox/_answered.html", row) for row in found)


def _shown(
    person: User, asker: Asker, choices: RoutingChoices, rows: Sequence[InboxRow], anchor: str
) -> Iterable[Entry]:
    return (
        Entry(Place(row.message.id, 0, None, Rank.OTHERS), "", row)
        for row in _prepared(person, asker, choices, rows, anchor)
    )


OVERVIEWS: dict[str, tuple[Role, Callable[[User, Asker, RoutingChoices], Iterable[Entry]]]] = {
    "department": (Role.EXECUTOR, _department), "late": (Role.HEAD, _late), "answered": (Role.HEAD, _answered),
}  # fmt: skip
"""Key in the address → for whom, and the rows."""


# --- Work in the wrong place, and the news of an open list
def handovers_for(person: User) -> Handovers:
    """Handovers for this person; an administrator sees who is away without a substitute. Cached for the request."""
    if not person.has(Role.CURATOR, Role.ADMIN):
        return Handovers()
    if "osm_handovers" not in g:
        g.osm_handovers = handovers_on(roster_today())
    found: Handovers = g.osm_handovers
    return found if person.has(Role.CURATOR) else replace(found, offers=())


def list_signature(person: User, places: Sequence[inbox.Place], now: datetime) -> str:
    """Changes with the list and with the handovers."""
    seen = "".join(offer.seen[:8] for offer in handovers_for(person).offers)
    return signature(places, now) + seen


@dataclass(frozen=True, slots=True)
class News:
    """The answer to an open list: whether it changed and how many rows are new, or how to poll next. `new` is 0 also if
    there are too many to count."""

    changed: bool
    new: int
    look: dict[str, str | int]


def news_of(person: User, now: datetime, seen: str, looked: int, checked: int, stays: int) -> News | None:
    """The news for an open list; None, after one small query, if no person acted and no deadline came. `seen`:
    signature of the open list; `looked`, `checked`: last row of the log when it was opened and when it was last
    compared; `stays` (Unix time): until then only a person's act can change it."""
    last = happened_after(checked)
    if last is None and now.timestamp() <= stays:
        return None
    asker = asker_of(person, now)
    places = inbox.waiting_places(asker)
    look = _look(asker, places, seen, looked, last or checked)
    if list_signature(person, places, now) == seen:
        return News(False, 0, look)
    is_long_ago = (last or checked) - looked > MOST
    return News(True, 0 if is_long_ago else count_new(places, arrivals(looked, person.id)), look)


def _look(
    asker: Asker, places: Sequence[inbox.Place], signature: str, looked: int, checked: int
) -> dict[str, str | int]:
    stays = stays_until(places, asker.borders, asker.now, in_force().calendar)
    return {"seen": signature, "looked": looked, "checked": checked, "stays": int(stays.timestamp())}
