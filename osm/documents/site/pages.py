"""The register as web pages without scripts: a whole page, one for a frame, a piece for another page."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from osm.documents.site import open_data
from osm.documents.site.register import (
    ATOM,
    CSV,
    JSON,
    LIST,
    OPEN_DATA,
    PAGE,
    PASSPORT,
    SCHEMA,
    STYLE,
    Places,
    PublicRegister,
)
from osm.networks.addresses import is_web

TEMPLATES = Path(__file__).resolve().parents[3] / "templates" / "official" / "site"


def page(register: PublicRegister, places: Places) -> bytes:
    return _drawn("page.html", PAGE, register, places)


def embedded(register: PublicRegister, places: Places) -> bytes:
    """For an iframe: no head, links open in a new window."""
    return _drawn("embed.html", PAGE, register, places)


def fragment(register: PublicRegister, places: Places) -> bytes:
    """For a page of another site: no style, no head."""
    return _drawn("_tables.html", PAGE, register, places)


def passport_page(register: PublicRegister, places: Places) -> bytes:
    """The passport of the open data for people, with the conditions of use."""
    rows = open_data.passport(register, places)
    folder = f"{OPEN_DATA}/{open_data.set_name(register.inn)}"
    names = [open_data.data_name(at) for at in (register.past or {})]
    files = {
        "meta": f"{folder}/meta.csv",
        "structure": f"{folder}/{open_data.structure_name()}",
        "versions": [f"{folder}/{name}" for name in names],
    }
    return _drawn("passport.html", PASSPORT, register, places, rows=rows, files=files, conditions=open_data.CONDITIONS)


def _drawn(template: str, where: str, register: PublicRegister, places: Places, **more: Any) -> bytes:
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
