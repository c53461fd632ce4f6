"""A restore that is killed at any of its steps leaves the old state or the new, never a mixture.

By day it is killed once before each kind of step, on SQLite; at night before every call of them, on each database.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from osm.log.acts.audit import verify_log
from osm.serve.start import prepare
from tests.conftest import MORNING
from tests.forks import FORKS

from .installations import Installation
from .killed import restore_and_be_killed
from .test_backup_and_restore import carried

#: Before and after the new state holds; the last one is not killed.
BY_DAY = ("exchange", "set_counters", "finish", "rename", "note_restored", "rmtree", "")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL")


def state(of: Installation) -> Any:
    return carried(of.contents()), of.files()


@pytest.mark.sqlite
def test_killed_before_each_kind_of_step(install, tmp_path):
    killed, turned = kills(install("place"), tmp_path, BY_DAY)
    assert killed == len(BY_DAY) - 1
    assert turned > 1, "what had begun to hold was carried to its end"


@pytest.mark.nightly
def test_killed_at_every_step(install, tmp_path):
    killed, turned = kills(install("place"), tmp_path, count())
    assert killed > 10
    assert turned > 4, "what had begun to hold was carried to its end"


def kills(place: Installation, tmp_path: Path, steps: Iterable[int | str]) -> tuple[int, int]:
    """How often it was killed before one ended, and after how many kills the new state held."""
    archives, states = [], []
    for number in range(2):
        place.write(number)
        upload = place.folder / "uploads" / f"u{number}"
        upload.parent.mkdir(exist_ok=True)
        upload.write_bytes(b"x" * (number + 1))
        archives.append(tmp_path / f"{number}.zip")
        place.backup(archives[-1])
        states.append(state(place))
    killed, turned = 0, 0
    for at in steps:
        now = states.index(state(place))
        process = FORKS.Process(target=restore_and_be_killed, args=(place.environ, str(archives[1 - now]), MORNING, at))
        place.let_go()
        process.start()
        process.join(120)
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
        prepare(place.app)  # the next start
        assert state(place) in states, f"a mixture after step {at}"
        assert place.leftovers() == []
        turned += state(place) == states[1 - now]
        with place.app.app_context():
            assert verify_log(MORNING).faults == []
        killed += 1
    assert state(place) == states[1 - now]
    return killed, turned
