"""A restore that is killed at any of its steps leaves the old state or the new, never a mixture."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from osm.services.log.audit import verify_log
from osm.start import prepare
from tests.conftest import MORNING

from .installations import Installation
from .test_backup_and_restore import carried

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL")

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["osm.services.keeping.restore", "psycopg", "cryptography", "flask_migrate"])

STEPS = (
    ("osm.services.keeping.restore", "exchange"),
    ("osm.store.refill", "empty"),
    ("osm.store.refill", "without_rules"),
    ("osm.store.refill", "set_counters"),
    ("osm.services.keeping.restore", "finish"),
    ("pathlib.Path", "rename"),
    ("osm.services.keeping.restore", "note_restored"),
    ("osm.services.keeping.restore", "transaction"),
    ("shutil", "rmtree"),
)
"""Where the process is killed: before each call of these, one after another. From `finish` on the new state holds."""


def restore_and_be_killed(environ: dict[str, str], archive: str, at: int) -> None:
    """In a process of its own."""
    os.environ.update(environ)
    from osm import create_app
    from osm.services.keeping.restore import restore

    app = create_app(with_web=False)
    prepare(app)
    calls = 0

    def killing(real: Any) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal calls
            if calls == at:
                os.kill(os.getpid(), signal.SIGKILL)
            calls += 1
            return real(*arguments, **named)

        return call

    with pytest.MonkeyPatch.context() as patch, app.app_context():
        for module, name in STEPS:
            path = f"{module}.{name}"
            patch.setattr(path, killing(_found(path)))
        restore(Path(archive), MORNING, force=True, is_gone=lambda _: False)


def _found(path: str) -> Any:
    import importlib

    module, _, name = path.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError:
        return getattr(_found(module), name)


def state(of: Installation) -> Any:
    return carried(of.contents()), of.files()


def test_killed_at_every_step(install, tmp_path):
    place: Installation = install("place")
    archives, states = [], []
    for number in range(2):
        place.write(number)
        upload = place.folder / "uploads" / f"u{number}"
        upload.parent.mkdir(exist_ok=True)
        upload.write_bytes(b"x" * (number + 1))
        archives.append(tmp_path / f"{number}.zip")
        place.backup(archives[-1])
        states.append(state(place))
    at, turned = 0, 0
    while True:
        now = states.index(state(place))
        process = _forks.Process(target=restore_and_be_killed, args=(place.environ, str(archives[1 - now]), at))
        place.let_go()
        process.start()
        process.join(120)
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
        prepare(place.app)  # whoever starts next
        assert state(place) in states, f"a mixture after step {at}"
        assert place.leftovers() == []
        turned += state(place) == states[1 - now]
        with place.app.app_context():
            assert verify_log(MORNING).faults == []
        at += 1
    assert state(place) == states[1 - now]
    assert at > 10
    assert turned > 4, "what had begun to hold was carried to its end"
