"""Figures, dates and names in a Russian text: what a curator must not change unnoticed in another person's answer."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from babel.dates import get_month_names

from moderation.morph import NAME, Morph, morph


class FactKind(StrEnum):
    """What a fact is."""

    FIGURE = "figure"
    DATE = "date"
    NAME = "name"


FACT_LABELS: dict[FactKind, str] = {
    FactKind.FIGURE: "число",
    FactKind.DATE: "дата",
    FactKind.NAME: "имя или название",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact as it stands in the text; equal `key` means the same fact in other words."""

    kind: FactKind
    text: str
    key: Hashable


_MONTHS = frozenset(get_month_names("wide", "stand-alone", "ru").values())
_OF_MONTHS = tuple(get_month_names("wide", "format", "ru").values())
_DAY_WORDS = """
сегодня завтра вчера послезавтра позавчера
понедельник вторник среда четверг пятница суббота воскресенье
"""
_NUMBER_WORDS = """
ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать
шестнадцать семнадцать восемнадцать девятнадцать двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят
девяносто сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот тысяча миллион миллиард
оба полтора половина треть четверть десяток сотня двое трое четверо пятеро шестеро семеро
первый второй третий четвертый пятый шестой седьмой восьмой девятый десятый
"""
_DAYS, _NUMBERS = frozenset(_DAY_WORDS.split()), frozenset(_NUMBER_WORDS.split())
_RUSSIAN = re.compile(r"[а-яё-]+")
_POLITE = frozenset({"вы", "ваш"})
"""A capital letter out of politeness makes no name."""

_FACT = re.compile(
    rf"""
    (?P<day>\d{{1,2}})(?:-?(?:го|е|ое|му))?\s+(?P<month>{"|".join(_OF_MONTHS)})\b(?:\s+(?P<year>\d{{4}})\b)?
    | (?<![\d.,])(?P<dd>\d{{1,2}})\.(?P<mm>0[1-9]|1[0-2])(?:\.(?P<yyyy>\d{{4}}|\d{{2}}))?(?![\d.,]*\d)
    | (?P<number>\d{{1,3}}(?:[ \u00a0\u202f]\d{{3}})+(?!\d)(?:[.,]\d+)?|\d+(?:[-.,:/]\d+)*(?:[а-я]\b)?)
    | (?P<word>[^\W\d_]+(?:-[^\W\d_]+)*)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_BEFORE_SENTENCE = re.compile(r"(?:^|\n|[!?…]|\.)[\s«»\"“”(—–•*-]*\Z")
_SHORTENED = re.compile(r"\b(?:[А-ЯЁA-Z]|ул|пер|пр|просп|бул|пл|д|г|гор|с|пос|п|ст|мкр|им|тов|гр|р|св)\.[\s«\"]*\Z")
"""A point that ends no sentence: «ул. Калининская», «И. П. Иванов»."""


def facts_of(text: str) -> list[Fact]:
    """The facts in the order of the text."""
    return [fact for match in _FACT.finditer(text) if (fact := _fact(match, text))]


def _fact(match: re.Match[str], text: str) -> Fact | None:
    given, shown = match.groupdict(), match[0]
    if given["month"]:
        year = int(given["year"]) if given["year"] else None
        return Fact(FactKind.DATE, shown, (int(given["day"]), _OF_MONTHS.index(given["month"].lower()) + 1, year))
    if given["mm"] and 1 <= int(given["dd"]) <= 31:
        return Fact(FactKind.DATE, shown, (int(given["dd"]), int(given["mm"]), _full_year(given["yyyy"])))
    if given["mm"] or given["number"]:
        return Fact(FactKind.FIGURE, shown, re.sub(r"\s", "", shown).replace(",", "."))
    return _word(shown, text[max(0, match.start() - 12) : match.start()])


def _word(shown: str, before: str) -> Fact | None:
    reading = _reading(shown.lower())
    lemmas = set(reading.lemmas)
    if months := lemmas & _MONTHS:
        return Fact(FactKind.DATE, shown, min(months))
    if days := lemmas & _DAYS:
        return Fact(FactKind.DATE, shown, min(days))
    if numbers := lemmas & _NUMBERS:
        return Fact(FactKind.FIGURE, shown, min(numbers))
    if not shown[0].isupper() or lemmas & _POLITE:
        return None
    starts = bool(_BEFORE_SENTENCE.search(before)) and not _SHORTENED.search(before)
    is_name = len(shown) > 1 and (shown.isupper() or bool(reading.grammar & NAME))
    return Fact(FactKind.NAME, shown, reading.lemmas[0]) if is_name or not starts else None


@lru_cache(maxsize=8192)
def _reading(word: str) -> Morph:
    """Morphology knows Russian words; others are their own dictionary form."""
    return morph(word) if _RUSSIAN.fullmatch(word) else Morph((word,), 0, known=False)


def _full_year(digits: str | None) -> int | None:
    return None if digits is None else int(digits) + (2000 if len(digits) == 2 else 0)
