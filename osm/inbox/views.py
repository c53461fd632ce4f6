"""«Ждёт меня» as one person sees it at one instant: rows with chips, addresses and proposals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import Response, g, render_template, url_for
from markupsafe import Markup

from osm.accounts.acts.keys import this_installation
from osm.accounts.queries import PageRow, pages
from osm.answers.views.promises import count_promises
from osm.check.queries.verdicts import surest_ground
from osm.clock import current_now
from osm.flow.acts.clocks import in_force
from osm.flow.acts.terms import local_day
from osm.flow.queries.clocks import InboxRow
from osm.flow.queries.duties import Asker
from osm.guarding.queries import DueCheck, GuardView, due_checks, open_tasks, weak_pages
from osm.inbox.queries import inbox, news
from osm.inbox.queries.inbox import count_new, signature, stays_until
from osm.inbox.queries.news import Earlier, earlier_of
from osm.inbox.queries.overview import (
    FOLDED,
    Answered,
    Section,
    answered_since,
    count_late,
    department_rows,
    late_messages,
)
from osm.log.queries.history import MOST, arrivals, happened_after
from osm.people.queries.handovers import Handovers, handovers_on
from osm.people.queries.people import RoutingChoices, administrators, routing_choices
from osm.regulation.clocks import ClockKind
from osm.regulation.urgency import is_reminded
from osm.regulation.words import PRESS_CENTRE, Ground, Role
from osm.regulation.workflow import OPEN
from osm.shortcomings.queries.shortcomings import Waits
from osm.shortcomings.queries.shortcomings import waiting as control_waiting
from osm.store.models import PageTask, User
from osm.talk import queries as talk
from osm.talk.queries import NoteRow, last_hurried
from osm.topics.views import TopicHint, hints_of_rows
from osm.urgent.views import own_departments
from osm.web.access import me
from osm.web.days import Chip, running_chip
from osm.web.filters import clock_time
from osm.web.form_values import Typed
from osm.web.htmx import in_place
from osm.web.roster import asker_of, roster_today
from osm.web.steps import route_target, step_address

# --- One row
INBOX = "inbox"
"""Value of `from` in the address of a card opened from this list."""
OWN = "m"
"""Anchor of the rows that wait for this person."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row for its template, with the chip of its deadline and the address of its duty."""

    message: InboxRow
    chip: Chip
    address: str
    card: str
    """The address of its card, with `from`."""
    suggested: int | None
    is_sure: bool
    """Whether the proposal can be accepted together with others by one press."""
    earlier: Earlier | None
    """The message that it repeats (П.15)."""
    target: datetime | None
    """The office's own target for routing this message of high importance."""
    route_missed: datetime | None
    """The missed deadline of П.7, if the row shows that of П.9."""
    can_route: bool
    hint: TopicHint | None
    """The topic suggested by its words, if it has none."""
    anchor: str
    """The id of the row, because a message may be on the page twice."""
    marked: Ground | None
    """The ground on which the check proposes to exclude it (П.17)."""
    hurried_at: datetime | None
    """When the curator last reminded somebody of it."""
    final_due: datetime | None
    """The final deadline (П.13), from one working day before it."""


def prepared(
    row: InboxRow,
    person: User,
    choices: RoutingChoices,
    now: datetime,
    hint: TopicHint | None = None,
    anchor: str = OWN,
    marked: Ground | None = None,
    hurried_at: datetime | None = None,
    earlier: Earlier | None = None,
) -> Row:
    can_route = anchor == OWN and row.waits_for_executor and person.has(Role.CURATOR)
    suggested, is_sure = _proposed(row, choices, hint, earlier)
    return Row(
        message=row,
        chip=running_chip(row.clock, now, in_force().calendar),
        address=_address(row),
        card=card_from_inbox(row.id),
        suggested=suggested,
        is_sure=can_route and is_sure and not marked,
        earlier=earlier if can_route else None,
        target=route_target(row.importance, row.status, row.detected_at or row.received_at),
        route_missed=_route_missed(row, now),
        can_route=can_route,
        hint=hint,
        anchor=f"{anchor}-{row.id}",
        marked=marked,
        hurried_at=hurried_at,
        final_due=_reminded_of(row, now),
    )


