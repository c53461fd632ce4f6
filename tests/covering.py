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
from collections import defaultdict
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from .choosing import ALWAYS_ON_BOTH

_VALUES = re.compile(r"%\(\w+\)s(?:::[\w ()]+)?|'[^']*'|\b\d+\b")
_LISTS = re.compile(r"\((?:\?|\(\?(?:, \?)*\))(?:, (?:\?|\(\?(?:, \?)*\)))+\)")
_SPACE = re.compile(r"\s+")


class Recorder:
    """A plugin of pytest: which test sends which statements to PostgreSQL."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sent: defaultdict[str, set[str]] = defaultdict(set)
        self._seconds: defaultdict[str, float] = defaultdict(float)
        event.listen(Engine, "before_cursor_execute", self._note)

    def _note(self, connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
        if test and connection.dialect.name == "postgresql":
            self._sent[test].add(shape_of(statement))

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
    return _SPACE.sub(" ", _LISTS.sub("(?)", _VALUES.sub("?", statement))).strip()


def choose(tests: dict[str, tuple[float, set[str]]]) -> list[str]:
    """The tests, cheap ones first, that send statements which no test of ALWAYS_ON_BOTH sends."""
    missing = set().union(*(sent for _, sent in tests.values()))
    for test, (_, sent) in tests.items():
        if test.startswith(ALWAYS_ON_BOTH):
            missing -= sent
    chosen = []
    while missing:
        best = max(tests, key=lambda test: len(tests[test][1] & missing) / (0.05 + tests[test][0]))
        missing -= tests[best][1]
        chosen.append(best)
    return sorted(chosen)


def _main(folder: Path) -> None:
    tests: dict[str, tuple[float, set[str]]] = {}
    for file in folder.glob("*.json"):
        for test, (seconds, sent) in json.loads(file.read_text()).items():
            tests[test] = seconds, set(sent)
    print("\n".join(choose(tests)))


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
