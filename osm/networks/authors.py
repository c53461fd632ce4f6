"""Whether two profiles are one author: surely by the address, likely by the name (П.15)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from osm.networks.catalogue import plain

NAMELESS = frozenset(
    (
        "автор",
        "аноним",
        "анонимно",
        "анонимный автор",
        "анонимный пользователь",
        "без имени",
        "гость",
        "житель",
        "имя не указано",
        "имя скрыто",
        "не указан",
        "не указано",
        "неизвестен",
        "неизвестно",
        "неизвестный",
        "неизвестный автор",
        "пользователь",
        "пользователь удален",
        "скрыто",
        "страница удалена",
        "удаленный аккаунт",
        "удаленный пользователь",
        "anonymous",
        "deleted",
        "deleted account",
        "deleted user",
        "dleted",
        "unknown",
        "user",
    )
)
"""What stands for a name that nobody has told, as `plain` leaves it."""
SHORTEST = 3
"""Letters and digits: «А.», «И. П.» are no names."""


class Sameness(StrEnum):
    """Why two authors are taken for one."""

    PROFILE = "profile"
    NAME = "name"
    """A likelihood for proposals alone: a decision on an author rests on his profile."""


@dataclass(frozen=True, slots=True)
class AuthorKey:
    """An author as far as he is compared with others."""

    author_id: int
    network: str
    name_key: str
    """Of `name_key`; empty where the name tells nobody."""
    has_address: bool


def name_key(name: str) -> str:
    """The name as names are compared; empty where it is none."""
    key = plain(name)
    return "" if key in NAMELESS or sum(map(str.isalnum, key)) < SHORTEST else key


def sameness(one: AuthorKey | None, other: AuthorKey | None) -> Sameness | None:
    """Two addresses are two authors; without one of them the same name in the same network is likely the same."""
    if one is None or other is None:
        return None
    if one.author_id == other.author_id:
        return Sameness.PROFILE
    same_name = one.name_key != "" and (one.network, one.name_key) == (other.network, other.name_key)
    return Sameness.NAME if same_name and not (one.has_address and other.has_address) else None


def is_other(profile: str, other_profile: str, name: str, other_name: str) -> bool:
    """Whether two authors surely differ: by their profiles where both are known, else by their keys of names."""
    if profile and other_profile:
        return profile != other_profile
    return bool(name and other_name) and name != other_name
