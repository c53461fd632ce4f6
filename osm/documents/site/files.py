"""The register as a feed and as JSON."""

import json
from datetime import date, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree

from osm.documents.site.register import ATOM, PAGE, PUBLIC_FIELDS, Places, PublicChange, PublicRegister
from osm.networks.addresses import is_web
from osm.regulation.own_pages import PageState

# --- The changes of the register as an Atom feed (RFC 4287): a page came in, was renamed, was closed
NAMESPACE = "http://www.w3.org/2005/Atom"
MOST = 50  # changes in the feed, the newest
EMPTY_SINCE = "2022-02-04T00:00:00+10:00"  # a feed has an instant even where nothing has happened: that of the act


def feed(register: PublicRegister, places: Places) -> bytes:
    """UTF-8. Every entry keeps its id for ever, also when addresses change."""
    ElementTree.register_namespace("", NAMESPACE)
    root = ElementTree.Element(f"{{{NAMESPACE}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": "ru"})
    changed = register.changed_at
    _add(root, "title", "Изменения реестра официальных страниц")
    _add(root, "id", _id(register, "feed"))
    _add(root, "updated", changed.isoformat(timespec="seconds") if changed else EMPTY_SINCE)
    _add(_add(root, "author"), "name", register.owner or "Администрация")
    if places.base:
        _add(root, "link", rel="self", type="application/atom+xml", href=places.full(ATOM))
        _add(root, "link", rel="alternate", type="text/html", href=places.full(PAGE))
    for change in register.changes[:MOST]:
        _entry(root, register, change)
    ElementTree.indent(root, " ")
    found: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return found + b"\n"


def _entry(root: ElementTree.Element, register: PublicRegister, change: PublicChange) -> None:
    entry, page = _add(root, "entry"), change.page
    _add(entry, "title", change.title)
    _add(entry, "id", _id(register, f"{page.id}/{change.number}"))
    _add(entry, "updated", page.updated_at.isoformat(timespec="seconds"))
    if is_web(page.url):
        _add(entry, "link", rel="alternate", href=page.url)
    words = change.words or (page.owner, page.url)
    _add(entry, "content", "\n".join([*words, *([page.note] if page.note else [])]), type="text")


def _id(register: PublicRegister, name: str) -> str:
    """Of this office's feed: by its ИНН, by its name where it has none."""
    return uuid5(NAMESPACE_URL, f"osm:accounts:{register.inn or register.owner}:{name}").urn


def _add(parent: ElementTree.Element, tag: str, text: str = "", **attributes: str) -> ElementTree.Element:
    found = ElementTree.SubElement(parent, f"{{{NAMESPACE}}}{tag}", attributes)
    found.text = _without_control(text) or None
    return found


def _without_control(text: str) -> str:
    """What XML takes: no control character but the end of a line."""
    return "".join(character for character in text if character >= " " or character == "\n")


# --- The register as JSON, and its schema
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
    "note": {**_TEXT, "description": "Как и с какого дня соцсеть ограничена в России; по закону это говорится рядом"},
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
