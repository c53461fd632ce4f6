"""Numbers that all web processes of one machine share; without a supervisor they are those of this process alone.

They are what must be true of all processes together and may be forgotten with them. All else is in the database.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from types import ModuleType

from osm.base import supervised

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
    "integrators": 2 * BUCKETS,
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

    def part(self, name: str) -> memoryview[float]:
        """The numbers of a part, to be read and set one by one."""
        return self._parts[name]

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


@cache
def _of_all(descriptor: int) -> Shared:
    return Shared(descriptor)


def shared() -> Shared:
    """The numbers of all web processes of this machine; new ones where no supervisor has given any."""
    descriptor = supervised.given.shared
    return _of_all(descriptor) if descriptor >= 0 else Shared()
