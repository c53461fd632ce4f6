"""The description of the API (OpenAPI 3.1), made of what the code checks by, and the pages that show it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from osm.imports.acts.files import MAX_BYTES
from osm.integrators.acts.webhooks import SECONDS, WINDOW
from osm.integrators.rules import BINARY, KEY, KEY_DAYS, LARGEST, MESSAGE, Told
from osm.models import ImportState, RowOutcome
from osm.outbox.acts.sending import MOST_TRIES
from osm.regulation.words import ClockKind, DeadlineState, Importance, ReplyKind, Status
from osm.version import VERSION

_INSTANT = {"type": ["string", "null"], "format": "date-time"}
_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}


def _codes(enumeration: Any, words: str = "", *, may_be_null: bool = False) -> dict[str, Any]:
    values = [one.value for one in enumeration]
    found: dict[str, Any] = {"enum": [*values, None] if may_be_null else values}
    return found | ({"description": words} if words else {})


def _object(required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required.split(), "properties": properties}


_TAKEN = _object(
    "number outcome status warnings",
    number={**_TEXT, "description": "Номер сообщения у администрации; без вашего номера она даёт свой."},
    outcome=_codes(
        (RowOutcome.CREATED, RowOutcome.UPDATED, RowOutcome.UNCHANGED, RowOutcome.HELD),
        "created — внесено; updated — изменено; unchanged — всё это уже есть; held — под этим номером другое "
        "сообщение, решает человек.",
    ),
    status=_codes(Status, may_be_null=True),
    status_label=_TEXT,
    warnings=_TEXTS,
)
_LOAD = _object(
    "load state words",
    load={"type": "integer", "description": "Номер загрузки у администрации."},
    state=_codes(ImportState, "; ".join(f"{one.value} — {one.label.lower()}" for one in ImportState) + "."),
    words={**_TEXT, "description": "Что будет с файлом или что с ним уже стало, словами для человека."},
)
_STATE = _object(
    "number status status_label importance received_at stored_at closed_at terms answers",
    number=_TEXT, status=_codes(Status), status_label=_TEXT, importance=_codes(Importance), network=_TEXT, url=_TEXT,
    received_at=_INSTANT, stored_at=_INSTANT, closed_at=_INSTANT,
    terms={
        "type": "array",
        "items": _object(
            "kind clause state due_at ended_at breached_at",
            kind=_codes(ClockKind), clause=_TEXT, state=_codes(DeadlineState), due_at=_INSTANT, ended_at=_INSTANT,
            breached_at=_INSTANT,
        ),
    },
    answers={
        "type": "array",
        "items": _object("kind published_at url", kind=_codes(ReplyKind), published_at=_INSTANT, url=_TEXT),
    },
)  # fmt: skip
_EVENT = _object(
    "id event occurred_at number status link",
    id={**_TEXT, "description": "Событие может прийти дважды: по id второй раз узнаётся."},
    event=_codes(Told, "; ".join(f"{one.value} — {one.label.lower()}" for one in Told) + "."), occurred_at=_INSTANT,
    number={"type": ["string", "null"], "description": "Нет у срочного доклада не о сообщении и у проверки связи."},
    status=_codes(Status, may_be_null=True), status_label={"type": ["string", "null"]},
    link={"type": ["string", "null"], "description": "Где прочитать состояние сообщения."},
    clause={**_TEXT, "description": "Пункт регламента."}, due_at={**_INSTANT, "description": "Срок, который нарушен."},
)  # fmt: skip
_ERROR = _object(
    "error kind",
    error={**_TEXT, "description": "Что не так, словами для человека."},
    kind=_TEXT,
    fields={
        "type": "object",
        "additionalProperties": _TEXTS,
        "description": "Только при 422: поле и все его ошибки. Ошибка всего тела названа message.",
    },
)

_REFUSALS = {
    400: "Нет Idempotency-Key, или тело не JSON, или поле названо в нём дважды.",
    401: "Ключа нет, он сменён, или доступ прекращён.",
    403: "Ключу не дано это право.",
    404: "Такого сообщения нет, или оно другого источника.",
    409: "Этот Idempotency-Key был у другого тела; или сообщение другого источника; или номер занят.",
    413: f"Больше {LARGEST // 1024} КБ.",
    415: "Не application/json.",
    422: "В полях ошибки, названы все.",
    429: "Слишком часто; Retry-After говорит, через сколько секунд повторить.",
    500: "Ошибка программы. Повторите с тем же Idempotency-Key.",
    503: "База занята или недоступна. Повторите с тем же Idempotency-Key.",
}
_OF_MESSAGES = _REFUSALS | {
    403: "Ключу не дано это право; или источник — ПОС, его передают файлом: POST /api/v1/imports.",
}
_OF_EXPORTS = _REFUSALS | {
    409: "Загрузку этого же файла человек только что отменил, или она не удалась.",
    413: f"Больше {MAX_BYTES // 1024 // 1024} МБ.",
    415: f"Не {BINARY}.",
    422: "Это не выгрузка, файл испорчен или не прошёл проверку на вирусы.",
    500: "Ошибка программы. Повторите.",
    503: "База занята или недоступна, или очередь за другими файлами, или проверка на вирусы не отвечает. Повторите.",
}


def _content(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _refusals(*statuses: int, words: Mapping[int, str] = _REFUSALS) -> dict[str, Any]:
    return {str(one): {"description": words[one], "content": _content("Error")} for one in statuses}


def _done(words: str, schema: str) -> dict[str, Any]:
    return {"description": words, "content": _content(schema)}


def _header(name: str, words: str, pattern: str = "") -> dict[str, Any]:
    schema = _TEXT | ({"pattern": pattern} if pattern else {})
    return {"name": name, "in": "header", "required": True, "description": words, "schema": schema}


_FILENAME = "Имя файла, каким его увидят люди."


@cache
def document() -> dict[str, Any]:
    """OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ОСМ: сообщения граждан",
            "version": VERSION,
            "description": "Ключ даёт администратор: «Управление → Источники → Интеграторы». Куки и сеансы не нужны.",
        },
        "servers": [{"url": "/", "description": "Сервер администрации"}],
        "security": [{"token": []}],
        "paths": {
            "/api/v1/messages": {
                "post": {
                    "operationId": "takeMessage",
                    "summary": "Передать сообщение",
                    "description": "Сообщение узнаётся по номеру, без него по ссылке: второй раз оно меняется, а не "
                    "вносится снова. Меняются только переданные поля.",
                    "parameters": [
                        _header(
                            "Idempotency-Key",
                            f"Свой у каждого сообщения, помнится {KEY_DAYS} дней. Тот же ключ с тем же телом — тот же "
                            "ответ, ничего не делается дважды.",
                            f"^{KEY.pattern}$",
                        )
                    ],
                    "requestBody": {"required": True, "content": _content("Message")},
                    "responses": {
                        "201": _done("Внесено.", "Taken"),
                        "200": _done("Изменено, или всё это уже есть.", "Taken"),
                        "202": _done("Под этим номером другое сообщение: решает человек.", "Taken"),
                        **_refusals(400, 401, 403, 409, 413, 415, 422, 429, 500, 503, words=_OF_MESSAGES),
                    },
                }
            },
            "/api/v1/imports": {
                "post": {
                    "operationId": "takeExport",
                    "summary": "Передать выгрузку",
                    "description": "Тело — сам файл XLSX, XLS, ODS или CSV. Он идёт путём загруженного человеком: если "
                    "такие столбцы у источника уже были и спорных строк нет, загружается сам, иначе ждёт человека. Тот "
                    "же файл второй раз ничего не делает.",
                    "parameters": [
                        {"name": "filename", "in": "query", "description": _FILENAME, "schema": _TEXT},
                    ],
                    "requestBody": {"required": True, "content": {BINARY: {"schema": {}}}},
                    "responses": {
                        "202": _done("Принято.", "Load"),
                        "200": _done("Этот файл уже передан: что с ним стало.", "Load"),
                        **_refusals(401, 403, 409, 413, 415, 422, 429, 500, 503, words=_OF_EXPORTS),
                    },
                }
            },
            "/api/v1/messages/{number}": {
                "get": {
                    "operationId": "readMessage",
                    "summary": "Прочитать состояние сообщения",
                    "description": "Ни текста, ни имён в ответе нет.",
                    "parameters": [{"name": "number", "in": "path", "required": True, "schema": {"type": "string"}}],
                    "responses": {
                        "200": _done("Состояние, сроки, ответы.", "State"),
                        **_refusals(401, 403, 404, 429, 500, 503),
                    },
                }
            },
            "/api/v1/openapi.json": {
                "get": {
                    "operationId": "readDescription",
                    "summary": "Это описание",
                    "security": [],
                    "responses": {
                        "200": {"description": "OpenAPI.", "content": {"application/json": {"schema": {}}}},
                        **_refusals(500),
                    },
                }
            },
        },
        "webhooks": {
            "event": {
                "post": {
                    "operationId": "event",
                    "summary": "Событие",
                    "description": f"Ответ 2xx за {SECONDS} секунд — доставлено. Иначе повторяется всё реже, до "
                    f"{MOST_TRIES} раз, потом ждёт администратора. Переадресация и ответ 4xx (кроме 408, 425, 429) не "
                    "повторяются.",
                    "parameters": [
                        _header("X-OSM-Event", "id события."),
                        _header(
                            "X-OSM-Signature",
                            f"t=секунды,v1=HMAC-SHA256 строки «секунды.тело» в hex. Старше {WINDOW} секунд не "
                            "принимайте.",
                            "^t=[0-9]+,v1=[0-9a-f]{64}$",
                        ),
                    ],
                    "requestBody": {"required": True, "content": _content("Event")},
                    "responses": {"2XX": {"description": "Принято."}},
                }
            }
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": dict(zip(_TITLES, (MESSAGE, _TAKEN, _LOAD, _STATE, _EVENT, _ERROR), strict=True)),
        },
    }


