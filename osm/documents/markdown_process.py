"""The child process that makes HTML of the Markdown that people wrote."""

import re
from typing import Any

import markdown
import nh3

from osm.documents import in_child

# --- HTML that holds nothing but text, lists, tables and links
_TAGS = {
    "h2", "h3", "h4", "p", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote", "hr", "br", "a",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
_SCHEMES = {"http", "https", "mailto", "tel"}
_HEADING = re.compile(r"^(#{1,6})\s", re.MULTILINE)


def html_of(text: str, *, written: bool) -> str:
    """Cleaned of everything else. `written`: by people, who press Enter once where they mean a new line, and begin with
    any heading; the largest is the page's own."""
    extensions = ["tables", "sane_lists", *(["nl2br", "toc"] if written else [])]
    largest = min((len(marks) for marks in _HEADING.findall(text)), default=1)
    settings = {"toc": {"baselevel": 3 - largest}} if written else {}
    page = markdown.markdown(text, extensions=extensions, extension_configs=settings, output_format="html")
    return nh3.clean(page, tags=_TAGS, url_schemes=_SCHEMES)


DEEPEST = 12  # lists and quotations in each other
LARGEST = 400_000  # characters of HTML; of 30,000 characters of text an honest page makes 100,000
_NESTED = re.compile(r"<(/?)(?:ul|ol|blockquote)\b")


def work(_what: str, _given: dict[str, Any], content: bytes) -> bytes:
    try:
        html = html_of(content.decode(), written=True)
    except RecursionError:
        raise in_child.ContentRefused(in_child.TOO_COMPLEX) from None
    if len(html) > LARGEST or _depth(html) > DEEPEST:
        raise in_child.ContentRefused(in_child.TOO_COMPLEX)
    return html.encode()


def _depth(html: str) -> int:
    depth = deepest = 0
    for found in _NESTED.finditer(html):
        depth += -1 if found[1] else 1
        deepest = max(deepest, depth)
    return deepest


if __name__ == "__main__":
    in_child.answer(work, in_child.LIMITS)