def _proposed(
    row: InboxRow, choices: RoutingChoices, hint: TopicHint | None, earlier: Earlier | None
) -> tuple[int | None, bool]:
    """The executor of the repeated message, else of the topic; sure if the topic decides, both in one department."""
    by_topic = choices.executor(choices.executor_for(row.topic_id or (hint.topic_id if hint else None)))
    had_it = choices.executor(earlier.executor_id) if earlier else None
    is_sure = by_topic is not None and (row.topic_id is not None or (hint is not None and hint.is_alone))
    if by_topic and had_it:
        is_sure = is_sure and by_topic.department_id == had_it.department_id
    proposed = had_it or by_topic
    return proposed.id if proposed else None, is_sure


def card_from_inbox(message_id: int) -> str:
    came: dict[str, Any] = {"from": INBOX}
    return url_for("card.show", message_id=message_id, **came)


def marks_of(rows: Sequence[InboxRow], person: User) -> dict[int, Ground]:
    """Message id → the ground on which the check proposes to exclude it; only open ones, only for those who decide."""
    if not person.has(*PRESS_CENTRE):
        return {}
    return {row.id: surest_ground(row.proposed) for row in rows if row.proposed and row.status in OPEN}


def _address(row: InboxRow) -> str:
    if row.group_id:
        return url_for("groups.show", group_id=row.group_id)
    return step_address(row.status, row.role or Role.HEAD, row.id, shared=row.is_shared)


def _reminded_of(row: InboxRow, now: datetime) -> datetime | None:
    clock = (row.clocks or {}).get(ClockKind.FINAL)
    return clock.due_at if clock and is_reminded(clock.due_at, now, in_force().calendar) else None


def _route_missed(row: InboxRow, now: datetime) -> datetime | None:
    clock = (row.clocks or {}).get(ClockKind.ROUTE)
    is_hidden = clock is not None and row.clock is not None and row.clock.kind is ClockKind.ANSWER
    return clock.due_at if clock and is_hidden and clock.due_at and clock.due_at < now else None


def executor_options(choices: RoutingChoices, chosen: object) -> Markup:
    """The options of a quick form. A page has dozens of forms but few lists: each is rendered once a request."""
    ready: dict[tuple[RoutingChoices, str], Markup] = g.setdefault("osm_executor_options", {})
    key = (choices, str(chosen))
    if key not in ready:
        page = render_template("inbox/_executors.html", choices=choices, chosen=key[1])
        ready[key] = Markup(page)  # noqa: S704  output of our own template, escaped there
    return ready[key]


# --- The page
EVENING_HOUR = 16
"""From this local hour the section of the next working morning is open (design §7)."""


@dataclass(frozen=True, slots=True)
class SectionRows:
    section: inbox.InboxSection
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
    """The whole page. `only`: the section that is shown alone."""

    sections: tuple[SectionRows, ...]
    only: Section | None
    department: tuple[Row, ...]
    overview: Overview | None
    administrators: Sequence[User]
    choices: RoutingChoices
    look: dict[str, str | int]
    """Query of the poll, see `news_of`."""
    notes: list[NoteRow]
    """Notes of colleagues to this person."""
    has_offers: bool
    """An event in a network may be a step on a message."""
    has_editions: bool
    """A message changed in «Инцидент Менеджмент»."""
    has_held: bool
    """A row of an export came under the number of another message."""
    has_bursts: bool
    """Many messages about one thing, and a person has to decide whether to inform the head (П.20)."""
    control: list[Waits]
    """Shortcomings and their memos (П.19)."""
    page_checks: list[DueCheck]
    """Pages with a protection check due (Пр.1.2.3)."""
    weak_pages: list[GuardView]
    """Pages that may be lost: too few people, or one private telephone, have access."""
    page_tasks: list[PageTask]
    """Pages and keys to be closed to a person who leaves."""
    page_keys: list[PageRow]
    """Pages with a key that the network refuses."""
    handovers: Handovers
    """Work to be given to a substitute or back (П.3), for the curator to confirm."""

    @property
    def total(self) -> int:
        return sum(part.section.total for part in self.sections)

    @property
    def first_to_route(self) -> Row | None:
        """The first visible row with a field of routing."""
        return next((row for part in self.sections if part.is_open for row in part.rows if row.can_route), None)

    @property
    def sure(self) -> int:
        """Number of rows with a sure proposal."""
        return sum(row.is_sure for part in self.sections for row in part.rows)


