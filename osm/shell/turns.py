"""Costly work is done in turns, one at a time for a person and few in all: the other threads stay free.

A request that has to wait holds no thread: it is answered at once, and the page asks again until its turn comes."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from ipaddress import IPv6Address, ip_address, ip_network
from threading import Lock
from typing import Any, NamedTuple, TypeVar, cast
from urllib.parse import urlsplit
from zlib import crc32

from flask import Flask, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError
from werkzeug.wrappers import Response

from osm.base.application import Application, Memory
from osm.base.database import db
from osm.base.supervised import BUCKETS, Shared, shared
from osm.base.transaction import giving_up_after, is_busy, is_no_room, set_longest_wait
from osm.shell import errors, requests
from osm.shell.access import View, me

IN_ALL = 2  # of all web processes together, or half as many as they are; a process has eight threads
_FORGOTTEN_SECONDS = 5  # who has not asked again for so long has closed his page, and loses his turn

_LONGEST_SECONDS = 600  # no work takes so long: its process was killed, and another one has its number now

_WORDS = errors.Words(
    "Ждём очереди",
    "Долгая работа идёт по очереди, чтобы у остальных страницы открывались как обычно. Ваша ещё не начата, "
    "ничего не изменено: повторите через несколько секунд.",
)

Work = TypeVar("Work", bound=Callable[..., Any])


class NotYourTurn(Exception):
    """Others are being served, or have waited longer, or the same person's work before is not done."""


class _Turn(NamedTuple):
    """`since`: the first request that found no turn; `process`: where the work goes on, 0 while it waits. `asked`: the
    last request, or when the work began."""

    person: int
    since: float
    asked: float
    process: int = 0


class Turns:
    """Who is at costly work, and who waits for it; the first to ask is the first to have a turn."""

    def __init__(self, in_all: int, memory: Shared | None = None) -> None:
        self._in_all, self._shared = in_all, memory or Shared()

    @contextmanager
    def turn(self, person: int, now: float) -> Iterator[None]:
        """The turn of this person, to the end of the block. `now` in seconds. Raises NotYourTurn at once."""
        with self._rows() as rows:
            self._take(rows, person, now)
        try:
            yield
        finally:
            with self._rows() as rows:
                rows[:] = [row for row in rows if row.person != person or not row.process]

    def _take(self, rows: list[_Turn], person: int, now: float) -> None:
        rows[:] = [
            row
            for row in rows
            if now - row.asked < (_LONGEST_SECONDS if row.process else _FORGOTTEN_SECONDS) and _lives(row.process)
        ]
        mine = next((row for row in rows if row.person == person and not row.process), None)
        if mine is not None:
            rows[rows.index(mine)] = mine._replace(asked=now)
        else:
            rows.append(_Turn(person, now, now))
        working = {row.person for row in rows if row.process}
        waiting = [row.person for row in rows if not row.process and row.person not in working]
        if person not in waiting[: max(0, self._in_all - len(working))]:
            raise NotYourTurn
        rows[:] = [row for row in rows if row.person != person]
        rows.append(_Turn(person, now, now, os.getpid()))

    @contextmanager
    def _rows(self) -> Iterator[list[_Turn]]:
        """All turns, in the order in which they were asked for; changed for all processes when the block ends."""
        width = len(_Turn._fields)
        with self._shared.changing("turns") as numbers:
            kept = [numbers[place : place + width].tolist() for place in range(0, len(numbers), width)]
            rows = [_Turn(int(row[0]), row[1], row[2], int(row[3])) for row in kept if row[0]]
            try:
                yield rows
            finally:
                flat = [float(number) for row in rows for number in row][: len(numbers)]
                for place, number in enumerate(flat + [0.0] * (len(numbers) - len(flat))):
                    numbers[place] = number


def _lives(process: int) -> bool:
    """A killed process leaves its turn to others. 0: who waits has none yet."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _turns(of: Application) -> Turns:
    in_all = max(IN_ALL, of.settings.web_processes // 2)
    return Turns(max(1, min(in_all, of.settings.threads // 2)), shared())


TURNS = Memory(_turns)


def costly(work: Work) -> Work:
    """Declare that a view, or a part of one, takes seconds: it is done in turn. Raises NotYourTurn."""

    @wraps(work)
    def in_turn(*given: Any, **named: Any) -> Any:
        with TURNS.get().turn(me().id, time.monotonic()):
            return work(*given, **named)

    return cast(Work, in_turn)


def _wait(_error: NotYourTurn) -> Response:
    """A page that asks again and then gets its file; a form or a script gets the time to wait."""
    if request.method == "GET" and "text/html" in request.headers.get("Accept", "") and not requests.is_htmx():
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


# --- How often strangers may ask
SHARE = 2 / 3  # of one address: behind one there may be a whole village, and still others get through
BURST_SECONDS = 2  # so many seconds' requests may come at once


class Limit:
    """Buckets that leak by the second, one for each name; in all processes they are the same. `name`: of the part of
    the shared numbers; without `memory` they are this object's own."""

    def __init__(self, per_second: float, memory: Shared | None = None, name: str = "site_pages") -> None:
        self._rate = max(1.0, float(per_second))
        self._shared, self._name = memory or Shared(), name

    def allows(self, name: str, now: float) -> bool:
        """Whether this request is answered; `now` in seconds of a clock that never goes back."""
        place = 2 * (crc32(name.encode()) % BUCKETS)
        with self._shared.changing(self._name) as numbers:
            used, at = numbers[place], numbers[place + 1]
            used = max(0.0, used - (now - at) * self._rate)
            if used + 1 > self._rate * BURST_SECONDS:
                return False
            numbers[place], numbers[place + 1] = used + 1, now
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


# --- How long a request waits for a lock of the database: a page two seconds, a form four
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
        if not requests.is_htmx():
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
    """How many forms are being sent at this moment. They may hold half the threads; further ones wait as pages do."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._now = 0

    def begin(self) -> bool:
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
    app.register_error_handler(NotYourTurn, _wait)
    app.before_request(_begin)
    app.teardown_request(_end)
