"""What screens of control show to a person: the bar above every page, what waits, what stands on a card."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask, g
from flask_login import current_user

from osm.clock import current_now
from osm.regulation.words import Role
from osm.services.control.duty import duty_officer
from osm.services.control.urgent import may_read
from osm.store.models import InstructionState, User
from osm.store.queries.control import instructions, urgent
from osm.store.queries.control.duty import DutyRow
from osm.store.queries.control.instructions import InstructionRow
from osm.store.queries.control.urgent import ReportRow
from osm.store.queries.control.waiting import TELEPHONE
from osm.store.queries.inbox.beside import INSTRUCTION, REPORT
from osm.store.queries.inbox.inbox import Place
from osm.store.queries.messages.card_parts import Card
from osm.store.queries.staff.heads import HeadOfDay, head_on
from osm.store.queries.staff.leaders import office
from osm.web.filters import moment
from osm.web.roster import heads, roster_today, standing_in_for
from osm.web.terms import Chip
from osm.web.visible import executes_only

SOON = timedelta(hours=1)
DUE_AFTER = timedelta(hours=2)
"""Which term the form of an instruction proposes."""

STATE_LABELS: dict[InstructionState, str] = {
    InstructionState.OPEN: "на контроле",
    InstructionState.REPORTED: "доложено, ждёт решения",
    InstructionState.ACCEPTED: "выполнено",
    InstructionState.DROPPED: "снято",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """Reports that the head has not read: for a leader to read, for the press centre to telephone about."""

    reports: tuple[ReportRow, ...] = ()
    may_read: bool = False
    calls: bool = False
    """Whether this person is told to telephone."""
    heads: bool = False
    """Whether this person is «глава» now."""
    head: HeadOfDay | None = None
    """The person to call."""
    duty_phones: tuple[str, ...] = ()
    officer: DutyRow | None = None
    """Who is on duty now."""

    @property
    def signature(self) -> str:
        """Changes with the bar; empty where there is none."""
        rows = "-".join(f"{row.id}.{row.version}{'c' if row.is_to_call else ''}" for row in self.reports)
        return rows and f"{rows}{'h' if self.heads else ''}{self.head.id if self.head else ''}"


def urgent_bar() -> Bar:
    """The bar of the person behind the request, read once; one statement while nothing is urgent."""
    if "osm_urgent_bar" not in g:
        g.osm_urgent_bar = _bar(current_user)
    found: Bar = g.osm_urgent_bar
    return found


def _bar(person: User) -> Bar:
    if not person.is_authenticated or person.must_change_password or not person.has(Role.HEAD, *TELEPHONE):
        return Bar()
    # «Ждёт меня» has read already whether there is any.
    places: list[Place] | None = g.get("osm_places")
    if places is not None and not any(place.duty == REPORT for place in places):
        return Bar()
    is_head = heads(person)
    rows = tuple(urgent.unread(person, is_head))
    if not rows:
        return Bar()
    calls, phones = person.has(*TELEPHONE), tuple(office().duty_phones.splitlines())
    return Bar(rows, may_read(person), calls, is_head, head_on(roster_today()), phones, duty_officer(current_now()))


def instructions_waiting() -> list[InstructionRow]:
    """What stands in «Ждёт меня» of instructions for the person behind the request."""
    places: list[Place] | None = g.get("osm_places")
    if places is not None and not any(place.duty == INSTRUCTION for place in places):
        return []
    if "osm_instructions" not in g:
        g.osm_instructions = instructions.waiting(current_user, stands_in_for(current_user), current_now())
    found: list[InstructionRow] = g.osm_instructions
    return found


def stands_in_for(person: User) -> list[int]:
    """Whose instructions this person reports on today beside his own (П.3)."""
    return [one.person_id for one in standing_in_for(person)]


@dataclass(frozen=True, slots=True)
class OfCard:
    """What was reported to the head about a message, and what he asked for."""

    reports: list[ReportRow]
    instructions: list[InstructionRow]


def control_of(card: Card) -> OfCard:
    """Read only where the log of the card tells of it. An executor finds his instruction in «Ждёт меня»."""
    if executes_only(current_user):
        return OfCard([], [])
    acts = {entry.action for entry in card.log}
    reports = urgent.of_message(card.id) if "urgent_sent" in acts else []
    told = {row.id for report in reports for row in report.instructions}
    given = instructions.of_message(card.id) if acts & {"instruction_given", "instruction_noted"} else []
    return OfCard(reports, [row for row in given if row.id not in told])


def instruction_chip(row: InstructionRow) -> Chip:
    """The term of an instruction: by the clock, as it was given."""
    now = current_now()
    if row.state is not InstructionState.OPEN:
        return Chip("met" if row.state is InstructionState.ACCEPTED else "off", STATE_LABELS[row.state])
    if row.due_at < now:
        return Chip("overdue", f"опоздало, срок {moment(row.due_at)}")
    return Chip("soon" if row.due_at - now <= SOON else "today", f"к {moment(row.due_at)}")


def proposed_term(now: datetime) -> datetime:
    """Two hours from now, to five minutes."""
    later = now + DUE_AFTER
    return later.replace(minute=later.minute // 5 * 5, second=0, microsecond=0)


def init_app(app: Flask) -> None:
    app.jinja_env.filters["instruction_state_label"] = lambda state: STATE_LABELS[state]
    app.jinja_env.filters["instruction_chip"] = instruction_chip
    app.add_template_global(urgent_bar)
    app.add_template_global(instructions_waiting)
    app.add_template_global(control_of)
