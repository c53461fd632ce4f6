"""The changes of the register as an Atom feed (RFC 4287): a page came in, was renamed, was closed."""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree

from osm.documents.site.places import ATOM, PAGE, Places
from osm.documents.site.register import PublicChange, PublicRegister
from osm.networks.addresses import is_web

NAMESPACE = "http://www.w3.org/2005/Atom"
MOST = 50
"""Changes in the feed, the newest."""
EMPTY_SINCE = "2022-02-04T00:00:00+10:00"
"""A feed has an instant even where nothing has happened: that of the act."""


def feed(register: PublicRegister, places: Places) -> bytes:
    """UTF-8. Every entry keeps its id for ever, whatever becomes of addresses."""
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
