"""A process that a supervisor started ends with it, however that ended; what both tell each other; shared numbers."""

from __future__ import annotations

import json
import mmap
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType, ModuleType
from typing import Any

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # a system without such locks
    fcntl = None

MARK = "OSM_SUPERVISED"
"""Set to 1 by the supervisor: standard input is then a socket that it holds open as long as it lives."""
TIME_TO_STOP = 15.0  # seconds that a process is given after it was asked to stop; then it is ended
_LOOK_EVERY = 0.2
_LONGEST = 4096


@dataclass
class Stop:
    """Whether somebody has asked to stop. A plain mark: a handler that waited for a lock could wait for itself."""

    asked: bool = field(default=False)

    def on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True

    def wait(self, seconds: float) -> bool:
        """Sleep so long, or until somebody asks to stop; the answer is whether somebody did."""
        until = time.monotonic() + seconds
        while not self.asked and time.monotonic() < until:
            time.sleep(min(seconds, _LOOK_EVERY))
        return self.asked


def is_supervised() -> bool:
    return os.environ.get(MARK) == "1"


def end_with_supervisor() -> None:
    """Watch for the end of the supervisor, also one by SIGKILL; does nothing in a process that has none."""
    if is_supervised():
        threading.Thread(target=_watch, name="supervisor", daemon=True).start()


def _watch() -> None:
    with suppress(OSError):
        while os.read(0, 1024):
            pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(TIME_TO_STOP)
    os._exit(1)


@dataclass
class Given:
    """What the supervisor has given: descriptors of the sockets that all web processes accept from, and the file in
    memory that they share."""

    sockets: tuple[int, ...] = ()
    shared: Shared | None = None


given = Given()


def wait_for_the_database() -> None:
    """Wait until the supervisor says that it is ready; where the supervisor ends first, so does this process."""
    if not is_supervised():
        return
    heard = None
    with socket.socket(fileno=os.dup(0)) as line, suppress(KeyboardInterrupt):  # Ctrl-C reaches all processes
        heard = hear(line)
    if heard is None:
        sys.exit(1)
    words, descriptors = heard
    if words["shares"]:
        *sockets, memory = descriptors
        given.sockets, given.shared = tuple(sockets), Shared(memory)


def tell_supervisor(words: dict[str, Any], sockets: Iterable[socket.socket] = ()) -> None:
    """Tell it something, with sockets that it is to hold; does nothing in a process that has none."""
    if is_supervised():
        with socket.socket(fileno=os.dup(0)) as line:
            tell(line, words, [one.fileno() for one in sockets])


def tell(line: socket.socket, words: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
    with suppress(OSError):  # who listens has ended, and that is seen elsewhere
        socket.send_fds(line, [json.dumps(words).encode()], descriptors)


def hear(line: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """What the other side has told, and the descriptors that came with it; None: nothing, or it has ended."""
    try:
        words, descriptors, _flags, _address = socket.recv_fds(line, _LONGEST, 64)
    except OSError:
        return None
    return (json.loads(words), descriptors) if words else None


def say(words: str) -> None:
    """To the person at the terminal. A closed terminal, or a file on a full disk, does not stop the program."""
    with suppress(OSError):
        sys.stderr.write(words + "\n")
        sys.stderr.flush()


# --- What must be true of all web processes together, and may be forgotten with them; all else is in the database
BUCKETS = 4096  # places of one limit (`osm.shell.turns.Limit`)
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
        self._descriptor, self._lock = descriptor, threading.Lock()
        everything, begin = memoryview(mmap.mmap(descriptor, _BYTES)).cast("d"), 0
        self._parts: dict[str, memoryview[float]] = {}
        for name, length in PARTS.items():
            self._parts[name] = everything[begin : begin + length]
            begin += length

    def part(self, name: str) -> memoryview[float]:
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


def shared() -> Shared:
    """The numbers of all web processes of this machine; new ones where no supervisor has given any."""
    return given.shared or Shared()