def inbox_page(person: User, now: datetime, only: Section | None = None) -> InboxPage:
    """Read and prepare everything; the number of queries depends only on the roles."""
    asker, choices = asker_of(person, now), choices_for(person)
    places, looked = inbox.read_list(asker)
    g.osm_places = places
    kinds = {place.duty for place in places}
    evening = in_force().calendar.local(now).hour >= EVENING_HOUR or asker.borders.is_over

    parts = list(inbox.inbox(asker, places, only=only))
    hints = hints_of_rows((row for part in parts for row in part.rows), choices)
    marked = marks_of([row for part in parts for row in part.rows], person)
    earlier = earlier_of([row.id for part in parts for row in part.rows if row.waits_for_executor and choices.groups])
    hurried = last_hurried([row.id for part in parts for row in part.rows if row.hurries])

    def ready(rows: Sequence[InboxRow], anchor: str = OWN) -> tuple[Row, ...]:
        return tuple(
            prepared(
                row, person, choices, now, hints.get(row.id), anchor, marked.get(row.id), hurried.get(row.id),
                earlier.get(row.id),
            )
            for row in rows
        )  # fmt: skip

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
        notes=talk.waiting(person) if news.NOTE in kinds else [],
        has_offers=news.OFFER in kinds,
        has_editions=news.EDITION in kinds,
        has_held=news.HELD_ROW in kinds,
        has_bursts=news.BURST in kinds,
        control=control_waiting(person) if kinds & news.CONTROL else [],
        page_checks=due_checks(now) if news.PAGE_CHECK in kinds else [],
        weak_pages=weak_pages(now, local_day(now)) if news.PAGE_CHECK in kinds else [],
        page_tasks=open_tasks() if news.PAGE_TASK in kinds else [],
        page_keys=[row for row in pages(this_installation()) if row.needs_key] if news.PAGE_KEY in kinds else [],
        handovers=Handovers() if only else handovers_for(person),
    )


def _overview(person: User, asker: Asker, ready: Callable[[Sequence[InboxRow], str], tuple[Row, ...]]) -> Overview:
    mine = own_departments(person)
    late = late_messages(asker.now, mine)
    return Overview(late.total, ready(late.rows, "late"), tuple(answered_since(asker.borders.opens, mine)))


def rows_of(person: User, now: datetime, message_ids: Sequence[int], choices: RoutingChoices) -> list[Row]:
    """The rows of these messages in this order, if they wait for this person; `choices`: of `choices_for`."""
    found = inbox.rows_of(asker_of(person, now), message_ids)
    rows = [found[one] for one in message_ids if one in found]
    hints, marked, earlier = hints_of_rows(rows, choices), marks_of(rows, person), earlier_of(found)
    return [
        prepared(row, person, choices, now, hints.get(row.id), OWN, marked.get(row.id), None, earlier.get(row.id))
        for row in rows
    ]


def choices_for(person: User) -> RoutingChoices:
    """The executors that this person can direct messages to."""
    return routing_choices(roster_today()) if person.has(Role.CURATOR) else RoutingChoices((), ())


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
    """The answer to an open list: whether it changed and how many rows are new, or how to poll next.

    `new` is 0 also if there are too many to count.
    """

    changed: bool
    new: int
    look: dict[str, str | int]


def news_of(person: User, now: datetime, seen: str, looked: int, checked: int, stays: int) -> News | None:
    """The news for an open list; None, after one small query, if no person acted and no deadline came.

    `seen`: signature of the open list; `looked`, `checked`: last row of the log when it was opened and when it was last
    compared; `stays` (Unix time): until then only a person's act can change it.
    """
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


def waiting_count(person: User, now: datetime) -> int:
    """The number next to «Ждёт меня»; for a head without other roles, with the number of late messages."""
    if person.has(Role.HEAD) and person.roles <= {Role.HEAD, Role.ADMIN}:
        return count_late(now, own_departments(person)) + _count_places(person, now)
    count = _count_places(person, now)
    return count + len(handovers_for(person).offers) + count_promises(person, now)


def _count_places(person: User, now: datetime) -> int:
    # The page of the list has already read the places for its own menu.
    places: list[inbox.Place] | None = g.get("osm_places")
    return inbox.count_waiting(asker_of(person, now)) if places is None else inbox.count_places(places)


def row_again(message_id: int, typed: Typed | None = None) -> Response:
    """The row as it is now; after a refused quick form with its input, the reason, and what others did since."""
    person = me()
    choices = choices_for(person)
    row = next(iter(rows_of(person, current_now(), [message_id], choices)), None)
    page = render_template("inbox/_again.html", row=row, message_id=message_id, choices=choices, typed=typed)
    return in_place(page, f"#{OWN}-{message_id}", "outerHTML")
