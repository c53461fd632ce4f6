"""/admin/integrators: the list, keys, webhooks; /help/developers; /api/v1: what another system calls."""

import json
import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from osm.base.application import Memory, current_now, local_zone
from osm.base.numbers import whole
from osm.base.supervised import shared
from osm.connectors.base import ConnectorError
from osm.files.acts.scanning import ScannerDown
from osm.imports.acts.files import MAX_BYTES
from osm.integrators import queries, views
from osm.integrators.acts import taking, webhooks
from osm.integrators.queries import message_for
from osm.integrators.rules import BINARY, KEY, LARGEST, Invalid, Rights, Told
from osm.models import Integrator, OutboxAction
from osm.outbox.acts import orders
from osm.regulation.blacklist import OutboxState
from osm.regulation.words import Role
from osm.shell import access, turns
from osm.shell.access import Screens, public, signed_in
from osm.shell.form_values import seen_version, text
from osm.shell.requests import SENDERS, LargeOfStranger
from osm.shell.run_act import Field, ListPages, PageActs, Step, press

blueprint = Screens("integrators", __name__, url_prefix="/admin/integrators")
developers = Screens("developers", __name__, url_prefix="/help")

SEES = (("0", "только своего источника"), ("1", "всех источников"))
EVENT_LABELS = {one.value: one.label for one in Told}


def _shown(row: Integrator | None) -> dict[str, Any]:
    if row is None:
        return {}
    now = current_now()
    return {
        "is_told": queries.is_told(row),
        "deliveries": queries.deliveries(row.id),
        "outcome": partial(_outcome, now=now),
        "event_labels": EVENT_LABELS,
        "url": text("url") or row.webhook_url,
    }


def _outcome(action: OutboxAction, now: Any) -> tuple[str, str]:
    """Level and words."""
    if action.state is OutboxState.DONE:
        return "met", "доставлено"
    if action.state is OutboxState.CANCELLED:
        return "off", "отменено"
    if action.for_person or action.state is OutboxState.FAILED:
        return "overdue", "ждёт вас"
    return ("soon", "отправляется") if orders.is_being_sent(action, now) else ("later", "ждёт отправки")


PAGES = ListPages(
    kind="integrator", what="Интегратор", new="Новый интегратор", title="Интеграторы", is_archived="доступ прекращён",
    roles=(Role.ADMIN,), row=queries.integrator, template="integrators/integrator.html",
    fields=(
        Field("name", "Название", shown={"required": True, "autocomplete": "off"}),
        Field(
            "source", "Источник",
            "Под этим именем его сообщения видны в загрузках. Если такого источника ещё нет, он появится.",
            stored=lambda row, name: {name: row.source.name}, shown={"required": True, "autocomplete": "off"},
        ),
        Field("rights", "Что разрешено", options=lambda _row: [(one.value, one.label) for one in Rights]),
        Field(
            "sees_all", "Какие сообщения читает и о каких узнаёт", read=lambda name: text(name) == "1",
            options=lambda _row: SEES, stored=lambda row, name: {name: str(int(row.sees_all))},
        ),
        Field("per_minute", "Запросов в минуту", read=lambda name: whole(text(name)), shown={"required": True}),
    ),
    proposed={"rights": Rights.BOTH.value, "sees_all": "0", "per_minute": "60"},
    create=webhooks.create, edit=webhooks.edit, added="Интегратор добавлен. Теперь выдайте ему ключ.", values=_shown,
    archive=Step(
        webhooks.archive, "Его ключ перестанет действовать, события ему не пойдут. Переданные сообщения останутся.",
        "Доступ прекращён.",
    ),
    restore=Step(webhooks.restore, "Он вернётся без ключа и с выключенным вебхуком.", "Возвращён. Выдайте новый ключ."),
)  # fmt: skip


@blueprint.get("", Role.ADMIN)
def index() -> str:
    return render_template(
        "integrators/index.html", kept=PAGES, rows=queries.integrators(), is_told=queries.is_told,
        rights={one: one.label for one in Rights},
    )  # fmt: skip


PAGES.add_to(blueprint)


def _once(what: str) -> Callable[[str], Response]:
    """A key or a secret is shown only in this answer, which browsers must not store."""

    def shown(word: str) -> Response:
        page = render_template("integrators/once.html", word=word, what=what, back=request.path.rpartition("/")[0])
        return make_response(page, {"Cache-Control": "no-store"})

    return shown


