"""Whether the disk takes something: a few bytes are really written, since free space is not all that it needs."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import make_url

from osm.settings import Settings

LEAST_BYTES = 8 * 1024 * 1024
"""With less no photo can be taken in, and a large import would fail in its middle."""
ASKED_AGAIN_SECONDS = 5.0
"""Whoever asks more often is told what was found last: anybody may ask."""
REMEMBERED_SECONDS = 30.0
"""For how long a write that was refused counts: the disk may be that of PostgreSQL, on another machine."""
_BYTES = bytes(64 * 1024)


class Disk:
    """The folders that this process writes to, and what is known of them."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = tuple(folders)
        self._answer, self._asked_at, self._refused_at = True, float("-inf"), float("-inf")

    def takes_something(self) -> bool:
        """Whether something can be written now."""
        now = time.monotonic()
        if now - self._asked_at >= ASKED_AGAIN_SECONDS:
            self._answer, self._asked_at = all(map(_takes, self._folders)), now
        return self._answer and now - self._refused_at >= REMEMBERED_SECONDS

    def refused(self) -> None:
        """Something could not be written just now."""
        self._refused_at = time.monotonic()


def folders_of(settings: Settings) -> list[Path]:
    """Where files are kept, and where the database is if it is a file."""
    url = make_url(settings.database_url)
    return [settings.data_dir, *([Path(str(url.database)).parent] if url.get_backend_name() == "sqlite" else [])]


def free_bytes(settings: Settings) -> int:
    """How much room is left where there is least."""
    return min(shutil.disk_usage(folder).free for folder in folders_of(settings))


def _takes(folder: Path) -> bool:
    try:
        if shutil.disk_usage(folder).free < LEAST_BYTES:
            return False
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(_BYTES)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        return False
    return True
