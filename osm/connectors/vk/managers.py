"""Who manages a community of VK: groups.getMembers tells numbers and roles, users.get the names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from osm.connectors.administrators import Managing
from osm.connectors.contract import Person
from osm.connectors.faults import CannotLook
from osm.connectors.vk.capabilities import USER
from osm.connectors.vk.client import Client
from osm.regulation.guarding.checks import Right

RIGHTS = {
    "creator": Right.OWNER,
    "administrator": Right.ADMIN,
    "editor": Right.EDITOR,
    "moderator": Right.MODERATOR,
    "advertiser": Right.ADVERTISER,
}
"""VK's role → our right; a role that VK adds some day is another right."""
MOST = 1000
AT_ONCE = 200
"""Names that are asked for in one call."""


def managing(client: Client) -> Sequence[Managing]:
    """All managers, the strongest right first. CannotLook without the administrator's key; NetworkError."""
    if not client.keys.get(USER):
        raise CannotLook
    answer = client.read("groups.getMembers", (USER,), group_id=client.page.id, filter="managers", count=MOST)
    roles = dict(_roles(answer))
    names: dict[str, str] = {}
    numbers = sorted(roles, key=int)
    for start in range(0, len(numbers), AT_ONCE):
        found = client.read("users.get", (USER,), user_ids=",".join(numbers[start : start + AT_ONCE]))
        names |= dict(_names(found))
    order = list(Right)
    return sorted(
        (Managing(Person(one, names.get(one, ""), f"https://vk.com/id{one}"), right) for one, right in roles.items()),
        key=lambda one: (order.index(one.right), one.person.name),
    )


def _roles(answer: Any) -> Iterator[tuple[str, Right]]:
    items = answer.get("items") if isinstance(answer, Mapping) else None
    for one in items if isinstance(items, list) else ():
        if isinstance(one, Mapping) and isinstance(one.get("id"), int):
            yield str(one["id"]), RIGHTS.get(str(one.get("role") or ""), Right.OTHER)


def _names(answer: Any) -> Iterator[tuple[str, str]]:
    for one in answer if isinstance(answer, list) else ():
        if isinstance(one, Mapping) and isinstance(one.get("id"), int):
            yield str(one["id"]), f"{one.get('first_name', '')} {one.get('last_name', '')}".strip()
