"""/api/v1: what a system of others calls. A token in a header, no cookies, no session, every answer JSON."""

import json
import logging
import time
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from osm.base.application import Memory, current_now, current_settings
from osm.base.supervised import shared
from osm.connectors.base import ConnectorError
from osm.files.acts.pictures import ScannerDown
from osm.imports.acts.files import MAX_BYTES
from osm.integrators import views
from osm.integrators.acts import taking
from osm.integrators.queries import message_for
from osm.integrators.rules.message import Invalid
from osm.integrators.rules.words import BINARY, KEY, LARGEST, Rights
from osm.shell import access, turns
from osm.shell.access import public
from osm.shell.requests import SENDERS, LargeOfStranger

log = logging.getLogger(__name__)

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")

PER_SECOND = 20  # requests of one address that show no valid token
STRANGERS = Memory(lambda _: turns.Limit(PER_SECOND, shared(), "integrators"))


class Refused(Exception):
    """The answer is this status, with these words."""

    def __init__(self, status: int, kind: str, words: str, **more: Any) -> None:
        super().__init__(words)
        self.status, self.kind, self.more = status, kind, more


@blueprint.post("/messages")
@public
def take() -> Response:
    """Hand a message over."""
    integrator_id = _caller(Rights.WRITE)
    content, key = _body("application/json", LARGEST), request.headers.get("Idempotency-Key", "")
    if not KEY.fullmatch(key):
        raise Refused(400, "NoIdempotencyKey", "Нужен заголовок Idempotency-Key: до 200 знаков латиницы без пробелов.")
    taken = taking.take(integrator_id, key, content, _parsed(content), current_now())
    return _answer(taken.status, taken.answer)


@blueprint.post("/imports")
@public
def load() -> Response:
    """Hand an export over."""
    integrator_id = _caller(Rights.LOADS)
    content, name = _body(BINARY, MAX_BYTES), request.args.get("filename", "")
    try:
        with turns.TURNS.get().turn(-integrator_id, time.monotonic()):  # below zero: the numbers of people are above
            taken = taking.take_export(integrator_id, content, name, current_now())
    except ScannerDown as error:
        raise Refused(503, "ScannerDown", str(error), wait=60) from error
    except ConnectorError as error:
        raise Refused(422, "FileRefused", str(error)) from error
    return _answer(taken.status, taken.answer)


@blueprint.get("/messages/<path:number>", merge_slashes=False)
@public
def show(number: str) -> Response:
    """Read the state of a message."""
    integrator_id = _caller(Rights.READ)
    found = None if "\0" in number else message_for(number, integrator_id, current_settings().time_zone)
    if found is None:
        raise Refused(404, "NotFound", "Сообщения с таким номером нет, или оно другого источника.")
    return _answer(200, found)


@blueprint.get("/openapi.json")
@public
def openapi() -> Response:
    """The description of this API."""
    return _answer(200, views.document())


def _caller(right: Rights) -> int:
    """The integrator. A stranger is counted by his address, so that he cannot try tokens without end."""
    try:
        if not (token := _token()):
            raise taking.Unknown("Нужен заголовок Authorization: Bearer и ключ.")
        return taking.caller(token, right, current_now())
    except taking.Unknown:
        if not STRANGERS.get().allows(turns.network_of(request.remote_addr or ""), time.monotonic()):
            raise Refused(429, "TooMany", "Слишком много запросов без верного ключа.", wait=1) from None
        raise


def _token() -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _body(kind: str, most: int) -> bytes:
    if request.mimetype != kind:
        raise Refused(415, "UnsupportedMediaType", f"Нужен Content-Type: {kind}.")
    request.max_content_length = most
    return request.get_data(cache=False)


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content, object_pairs_hook=_named_once)
    except (ValueError, RecursionError):
        words = "Тело запроса — не JSON в UTF-8, или поле названо в нём дважды. Ничего не записано."
        raise Refused(400, "NotJson", words) from None


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a field is named twice")
    return found


def _answer(status: int, body: Any) -> Response:
    response = jsonify(body)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response


def _refusal(status: int, kind: str, words: str, **more: Any) -> Response:
    wait = more.pop("wait", None)
    response = _answer(status, {"error": words, "kind": kind, **more})
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


_REFUSALS: dict[type[Exception], Callable[[Any], Response]] = {
    Refused: lambda error: _refusal(error.status, error.kind, str(error), **error.more),
    Invalid: lambda error: _refusal(422, "Invalid", str(error), fields=error.faults),
    taking.Unknown: lambda error: _refusal(401, "Unauthorized", str(error)),
    taking.NotAllowed: lambda error: _refusal(403, "Forbidden", str(error)),
    taking.TooMany: lambda error: _refusal(429, "TooMany", str(error), wait=error.wait),
    taking.Withdrawn: lambda error: _refusal(409, "Withdrawn", str(error)),
    taking.KeyUsed: lambda error: _refusal(409, "KeyUsed", str(error)),
    taking.OfAnother: lambda error: _refusal(409, "OfAnother", str(error)),
    taking.Rejected: lambda error: _refusal(409, "Rejected", str(error)),
}
"""Named refusals → the answer. All others are answered by `osm.shell.errors`, as JSON too."""


@blueprint.errorhandler(413)
def _too_large(error: HTTPException) -> Response:
    of_export = request.endpoint == "api.load"
    if of_export and isinstance(error, LargeOfStranger):
        return _refusal(401, "Unauthorized", "Ключ не подходит, поэтому файл не прочитан. Ничего не изменено.")
    most = f"{MAX_BYTES // 1024 // 1024} МБ" if of_export else f"{LARGEST // 1024} КБ"
    return _refusal(413, "TooLarge", f"Больше {most} в одном запросе не принимается.")


def _shows_token() -> bool:
    return bool(token := _token()) and taking.is_token(token)


def init_app(app: Flask) -> None:
    access.csrf.exempt(blueprint)
    SENDERS.add(_shows_token)
    for refusal, answer in _REFUSALS.items():
        app.register_error_handler(refusal, answer)
