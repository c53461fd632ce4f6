"""Calendar terms and durations in a text: dates, weekdays, quarters, seasons, «до конца недели», «за три дня»."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache

from osm.wording.phrases import lines_of


class Expression(StrEnum):
    """How an expression names time: a point or period, a limit, or a length."""

    POINT = "point"
    LIMIT = "limit"
    LENGTH = "length"


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[Expression, re.Pattern[str]], ...]:
    """The table of terms.txt: parts (`name = pattern`), then expressions (`kind: pattern` with <<name>>)."""
    parts: dict[str, str] = {}
    found = []
    for line in lines_of("osm.wording.criteria.words", "terms.txt"):
        part = re.fullmatch(r"(\w+) = (.+)", line)
        expression = re.fullmatch(r"(\w+): (.+)", line)
        if part:
            parts[part[1]] = part[2]
        elif expression:
            pattern = re.sub(r"<<(\w+)>>", lambda name: parts[name[1]], expression[2])
            found.append((Expression(expression[1]), re.compile(pattern)))
    return tuple(found)


_NOT_A_TERM = re.compile(
    r"(?:№\s*|№\s*[\w/-]+\s+от\s+|\bот\s+|\bкажд\w+\s+|\bуже\s+|\b(?:третий|второй|пятый|четвёртый|один|раз\s+в)\s+)$",
    re.IGNORECASE,
)
_NUMBER_OF_A_PLACE = re.compile(
    r"(?:\bтел\.?|\bдом\w*|\bд\.|ул\.|улиц\w+|пер\.|переул\w+|\bкв\.|квартир\w+|подъезд\w*|маршрут\w*)\s*$", re.I
)
_CAPITAL_MONTH = re.compile(r"\d+\s+[А-Я]")


def find_terms(source: str) -> Iterator[tuple[int, int, Expression]]:
    """Start, end and kind of each expression of time; of overlapping ones the first of the table."""
    text = source[:1].lower() + source[1:]
    taken: list[tuple[int, int, Expression]] = []
    lowered = re.sub(r"(?<![\d] )\b[А-ЯЁ]", lambda m: m[0].lower(), text)
    for kind, pattern in _patterns():
        for match in pattern.finditer(lowered):
            start, end = match.span()
            if any(start < other_end and other_start < end for other_start, other_end, _ in taken):
                continue
            before = source[max(0, start - 25) : start]
            if _NOT_A_TERM.search(before) or _CAPITAL_MONTH.search(source[start:end]):
                continue
            if source[start].isdigit() and _NUMBER_OF_A_PLACE.search(before):
                continue
            taken.append((start, end, kind))
    return iter(sorted(taken))
