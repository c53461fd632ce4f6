"""Costly work is done in turns, one at a time for a person and few in all: the other threads stay free.

A request that has to wait holds no thread: it is answered at once, and the page asks again until its turn comes.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from ipaddress import IPv6Address, ip_address, ip_network
from threading import Lock
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, make_response, render_template, request
from werkzeug.wrappers import Response

from osm.base.application import Memory
from osm.shell import errors, htmx
from osm.shell.access import me

IN_ALL = 2
"""Of the whole web process; its eight threads have two processors or four."""
_FORGOTTEN_SECONDS = 5
"""Who has not asked again for so long has closed his page, and loses his turn."""

_WORDS = errors.Words(
    "Ждём очереди",
    "Долгая работа идёт по очереди, чтобы у остальных страницы открывались как обычно. Ваша ещё не начата, "
    "ничего не изменено: повторите через несколько секунд.",
)

Work = TypeVar("Work", bound=Callable[..., Any])


class NotYourTurn(Exception):
    """Others are being served, or have waited longer, or the same person's work before is not done."""


class Turns:
    """Who is at costly work, and who waits for it; the first to ask is the first to have a turn."""

    def __init__(self, in_all: int) -> None:
        self._in_all = in_all
        self._lock = Lock()
        self._working: set[int] = set()
        self._waiting: dict[int, float] = {}  # person → when he asked last; in the order of who waits longest

    @contextmanager
    def turn(self, person: int, now: float) -> Iterator[None]:
        """The turn of this person, to the end of the block. `now` in seconds. Raises NotYourTurn at once."""
        self._take(person, now)
        try:
            yield
        finally:
            with self._lock:
                self._working.remove(person)

    def _take(self, person: int, now: float) -> None:
        with self._lock:
            self._waiting[person] = now
            self._waiting = {who: at for who, at in self._waiting.items() if now - at < _FORGOTTEN_SECONDS}
            free = self._in_all - len(self._working)
            if person not in [who for who in self._waiting if who not in self._working][:free]:
                raise NotYourTurn
            del self._waiting[person]
            self._working.add(person)


TURNS = Memory(lambda of: Turns(max(1, min(IN_ALL, of.settings.threads // 2))))


def costly(work: Work) -> Work:
    """Declare that a view, or a part of one, takes seconds: it is done in turn. Raises NotYourTurn."""

    @wraps(work)
    def in_turn(*given: Any, **named: Any) -> Any:
        with TURNS.get().turn(me().id, time.monotonic()):
            return work(*given, **named)

    return cast(Work, in_turn)


def _wait(_error: NotYourTurn) -> Response:
    """A page that asks again and then gets its file; a form or a script gets the time to wait."""
    if request.method == "GET" and "text/html" in request.headers.get("Accept", "") and not htmx.is_htmx():
        before = errors.came_from()
        back = "/" if urlsplit(before).path == request.path else before  # the page has asked again
        page = render_template("waiting.html", words=_WORDS, back=back)
        response = make_response(page, 503)
        response.headers["Refresh"] = str(errors.RETRY_SECONDS)
    else:
        response = errors.answer(503, _WORDS, kind="NotYourTurn")
    response.headers["Retry-After"] = str(errors.RETRY_SECONDS)
    response.headers["Cache-Control"] = "no-store"
    return response


def init_app(app: Flask) -> None:
    app.register_error_handler(NotYourTurn, _wait)


# --- How often strangers may ask
SHARE = 2 / 3
"""Of one address: behind one there may be a whole village, and still others get through."""
BURST_SECONDS = 2
"""So many seconds' requests may come at once."""
_REMEMBERED = 4096
"""Names; where there are more, those that could ask freely are forgotten."""


class Limit:
    """Buckets that fill by the second, one for each name. Several threads may ask."""

    def __init__(self, per_second: float) -> None:
        self._rate = max(1.0, float(per_second))
        self._left: dict[str, tuple[float, float]] = {}  # name → requests left, and when that was
        self._lock = Lock()

    def allows(self, name: str, now: float) -> bool:
        """Whether this request is answered; `now` in seconds of a clock that never goes back."""
        with self._lock:
            if len(self._left) > _REMEMBERED:
                self._left = {who: (left, at) for who, (left, at) in self._left.items() if now - at < BURST_SECONDS}
            most = self._rate * BURST_SECONDS
            left, at = self._left.get(name, (most, now))
            left = min(most, left + (now - at) * self._rate)
            if left < 1:
                return False
            self._left[name] = (left - 1, now)
            return True


def network_of(address: str) -> str:
    """What counts as one address: of IPv6 a provider gives each house 2**64."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    return str(found.ipv4_mapped or ip_network((found, 64), strict=False))
