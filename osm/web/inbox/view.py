"""What «Ждёт меня» shows to one person at one instant, from the queries to chips and addresses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import g

from osm.regulation.words import Role
from osm.services.accounts.installation import this_installation
from osm.services.clocks.clocks import in_force
from osm.services.staff.absences import local_day
from osm.store.models import User
from osm.store.queries.accounts.pages import PageRow, pages
from osm.store.queries.clocks.duties import Asker
from osm.store.queries.clocks.rows import InboxRow
from osm.store.queries.control.due_shortcomings import Waits
from osm.store.queries.control.due_shortcomings import waiting as control_waiting
from osm.store.queries.guarding.pages import GuardView, weak_pages
from osm.store.queries.guarding.tasks import TaskRow, open_tasks
from osm.store.queries.guarding.waiting import DueCheck, due_checks
from osm.store.queries.inbox import beside
from osm.store.queries.inbox import inbox as waiting
from osm.store.queries.inbox.earlier import earlier_of
from osm.store.queries.inbox.news import count_new, signature, stays_until
from osm.store.queries.inbox.overview import Answered, answered_since, count_late, department_rows, late_messages
from osm.store.queries.inbox.sections import FOLDED, Section
from osm.store.queries.log.news import MOST, arrivals, happened_after
from osm.store.queries.staff.handovers import Handovers, handovers_on
from osm.store.queries.staff.people import Administrator, RoutingChoices, administrators, routing_choices
from osm.store.queries.talk.notes import NoteRow, last_hurried
from osm.web.answers.promises import count_promises
from osm.web.control.head_page import own_departments
from osm.web.filters import clock_time
from osm.web.inbox.rows import OWN, Row, marks_of, prepared
from osm.web.roster import asker_of, roster_today
from osm.web.talk.view import talk_waiting
from osm.web.topics.hints import hints_of_rows

EVENING_HOUR = 16
"""From this local hour on, what falls due the next working morning stands open (design §7)."""


@dataclass(frozen=True, slots=True)
class SectionRows:
    """A section with its rows ready."""

    section: waiting.InboxSection
    rows: tuple[Row, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """The head's part of the page."""

    late_total: int
    late: tuple[Row, ...]
    answered: tuple[Answered, ...]


@dataclass(frozen=True, slots=True)
class InboxPage:
    """The whole page. `only`: the one section that was asked for."""

    sections: tuple[SectionRows, ...]
    only: Section | None
    department: tuple[Row, ...]
    overview: Overview | None
    administrators: tuple[Administrator, ...]
    choices: RoutingChoices
    look: dict[str, str | int]
    """What the poll of the list is asked with: see `news_of`."""
    notes: list[NoteRow]
    """What colleagues wrote to this person."""
    has_offers: bool
    """Something that was heard in the networks may be a step upon a message."""
    has_editions: bool
    """A message changed in «Инцидент Менеджмент»."""
    has_held: bool
    """A row of an export came under the number of another message."""
    has_bursts: bool
    """Many write of one thing, and it is to be decided whether the head is told (П.20)."""
    control: list[Waits]
    """Shortcomings and their memos (П.19)."""
    page_checks: list[DueCheck]
    """Pages whose protection is to be checked (Пр.1.2.3)."""
    weak_pages: list[GuardView]
    """Pages that may be lost: too few people or one private telephone keep them."""
    page_tasks: list[TaskRow]
    """Pages and keys to be closed to whoever leaves."""
    page_keys: list[PageRow]
    """Pages whose network refuses a key."""
    handovers: Handovers
    """Work that is to go over to a substitute or back (П.3): the curator's to confirm."""

    @property
    def total(self) -> int:
        return sum(part.section.total for part in self.sections)

    @property
    def first_to_route(self) -> Row | None:
        """The first row that can be seen with a field of routing."""
        return next((row for part in self.sections if part.is_open for row in part.rows if row.can_route), None)

    @property
    def sure(self) -> int:
        """How many rows have a proposal that needs no second look."""
        return sum(row.is_sure for part in self.sections for row in part.rows)


