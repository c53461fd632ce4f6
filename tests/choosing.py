"""Which tests a run has, and in which order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import pytest

from .databases import POSTGRESQL, SQLITE

#: Tests with this marker run on this database alone.
ONE_DATABASE = {"browser": SQLITE, "sqlite": SQLITE, "postgresql": POSTGRESQL}

#: Tests of what can differ on PostgreSQL beyond its SQL: locks, races, processes, copies. They always run on both.
ALWAYS_ON_BOTH = (
    "tests/flow/test_breaches.py",
    "tests/directory/test_at_once.py",
    "tests/imports/test_crash.py",
    "tests/integrators/test_messages_in.py",
    "tests/keeping/",
    "tests/log/test_sealing.py",
    "tests/log/test_settled.py",
    "tests/races/",
    "tests/store/",
    "tests/web/test_held_lock.py",
    "tests/worker/",
)

#: Tests that together send every other statement of the suite; `tests/covering.py` chooses them.
ON_POSTGRESQL = Path(__file__).with_name("on_postgresql.txt")

NOT_QUICK = ("browser", "postgresql")

#: What `--quick` leaves out: processes that are started and killed, offices that are filled, thousands of examples.
SLOW = (
    "tests/benchmarks/",
    "tests/browser/",
    "tests/cli/",
    "tests/emergency/test_killed.py",
    "tests/flow/test_breaches.py",
    "tests/connectors/test_incident_file_fuzz.py",
    "tests/connectors/test_incident_file_reading.py",
    "tests/demo/",
    "tests/deploy/test_install.py",
    "tests/dictionary/",
    "tests/directory/",
    "tests/documents/test_parsers.py",
    "tests/reports/test_against_plain.py",
    "tests/reports/test_forms_against_plain.py",
    "tests/imports/test_crash.py",
    "tests/imports/test_hard_files.py",
    "tests/integrators/test_export_killed.py",
    "tests/integrators/test_killed.py",
    "tests/keeping/",
    "tests/lives/",
    "tests/listening/test_an_hour.py",
    "tests/log/test_settled.py",
    "tests/messages/test_hostile_pictures.py",
    "tests/moderation/test_command.py",
    "tests/moderation/test_dictionary.py",
    "tests/moderation/test_properties.py",
    "tests/moderation/test_surface.py",
    "tests/moderation/test_written.py",
    "tests/oracle/test_lives.py",
    "tests/people/test_auditors.py",
    "tests/races/",
    "tests/reminders/test_killed.py",
    "tests/retention/test_killed.py",
    "tests/retention/test_purge.py",
    "tests/store/",
    "tests/test_connections.py",
    "tests/test_disk_fills_up.py",
    "tests/test_logs_hide_texts.py",
    "tests/test_serve.py",
    "tests/test_several_processes.py",
    "tests/web/test_full_disk.py",
    "tests/web/test_held_lock.py",
    "tests/web/test_numbers.py",
    "tests/worker/",
)

#: Tests that take many seconds: one of them starting last would keep the other workers waiting. Tests that share an
#: office which takes seconds to fill are one line.
LONG = (
    "tests/deploy/test_install.py",
    "tests/keeping/",
    "tests/browser/test_every_page.py",
    "tests/worker/",
    "tests/store/",
    "tests/reports/test_against_plain.py",
    "tests/reports/test_forms_against_plain.py",
    "tests/lives/",
    "tests/web/test_held_lock.py",
    "tests/demo/",
    "tests/test_connections.py",
    "tests/test_disk_fills_up.py",
    "tests/reminders/test_killed.py",
    "tests/test_serve.py",
    "tests/moderation/test_dictionary.py",
    "tests/moderation/test_properties.py",
    "tests/imports/test_crash.py",
    "tests/oracle/test_lives.py",
)


def quick(items: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
    """Of the tests that ask no database the first variant of each, of the others the first of each file, on SQLite.

    SLOW was left out before.
    """
    seen: set[str] = set()
    for item in items:
        test = item.nodeid.partition("::" if _backend(item) else "[")[0]
        if test not in seen and not at_night(item) and not any(map(item.get_closest_marker, NOT_QUICK)):
            seen.add(test)
            yield item


def covering(items: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
    """What `make test` runs: no repetitions; on PostgreSQL only tests that send other statements or have its marker.

    Without the recorded list all tests run on PostgreSQL too.
    """
    chosen = set(ON_POSTGRESQL.read_text(encoding="utf-8").splitlines()) if ON_POSTGRESQL.exists() else None
    for item in without_words(items):
        always = item.nodeid.startswith(ALWAYS_ON_BOTH) or item.get_closest_marker("postgresql")
        on_it = chosen is None or always or _backend(item) != POSTGRESQL or item.nodeid in chosen
        if on_it and not at_night(item):
            yield item


def at_night(item: pytest.Item) -> bool:
    """Whether the marker leaves it to `make nightly`: on each database, or on the one that it names."""
    marker = item.get_closest_marker("nightly")
    return marker is not None and marker.kwargs.get("on", _backend(item)) == _backend(item)


def without_words(items: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
    """All tests; but of those with the marker `words` only the first variant on PostgreSQL."""
    seen: set[str] = set()
    for item in items:
        test = item.nodeid.partition("[")[0]
        if item.get_closest_marker("words") and _backend(item) == POSTGRESQL:
            if test in seen:
                continue
            seen.add(test)
        yield item


def long_ones_first(items: Sequence[pytest.Item], workers: int) -> list[pytest.Item]:
    """For pytest-xdist, which gives each worker an equal piece of the list: every piece begins with its share of LONG.

    A worker that has finished its piece takes tests from the ends of others. With one worker the order does not change.
    """
    if workers == 1:
        return list(items)
    lines: dict[tuple[str, str], list[pytest.Item]] = {}
    others: list[pytest.Item] = []
    for item in items:
        long = next((start for start in LONG if item.nodeid.startswith(start)), None)
        if long is None:
            others.append(item)
        else:
            lines.setdefault((long, _backend(item)), []).append(item)
    pieces: list[list[pytest.Item]] = [[] for _ in range(workers)]
    for number, line in enumerate(lines.values()):
        pieces[number % workers] += line
    rest, size = iter(others), -(-len(items) // workers)
    for piece in pieces:
        piece += islice(rest, max(0, size - len(piece)))
    return [item for piece in pieces for item in piece] + list(rest)


def _backend(item: pytest.Item) -> str:
    variant = getattr(item, "callspec", None)
    return str(variant.params.get("backend", "")) if variant else ""
