"""The addresses that networks call: what they tell is stored and nothing else is done. No log-in, no token of forms.

A call that proves nothing gets 403 and no line of the log: the number of such calls is logged once a minute.
Each call is first asked for its proof, and only one without it is counted, by its address. So strangers never use up
what belongs to a network, not even where all come through one proxy; a network is bounded by what may wait.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock

from flask import Blueprint, Flask, Response, current_app, g, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from osm.accounts.acts import called, posting, publishing, ways
from osm.accounts.queries import GoingOut, OutOfMany, correction_goes_at, going_out, out_of_many
from osm.answers.forms import publishing_page
from osm.clock import current_now
from osm.flow.acts.edits import SendingBegun
from osm.limit import Limit, network_of
from osm.regulation.words import Role
from osm.web.access import allow, me, public
from osm.web.extensions import csrf
from osm.web.form_values import number, seen_version, text
from osm.web.htmx import see_other
from osm.web.roster import visible_card
from osm.web.run_act import REFUSED, press, run_on_message

# --- «Опубликовать» on a connected page
publications_blueprint = Blueprint("publications", __name__, url_prefix="/messages")


@dataclass(frozen=True, slots=True)
class WayOut:
    """How the program itself can place the answer, and what has become of it."""

    page: str
    going: GoingOut | None


def way_out(message_id: int) -> WayOut | None:
    """None where the answer is placed by hand and the program was not asked to."""
    way, going = ways.way_of(message_id), going_out(message_id)
    if way is None and going is None:
        return None
    return WayOut(way.connection.account.title if way else "", going)


@dataclass(frozen=True, slots=True)
class WaysOut:
    """Of a common answer: how many more the program could place by one press, and what is under way."""

    ready: int
    out: OutOfMany


def ways_out(approved_ids: Sequence[int]) -> WaysOut:
    """Of the messages with an approved answer that waits for publication."""
    out = out_of_many(approved_ids)
    return WaysOut(len(ways.ways_of([number for number in approved_ids if number not in out.ordered])), out)


@publications_blueprint.post("/<int:message_id>/publication")
@allow(Role.CURATOR, Role.EXECUTOR)
def order(message_id: int) -> ResponseReturnValue:
    return _run(message_id, publishing.order, "Ответ будет размещён через минуту: пока его можно остановить.")


@publications_blueprint.post("/<int:message_id>/publication/stop")
@allow(Role.CURATOR, Role.EXECUTOR)
def stop(message_id: int) -> ResponseReturnValue:
    return _run(message_id, publishing.stop, "Остановлено: ответ не размещён и снова ждёт вас.")


@publications_blueprint.post("/<int:message_id>/publication/again")
@allow(Role.CURATOR, Role.EXECUTOR)
def again(message_id: int) -> ResponseReturnValue:
    act = partial(
        publishing.try_again,
        action_id=number("action") or 0,
        action_version=number("action_version") or 0,
        in_spite=text("in_spite") == "1",
    )
    return _run(message_id, act, "Программа попробует ещё раз.")


@publications_blueprint.post("/<int:message_id>/correction/stop")
@allow(Role.CURATOR)
def take_back(message_id: int) -> ResponseReturnValue:
    visible_card(message_id, me())
    act = partial(posting.take_back, message_id, seen_version())
    notice = "Исправление отменено: в соцсети и здесь прежний текст."
    return press(act, url_for("card.show", message_id=message_id), lambda _: notice)


def _run(message_id: int, service: Callable[..., object], notice: str) -> ResponseReturnValue:
    here = url_for("publishing.show", message_id=message_id)
    refused = (*REFUSED, publishing.NotByItself, SendingBegun)
    done = lambda _: see_other(here, notice)  # noqa: E731
    return run_on_message(message_id, "", service, publishing_page, done, refused=refused)


# --- The addresses that networks call
log = logging.getLogger(__name__)

callback_blueprint = Blueprint("callback", __name__, url_prefix="/callback")

LARGEST = 512 * 1024
"""Bytes of one call: a comment with ten photos has fifty thousand."""
PER_SECOND = 40
"""Calls of one address that prove nothing."""
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


@callback_blueprint.post("/vk")
@public
def vk() -> ResponseReturnValue:
    return _answer(lambda: called.receive("vk", _body(), "", current_now()))


@callback_blueprint.post("/instagram")
@public
def instagram() -> ResponseReturnValue:
    signature = request.headers.get("X-Hub-Signature-256", "")
    return _answer(lambda: called.receive("instagram", _body(), signature, current_now()))


@callback_blueprint.get("/instagram")
@public
def instagram_asks() -> ResponseReturnValue:
    """Whether the address is ours: it is answered with what Meta has sent along."""
    asked = request.args
    return _answer(lambda: called.challenged("instagram", asked.get("hub.verify_token", ""), asked["hub.challenge"]))


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
    strangers: Limit = current_app.extensions["osm_callback_strangers"]
    return status if strangers.allows(network_of(request.remote_addr or ""), time.monotonic()) else 429


def _refused(status: int) -> Response:
    g.pop("request_started", None)  # so that the request does not block others
    if count := current_app.extensions["osm_callback_refusals"].note(time.monotonic()):
        log.warning("callbacks refused", extra={"count": count, "status": status})
    answer = _plain(f"{status}\n", status)
    if status in (429, 503):
        answer.headers["Retry-After"] = "1" if status == 429 else "60"
    return answer


def _plain(words: str, status: int) -> Response:
    answer = Response(words, status, mimetype="text/plain")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def init_app(app: Flask) -> None:
    app.jinja_env.globals["way_out"] = way_out
    app.jinja_env.globals["ways_out"] = ways_out
    app.jinja_env.globals["correction_goes_at"] = correction_goes_at
    app.extensions["osm_callback_strangers"] = Limit(PER_SECOND)
    app.extensions["osm_callback_refusals"] = Refusals()
    csrf.exempt(callback_blueprint)
