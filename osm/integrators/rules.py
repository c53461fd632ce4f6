"""Integrators: rights, events and their words; a message as they send it: its schema and its faults. Pure."""

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from osm.connectors.base import IncomingMessage, SourceState
from osm.connectors.incident_file import cells
from osm.connectors.incident_file.rows import LENGTHS, MAX_TEXT, NUMBER_LENGTH, fingerprint_of, key_of
from osm.networks.addresses import address, canonical_url, network_of_url
from osm.networks.catalogue import NETWORKS
from osm.regulation.words import Labelled


class Rights(Labelled):
    """What a token is good for."""

    WRITE = "write", "Передаёт сообщения"
    READ = "read", "Читает состояние сообщений"
    BOTH = "both", "Передаёт и читает"
    LOADS = "loads", "Передаёт выгрузки (файлы)"

    def covers(self, asked: "Rights") -> bool:
        return asked is self or (self is Rights.BOTH and asked is not Rights.LOADS)


class Told(Labelled):
    """Events that a webhook sends."""

    ANSWER = "answer.sent", "Отправлен ответ"
    BREACH = "term.breached", "Нарушен срок"
    URGENT = "urgent.reported", "Срочный доклад"
    TEST = "test", "Проверка связи"


EVENT_OF: dict[str, Told] = {
    "publish_clarification": Told.ANSWER,
    "publish_interim": Told.ANSWER,
    "publish_final": Told.ANSWER,
    "correct_publication": Told.ANSWER,
    "breach": Told.BREACH,
    "urgent_sent": Told.URGENT,
}
"""Act of the log → the event that it is for an integrator."""

ACT_WORDS: dict[str, str] = {
    "create_integrator": "интегратор добавлен",
    "edit_integrator": "интегратор изменён",
    "archive_integrator": "доступ интегратора прекращён",
    "restore_integrator": "интегратор возвращён в список",
    "issue_token": "выдан новый ключ",
    "end_token": "ключ прекращён",
    "webhook_on": "вебхук включён, выдан новый секрет",
    "webhook_off": "вебхук выключен",
    "tell_again": "программе велено снова сообщить обо всём, чего интегратор не принял",
}
"""Acts of the administrator → words."""
DELIVERY_WORDS: dict[str, str] = {
    "api_export": "интегратор передал выгрузку",
    "webhook_done": "интегратору сообщено о событии",
    "webhook_failed": "интегратор не принял событие",
    "webhook_waits": "событие для интегратора ждёт администратора",
}
"""What happens without a person → words."""

BINARY = "application/octet-stream"  # how a file is sent: its bytes are the body
LARGEST = 256 * 1024  # bytes of one request: a message of 32,767 letters, each written as \\uXXXX, has 196,602
KEY = re.compile(r"[\x21-\x7e]{1,200}")  # an `Idempotency-Key`: visible ASCII
KEY_DAYS = 7  # for so long a key is remembered


def _string(longest: int, words: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "maxLength": longest, "description": words, **more}


def _instant(words: str) -> dict[str, Any]:
    return _string(40, f"{words} Время с поясом, как 2026-04-30T10:00:00+10:00.", format="date-time")


MESSAGE: dict[str, Any] = {
    "type": "object",
    "required": ["text"],
    "additionalProperties": False,
    "properties": {
        "number": _string(NUMBER_LENGTH, "Номер в вашей системе. По нему повторная передача узнаёт сообщение."),
        "url": _string(1000, "Ссылка на сообщение. Нужна, если нет номера: тогда сообщение узнаётся по ней."),
        "text": _string(MAX_TEXT, "Текст, как его написал автор.", minLength=1),
        "network": {
            "type": "string",
            "enum": sorted(NETWORKS),
            "description": "Соцсеть. Не нужна, если её можно узнать по ссылке.",
        },
        "author": _string(LENGTHS["author"], "Имя автора, как в соцсети."),
        "author_url": _string(500, "Адрес профиля автора."),
        "published_at": _instant("Когда автор написал."),
        "received_at": _instant("Когда сообщение поступило к вам: от этого времени идёт срок П.7."),
        "deadline_at": _instant("Ваш срок ответа; сроки регламента программа считает сама."),
        "place": _string(LENGTHS["place"], "Место, о котором речь."),
        "topic": _string(LENGTHS["topic"], "Тема. Если у администрации есть тема с таким названием, она и будет."),
        "status": _string(LENGTHS["status"], "Состояние у вас, словами: «Новый», «Ответ дан»."),
        "important": {"type": "boolean", "description": "Повышенная важность (П.9)."},
        "is_repeat": {"type": "boolean", "description": "Повторное сообщение (П.15)."},
    },
}
"""JSON Schema of a message; the description for developers has it too."""

_VALIDATOR = Draft202012Validator(MESSAGE)
_TYPES = {"string": "Нужна строка.", "boolean": "Нужно true или false.", "object": "Нужен объект JSON."}
_INSTANTS = ("published_at", "received_at", "deadline_at")
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_EARLY = timedelta(days=1)
_WHOLE = "message"  # faults of the whole body are said under this name

Faults = dict[str, list[str]]  # field → what is wrong with it, in words


