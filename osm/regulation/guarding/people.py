"""Whether two are one person: by the number of a profile, else by the words of a name."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"(?:^|[/@]|id)(\d{1,19})/?$")
_ASIDE = re.compile(r"\([^)]*\)")


def profile_number(profile: str) -> str:
    """«77» of «77», «id77», «https://vk.com/id77»; empty where the profile is named by a word."""
    found = _NUMBER.search(profile.strip())
    return found[1] if found else ""


def is_same_person(one: str, other: str) -> bool:
    """Two names with the same words, the order and a patronymic aside; one word alone names nobody."""
    words = _words(one), _words(other)
    return min(map(len, words)) >= 2 and (words[0] <= words[1] or words[1] <= words[0])


def is_written_down(number: str, name: str, profile: str, who: str) -> bool:
    """Whether the administrator whom a network names (`number`, `name`) is the one written down (`profile`, `who`).

    Where both numbers are known they alone decide.
    """
    known = profile_number(profile)
    return known == number if known and number else is_same_person(name, who)


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W\d_]+", _ASIDE.sub(" ", name).lower().replace("ё", "е")))
