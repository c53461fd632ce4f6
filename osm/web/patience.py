"""How long a request waits for somebody else who writes: whoever reads hardly at all, whatever his page notes down."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from flask import Flask, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError

from osm.extensions import db
from osm.store.passing import is_busy
from osm.store.transaction import giving_up_after, set_patience
from osm.web.access import View
from osm.web.errors import Words, busy
from osm.web.htmx import is_htmx

SECONDS = 2.0
"""Of a page that is read and of a text that saves itself; other forms wait as long as the database does by itself."""
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
            if not is_busy(error):
                raise
            db.session.rollback()
            return busy(_NOT_YET)

    return cast(View, early)


def _begin() -> None:
    set_patience(SECONDS if request.method in ("GET", "HEAD") else None)


def _end(_error: BaseException | None) -> None:
    set_patience(None)


def init_app(app: Flask) -> None:
    app.before_request(_begin)
    app.teardown_request(_end)
