"""The child process that makes HTML of the Markdown that people wrote."""

from __future__ import annotations

import re
from typing import Any

from osm.documents.in_child import ContentRefused, answer
from osm.documents.markdown_html import html_of
from osm.documents.markdown_text import LIMITS, TOO_COMPLEX

DEEPEST = 12
"""Lists and quotations in each other."""
LARGEST = 400_000
"""Characters of HTML; of 30,000 characters of text an honest page makes 100,000."""
_NESTED = re.compile(r"<(/?)(?:ul|ol|blockquote)\b")


def work(_what: str, _given: dict[str, Any], content: bytes) -> bytes:
    try:
        html = html_of(content.decode(), written=True)
    except RecursionError:
        raise ContentRefused(TOO_COMPLEX) from None
    if len(html) > LARGEST or _depth(html) > DEEPEST:
        raise ContentRefused(TOO_COMPLEX)
    return html.encode()


def _depth(html: str) -> int:
    depth = deepest = 0
    for found in _NESTED.finditer(html):
        depth += -1 if found[1] else 1
        deepest = max(deepest, depth)
    return deepest


if __name__ == "__main__":
    answer(work, LIMITS)