def inbox_page(person: User, now: datetime, only: Section | None = None) -> InboxPage:
    """Read and prepare everything; the number of statements depends on the roles only."""
    asker, choices = asker_of(person, now), choices_for(person)
    places, looked = waiting.read_list(asker)
    g.osm_places = places
    evening = in_force().calendar.local(now).hour >= EVENING_HOUR or asker.borders.is_over

    parts = list(waiting.inbox(asker, places, only=only))
    hints = hints_of_rows((row for part in parts for row in part.rows), choices)
    marked = marks_of([row for part in parts for row in part.rows], person)
    earlier = earlier_of([row.id for part in parts for row in part.rows if row.waits_for_executor and choices.groups])
    hurried = last_hurried([row.id for part in parts for row in part.rows if row.hurries])

    def ready(rows: Sequence[InboxRow], anchor: str = OWN) -> tuple[Row, ...]:
        return tuple(
            prepared(
                row,
                person,
                choices,
                now,
                hints.get(row.id),
                anchor,
                marked.get(row.id),
                hurried.get(row.id),
                earlier.get(row.id),
            )
            for row in rows
        )

    sections = tuple(
        SectionRows(part, ready(part.rows), bool(only) or evening or part.key not in FOLDED) for part in parts
    )
    return InboxPage(
        sections=sections,
        only=only,
        department=() if only else ready(department_rows(asker), "colleague"),
        overview=_overview(person, asker, ready) if person.has(Role.HEAD) and not only else None,
        administrators=() if person.roles else administrators(),
        choices=choices,
        look={
            **_look(asker, places, list_signature(person, places, now), looked, looked),
            "at": clock_time(now),
        },
        notes=talk_waiting() if any(place.duty == beside.NOTE for place in places) else [],
        has_offers=any(place.duty == beside.OFFER for place in places),
        has_editions=any(place.duty == beside.EDITION for place in places),
        has_held=any(place.duty == beside.HELD_ROW for place in places),
        has_bursts=any(place.duty == beside.BURST for place in places),
        control=control_waiting(person) if any(place.duty in beside.CONTROL for place in places) else [],
        page_checks=due_checks(now) if any(place.duty == beside.PAGE_CHECK for place in places) else [],
        weak_pages=weak_pages(now, local_day(now)) if any(place.duty == beside.PAGE_CHECK for place in places) else [],
        page_tasks=open_tasks() if any(place.duty == beside.PAGE_TASK for place in places) else [],
        page_keys=_without_key() if any(place.duty == beside.PAGE_KEY for place in places) else [],
        handovers=Handovers() if only else handovers_for(person, now),
    )


def _without_key() -> list[PageRow]:
    return [row for row in pages(this_installation()) if row.needs_key]


def _overview(person: User, asker: Asker, ready: Callable[[Sequence[InboxRow], str], tuple[Row, ...]]) -> Overview:
    mine = own_departments(person)
    late = late_messages(asker.now, mine)
    return Overview(late.total, ready(late.rows, "late"), tuple(answered_since(asker.borders.opens, mine)))


def rows_of(person: User, now: datetime, message_ids: Sequence[int], choices: RoutingChoices) -> list[Row]:
    """The rows of these messages in their order, of those that wait for this person; `choices`: as `choices_for`."""
    found = waiting.rows_of(asker_of(person, now), message_ids)
    rows = [found[one] for one in message_ids if one in found]
    hints, marked, earlier = hints_of_rows(rows, choices), marks_of(rows, person), earlier_of(found)
    return [
        prepared(row, person, choices, now, hints.get(row.id), OWN, marked.get(row.id), None, earlier.get(row.id))
        for row in rows
    ]


def choices_for(person: User) -> RoutingChoices:
    """Whom this person can direct messages to."""
    return routing_choices(roster_today()) if person.has(Role.CURATOR) else RoutingChoices((), ())


def handovers_for(person: User, now: datetime) -> Handovers:
    """What this person is shown of absences; an administrator learns who is away without anybody. Asked once."""
    if not person.has(Role.CURATOR, Role.ADMIN):
        return Handovers()
    if "osm_handovers" not in g:
        g.osm_handovers = handovers_on(roster_today())
    found: Handovers = g.osm_handovers
    return found if person.has(Role.CURATOR) else replace(found, offers=())


def list_signature(person: User, places: Sequence[waiting.Place], now: datetime) -> str:
    """Changes with the list, and with what is to be handed over."""
    seen = "".join(offer.seen[:8] for offer in handovers_for(person, now).offers)
    return signature(places, now) + seen


@dataclass(frozen=True, slots=True)
class News:
    """The answer to an open list: whether it has changed, and how many rows are new (0 also where there are too many
    to count); else how to ask next.
    """

    changed: bool
    new: int
    look: dict[str, str | int]


def news_of(person: User, now: datetime, seen: str, looked: int, checked: int, stays: int) -> News | None:
    """None, after one small statement, while nobody has done anything and no term has come.

    `seen`: the signature of the list that is open; `looked`, `checked`: the rows of the log when it was opened and
    when it was compared last; until `stays` (seconds of the epoch) it does not change by itself.
    """
    last = happened_after(checked)
    if last is None and now.timestamp() <= stays:
        return None
    asker = asker_of(person, now)
    places = waiting.waiting_places(asker)
    look = _look(asker, places, seen, looked, last or checked)
    if list_signature(person, places, now) == seen:
        return News(False, 0, look)
    is_long_ago = (last or checked) - looked > MOST
    return News(True, 0 if is_long_ago else count_new(places, arrivals(looked, person.id)), look)


def _look(
    asker: Asker, places: Sequence[waiting.Place], signature: str, looked: int, checked: int
) -> dict[str, str | int]:
    stays = stays_until(places, asker.borders, asker.now, in_force().calendar)
    return {"seen": signature, "looked": looked, "checked": checked, "stays": int(stays.timestamp())}


def waiting_count(person: User, now: datetime) -> int:
    """The number beside «Ждёт меня»; a head who does nothing else is told how many messages are late."""
    if person.has(Role.HEAD) and person.roles <= {Role.HEAD, Role.ADMIN}:
        return count_late(now, own_departments(person)) + _count_places(person, now)
    count = _count_places(person, now)
    return count + len(handovers_for(person, now).offers) + count_promises(person, now)


def _count_places(person: User, now: datetime) -> int:
    # The list itself has just read what its own menu would count again.
    places: list[waiting.Place] | None = g.get("osm_places")
    return waiting.count_waiting(asker_of(person, now)) if places is None else waiting.count_places(places)
