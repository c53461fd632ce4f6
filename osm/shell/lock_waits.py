"""How long a request waits for a lock of the database: a page two seconds, a form four.

Forms may hold half the threads; further ones wait as shortly as pages, so that reading continues.
"""

from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Any, cast

from flask import Flask, g, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError

from osm.base.application import Memory
from osm.base.database import db
from osm.base.transaction import giving_up_after, is_busy, is_no_room, set_longest_wait
from osm.shell import errors, htmx
from osm.shell.access import View

SHORT_WAIT = 2.0  # seconds: for a page that is read, a text that saves itself, and any form while many are being sent
FORM_WAIT = 4.0  # seconds: with what else a form takes, a person is answered within five
_NOT_YET = errors.Words(
    "Текст пока не сохранён", "База данных занята. Текст остаётся на экране и сохранится сам через несколько секунд."
)


def saves_itself(view: View) -> View:
    """Declare that scripts call the view again and again, with what the page keeps until it is saved."""

    @wraps(view)
    def with_short_wait(**given: Any) -> ResponseReturnValue:
        save = cast(Callable[..., ResponseReturnValue], view)
        if not htmx.is_htmx():
            return save(**given)
        try:
            with giving_up_after(SHORT_WAIT):
                return save(**given)
        except DBAPIError as error:
            if is_no_room(error) or not is_busy(error):
                raise
            db.session.rollback()
            return errors.busy(_NOT_YET)

    return cast(View, with_short_wait)


class Writers:
    """How many forms are being sent at this moment."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._now = 0

    def begin(self) -> bool:
        """One form more; whether it may wait as long as forms do."""
        with self._lock:
            self._now += 1
            return self._now <= self._most

    def end(self) -> None:
        with self._lock:
            self._now -= 1


WRITERS = Memory(lambda of: Writers(max(1, of.settings.threads // 2)))


def _begin() -> None:
    if request.method in ("GET", "HEAD"):
        set_longest_wait(SHORT_WAIT)
        return
    g.osm_writer = WRITERS.get()
    set_longest_wait(FORM_WAIT if g.osm_writer.begin() else SHORT_WAIT)


def _end(_error: BaseException | None) -> None:
    set_longest_wait(None)
    if writer := g.pop("osm_writer", None):
        writer.end()


def init_app(app: Flask) -> None:
    app.before_request(_begin)
    app.teardown_request(_end)
