"""A process that a supervisor started ends with it, however that ended; what both tell each other."""

import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

MARK = "OSM_SUPERVISED"
"""Set to 1 by the supervisor: standard input is then a socket that it holds open as long as it lives."""
LISTENING = "OSM_LISTENING"
"""Set by the supervisor: the numbers of the sockets that it keeps open for all web processes."""
SHARED = "OSM_SHARED"
"""Set by the supervisor: the number of the file in memory that the web processes share."""

TIME_TO_STOP = 15.0
"""Seconds that a process is given after it was asked to stop; then it is ended."""
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


def tell(words: dict[str, Any], sockets: Sequence[socket.socket] = ()) -> None:
    """Tell the supervisor something, with sockets that it is to hold; does nothing in a process that has none."""
    if is_supervised():
        with socket.socket(fileno=os.dup(0)) as line, suppress(OSError):  # it has ended: `_watch` sees that
            socket.send_fds(line, [json.dumps(words).encode()], [one.fileno() for one in sockets])


def hear(line: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """What a process has told, and the descriptors that came with it; None: nothing new."""
    try:
        words, descriptors, _flags, _address = socket.recv_fds(line, _LONGEST, 16)
    except OSError:
        return None
    return (json.loads(words), descriptors) if words else None


def say(words: str) -> None:
    """To the person at the terminal. A closed terminal, or a file on a full disk, does not stop the program."""
    with suppress(OSError):
        sys.stderr.write(words + "\n")
        sys.stderr.flush()
