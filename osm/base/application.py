"""The running application: its clock and its settings, asked by web, jobs and commands only."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from flask import current_app

if TYPE_CHECKING:
    from osm.settings import Settings


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


def current_settings() -> Settings:
    """The settings of the running application."""
    settings: Settings = current_app.extensions["osm_settings"]
    return settings