# --- The same as a page
@dataclass(frozen=True, slots=True)
class Operation:
    """One call; `body`: the schema of what is sent."""

    title: str
    call: str
    words: str
    headers: list[tuple[str, str]]
    body: str
    answers: list[tuple[str, str, str]]  # status, words, schema


@dataclass(frozen=True, slots=True)
class Schema:
    """Fields of an object: name, kind, whether it is always there, words."""

    name: str
    title: str
    fields: list[tuple[str, str, bool, str]]


_TITLES = {
    "Message": "Сообщение, которое передают",
    "Taken": "Ответ на переданное сообщение",
    "Load": "Ответ на переданную выгрузку",
    "State": "Состояние сообщения",
    "Event": "Событие",
    "Error": "Отказ",
}


def operations() -> Iterator[Operation]:
    """Calls of the API, then what we call."""
    for path, methods in document()["paths"].items():
        for method, one in methods.items():
            yield _operation(one, f"{method.upper()} {path}")
    yield _operation(document()["webhooks"]["event"]["post"], "POST на ваш адрес")


def _operation(one: dict[str, Any], call: str) -> Operation:
    headers = [(each["name"], each["description"]) for each in one.get("parameters", ()) if each["in"] != "path"]
    answers = [(status, each["description"], _schema_of(each)) for status, each in one["responses"].items()]
    return Operation(
        one["summary"], call, one.get("description", ""), headers, _schema_of(one.get("requestBody", {})), answers
    )


def _schema_of(part: dict[str, Any]) -> str:
    schema = part.get("content", {}).get("application/json", {}).get("schema", {})
    return str(schema.get("$ref", "")).rpartition("/")[2]


def schemas() -> Iterator[Schema]:
    for name, one in document()["components"]["schemas"].items():
        always = set(one["required"])
        fields = [
            (field, _kind(each), field in always, each.get("description", ""))
            for field, each in one["properties"].items()
        ]
        yield Schema(name, _TITLES[name], fields)


_KINDS = {
    "string": "строка",
    "integer": "целое число",
    "boolean": "true или false",
    "object": "объект",
    "array": "список",
    "null": "null",
}


def _kind(schema: dict[str, Any]) -> str:
    """The type in words, with its limits."""
    if "enum" in schema:
        return "одно из: " + ", ".join("null" if one is None else one for one in schema["enum"])
    kinds = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    words = " или ".join("время" if one == "string" and "format" in schema else _KINDS[one] for one in kinds)
    return f"{words}, до {schema['maxLength']} знаков" if "maxLength" in schema and "format" not in schema else words
