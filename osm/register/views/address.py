"""The address of the register: each filter is a word in it, to share, save or type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, tzinfo
from typing import Any
from urllib.parse import parse_qsl, urlencode

from osm.base.numbers import whole
from osm.check.acts.index import question_of
from osm.networks import addresses, catalogue
from osm.register.queries.filter import FILTER_LABELS, RegisterFilter, Term
from osm.register.queries.rows import Place, Sort
from osm.regulation.blacklist import CommentKind
from osm.regulation.transitions import AT_PRESS_CENTRE, IN_DEPARTMENTS, OPEN
from osm.regulation.words import Importance, Status
from osm.reports.queries.figures import listed_of
from osm.shell.filters import day_of

GROUPS: dict[str, tuple[str, frozenset[Status]]] = {
    "open": ("Все открытые", OPEN), "finished": ("Все законченные", frozenset(Status) - OPEN),
    "at-departments": ("Готовят отделы", IN_DEPARTMENTS), "at-press": ("Ждут пресс-центра", AT_PRESS_CENTRE),
}  # fmt: skip
"""Groups of statuses: code in the address → label, statuses."""

NAMES = tuple(FILTER_LABELS)
"""The words of an address, in this order; `after`, the place of a page, is added to them."""
LONGEST = 200  # characters of a value; longer searches make no sense
_NONE = "none"
_YES, _NO = "yes", "no"


Conditions = dict[str, Any]  # fields of RegisterFilter


@dataclass(frozen=True, slots=True)
class Address:
    """The content of an address. `values`: its words as written; `not_understood`: names of invalid ones."""

    values: Mapping[str, str]
    wanted: RegisterFilter
    sort: Sort
    place: Place | None
    not_understood: tuple[str, ...]

    @property
    def may_be_mistyped(self) -> bool:
        """Whether the search words may have a mistyped letter."""
        return self.wanted.searches and "exact" not in self.values

    @property
    def query(self) -> str:
        """The query string, without the place of the page."""
        return urlencode(self.values)

    @property
    def here(self) -> str:
        """The query string with the place of the page."""
        return self.at(self.place) if self.place else self.query

    def without(self, name: str) -> str:
        """The query without one of its words."""
        return urlencode({key: value for key, value in self.values.items() if key != name})

    def with_value(self, name: str, value: str) -> str:
        """The query with one of its words set; sorting by term also sets a term."""
        return urlencode(_in_order({**self.values, name: value}))

    def searching(self, words: str) -> Address:
        """The same with other search words, from the first page."""
        values = {**self.values, "q": words}
        return replace(self, values=values, wanted=replace(self.wanted, **_search(words)), place=None)

    def at(self, place: Place) -> str:
        return urlencode({**self.values, "after": str(place)})


def address_of(given: Mapping[str, str], zone: tzinfo) -> Address:
    """Read an address; invalid words are left out and named."""
    values = {name: value for name in NAMES if (value := given.get(name, "").replace("\0", "").strip()[:LONGEST])}
    wanted, not_understood = RegisterFilter(), list[str]()
    for name, value in values.items():
        if name == "sort":
            continue
        try:
            wanted = replace(wanted, **_READ[name](value, zone))
        except (LookupError, ValueError, OverflowError):
            not_understood.append(name)
    sort = Sort(values["sort"]) if values.get("sort") in set(Sort) else Sort.NEWEST
    if "sort" in values and sort.value != values["sort"]:
        not_understood.append("sort")
    if sort is Sort.TERM and wanted.term is None:
        values["term"], wanted = Term.RUNNING.value, replace(wanted, term=Term.RUNNING)
    if "q" not in values:
        values.pop("exact", None)  # applies to search words, and there are none
    if sort is Sort.NEWEST:
        values.pop("sort", None)
    understood = {name: value for name, value in values.items() if name not in not_understood}
    return Address(_in_order(understood), wanted, sort, Place.of(given.get("after", "")), tuple(not_understood))


def address_of_query(query: str, zone: tzinfo) -> Address:
    """The same from a query string."""
    return address_of(dict(parse_qsl(query[:4_000])), zone)


def _in_order(values: Mapping[str, str]) -> dict[str, str]:
    return {name: values[name] for name in NAMES if values.get(name)}


def _search(value: str) -> Conditions:
    number = value.removeprefix("№").strip()
    return {
        "searches": True, "question": question_of(value), "numbers": tuple(dict.fromkeys((number, number.upper()))),
        "links": addresses.spellings(value),
    }  # fmt: skip


def _status(value: str, _zone: tzinfo) -> Conditions:
    return {"statuses": GROUPS[value][1] if value in GROUPS else frozenset({Status(value)})}


def _network(value: str, _zone: tzinfo) -> Conditions:
    if value not in catalogue.NETWORKS:
        raise ValueError(value)
    return {"network": value}


def _topic(value: str, _zone: tzinfo) -> Conditions:
    return {"without_topic": True} if value == _NONE else {"topic_id": _number(value)}


_READ: dict[str, Callable[[str, tzinfo], Conditions]] = {
    "q": lambda value, _zone: _search(value),
    "exact": lambda value, _zone: {_YES: Conditions()}[value],
    "status": _status,
    "term": lambda value, _zone: {"term": Term(value)},
    "network": _network,
    "kind": lambda value, _zone: {"kind": CommentKind(value)},
    "topic": _topic,
    "department": lambda value, _zone: {"department_id": _number(value)},
    "executor": lambda value, _zone: {"executor_id": _number(value)},
    "importance": lambda value, _zone: {"importance": Importance(value)},
    "from": lambda value, zone: {"received_from": _midnight(value, zone)},
    "to": lambda value, zone: {"received_before": _midnight(value, zone, days=1)},  # the day itself is included
    "repeat": lambda value, _zone: {"is_repeat": {_YES: True, _NO: False}[value]},
    "im": lambda value, _zone: {"not_in_source": {_NO: True}[value]},
    "figure": lambda value, zone: {"figure": listed_of(value, zone)},
    "place": lambda value, _zone: {"street": value},
}
"""Word → its conditions. Raises LookupError, ValueError, OverflowError for a value that is none."""


def _number(value: str) -> int:
    number = whole(value)
    if number is None:
        raise ValueError(value)
    return number


def _midnight(value: str, zone: tzinfo, days: int = 0) -> datetime:
    """The beginning of a local day, as <input type="date"> sends it or people write it."""
    day = day_of(value)
    if day is None:
        raise ValueError(value)
    return datetime.combine(day + timedelta(days=days), time(), zone)
