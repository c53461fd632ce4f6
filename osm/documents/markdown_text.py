"""Texts in Markdown: those that people write as HTML, made in a child process; and bare, for the search."""

import re
from functools import lru_cache
from html import unescape

from markupsafe import Markup, escape

from osm.base.child_process import MIB, ChildLimits, Ended
from osm.documents.in_child import ContentRefused, ask

LIMITS = ChildLimits(memory_bytes=256 * MIB, cpu_seconds=2, wall_seconds=15.0, output_bytes=4 * MIB)
TOO_COMPLEX = (
    "Разметка слишком сложная: скобок, звёздочек или вложенных списков и цитат слишком много. "
    "Уберите лишние или разделите текст на две страницы."
)
_ENDED = dict.fromkeys(Ended, TOO_COMPLEX)
_CHILD = "osm.documents.markdown_process"

_LINK = re.compile(r"\[([^\[\]\n]{1,300})\]\([^()\s]{0,500}\)")
_OF_LINE = re.compile(r"^[ \t]*(?:#{1,6} |[-*+>] |\d{1,9}[.)] |[-|:][-|: ]*$)", re.MULTILINE)
_MARKS = re.compile(r"<[^<>\n]{0,300}>|\*+|`+|\|")


def read_html(text: str) -> Markup:
    """The text as a page. Raises ContentRefused, OSError where the system starts no process."""
    made = _tried(text)
    if isinstance(made, ContentRefused):
        raise made
    return made


def written_html(text: str) -> Markup:
    """The same of a text that is stored: one that cannot be read as Markdown is shown as it was typed."""
    try:
        return read_html(text)
    except (ContentRefused, OSError):
        return Markup("<p>") + escape(text).replace("\n", Markup("<br>\n")) + Markup("</p>")


def bare_text(text: str) -> str:
    """Without any marks, on one line. It is made without the parser, so no text can hold up a search of all."""
    plain = _MARKS.sub(" ", _OF_LINE.sub(" ", _LINK.sub(r"\1", text)))
    return " ".join(unescape(plain).split())


@lru_cache(maxsize=200)
def _tried(text: str) -> Markup | ContentRefused:
    try:
        html = ask(_CHILD, "html", {}, text.encode(), limits=LIMITS, ended=_ENDED).decode()
        return Markup(html)  # noqa: S704  cleaned
    except ContentRefused as refused:
        return refused
