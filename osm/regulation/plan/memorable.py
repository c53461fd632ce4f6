"""Memorable dates for whoever plans publications (Пр.1.2.4): a rule and the days on which it falls."""

from __future__ import annotations

import tomllib
from calendar import isleap, monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from osm.regulation.errors import WrongParameters

FILE = Path(__file__).with_name("memorable_ru.toml")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Memorable:
    """One date. `weekday` None: `number` is the day of the month; else the so manieth weekday of it, -1 the last."""

    name: str
    month: int
    number: int
    weekday: int | None = None

    def in_year(self, year: int) -> date:
        """The day itself; 29 February is kept on the 28th of other years."""
        if self.weekday is None:
            kept = 28 if (self.month, self.number) == (2, 29) and not isleap(year) else self.number
            return date(year, self.month, kept)
        last = monthrange(year, self.month)[1]
        days = [day for day in range(1, last + 1) if date(year, self.month, day).weekday() == self.weekday]
        return date(year, self.month, days[self.number if self.number < 0 else self.number - 1])


def rule(words: str, name: str) -> Memorable:
    """«05-09» or «-1 sun 11». Raises WrongParameters."""
    try:
        if "-" in words[1:]:
            month, number = (int(part) for part in words.split("-"))
            found = Memorable(name, month, number)
        else:
            which, weekday, month_words = words.split()
            found = Memorable(name, int(month_words), int(which), _WEEKDAYS.index(weekday))
        found.in_year(2028)
        if found.number == 0 or found.number > (31 if found.weekday is None else 4):
            raise ValueError(words)
    except (ValueError, IndexError):
        raise WrongParameters(FILE.name, f"«{words}» — не день и не правило") from None
    return found


@cache
def known_days() -> tuple[Memorable, ...]:
    """Those of the product, in the order of their file."""
    rows = tomllib.loads(FILE.read_text("utf-8"))["days"]
    return tuple(rule(words, name) for words, name in rows)


def between(first: date, last: date, days: Iterable[Memorable]) -> Iterator[tuple[date, str]]:
    """Those that fall on these days, both included."""
    for year in range(first.year, last.year + 1):
        for one in days:
            day = one.in_year(year)
            if first <= day <= last:
                yield day, one.name