ROW = PageActs(blueprint=blueprint, rule="/<int:integrator_id>", page=PAGES.page, kind="integrator")
ROW.post("/token", webhooks.issue_token, _once("Ключ"), Role.ADMIN, endpoint="issue_token")
ROW.post("/token/end", webhooks.end_token, "Ключ больше не действует.", Role.ADMIN, endpoint="end_token")
ROW.post("/webhook", webhooks.switch_webhook_on, _once("Секрет вебхука"), Role.ADMIN, endpoint="switch_on", url=text)
ROW.post("/webhook/off", webhooks.switch_webhook_off, "Вебхук выключен.", Role.ADMIN, endpoint="switch_off")
ROW.post("/test", webhooks.test, "Проверка отправляется: исход появится в списке ниже, обновите страницу.", Role.ADMIN)

ROW.post("/again", webhooks.tell_again, "Программа сообщит обо всём ещё раз.", Role.ADMIN, endpoint="tell_again")


@blueprint.post("/<int:integrator_id>/deliveries/<int:action_id>/again", Role.ADMIN)
def again(integrator_id: int, action_id: int) -> ResponseReturnValue:
    act = partial(orders.try_again, action_id, seen_version(), integrator_id=integrator_id)
    return press(act, url_for(".show", integrator_id=integrator_id), lambda _: "Программа сообщит ещё раз.")


# --- For the developers of the other system
@developers.get("/developers", endpoint="show")
@signed_in
def developers_page() -> str:
    description = views.document()
    return render_template(
        "integrators/developers.html", info=description["info"], operations=[*views.operations()],
        schemas=[*views.schemas()],
    )  # fmt: skip


log = logging.getLogger(__name__)

api = Blueprint("api", __name__, url_prefix="/api/v1")

PER_SECOND = 20  # requests of one address that show no valid token
STRANGERS = Memory(lambda _: turns.Limit(PER_SECOND, shared(), "integrators"))


class Refused(Exception):
    """The answer is this status, with these words."""

    def __init__(self, status: int, kind: str, words: str, **more: Any) -> None:
        super().__init__(words)
        self.status, self.kind, self.more = status, kind, more


@api.post("/messages")
@public
def take() -> Response:
    """Hand a message over."""
    integrator_id = _caller(Rights.WRITE)
    content, key = _body("application/json", LARGEST), request.headers.get("Idempotency-Key", "")
    if not KEY.fullmatch(key):
        raise Refused(400, "NoIdempotencyKey", "Нужен заголовок Idempotency-Key: до 200 знаков латиницы без пробелов.")
    taken = taking.take(integrator_id, key, content, _parsed(content), current_now())
    return _answer(taken.status, taken.answer)


@api.post("/imports")
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


@api.get("/messages/<path:number>", merge_slashes=False)
@public
def show(number: str) -> Response:
    """Read the state of a message."""
    integrator_id = _caller(Rights.READ)
    found = None if "\0" in number else message_for(number, integrator_id, local_zone())
    if found is None:
        raise Refused(404, "NotFound", "Сообщения с таким номером нет, или оно другого источника.")
    return _answer(200, found)


@api.get("/openapi.json")
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
    taking.Conflict: lambda error: _refusal(409, error.kind, str(error)),
}
"""Named refusals → the answer. All others are answered by `osm.shell.errors`, as JSON too."""


@api.errorhandler(413)
def _too_large(error: HTTPException) -> Response:
    of_export = request.endpoint == "api.load"
    if of_export and isinstance(error, LargeOfStranger):
        return _refusal(401, "Unauthorized", "Ключ не подходит, поэтому файл не прочитан. Ничего не изменено.")
    most = f"{MAX_BYTES // 1024 // 1024} МБ" if of_export else f"{LARGEST // 1024} КБ"
    return _refusal(413, "TooLarge", f"Больше {most} в одном запросе не принимается.")


def _shows_token() -> bool:
    return bool(token := _token()) and taking.is_token(token)


def init_app(app: Flask) -> None:
    access.csrf.exempt(api)
    SENDERS.add(_shows_token)
    for refusal, answer in _REFUSALS.items():
        app.register_error_handler(refusal, answer)
