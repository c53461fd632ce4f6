"""What takes seconds to fill is filled once in a run, by the worker that needs it first; the others copy it."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def copy_of(factory: pytest.TempPathFactory, name: str, fill: Callable[[Path], None]) -> Path:
    """A new folder with what `fill` has put into one of this name and left closed."""
    mine = factory.getbasetemp()
    shared = (mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine) / "prepared"
    shared.mkdir(exist_ok=True)
    folder, part = shared / name, shared / f"{name}.part"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            shutil.rmtree(part, ignore_errors=True)  # of a worker that was killed or failed
            part.mkdir()
            fill(part)
            part.rename(folder)
    return shutil.copytree(folder, factory.mktemp(name) / name)
