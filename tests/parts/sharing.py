"""Several executors of one message (П.14) for the tests: routed, sending, timed, answered together."""

from __future__ import annotations

from osm.base.database import db
from osm.flow.acts.moving import active_assignments
from osm.groups.acts import members
from osm.messages.acts import routing
from osm.messages.acts.executors import PartOrder
from osm.models import Assignment, Deadline, Draft, Message, Part
from osm.regulation.words import DeadlineState
from tests.office import OVERRIDE, VLADIVOSTOK, Office, at


def shared(office: Office, order: str = "boris 1, nina 1, oleg 2", *, high: bool = False) -> Message:
    """Received at 9:00 and directed at 9:10 to these people with these numbers; «oleg 2 30» has 30 minutes."""
    message = office.incident("17.03 09:00", high=high)
    orders = []
    for words in order.split(", "):
        login, number, *minutes = words.split()
        own = int(minutes[0]) if minutes else None
        orders.append(PartOrder(office.ids[login], int(number), f"Что у вас, {login}?", own))
    return routing.route_to_several(
        message.id, message.version, orders=orders, actor=office.anna, now=at("17.03 09:10")
    )


def row_of(office: Office, message: Message, login: str) -> Assignment:
    return next(row for row in message.assignments if row.executor_id == office.ids[login] and row.ended_at is None)


def send(office: Office, message: Message, login: str, when: str, text: str = "Заявка 14, бригада выехала.") -> Part:
    row = row_of(office, message, login)
    return members.submit_part(
        row.id, row.version, text=text, confirmed=True, actor=getattr(office, login), now=at(when)
    )


def part_clocks(message: Message) -> dict[str, str]:
    """The parts with running clocks: «boris part» → its term."""
    db.session.expire(message, ["deadlines"])
    return {
        f"{d.assignment.executor.name.lower()} {d.kind}": f"{d.due_at.astimezone(VLADIVOSTOK):%d.%m %H:%M}"
        for d in message.deadlines
        if d.assignment and d.state is DeadlineState.OPEN and d.due_at
    }


def of_part(office: Office, message: Message, login: str) -> list[Deadline]:
    ids = {row.id for row in message.assignments if row.executor_id == office.ids[login]}
    return [d for d in message.deadlines if d.assignment_id in ids]


def states(message: Message) -> dict[str, str]:
    return {row.executor.name.lower(): str(row.part_state) for row in active_assignments(message)}


COMMON = "Здравствуйте! Яму засыпали 16 марта, сообщило управление ЖКХ."


def approve_common(office: Office, message: Message, when: str, kind: str = "final") -> Draft:
    """Anna's own draft for all of them, approved by one button."""
    return members.approve_common(
        message.id, message.version, text=COMMON, kind=kind, override=OVERRIDE, actor=office.anna, now=at(when)
    )
