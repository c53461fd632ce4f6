"""The running application: settings and clock, asked by web, jobs and commands only; what a process remembers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from flask import Flask, current_app

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from osm.settings import Settings


class Clock(Protocol):
    """The present instant, aware, in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The clock of the database's server: all machines agree on leases and terms. With SQLite the computer's."""

    def now(self) -> datetime:
        if _seen is None:
            return datetime.now(UTC)
        at, running = _seen
        return at + timedelta(seconds=running_seconds() - running)


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


Value = TypeVar("Value")


@dataclass
class Application:
    """What an application of Flask carries of ours."""

    settings: Settings
    clock: Clock
    remembers: dict[Memory[Any], Any] = field(default_factory=dict)


class Memory(Generic[Value]):
    """A value of a subject that lives as long as the application in this process; `first` makes it."""

    def __init__(self, first: Callable[[Application], Value]) -> None:
        self._first = first

    def get(self, app: Flask | None = None) -> Value:
        of = application(app)
        if self not in of.remembers:
            of.remembers.setdefault(self, self._first(of))
        found: Value = of.remembers[self]
        return found

    def set(self, value: Value, app: Flask | None = None) -> None:
        application(app).remembers[self] = value

    def forget(self, app: Flask | None = None) -> None:
        application(app).remembers.pop(self, None)


def application(app: Flask | None = None) -> Application:
    found: Application = (app or current_app).extensions["osm"]
    return found


def current_now() -> datetime:
    """The present instant by the clock of the running application."""
    return application().clock.now()


ASKED_EVERY = 60.0  # seconds between two looks at the clock of the database
_JITTER = timedelta(milliseconds=50)  # a smaller difference is that of the way to the server
_seen: tuple[datetime, float] | None = None
"""What the clock of the database said, and when that was by `running_seconds`."""
_asked_at = float("-inf")


def is_unsure() -> bool:
    """Whether it is time to ask the database for its clock."""
    return running_seconds() - _asked_at >= ASKED_EVERY


def ask_again() -> None:
    """It may be another server with another clock."""
    global _asked_at
    _asked_at = float("-inf")


def go_by(at: datetime, began: float, ended: float) -> None:
    """The clock of the database said `at`; it was asked between these two `running_seconds`."""
    global _seen, _asked_at
    _asked_at = ended
    middle = (began + ended) / 2
    if _seen is None or abs(at - (_seen[0] + timedelta(seconds=middle - _seen[1]))) > _JITTER:
        _seen = at, middle


def running_seconds() -> float:
    """How long this machine has been on, its sleep included; the time of day may be set back, this never is."""
    on_linux = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if on_linux is None else time.clock_gettime(on_linux)


def current_settings() -> Settings:
    return application().settings


def local_zone() -> ZoneInfo:
    return current_settings().time_zone
