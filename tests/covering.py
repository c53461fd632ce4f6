"""Choose the tests that run again on PostgreSQL: those that together send each of its statements.

    OSM_TEST_STATEMENTS=/tmp/statements make nightly
    .venv/bin/python -m tests.covering /tmp/statements > tests/on_postgresql.txt

The first command records which test sends which statements, the second chooses. Do both after many changes of queries.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from .choosing import ALWAYS_ON_BOTH, at_night

_VALUES = re.compile(r"%\(\w+\)s(?:::[\w ()]+)?|'[^']*'|\b\d+\b")
_LISTS = re.compile(r"\((?:\?|\(\?(?:, \?)*\))(?:, (?:\?|\(\?(?:, \?)*\)))+\)")
_LIST = re.compile(r"\?(?:, \?)+")
_SPACE = re.compile(r"\s+")
_SET = re.compile(r"(UPDATE \S+ SET )(.+?)( WHERE .+)?")
_INTO = re.compile(r"(INSERT INTO \S+) \(([^)]*)\) VALUES \(\?\)(.*)")


class Recorder:
    """A plugin of pytest: which test that runs by day sends which statements to PostgreSQL."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sent: defaultdict[str, set[str]] = defaultdict(set)
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._by_day = False
        event.listen(Engine, "before_cursor_execute", self._note)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self._by_day = not at_night(item)

    def _note(self, connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
        if test and self._by_day and connection.dialect.name == "postgresql":
            self._sent[test] |= parts_of(shape_of(statement))

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.nodeid in self._sent:
            self._seconds[report.nodeid] += report.duration

    def pytest_sessionfinish(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / f"{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}.json"
        tests = {test: [self._seconds[test], sorted(sent)] for test, sent in self._sent.items()}
        file.write_text(json.dumps(tests, ensure_ascii=False))


def shape_of(statement: str) -> str:
    """The statement without its values: statements that differ in values alone have one shape."""
    return _SPACE.sub(" ", _LIST.sub("?", _LISTS.sub("(?)", _VALUES.sub("?", statement)))).strip()


def parts_of(shape: str) -> set[str]:
    """A statement that writes is one for each of its columns: which others it writes matters to none."""
    if found := _SET.fullmatch(shape):
        return {f"{found[1]}{column}{found[3] or ''}" for column in found[2].split(", ")}
    if found := _INTO.fullmatch(shape):
        return {f"{found[1]} ({column}){found[3]}" for column in found[2].split(", ")}
    return {shape}


def choose(tests: dict[str, tuple[float, set[str]]]) -> list[str]:
    """The tests, cheap ones first, that send statements which no test of ALWAYS_ON_BOTH sends."""
    missing = set().union(*(sent for _, sent in tests.values()))
    for test, (_, sent) in tests.items():
        if test.startswith(ALWAYS_ON_BOTH):
            missing -= sent
    wanted, chosen = set(missing), []
    while missing:
        best = max(tests, key=lambda test: len(tests[test][1] & missing) / (0.05 + tests[test][0]))
        missing -= tests[best][1]
        chosen.append(best)
    sends = Counter(part for test in chosen for part in tests[test][1] & wanted)
    for test in sorted(chosen, key=lambda test: -tests[test][0]):  # those that came early can have become needless
        if all(sends[part] > 1 for part in tests[test][1] & wanted):
            sends.subtract(tests[test][1] & wanted)
            chosen.remove(test)
    return sorted(chosen)


def _main(folder: Path) -> None:
    tests: dict[str, tuple[float, set[str]]] = {}
    for file in folder.glob("*.json"):
        for test, (seconds, sent) in json.loads(file.read_text()).items():
            tests[test] = seconds, set(sent)
    print("\n".join(choose(tests)))


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
