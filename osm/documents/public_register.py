"""The public register: what strangers may see of it, as pages, as JSON, as a feed; where its files lie."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from osm.networks.addresses import is_web
from osm.networks.catalogue import NETWORKS
from osm.regulation.own_pages import PageState

# --- Where the files of the site lie, seen from each other: on our own server, or in a folder of somebody else's site
PAGE, EMBED, FRAGMENT = "accounts.html", "accounts-embed.html", "accounts-fragment.html"
JSON, SCHEMA, CSV, ATOM = "accounts.json", "accounts.schema.json", "accounts.csv", "accounts.atom"
STYLE = "accounts.css"
OPEN_DATA = "opendata"
LIST = f"{OPEN_DATA}/list.csv"
PASSPORT = f"{OPEN_DATA}/index.html"


@dataclass(frozen=True, slots=True)
class Places:
    """`base`: the beginning of every address; empty where it is not known. On our server it is scheme and host, for a
    folder the address of the folder with its slash. `own`: names with another address on our server, from its root
    on."""

    base: str = ""
    root: str = ""  # the folder of the set on our server, «/public/»; empty: the links are from file to file
    own: Mapping[str, str] = field(default_factory=dict)

    def full(self, name: str) -> str:
        """The whole address, as far as it is known."""
        return self.base + (self._rooted(name) if self.root else name)

    def beside(self, name: str, where: str) -> str:
        """The address as a link in the file `where` of the same set."""
        return self._rooted(name) if self.root else "../" * where.count("/") + name

    def _rooted(self, name: str) -> str:
        return self.own.get(name, self.root + name)


# --- What may be public of the register: these fields and no others, in the order in which every file has them
@dataclass(frozen=True, slots=True)
class PublicPage:
    """One official page as anybody may see it. Texts are empty and days None where the office has written nothing."""

    id: int
    owner: str
    owner_inn: str
    network: str
    network_title: str
    title: str
    url: str
    status: PageState
    status_since: date | None
    created_on: date | None
    unit: str
    phone: str
    email: str
    act: str
    act_number: str
    act_date: date | None
    verified: bool
    verified_on: date | None
    updated_at: datetime  # local time, with its offset
    note: str  # how its network is restricted in Russia; the law wants it said with the name

    @property
    def status_words(self) -> str:
        """«приостановлен с 01.11.2026»."""
        words = self.status.label
        tells = self.status_since and self.status is not PageState.ACTIVE
        return f"{words} с {self.status_since:%d.%m.%Y}" if tells else words

    @property
    def ground(self) -> str:
        """«Постановление администрации от 04.02.2022 № 215»."""
        day = f" от {self.act_date:%d.%m.%Y}" if self.act_date else ""
        return f"{self.act}{day}" + (f" № {self.act_number}" if self.act_number else "")

    @property
    def is_closed(self) -> bool:
        return self.status is PageState.CLOSED


PUBLIC_FIELDS = tuple(field.name for field in fields(PublicPage))


@dataclass(frozen=True, slots=True)
class PublicChange:
    """A page came into the register, or what it says changed: for the feed, and for the passport of the data."""

    page: PublicPage
    number: int
    words: tuple[str, ...]  # «Название страницы: … → …», in the order of the form; empty where the page came in
    is_new: bool = False  # no edition of it was shown before

    @property
    def title(self) -> str:
        name = f"{self.page.network_title}, «{self.page.title}»"
        if self.is_new:
            return f"Внесена страница: {name}"
        closed = self.page.is_closed and any(words.startswith("Состояние:") for words in self.words)
        return f"Страница закрыта: {name}" if closed else f"Сведения изменены: {name}"


@dataclass(frozen=True, slots=True)
class PublicRegister:
    """Everything that is shown. `changed_at` is None while the register is empty; local time like all instants."""

    owner: str
    inn: str
    site: str
    pages: tuple[PublicPage, ...]
    changes: tuple[PublicChange, ...] = ()  # newest first
    past: Mapping[datetime, tuple[PublicPage, ...]] | None = None
    """The pages as they stood at the end of the minutes in which they changed, newest first."""
    leaves_out: bool = False
    """There are pages in networks that are blocked or forbidden in Russia, and they are not shown."""
    is_whole: bool = False
    """An administrator has said that the office keeps no other page, and the program knows of none."""

    @property
    def changed_at(self) -> datetime | None:
        return self.changes[0].page.updated_at if self.changes else None

    @property
    def kept(self) -> tuple[PublicPage, ...]:
        return tuple(page for page in self.pages if not page.is_closed)

    @property
    def closed(self) -> tuple[PublicPage, ...]:
        return tuple(page for page in self.pages if page.is_closed)


def network_title(code: str) -> str:
    return NETWORKS[code].label if code in NETWORKS else code


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
    # XML takes no control character but the end of a line.
    found.text = "".join(character for character in text if character >= " " or character == "\n") or None
    return found


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

_SCHEMA: dict[str, Any] = {
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
    return _bytes(_SCHEMA)


def _bytes(found: Any) -> bytes:
    return (json.dumps(found, ensure_ascii=False, indent=1) + "\n").encode()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value


TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "official" / "site"


def page(register: PublicRegister, places: Places) -> bytes:
    return drawn("page.html", PAGE, register, places)


def embedded(register: PublicRegister, places: Places) -> bytes:
    """For an iframe: no head, links open in a new window."""
    return drawn("embed.html", PAGE, register, places)


def fragment(register: PublicRegister, places: Places) -> bytes:
    """For a page of another site: no style, no head."""
    return drawn("_tables.html", PAGE, register, places)


def drawn(template: str, where: str, register: PublicRegister, places: Places, **more: Any) -> bytes:
    link = {
        name: places.beside(file, where)
        for name, file in (
            ("page", PAGE), ("json", JSON), ("schema", SCHEMA), ("csv", CSV), ("atom", ATOM), ("style", STYLE),
            ("list", LIST), ("passport", PASSPORT),
        )
    }  # fmt: skip
    beside = lambda file: places.beside(file, where)  # noqa: E731
    words = _environment().get_template(template)
    return words.render(register=register, link=link, beside=beside, **more).encode()


@cache
def _environment() -> Environment:
    """Own templates, apart from those of the office: nothing of a person or a session is within their reach."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    made.filters["is_web"] = is_web
    return made
