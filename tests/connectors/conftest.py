"""Fixtures of the connectors' tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from osm.connectors.incident_file import Limits, book
from osm.connectors.incident_file.reading.__main__ import main
from tests.connectors.networks import OK_CITIZEN, ok_connector
from tests.emulators.ok import ok_network


@pytest.fixture
def reader_inside(monkeypatch):
    """The same reader in this process, for tests of what it reads: a hundred times faster.

    `test_incident_file_reading` and the fuzzing of bytes do not use it.
    """

    def run(path: Path, limits: Limits, lines: Path) -> str:
        with lines.open("wb") as out:
            main(path, lines.parent, limits, out)
        return "damaged"

    monkeypatch.setattr(book, "run_reader", run)


@pytest.fixture
def ok():
    with ok_network(limits=False) as found:
        found.world.person(OK_CITIZEN, "Анна Тестова")
        yield found


@pytest.fixture
def group(ok):
    return ok_connector(ok)
