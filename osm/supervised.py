"""A process that a supervisor started ends with it, however that ended."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

MARK = "OSM_SUPERVISED"
"""Set to 1 by the supervisor: standard input is then a pipe that it holds open as long as it lives."""

_TIME_TO_STOP = 15.0


def end_with_supervisor() -> None:
    """Watch for the end of the supervisor, also one by SIGKILL; does nothing in a process that has none."""
    if os.environ.get(MARK) == "1":
        threading.Thread(target=_watch, name="supervisor", daemon=True).start()


def _watch() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_TIME_TO_STOP)
    os._exit(1)


def say(words: str) -> None:
    """To the person at the terminal."""
    sys.stderr.write(words + "\n")
    sys.stderr.flush()
