"""One row of «Ждёт меня», from what the queries read to chips, addresses and what is proposed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import g, render_template, url_for
from markupsafe import Markup

from osm.regulation.clocks import ClockKind
from osm.regulation.reminder import is_reminded
from osm.regulation.words import PRESS_CENTRE, Ground, Role
from osm.regulation.workflow import OPEN
from osm.services.clocks.clocks import in_force
from osm.store.models import User
from osm.store.queries.clocks.rows import InboxRow
from osm.store.queries.inbox.earlier import Earlier
from osm.store.queries.reading.verdicts import surest_ground
from osm.store.queries.staff.people import RoutingChoices
from osm.web.steps import route_target, step_address
from osm.web.terms import Chip, running_chip
from osm.web.topics.hints import TopicHint

INBOX = "inbox"
"""What the address of a card says of whoever came from this list."""
OWN = "m"
"""Anchor of the rows that wait for this person himself."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row with what its template needs: the chip of its term and where its duty is done."""

    message: InboxRow
    chip: Chip
    address: str
    card: str
    """The address of its card, which knows this list."""
    suggested: int | None
    is_sure: bool
    """Whether that proposal needs no second look: it is directed with the others by one press."""
    earlier: Earlier | None
    """What it repeats (П.15)."""
    target: datetime | None
    """The office's own aim for routing this message of high importance."""
    route_missed: datetime | None
    """The term of П.7 that has passed, where the row is measured by that of П.9."""
    can_route: bool
    hint: TopicHint | None
    """The topic that its words suggest, where it has none."""
    anchor: str
    """The id of the row: one message may stand on the page twice."""
    marked: Ground | None
    """On which ground the check proposes to exclude it (П.17)."""
    hurried_at: datetime | None
    """When the curator hurried somebody about it last."""
    final_due: datetime | None
    """The final term (П.13) of which people are reminded, from a working day before it on."""


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
    """One row for one person."""
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
    """Who had what it repeats, else whose topic it is; sure where the topic says so, and both name one department."""
    by_topic = choices.executor(choices.executor_for(row.topic_id or (hint.topic_id if hint else None)))
    had_it = choices.executor(earlier.executor_id) if earlier else None
    is_sure = by_topic is not None and (row.topic_id is not None or (hint is not None and hint.is_alone))
    if by_topic and had_it:
        is_sure = is_sure and by_topic.department_id == had_it.department_id
    proposed = had_it or by_topic
    return proposed.id if proposed else None, is_sure


def card_from_inbox(message_id: int) -> str:
    """The card, which knows that one came from «Ждёт меня»."""
    came: dict[str, Any] = {"from": INBOX}
    return url_for("card.show", message_id=message_id, **came)


def marks_of(rows: Sequence[InboxRow], person: User) -> dict[int, Ground]:
    """Message → on which ground the check proposes to exclude it, of open ones, for those who decide about that."""
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
    """The options of a quick form. A page has dozens of forms and few answers: each is rendered once a request."""
    ready: dict[tuple[RoutingChoices, str], Markup] = g.setdefault("osm_executor_options", {})
    key = (choices, str(chosen))
    if key not in ready:
        page = render_template("inbox/_executors.html", choices=choices, chosen=key[1])
        ready[key] = Markup(page)  # noqa: S704  a template's own output, escaped there
    return ready[key]
