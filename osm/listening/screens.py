"""The addresses that networks call: what they tell is stored and nothing else is done. No log-in, no token of forms.

A call that proves nothing gets 403 and no line of the log: each process logs once a minute how many it had.
Each call is first asked for its proof, and only one without it is counted, by its address. So strangers never use up
what belongs to a network, not even where all come through one proxy; a network is bounded by what may wait.
"""

import logging
import time
from collections.abc import Callable
from threading import Lock

from flask import Blueprint, Flask, Response, g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from osm.base.application import Memory, current_now
from osm.base.supervised import shared
from osm.listening.acts import called
from osm.shell import access, turns
from osm.shell.access import public

log = logging.getLogger(__name__)

blueprint = Blueprint("callback", __name__, url_prefix="/callback")

LARGEST = 512 * 1024  # bytes of one call: a comment with ten photos has fifty thousand
PER_SECOND = 40  # calls of one address that prove nothing
_TOLD_EVERY = 60.0


class Refusals:
    """How many calls were refused since the last log line about them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._count, self._told = 0, float("-inf")

    def note(self, now: float) -> int:
        """One more; how many it is time to tell of, 0 while it is not."""
        with self._lock:
            self._count += 1
            if now - self._told < _TOLD_EVERY:
                return 0
            count, self._count, self._told = self._count, 0, now
            return count


STRANGERS = Memory(lambda _: turns.Limit(PER_SECOND, shared(), "callbacks"))
REFUSALS = Memory(lambda _: Refusals())


@blueprint.post("/<network>")
@public
def call(network: str) -> ResponseReturnValue:
    return _answer(lambda: called.receive(network, _body(), _proof(network), current_now()))


@blueprint.get("/<network>")
@public
def asks(network: str) -> ResponseReturnValue:
    """Whether the address is ours: it is answered with what the network has sent along."""
    return _answer(lambda: called.challenged(network, request.args))


def _proof(network: str) -> str:
    header = called.callback_of(network).proof
    return request.headers.get(header, "") if header else ""


def _body() -> bytes:
    request.max_content_length = LARGEST
    return request.get_data(cache=False)


def _answer(act: Callable[[], str]) -> Response:
    try:
        return _plain(act(), 200)
    except called.NotGenuine:
        return _refused(_of_stranger(403))
    except called.TooMany:
        return _refused(503)
    except HTTPException as error:  # too large, or cut off
        return _refused(_of_stranger(error.code or 400))
    except ValueError:
        return _refused(_of_stranger(400))


def _of_stranger(status: int) -> int:
    """The status of a call that proved nothing: 429 where its address sends many of them."""
    return status if STRANGERS.get().allows(turns.network_of(request.remote_addr or ""), time.monotonic()) else 429


def _refused(status: int) -> Response:
    g.pop("request_started", None)  # so that the request does not block others
    if count := REFUSALS.get().note(time.monotonic()):
        log.warning("callbacks refused", extra={"count": count, "status": status})
    answer = _plain(f"{status}\n", status)
    if status in (429, 503):
        answer.headers["Retry-After"] = "1" if status == 429 else "60"
    return answer


def _plain(words: str, status: int) -> Response:
    answer = Response(words, status, mimetype="text/plain")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def init_app(_app: Flask) -> None:
    access.csrf.exempt(blueprint)
