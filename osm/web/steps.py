"""Where a duty is done: the screen for a status and a role, where the application has it, else the card itself."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from flask import current_app, url_for

from osm.regulation.words import Role, Status


@dataclass(frozen=True, slots=True)
class Screen:
    """A view that takes `message_id`, and the words of the button that leads to it."""

    endpoint: str
    words: str


#: (status, role) → the screen of its own. Whatever is not named here is done on the card.
SCREENS: dict[tuple[Status, Role], Screen] = {
    (Status.IN_WORK, Role.EXECUTOR): Screen("drafting.answer", "Подготовить ответ"),
    (Status.REWORK, Role.EXECUTOR): Screen("drafting.answer", "Доработать ответ"),
    (Status.ON_APPROVAL, Role.EXECUTOR): Screen("drafting.answer", "Отправленный проект"),
    (Status.APPROVED, Role.EXECUTOR): Screen("publishing.show", "Согласованный ответ"),
    (Status.ON_APPROVAL, Role.CURATOR): Screen("approvals.decide", "Рассмотреть проект"),
    (Status.APPROVED, Role.CURATOR): Screen("publishing.show", "Опубликовать"),
}

#: Further screens that the card leads to, beside the one above.
ALSO: dict[tuple[Status, Role], Screen] = {
    (Status.IN_WORK, Role.CURATOR): Screen("drafting.for_executor", "Внести за исполнителя"),
    (Status.REWORK, Role.CURATOR): Screen("drafting.for_executor", "Внести за исполнителя"),
}


def screen_for(status: Status, role: Role) -> Screen | None:
    """The screen, if this application has it."""
    screen = SCREENS.get((status, role))
    return screen if screen and screen.endpoint in current_app.view_functions else None


def further_screens(status: Status, roles: Collection[Role]) -> tuple[Screen, ...]:
    """Those of ALSO that these roles have and this application knows."""
    found = (screen for (where, role), screen in ALSO.items() if where == status and role in roles)
    return tuple(screen for screen in found if screen.endpoint in current_app.view_functions)


def step_address(status: Status, role: Role, message_id: int) -> str:
    """The address at which this role goes on with a message in this status."""
    screen = screen_for(status, role)
    return url_for(screen.endpoint if screen else "card.show", message_id=message_id)
