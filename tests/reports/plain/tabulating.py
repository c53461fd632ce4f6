"""Rows by department, executor, topic, network and street (§6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .clocks import NoDepartment, department_of
from .counting import Report, Thing
from .scope import message_department, message_executors

NO_TOPIC, NO_STREET = "без темы", "без улицы"
COLUMNS = ("received", "answered", "returned", "kept", "late")


@dataclass
class Row:
    """`things`: what is counted in each of the COLUMNS."""

    name: str
    things: dict[str, list[Thing]]
    is_rest: bool = False
    """No department, topic or street."""

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(len(self.things.get(column, ())) for column in COLUMNS)

    def message_ids(self, column: str) -> set[int]:
        return {message_of(thing) for thing in self.things.get(column, ())}


def by_department(report: Report) -> list[Row]:
    tables = report.tables
    return tabulate(
        report,
        lambda thing: [message_department(tables, message_of(thing))],
        lambda thing: [department_of(thing.holder)],
        "own",
        lambda key: key.value if isinstance(key, NoDepartment) else tables.departments[key].name,
    )


def by_executor(report: Report) -> list[Row]:
    tables = report.tables
    return tabulate(
        report,
        lambda thing: message_executors(tables, message_of(thing), report.scope.departments),
        lambda thing: [] if isinstance(thing.holder, NoDepartment) else [thing.holder.executor_id],
        "own",
        lambda key: tables.people[key].name,
    )


def by_topic(report: Report) -> list[Row]:
    topics = report.tables.topics
    return by_message(report, lambda row: row.topic_id, lambda key: topics[key].name if key else NO_TOPIC)


def by_network(report: Report, names: Mapping[str, str]) -> list[Row]:
    return by_message(report, lambda row: row.network, lambda key: names[key])


def by_street(report: Report, streets: Mapping[str, str]) -> list[Row]:
    """`streets`: how a person reads each place; other places have no street."""
    return by_message(report, lambda row: streets.get(row.place, NO_STREET), lambda key: key)


def by_message(report: Report, key: Callable[[Any], Any], name: Callable[[Any], str]) -> list[Row]:
    def keys(thing: Thing) -> list[Any]:
        return [key(report.tables.messages[message_of(thing)])]

    return tabulate(report, keys, keys, "given", name)


def tabulate(
    report: Report,
    of_message: Callable[[Thing], Any],
    of_clock: Callable[[Thing], Any],
    which: str,
    name: Callable[[Any], str],
) -> list[Row]:
    """Most received first, then most answered, then by name; rows without counts are left out."""
    counts: dict[Any, dict[str, list[Thing]]] = defaultdict(lambda: defaultdict(list))
    for column in COLUMNS:
        is_clock = column in ("kept", "late")
        for thing in report.found.get(f"{column}-{which}" if is_clock else column, ()):
            for key in of_clock(thing) if is_clock else of_message(thing):
                counts[key][column].append(thing)
    rest = (*NoDepartment, None, NO_STREET)
    found = [Row(name(key), things, key in rest) for key, things in counts.items()]
    return sorted(found, key=order)


def order(row: Row) -> tuple[Any, ...]:
    return -row.numbers[0], -row.numbers[1], row.is_rest, row.name.lower().replace("ё", "е")


def total(rows: list[Row]) -> tuple[int, ...]:
    """«Всего»."""
    return tuple(sum(row.numbers[place] for row in rows) for place in range(len(COLUMNS)))


def message_of(thing: Thing) -> int:
    assert thing.message_id is not None
    return thing.message_id
