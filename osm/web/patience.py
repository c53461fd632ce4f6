"""How long a request waits for somebody else who writes: whoever reads hardly at all, whatever his page notes down.

Of those who write, half the threads may be full of them and wait as long as is usual; the others belong to the readers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Any, cast

from flask import Flask, current_app, g, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError

from osm.extensions import db
from osm.settings import Settings
from osm.store.engine import BUSY_TIMEOUT_MS
from osm.store.passing import is_busy, is_no_room
from osm.store.transaction import giving_up_after, set_patience
from osm.web.access import View
from osm.web.errors import Words, busy
from osm.web.htmx import is_htmx

SECONDS = 2.0
"""Of a page that is read, of a text that saves itself, and of any form where many are being sent."""
_NOT_YET = Words(
    "Текст пока не сохранён", "База данных занята. Текст остаётся на экране и сохранится сам через несколько секунд."
)


def saves_itself(view: View) -> View:
    """Declare that scripts call the view again and again, with what the page keeps until it is saved."""

    @wraps(view)
    def early(**given: Any) -> ResponseReturnValue:
        save = cast(Callable[..., ResponseReturnValue], view)
        if not is_htmx():
            return save(**given)
        try:
            with giving_up_after(SECONDS):
                return save(**given)
        except DBAPIError as error:
            if is_no_room(error) or not is_busy(error):
                raise
            db.session.rollback()
            return busy(_NOT_YET)

    return cast(View, early)


class Writers:
    """How many forms are being sent at this moment."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._now = 0

    def come(self) -> bool:
        """One more; whether they are no more than may wait as long as is usual."""
        with self._lock:
            self._now += 1
            return self._now <= self._most

    def go(self) -> None:
        with self._lock:
            self._now -= 1


def _begin() -> None:
    if request.method in ("GET", "HEAD"):
        set_patience(SECONDS)
        return
    g.osm_writer = current_app.extensions["osm_writers"]
    set_patience(BUSY_TIMEOUT_MS / 1000 if g.osm_writer.come() else SECONDS)


def _end(_error: BaseException | None) -> None:
    set_patience(None)
    if writer := g.pop("osm_writer", None):
        writer.go()


def init_app(app: Flask) -> None:
    settings: Settings = app.extensions["osm_settings"]
    app.extensions["osm_writers"] = Writers(max(1, settings.threads // 2))
    app.before_request(_begin)
    app.teardown_request(_end)
