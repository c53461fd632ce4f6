"""The register as JSON, and the schema that says what stands in it."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from osm.documents.site.register import PUBLIC_FIELDS, PublicRegister
from osm.regulation.official.register import PageState

VERSION = "1.1"

_TEXT = {"type": "string"}
_DAY = {"type": ["string", "null"], "format": "date"}
_INN = {"type": "string", "pattern": "^([0-9]{10}|[0-9]{12})?$"}
_INSTANT = {"type": "string", "format": "date-time"}
_FIELDS: dict[str, dict[str, Any]] = {
    "id": {"type": "integer", "minimum": 1, "description": "Номер страницы в реестре, не меняется"},
    "owner": {**_TEXT, "description": "Орган или организация"},
    "owner_inn": {**_INN, "description": "ИНН органа или организации; пусто — не указан"},
    "network": {**_TEXT, "description": "Код соцсети: vk, ok, telegram, max …"},
    "network_title": {**_TEXT, "description": "Название соцсети"},
    "title": {**_TEXT, "minLength": 1, "description": "Название страницы"},
    "url": {"type": "string", "format": "uri", "description": "Адрес страницы"},
    "status": {"enum": [str(state) for state in PageState], "description": "Действует, приостановлена, закрыта"},
    "status_since": {**_DAY, "description": "С какого дня в этом состоянии"},
    "created_on": {**_DAY, "description": "С какого дня ведётся"},
    "unit": {**_TEXT, "description": "Ответственное подразделение"},
    "phone": {**_TEXT, "description": "Служебный телефон"},
    "email": {**_TEXT, "description": "Служебная почта"},
    "act": {**_TEXT, "description": "Документ, по которому ведётся страница"},
    "act_number": {**_TEXT, "description": "Номер документа"},
    "act_date": {**_DAY, "description": "Дата документа"},
    "verified": {"type": "boolean", "description": "На странице есть отметка Госуслуг"},
    "verified_on": {**_DAY, "description": "С какого дня есть отметка"},
    "updated_at": {**_INSTANT, "description": "Когда сведения о странице изменены"},
    "note": {
        **_TEXT,
        "description": "Как и с какого дня соцсеть ограничена в России; по закону это говорится рядом",
    },
}

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Реестр официальных страниц в социальных сетях",
    "type": "object",
    "required": ["schema", "updated_at", "owner", "complete", "items"],
    "additionalProperties": False,
    "properties": {
        "schema": {"const": VERSION},
        "updated_at": {"type": ["string", "null"], "format": "date-time", "description": "Последнее изменение реестра"},
        "owner": {
            "type": "object",
            "required": ["name", "inn"],
            "additionalProperties": False,
            "properties": {"name": _TEXT, "inn": _INN},
        },
        "complete": {
            "type": "boolean",
            "description": "Администрация подтвердила, что других страниц не ведёт; нет — об этом ничего не сказано",
        },
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "required": list(PUBLIC_FIELDS),
                "additionalProperties": False,
                "properties": {name: _FIELDS[name] for name in PUBLIC_FIELDS},
            },
        },
    },
}

DESCRIPTIONS: dict[str, str] = {name: str(_FIELDS[name]["description"]) for name in PUBLIC_FIELDS}


def register_json(register: PublicRegister) -> bytes:
    """UTF-8; instants with their offset, days as 2026-11-25."""
    found = {
        "schema": VERSION,
        "updated_at": _plain(register.changed_at),
        "owner": {"name": register.owner, "inn": register.inn},
        "complete": register.is_whole,
        "items": [{name: _plain(getattr(page, name)) for name in PUBLIC_FIELDS} for page in register.pages],
    }
    return _bytes(found)


def schema_json() -> bytes:
    return _bytes(SCHEMA)


def _bytes(found: Any) -> bytes:
    return (json.dumps(found, ensure_ascii=False, indent=1) + "\n").encode()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value
