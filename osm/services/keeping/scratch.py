"""A folder of the data directory for what must not outlive a piece of work: copies that are not encrypted, trials."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from flask import current_app

from osm.settings import Settings
from osm.store.durable import Busy, locked

PREFIX = "scratch-"
_LOCK = "lock"


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that only its owner can look into, gone with the block; after a crash with the next start of the program
    or the next such folder. Raises OSError.
    """
    remove_scratch()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_root()))
    try:
        with locked(folder / _LOCK):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_scratch() -> None:
    """Whatever processes have left that are no more; what others use is left to them."""
    for folder in _root().glob(f"{PREFIX}*"):
        with suppress(Busy, OSError), locked(folder / _LOCK):
            shutil.rmtree(folder, ignore_errors=True)


def _root() -> Path:
    settings: Settings = current_app.extensions["osm_settings"]
    return settings.data_dir
