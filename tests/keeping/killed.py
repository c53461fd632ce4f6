"""What processes of tests do: a start beside others; a restore and the backup of a night, in which they are killed."""

from __future__ import annotations

import importlib
import os
import signal
from collections.abc import Sequence
from datetime import datetime
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from osm import create_app
from osm.base.application import current_settings
from osm.base.transaction import Pace
from osm.keeping.acts import nightly
from osm.keeping.acts.restore import restore
from osm.serve.start import prepare

#: The process is killed before each call of these, one after another. From `finish` on the new state is valid.
RESTORING = (
    ("osm.keeping.acts.restore", "exchange"),
    ("osm.store.schema", "empty"),
    ("osm.store.schema", "without_rules"),
    ("osm.store.schema", "set_counters"),
    ("osm.keeping.acts.restore", "finish"),
    ("pathlib.Path", "rename"),
    ("osm.keeping.acts.restore", "note_restored"),
    ("osm.keeping.acts.restore", "transaction"),
    ("shutil", "rmtree"),
)
AT_NIGHT = (
    ("osm.keeping.acts.nightly", "write_backup"),
    ("osm.keeping.acts.nightly", "Archive"),
    ("osm.keeping.acts.nightly", "build"),
    ("osm.store.schema", "set_counters"),
    ("osm.keeping.acts.nightly", "missing_files"),
    ("osm.keeping.acts.backup", "encrypt"),
    ("osm.keeping.acts.backup", "decrypt"),
    ("pathlib.Path", "replace"),
    ("shutil", "rmtree"),
    ("osm.keeping.acts.nightly", "_remove_old"),
    ("osm.keeping.acts.nightly", "_note"),
)


def restore_and_be_killed(environ: dict[str, str], archive: str, now: datetime, at: int | str) -> None:
    app = _ready(environ)
    with pytest.MonkeyPatch.context() as patch, app.app_context():
        _die(patch, RESTORING, at)
        restore(Path(archive), now, force=True, is_gone=lambda _: False)


def work_and_be_killed(environ: dict[str, str], night: datetime, at: int | str) -> None:
    app = _ready(environ)
    with pytest.MonkeyPatch.context() as patch, app.app_context():
        _die(patch, AT_NIGHT, at)
        nightly.run(night, Pace(), current_settings())


def start_together(environ: dict[str, str], barrier: Barrier) -> None:
    """As a web process does that begins with an empty database, at the same instant as others."""
    os.environ.update(environ)
    app = create_app()
    barrier.wait(120)
    prepare(app)


def _ready(environ: dict[str, str]) -> Flask:
    os.environ.update(environ)
    app = create_app(with_web=False)
    prepare(app)
    return app


def _die(patch: pytest.MonkeyPatch, steps: Sequence[tuple[str, str]], at: int | str) -> None:
    """Before the call with this number, counted over all steps, or before the first call of the step of this name."""
    calls = 0

    def killing(name: str, real: Any) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal calls
            if at in (calls, name):
                os.kill(os.getpid(), signal.SIGKILL)
            calls += 1
            return real(*arguments, **named)

        return call

    for module, name in steps:
        patch.setattr(f"{module}.{name}", killing(name, _found(f"{module}.{name}")))


def _found(path: str) -> Any:
    module, _, name = path.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError:
        return getattr(_found(module), name)
