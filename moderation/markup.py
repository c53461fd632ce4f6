"""Remove marks of emphasis that chat programs paste (``**слово**``, ``__слово__``, ``[слово](адрес)``).

They become spaces, so that every letter keeps its place. Only pairs around whole words are removed; «п**здец» and
«*уй*» (no word of the dictionary) keep their marks, because they hide letters.
"""

from __future__ import annotations

import re

from .morph import is_known

_PAIR = re.compile(r"(?<![\w*~`\\])(\*{1,3}|_{1,3}|~~|`{1,3})(?=[^\s*_~`])([^\n*`]{1,300}?)(?<=[^\s*_~`])\1(?![\w*~`])")
_LINK = re.compile(r"\[([^\[\]\n]{1,200})\]\((\S{1,300}?)\)")
_ESCAPE = re.compile(r"\\(?=[*_~`\[\]()])")
_WORD = re.compile(r"[а-я]+")
_MARKS = ("*", "__", "~~", "`", " _", "](", "\\")


def without_marks(text: str) -> str:
    """The normalised text, of the same length, with spaces for marks of emphasis and of links."""
    if not any(mark in text for mark in _MARKS) and not text.startswith("_"):
        return text
    text = _ESCAPE.sub(" ", text)
    text = _LINK.sub(lambda link: f" {link[1]}  {link[2]} ", text)
    for _ in range(2):  # one kind of emphasis inside another
        text = _PAIR.sub(_bared, text)
    return text


def _bared(pair: re.Match[str]) -> str:
    mark, inside = pair[1], pair[2]
    if len(mark) == 1 and _WORD.fullmatch(inside) and not is_known(inside):
        return pair[0]
    blank = " " * len(mark)
    return f"{blank}{inside}{blank}"
