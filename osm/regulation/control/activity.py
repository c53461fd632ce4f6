"""Heightened activity (П.20): by which numbers of one municipality many messages of one thing are a burst."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from osm.regulation.errors import WrongParameters

_DURATION = re.compile(r"(\d{1,3}):([0-5]\d)")
_MOST_WINDOWS = 4
_LIMITS = {"least": (2, 1000), "times": (1, 100), "rarity": (100, 1_000_000_000), "weeks": (1, 26)}
_LIMITS |= {"comments": (1, 10), "few_authors": (1, 50)}


@dataclass(frozen=True, slots=True)
class BurstRules:
    """When many messages are heightened activity. A voice is one author; `comments` people who only comment are one
    voice.

    `windows`: lengths of the sliding window. `least`: fewest voices within the shortest one. `times`: at least so
    many times the usual number. `rarity`: chance alone would give as many once in so many windows. `weeks`: how far
    back the usual is measured. `few_authors`: so many authors or fewer with copies of one text are a mailing (reading
    11). `oldest`: messages published earlier than this are history when they become known.
    """

    windows: tuple[timedelta, ...] = (timedelta(hours=2), timedelta(hours=8))
    least: int = 4
    comments: int = 3
    times: int = 2
    rarity: int = 100_000
    weeks: int = 8
    few_authors: int = 3
    oldest: timedelta = timedelta(hours=48)

    def least_of(self, window: timedelta) -> int:
        """In a longer window than the shortest more are needed, as chance grows: by the square root of its length."""
        return math.ceil(self.least * math.sqrt(window / min(self.windows)))

    @property
    def reach(self) -> timedelta:
        """How old a text may be to count at all, for the present or for the usual."""
        return timedelta(weeks=self.weeks) + self.oldest + max(self.windows)


def parse_burst_rules(table: Any) -> BurstRules:
    """Of the section `bursts`; what it leaves out is as above. Raises WrongParameters, naming the key."""
    if table is None:
        return BurstRules()
    if not isinstance(table, Mapping):
        raise WrongParameters("bursts", "нужен раздел с числами")
    known = {field.name for field in fields(BurstRules)}
    for name in table:
        if name not in known:
            raise WrongParameters(f"bursts.{name}", f"такого ключа нет, возможны: {', '.join(sorted(known))}")
    return BurstRules(**{name: _value(name, given) for name, given in table.items()})


def _value(name: str, given: Any) -> Any:
    if name == "windows":
        if not isinstance(given, list) or not 1 <= len(given) <= _MOST_WINDOWS:
            raise WrongParameters("bursts.windows", f'нужен список от 1 до {_MOST_WINDOWS} промежутков, как ["2:00"]')
        return tuple(sorted({_length(name, one, most=24) for one in given}))
    if name == "oldest":
        return _length(name, given, most=24 * 14)
    least, most = _LIMITS[name]
    if not isinstance(given, int) or isinstance(given, bool) or not least <= given <= most:
        raise WrongParameters(f"bursts.{name}", f"нужно целое число от {least} до {most}")
    return given


def _length(name: str, given: Any, most: int) -> timedelta:
    match = _DURATION.fullmatch(given) if isinstance(given, str) else None
    length = timedelta(hours=int(match[1]), minutes=int(match[2])) if match else timedelta(0)
    if not timedelta(0) < length <= timedelta(hours=most):
        raise WrongParameters(
            f"bursts.{name}", f"нужно время в часах и минутах, например «2:00», не больше {most} часов"
        )
    return length
