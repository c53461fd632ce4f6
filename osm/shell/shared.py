"""Numbers that all web processes of one machine share; without a supervisor they are those of this process alone.

They are what must be true of all processes together and may be forgotten with them. All else is in the database.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from types import ModuleType

from flask import Flask

from osm.base.supervised import SHARED

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # a system without such locks
    fcntl = None

BUCKETS = 4096
"""Places of one limit (`osm.shell.turns.Limit`)."""
PARTS = {
    "turns": 4 * 64, "bursts": 2, "disk": 1, "requests": 5 * 16,
    "site_addresses": 2 * BUCKETS, "site_pages": 2 * BUCKETS, "callbacks": 2 * BUCKETS,
}  # fmt: skip
"""Name → so many numbers (doubles), all 0 at first."""
_BYTES = 8 * sum(PARTS.values())


class Shared:
    """`descriptor`: a file that other processes have too; -1: memory of this process."""

    def __init__(self, descriptor: int = -1) -> None:
        if descriptor >= 0:
            os.posix_fallocate(descriptor, 0, _BYTES)  # the same for all, whoever is first
        self._descriptor, self._lock = descriptor, Lock()
        everything, begin = memoryview(mmap.mmap(descriptor, _BYTES)).cast("d"), 0
        self._parts: dict[str, memoryview[float]] = {}
        for name, length in PARTS.items():
            self._parts[name] = everything[begin : begin + length]
            begin += length

    @contextmanager
    def changing(self, name: str) -> Iterator[memoryview[float]]:
        """The numbers of a part; nobody else changes any inside. Ends with the process, however that ends."""
        with self._lock:
            if fcntl is None or self._descriptor < 0:
                yield self._parts[name]
                return
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX)
            try:
                yield self._parts[name]
            finally:
                fcntl.lockf(self._descriptor, fcntl.LOCK_UN)


def shared_of(app: Flask) -> Shared:
    found: Shared = app.extensions["osm_shared"]
    return found


def init_app(app: Flask) -> None:
    app.extensions["osm_shared"] = Shared(int(os.environ.get(SHARED, -1)))