class Invalid(Exception):
    """The body is no message; nothing was stored."""

    def __init__(self, faults: Faults) -> None:
        super().__init__("В сообщении есть ошибки, оно не записано.")
        self.faults = faults


def message_of(body: Any, now: datetime) -> tuple[IncomingMessage, list[str]]:
    """The message as the import knows it, and what to look at. Raises Invalid with every fault of every field."""
    faults: Faults = defaultdict(list)
    for error in _VALIDATOR.iter_errors(body):
        for name, words in _said(error):
            faults[name].append(words)
    if not isinstance(body, dict):
        raise Invalid(dict(faults))
    read = {name: _read(name, value, now, faults) for name, value in body.items() if name not in faults}
    given = {name: value for name, value in read.items() if name not in faults}
    values: dict[str, Any] = {name: False if name in _FLAGS else "" for name in MESSAGE["properties"]}
    values |= dict.fromkeys(_INSTANTS) | given
    _check_together(values, body, faults)
    if faults:
        raise Invalid(dict(faults))
    state = cells.state_of(values["status"])
    warnings = [] if state is not None else [f"Незнакомый статус «{values['status']}»: принято как «Новый»."]
    values |= {"canonical_url": canonical_url(values["url"]) if values["url"] else ""}
    message = IncomingMessage(
        row=0, key=key_of(values, lambda: values["published_at"] or values["received_at"]),
        fingerprint=fingerprint_of(values, given), state=state or SourceState.OPEN, provided=frozenset(given), **values,
    )  # fmt: skip
    return message, warnings


_FLAGS = ("important", "is_repeat")


def _said(error: ValidationError) -> list[tuple[str, str]]:
    """Field and words of each fault that one error of the schema is."""
    name = str(error.path[0]) if error.path else _WHOLE
    match error.validator:
        case "required":
            missing = set(MESSAGE["required"]) - set(error.instance)
            return [(one, "Без этого поля сообщения нет.") for one in sorted(missing)]
        case "additionalProperties":
            extra = set(error.instance) - set(MESSAGE["properties"])
            return [(_plain(one), "Такого поля нет.") for one in sorted(extra)]
        case "type":
            return [(name, _TYPES[str(error.validator_value)])]
        case "minLength":
            return [(name, "Пусто: без текста отвечать не на что.")]
        case "maxLength":
            return [(name, f"Длиннее {error.validator_value} знаков: {len(error.instance)}.")]
        case "enum":
            return [(name, f"Такого значения нет. Возможны: {', '.join(error.validator_value)}.")]
    raise ValueError(f"no words for {error.validator}")


def _plain(name: str) -> str:
    """A name that others have made up, short and without what no answer can hold."""
    return name.encode(errors="replace").decode()[:60]


def _read(name: str, value: Any, now: datetime, faults: Faults) -> Any:
    """The value as it is stored; a fault is noted instead."""
    if not isinstance(value, str):
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        faults[name].append("Недопустимые знаки: половина суррогатной пары.")
        return ""
    value = value.replace("\0", "").strip() if name == "text" else cells.as_line(value.replace("\0", ""))
    if name in _INSTANTS:
        return _moment(name, value, now, faults)
    if name in ("url", "author_url") and value:
        return _link(name, value, faults)
    if name == "text" and not value:
        faults[name].append("Пусто: без текста отвечать не на что.")
    return _number(value.removeprefix("№").strip(), faults) if name == "number" else value


def _number(value: str, faults: Faults) -> str:
    """A number is a part of an address, where «.» and «..» are other places."""
    if value.startswith("/") or (value and not value.strip(".")):
        faults["number"].append("Номер не может начинаться с «/» или быть из одних точек: по адресу его не прочитать.")
    return value


def _link(name: str, value: str, faults: Faults) -> str:
    try:
        return address(value) if name == "url" else canonical_url(value)
    except ValueError:
        faults[name].append("Это не ссылка.")
        return ""


def _moment(name: str, value: str, now: datetime, faults: Faults) -> datetime | None:
    if not value:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        faults[name].append("Это не время. Нужно как 2026-04-30T10:00:00+10:00.")
        return None
    if found.tzinfo is None:
        faults[name].append("Нет часового пояса. Нужно как 2026-04-30T10:00:00+10:00.")
    elif not _FIRST <= found <= _LAST:
        faults[name].append("Такого года быть не может: проверьте дату.")
    elif name != "deadline_at" and found > now + _EARLY:
        faults[name].append("Это время ещё не наступило: проверьте дату и пояс.")
    else:
        return found.astimezone(UTC)
    return None


def _check_together(values: dict[str, Any], body: Mapping[str, Any], faults: Faults) -> None:
    if not values["number"] and not values["url"] and not {"number", "url"} & faults.keys():
        faults["number"].append("Нужен номер или ссылка: по ним сообщение узнаётся при повторной передаче.")
    by_url = network_of_url(values["url"]) if values["url"] else None
    if by_url:
        values["network"] = by_url
    elif not values["network"] and not {"network", "url"} & faults.keys():
        faults["network"].append("По ссылке соцсеть не узнать: укажите её." if "url" in body else "Укажите соцсеть.")
