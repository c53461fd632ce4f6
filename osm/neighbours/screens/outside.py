"""The page behind a one-time link, for a person without log-in: the code, the form, thanks. Opening changes nothing."""

import time
from typing import Any

from flask import Blueprint, Flask, Response, make_response, render_template, request
from itsdangerous import BadSignature
from werkzeug.exceptions import RequestEntityTooLarge

from osm.base.application import Memory, current_now, current_settings
from osm.base.durable import signer
from osm.base.supervised import shared
from osm.files.views import uploads
from osm.neighbours.acts import answering
from osm.neighbours.acts.answering import Shut
from osm.regulation.errors import MissingInput
from osm.shell import access
from osm.shell.access import public
from osm.shell.form_values import text
from osm.shell.requests import SENDERS
from osm.shell.turns import SHARE, Limit, network_of

blueprint = Blueprint("neighbour_link", __name__, url_prefix="/public/ask")

COOKIE = "osm_ask"  # which question the code was entered for: who has none may send no photos
_LIMIT = Memory(lambda of: Limit(of.settings.site.per_second * SHARE, shared(), "site_addresses"))


@blueprint.get("")
@public
def ask() -> Response:
    key = request.args.get("key", "")
    answering.must_be_open(key, current_now())
    return _page("code", key=key)


@blueprint.post("")
@public
def enter() -> Response:
    key = text("key")
    row, left = answering.enter_code(key, text("code"), current_now())
    if left:
        return _page("code", key=key, error=f"Код не подошёл. Осталось попыток: {left}.", status=422)
    response = _page("form", row=row)
    response.set_cookie(COOKIE, _signer().dumps([row.id, row.mark]), **_flags())
    return response


@blueprint.post("/answer")
@public
def send() -> Response:
    question_id, mark = _shown()
    try:
        answering.receive(question_id, mark, text=text("text"), photos=uploads("photos"), now=current_now())
    except MissingInput as refused:
        row = answering.opened(question_id, mark, current_now())
        return _page("form", row=row, error=str(refused), typed=text("text"), status=422)
    response = _page("thanks")
    response.delete_cookie(COOKIE, **_flags())
    return response


def _page(step: str, *, status: int = 200, **values: Any) -> Response:
    return make_response(render_template("neighbours/outside.html", step=step, **values), status)


def _signer() -> Any:
    return signer("neighbour-link")


def _flags() -> dict[str, Any]:
    return {"httponly": True, "samesite": "Strict", "secure": current_settings().https, "path": "/public/ask"}


def _shown() -> tuple[int, str]:
    """The question that this browser has opened. Raises Shut."""
    try:
        question_id, mark = _signer().loads(request.cookies.get(COOKIE, ""))
    except (BadSignature, ValueError):
        raise Shut from None
    return question_id, mark


def _has_opened() -> bool:
    """Whether these headers come from a form with its code entered: its photos are read."""
    if COOKIE not in request.cookies:
        return False
    try:
        return answering.opened(*_shown(), current_now()) is not None
    except Shut:
        return False


@blueprint.before_request
def _limit() -> Response | None:
    if _LIMIT.get().allows(network_of(request.remote_addr or ""), time.monotonic()):
        return None
    return _page("shut", words="Слишком много запросов. Попробуйте через минуту.", status=429)


@blueprint.errorhandler(Shut)
def _shut(error: Shut) -> Response:
    return _page("shut", words=str(error), status=404)


@blueprint.errorhandler(RequestEntityTooLarge)
def _too_large(_error: RequestEntityTooLarge) -> Response:
    words = (
        "Фото слишком большие, или страница открыта давно. Ничего не отправлено: откройте ссылку ещё раз, код тот же."
    )
    return _page("shut", words=words, status=413)


@blueprint.after_request
def _keep_to_itself(response: Response) -> Response:
    """Also a page of an error: its address has the key."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def init_app(_app: Flask) -> None:
    access.csrf.exempt(blueprint)  # no log-in is used: the key, the code and the cookie of this path are what counts
    SENDERS.add(_has_opened)
