"""The clock: asked by web, jobs and commands only; everything else takes `now` as an argument."""

import time
from datetime import UTC, datetime
from typing import Protocol

from flask import current_app


class Clock(Protocol):
    """The present instant, aware, in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock:
    """A clock that shows a fixed instant (OSM_NOW, tests); `set` moves it."""

    def __init__(self, instant: datetime) -> None:
        self.set(instant)

    def set(self, instant: datetime) -> None:
        """Put the clock to an aware instant; ValueError for a naive one."""
        if instant.tzinfo is None:
            raise ValueError("the clock needs an instant with a time zone")
        self._instant = instant.astimezone(UTC)

    def now(self) -> datetime:
        return self._instant


def current_now() -> datetime:
    """The present instant by the clock of the running application."""
    clock: Clock = current_app.extensions["osm_clock"]
    return clock.now()


def running_seconds() -> float:
    """How long this machine has been on, its sleep included; the time of day may be set back, this never is."""
    on_linux = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if on_linux is None else time.clock_gettime(on_linux)
