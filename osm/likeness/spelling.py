"""Whether a new text of a message says something else, or the same in another spelling. Pure."""

from __future__ import annotations

import html
import re
import unicodedata

_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_WORD = re.compile(r"[^\W_]+")
_ENDS_OPEN = re.compile(r"(?:…|\.\.\.?)\s*[\])»\"]*\s*$")
_LIMITS = frozenset(
    {100, 120, 128, 140, 150, 160, 200, 250, 255, 256, 300, 400, 500, 512, 1000, 1024, 2000, 2048, 4000, 4096}
)
"""Lengths at which programs cut a text."""


def is_empty(text: str) -> bool:
    """Whether the text has no letter, no digit and no picture."""
    return not any(unicodedata.category(character)[0] in "LN" or unicodedata.category(character) == "So"
                   for character in _plain(text))  # fmt: skip


def same_words(old: str, new: str) -> bool:
    """Whether only spaces, punctuation, signs, case, HTML entities or tags differ.

    Words may be joined or split, figures may not: «1,5» is not «15».
    """
    return old == new or _letters(old) == _letters(new)


def is_cut(short: str, whole: str) -> bool:
    """Whether `short` is `whole` cut by a program.

    A person who deletes the end of his text leaves whole words, so there must be an ellipsis, half a word, or a length
    at which programs cut.
    """
    start, full = _letters(short), _letters(whole)
    if not start or start == full or not full.startswith(start):
        return False
    return bool(_ENDS_OPEN.search(short)) or len(short.strip()) in _LIMITS or _ends_in_word(short, whole)


def _ends_in_word(short: str, whole: str) -> bool:
    left, all_words = _WORD.findall(_plain(short).casefold()), _WORD.findall(_plain(whole).casefold())
    place = len(left) - 1
    return place < len(all_words) and left[place] != all_words[place] and all_words[place].startswith(left[place])


def _plain(text: str) -> str:
    # Twice: an export of an export has «&amp;quot;».
    return unicodedata.normalize("NFKC", _TAG.sub(" ", html.unescape(html.unescape(text))))


def _letters(text: str) -> str:
    """Letters and digits only; two adjacent numbers stay apart."""
    found = ""
    for word in _WORD.findall(_plain(text).casefold()):
        found += "|" if found and found[-1].isdigit() and word[0].isdigit() else ""
        found += word
    return found
