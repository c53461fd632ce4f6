"""A process that a supervisor started ends with it, however that ended; how a process is asked to stop."""

import os
import signal
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType

MARK = "OSM_SUPERVISED"
"""Set to 1 by the supervisor: standard input is then a pipe that it holds open as long as it lives."""

TIME_TO_STOP = 15.0
"""Seconds that a process is given after it was asked to stop; then it is ended."""
_LOOK_EVERY = 0.2


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


def end_with_supervisor() -> None:
    """Watch for the end of the supervisor, also one by SIGKILL; does nothing in a process that has none."""
    if os.environ.get(MARK) == "1":
        threading.Thread(target=_watch, name="supervisor", daemon=True).start()


def wait_for_the_database() -> None:
    """Wait until the supervisor says that it is ready; where the supervisor ends first, so does this process."""
    if os.environ.get(MARK) != "1":
        return
    with suppress(KeyboardInterrupt):  # Ctrl-C reaches all processes of a terminal
        if os.read(0, 1):
            return
    sys.exit(1)


def _watch() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(TIME_TO_STOP)
    os._exit(1)


def say(words: str) -> None:
    """To the person at the terminal. A closed terminal, or a file on a full disk, does not stop the program."""
    with suppress(OSError):
        sys.stderr.write(words + "\n")
        sys.stderr.flush()
