"""Where a card leads: the screen of a duty by status and role, copies of its text, its neighbours in the list."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, current_app, g, url_for

from osm.base.application import Memory
from osm.comments.queries.copies import MESSAGES, comments_like_message, copies_of_message
from osm.flow.acts.clocks import in_force
from osm.messages.queries.parts import Card
from osm.models import User
from osm.people.queries.absences import SEE_EVERYTHING
from osm.regulation.errors import CalendarOutOfRange
from osm.regulation.words import PRESS_CENTRE, Importance, Role, Status
from osm.regulation.working_time.worktime import plural


@dataclass(frozen=True, slots=True)
class Screen:
    """A view that takes `message_id`, and the words of the button that leads to it."""

    endpoint: str
    words: str


#: (status, role) → the screen for it. All other work is done on the card.
SCREENS: dict[tuple[Status, Role], Screen] = {
    (Status.IN_WORK, Role.EXECUTOR): Screen("drafting.answer", "Подготовить ответ"),
    (Status.REWORK, Role.EXECUTOR): Screen("drafting.answer", "Доработать ответ"),
    (Status.ON_APPROVAL, Role.EXECUTOR): Screen("drafting.answer", "Отправленный проект"),
    (Status.APPROVED, Role.EXECUTOR): Screen("publishing.show", "Согласованный ответ"),
    (Status.ON_APPROVAL, Role.CURATOR): Screen("approvals.decide", "Рассмотреть проект"),
    (Status.APPROVED, Role.CURATOR): Screen("publishing.show", "Опубликовать"),
}

#: The same where several executors send their parts and the curator writes the common draft (П.14).
SHARED: dict[tuple[Status, Role], Screen] = {
    (Status.IN_WORK, Role.EXECUTOR): Screen("parts.own", "Отправить информацию"),
    (Status.REWORK, Role.EXECUTOR): Screen("parts.own", "Ваша информация"),
    (Status.ON_APPROVAL, Role.EXECUTOR): Screen("parts.own", "Ваша информация"),
    (Status.IN_WORK, Role.CURATOR): Screen("common.show", "Свести ответ"),
    (Status.REWORK, Role.CURATOR): Screen("common.show", "Доработать сводный ответ"),
}

#: Further screens that the card leads to.
ALSO: dict[tuple[Status, Role], tuple[Screen, ...]] = {
    (Status.NEW, Role.CURATOR): (Screen("executors.show", "Направить нескольким"),),
    (Status.SELECTED, Role.CURATOR): (Screen("executors.show", "Направить нескольким"),),
    (Status.IN_WORK, Role.CURATOR): (
        Screen("drafting.for_executor", "Внести за исполнителя"),
        Screen("executors.show", "Добавить исполнителя"),
    ),
    (Status.REWORK, Role.CURATOR): (Screen("drafting.for_executor", "Внести за исполнителя"),),
}

ALSO_SHARED: dict[tuple[Status, Role], tuple[Screen, ...]] = {
    (Status.IN_WORK, Role.CURATOR): (Screen("executors.show", "Исполнители: порядок и сроки"),)
}


def screen_for(status: Status, role: Role, *, shared: bool = False) -> Screen | None:
    screen = (SHARED.get((status, role)) if shared else None) or SCREENS.get((status, role))
    return screen if screen and screen.endpoint in current_app.view_functions else None


def further_screens(status: Status, roles: Collection[Role], *, shared: bool = False) -> tuple[Screen, ...]:
    table = ALSO_SHARED if shared else ALSO
    found = (screen for role in Role if role in roles for screen in table.get((status, role), ()))
    return tuple(screen for screen in found if screen.endpoint in current_app.view_functions)


def step_address(status: Status, role: Role, message_id: int, *, shared: bool = False) -> str:
    screen = screen_for(status, role, shared=shared)
    return address_of_message(screen.endpoint if screen else "card.show", message_id)


_ANY = 9_999_999_999  # in an address that is built for all messages


def address_of_message(endpoint: str, message_id: int, **query: str) -> str:
    """`url_for`, built once a request: each row of a list needs it."""
    built: dict[tuple[object, ...], str] = g.setdefault("osm_addresses", {})
    wanted = (endpoint, *query.items())
    if wanted not in built:
        built[wanted] = url_for(endpoint, message_id=_ANY, **query)  # type: ignore[arg-type]
    return built[wanted].replace(str(_ANY), str(message_id), 1)


def route_target(importance: Importance, status: Status, known_since: datetime) -> datetime | None:
    """The office's own aim for routing a message of high importance (reading 4): internal, never a breach."""
    if importance is not Importance.HIGH or status not in (Status.NEW, Status.SELECTED):
        return None
    rules = in_force()
    try:
        return rules.calendar.add(known_since, rules.parameters.route_target)
    except CalendarOutOfRange:
        return None


@dataclass(frozen=True, slots=True)
class CopiedView:
    """`comments`: number of comments with this text, 0 for people without access to them; `comment_id`: one of them."""

    messages: Sequence[Any] = ()
    is_cut: bool = False
    comment_id: int = 0
    comments: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.messages or self.comments)

    @property
    def words(self) -> str:
        number = len(self.messages) + self.comments
        times = plural(number, "раз", "раза", "раз")
        return f"{'больше ' if self.is_cut else ''}{number} {times}"


def copied(card: Card, person: User) -> CopiedView:
    """What this person sees; executors see no other messages."""
    if "copy_text" not in card.rows_in or person.roles.isdisjoint(SEE_EVERYTHING):
        return CopiedView()
    found = copies_of_message(card.id)
    comment_id, number = (0, 0) if person.roles.isdisjoint(PRESS_CENTRE) else comments_like_message(card.id)
    return CopiedView(tuple(found[:MESSAGES]), len(found) > MESSAGES, comment_id, number)


# --- The list by which a card was opened
@dataclass(frozen=True, slots=True)
class Trail:
    """Addresses; empty where the list has no card before or after this one. `is_inbox`: the list is «Ждёт меня»."""

    name: str
    back: str
    before: str
    behind: str
    is_inbox: bool = False


TrailOf = Callable[[int, Mapping[str, str], User, datetime], Trail]  # Message, what its address says, who looks, when


LISTS: Memory[dict[str, TrailOf]] = Memory(lambda _: {})


def has_cards(app: Flask, name: str, trail: TrailOf) -> None:
    """Register a list whose rows lead to cards; `from` begins with `name`."""
    LISTS.get(app)[name] = trail
