"""Markdown as HTML that holds nothing but text, lists, tables and links.

The library takes minutes for 30,000 brackets: what people write goes through `markdown_text.py`.
"""

from __future__ import annotations

import re

import markdown
import nh3

_TAGS = {
    "h2", "h3", "h4", "p", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote", "hr", "br", "a",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
_SCHEMES = {"http", "https", "mailto", "tel"}
_HEADING = re.compile(r"^(#{1,6})\s", re.MULTILINE)


def html_of(text: str, *, written: bool) -> str:
    """Cleaned of everything else. `written`: by people, who press Enter once where they mean a new line, and begin
    with any heading; the largest is the page's own.
    """
    extensions = ["tables", "sane_lists", *(["nl2br", "toc"] if written else [])]
    largest = min((len(marks) for marks in _HEADING.findall(text)), default=1)
    settings = {"toc": {"baselevel": 3 - largest}} if written else {}
    page = markdown.markdown(text, extensions=extensions, extension_configs=settings, output_format="html")
    return nh3.clean(page, tags=_TAGS, url_schemes=_SCHEMES)
