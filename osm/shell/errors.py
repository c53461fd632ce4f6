"""One place where refusals and failures become an answer: a page, a fragment for htmx or JSON."""

import logging
from dataclasses import dataclass

from flask import Flask, Response, current_app, g, jsonify, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from osm.base import errors as services
from osm.base.durable import DISK
from osm.base.transaction import give_up, is_busy, is_no_room, was_written
from osm.regulation import errors as regulation
from osm.shell.lost_form import label_of, lost_form, typed_texts
from osm.shell.requests import LargeOfStranger, in_place, is_htmx, parts_of, safe_next

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Words:
    """What the person reads: `text` says what happened, what was kept, what to do."""

    title: str
    text: str


#: Status of the answer → words; the errors of the regulation and the services bring their own text.
HTTP: dict[int, Words] = {
    400: Words("Запрос не понят", "Браузер прислал не то, что ожидалось. Ничего не изменено. Вернитесь и повторите."),
    401: Words("Нужно войти", "Сеанс закончился. Войдите и повторите действие: ничего ещё не изменено."),
    403: Words("Нет доступа", "Для этой страницы нужна другая роль. Права выдаёт администратор."),
    404: Words("Страница не найдена", "Такой страницы нет. Возможно, ссылка устарела или в адресе опечатка."),
    405: Words("Так открыть нельзя", "Этот адрес принимает только отправленную форму. Вернитесь и нажмите кнопку."),
    409: Words("Не выполнено", "Запись уже изменили. Обновите страницу."),
    413: Words("Файл слишком большой", "Отправленное больше допустимого и не принято. Уменьшите файл и повторите."),
    415: Words("Такой файл не подходит", "Файл этого вида не принимается. Ничего не изменено."),
    422: Words("Проверьте форму", "Не всё заполнено верно. Ничего не изменено."),
    429: Words("Слишком часто", "Подождите немного и повторите."),
    500: Words(
        "Ошибка программы",
        "Действие не выполнено, записи не изменены. Ошибка записана в журнал; повторите позже "
        "или сообщите администратору время и номер.",
    ),
    503: Words("Сейчас занято", "База данных занята или недоступна. Ничего не изменено, повторите через минуту."),
}

#: The nearest class of the error decides the status.
DOMAIN: dict[type[Exception], int] = {
    regulation.RegulationError: 409,
    regulation.TransitionNotAllowed: 409,
    regulation.StaleVersion: 409,
    regulation.MissingInput: 422,
    regulation.CalendarOutOfRange: 422,
    services.ServiceError: 409,
    services.NotFound: 404,
    services.NotYours: 403,
}

NO_ROOM = Words(
    "На диске сервера нет места",
    "Поэтому ничего не сохранено и войти нельзя; смотреть страницы можно. Сообщите администратору сервера: нужно "
    "освободить место или проверить диск. После этого повторите.",
)

DONE_OR_NOT = (
    "Ответ не получен до конца: возможно, действие уже выполнено. Откройте страницу заново и проверьте, "
    "прежде чем повторять."
)

_LARGE_OF_STRANGER = Words(
    "Сначала войдите",
    "Сеанс закончился, а без входа больше 1 МБ не принимается: отправленное не прочитано, ничего не изменено. "
    "Вернитесь назад: введённое осталось в форме. Войдите в соседней вкладке и отправьте форму ещё раз.",
)

_CSRF = Words(
    "Форма устарела",
    "Страница была открыта до входа или выхода, поэтому отправка не принята. "
    "Ничего не изменено; откройте страницу заново и повторите.",
)

_CSRF_AGAIN = Words(
    "Вы вошли заново",
    "Страница была открыта до этого, поэтому отправка не принята. Ничего не изменено: проверьте введённое и "
    "отправьте ещё раз.",
)

_NO_COOKIE = Words(
    "Браузер не сохранил cookie",
    "Поэтому отправка не принята, ничего не изменено. Разрешите cookie для этого сайта и откройте страницу заново. "
    "Если сайт открыт по http, администратору нужно задать OSM_HTTPS=0 или включить HTTPS.",
)

RETRY_SECONDS = 2  # after so many seconds a busy page is asked for again


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, _on_http)
    app.add_template_filter(label_of, "field_label")
    for unavailable in (DBAPIError, NoFreeConnection, OSError):
        app.register_error_handler(unavailable, _on_unavailable)
    app.register_error_handler(Exception, _on_failure)
    for error_class in (regulation.RegulationError, services.ServiceError):
        app.register_error_handler(error_class, _on_domain)


