"""Markdown as HTML that holds nothing but text, lists, tables and links; and as bare text, for the search."""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape

import markdown
import nh3
from markupsafe import Markup

_TAGS = {
    "h2", "h3", "h4", "p", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote", "hr", "br", "a",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
_SCHEMES = {"http", "https", "mailto", "tel"}
_EXTENSIONS = ["tables", "sane_lists"]
#: People press Enter once where they mean a new line, and begin with whatever heading; the largest is the page's own.
_HEADING = re.compile(r"^(#{1,6})\s", re.MULTILINE)
_OF_PEOPLE = [*_EXTENSIONS, "nl2br", "toc"]


def own_html(text: str) -> Markup:
    """A text of the program itself. It is cleaned all the same, in case of a mistake."""
    return _html(text, tuple(_EXTENSIONS))


def written_html(text: str) -> Markup:
    """A text that somebody wrote: of HTML nothing stays, of addresses those of pages, mail and telephones."""
    return _html(text, tuple(_OF_PEOPLE))


def bare_text(text: str) -> str:
    """The same without any marks, on one line."""
    return _bare(text)


@lru_cache(maxsize=500)
def _html(text: str, extensions: tuple[str, ...]) -> Markup:
    largest = min((len(marks) for marks in _HEADING.findall(text)), default=1)
    settings = {"toc": {"baselevel": 3 - largest}} if "toc" in extensions else {}
    page = markdown.markdown(text, extensions=list(extensions), extension_configs=settings, output_format="html")
    return Markup(nh3.clean(page, tags=_TAGS, url_schemes=_SCHEMES))  # noqa: S704  cleaned


@lru_cache(maxsize=500)
def _bare(text: str) -> str:
    page = str(_html(text, tuple(_OF_PEOPLE))).replace("<", " <")
    return " ".join(unescape(nh3.clean(page, tags=set())).split())