def _on_domain(error: Exception) -> AnyResponse:
    give_up()
    status = next(DOMAIN[kind] for kind in type(error).__mro__ if kind in DOMAIN)
    return answer(status, Words(HTTP[status].title, str(error)), kind=type(error).__name__)


def _on_http(error: HTTPException) -> AnyResponse:
    if isinstance(error, CSRFError):
        return _on_old_token()
    status = error.code or 500
    if status < 400:
        return error.get_response()
    if status == 401 and request.method == "GET" and not is_htmx() and not wants_json():
        return redirect(url_for("auth.login", next=request.full_path.rstrip("?")))
    words = _LARGE_OF_STRANGER if isinstance(error, LargeOfStranger) else HTTP.get(status)
    words = _API_WORDS.get(status, words) if is_api() else words
    words = words or HTTP[400 if status < 500 else 500]
    response = answer(status, words, kind=error.name)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _on_old_token() -> Response:
    """The page belongs to another log-in or to none. The person who is logged in now may send the form once more."""
    if not request.cookies:
        return answer(400, _NO_COOKIE, kind="CSRFError")
    return answer(
        400, _CSRF_AGAIN if current_user.is_authenticated and (is_htmx() or lost_form()) else _CSRF, kind="CSRFError"
    )


def _on_unavailable(error: Exception) -> AnyResponse:
    give_up()
    if is_no_room(error):
        log.error("the disk takes nothing", extra={"request": g.get("request_id", ""), "why": type(error).__name__})
        DISK.get().refused()
        return answer(503, _if_written(NO_ROOM), kind="NoRoom")
    if not is_busy(error):
        return _on_failure(error)
    cause = getattr(error, "orig", None) or error
    why = getattr(cause, "sqlstate", None) or str(cause).partition("\n")[0]
    log.warning("database busy", extra={"request": g.get("request_id", ""), "why": why})
    return busy(_if_written(HTTP[503]))


def busy(words: Words) -> Response:
    """The answer when the database had no time, with when to try again; a page tries without a click."""
    response = answer(503, words, kind="Busy")
    if request.method == "GET" and not is_htmx():
        response.headers["Refresh"] = str(RETRY_SECONDS)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _on_failure(error: Exception) -> AnyResponse:
    give_up()
    number = g.get("request_id", "")
    log.error("unhandled error", exc_info=error, extra={"request": number})
    return answer(500, _if_written(HTTP[500]), kind="InternalServerError", number=number)


def _if_written(words: Words) -> Words:
    """These words, unless something was written before the failure: then it is not sure that all is unchanged."""
    return Words(words.title, DONE_OR_NOT) if was_written() else words


def answer(status: int, words: Words, *, kind: str, number: str = "") -> Response:
    """The refusal in the form that the caller reads. The fragment goes into the region of notices, the form stays."""
    if wants_json():
        return make_response(jsonify(error=words.text, kind=kind), status)
    if status >= 500 and "_login_user" not in g:  # a page asks who is logged in: the database may be what failed
        g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]
    values = {"status": status, "words": words, "kind": kind, "number": number, "renew": words is _CSRF_AGAIN}
    if is_htmx():
        return make_response(in_place(render_template("_error_notice.html", **values), "#notices"), status)
    # After a failure nothing more is asked of the database: the page comes without the menu.
    layout = "base.html" if status < 500 else "bare.html"
    lost = lost_form() if status == 401 or words is _CSRF_AGAIN else None
    page = render_template("error.html", layout=layout, kept=typed_texts(), lost=lost, back=came_from(), **values)
    return make_response(page, status)


def came_from() -> str:
    before = parts_of(request.referrer or "")
    if before.netloc != request.host:
        return "/"
    return safe_next(before.path + (f"?{before.query}" if before.query else ""))


API = "/api/"  # how addresses begin that programs call: every answer there is JSON
_API_WORDS = {
    400: Words("", "Запрос не понят. Ничего не изменено."),
    404: Words("", "Такого адреса нет."),
    405: Words("", "Этот адрес такого метода не знает."),
    413: Words("", "Запрос слишком большой и не принят."),
}


def is_api() -> bool:
    return request.path.startswith(API)


def wants_json() -> bool:
    if is_api():
        return True
    return request.accept_mimetypes.best_match(["text/html", "application/json"], "text/html") == "application/json"
