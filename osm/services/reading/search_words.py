"""Russian words in their dictionary forms: what the index of the search holds, and what a question asks of it.

«ямы на Калининской» and «яма … Калининская» meet in the forms «яма» and «калининский». A form that may come from two
words («дорог») stands for both.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache

from moderation.morph import morph

LONGEST_WORD = 40
"""Letters; what is longer is cut in the index and in questions alike."""
_BEFORE_HIT = 40
"""Characters that are shown before a word that was asked for."""
MOST_WORDS = 12
"""Of a question: further words would not narrow it any more."""

_WORD = re.compile(r"[^\W_]+")
_WRITTEN = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff])*")
"""A word as it stands in a text: stresses and invisible signs do not end it."""
_RUSSIAN = re.compile(r"[а-яё]+")
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))

_EVERYWHERE = """
а без бы в вам вас вы да для до ее ей ему его же за и из или им их к как ко ли мне мы на над нас не нам но ни о об от
по под при про с со так там то тоже ты у уж что чтобы это этот я
"""
_UNSEEN = frozenset(_EVERYWHERE.split())
"""Words that stand nearly everywhere: neither stored nor asked for."""


def words_of(text: str) -> set[str]:
    """Every dictionary form of every word and number of a text."""
    return {form for word in _plain_words(text) for form in _forms(word)}


def question_of(text: str) -> tuple[tuple[str, ...], ...]:
    """What a typed question asks for: all of these words, each in one of its forms; empty where it has none."""
    asked = dict.fromkeys(_forms(word) for word in _plain_words(text))
    return tuple(forms for forms in asked if forms)[:MOST_WORDS]


def marked(text: str, question: Collection[Collection[str]]) -> tuple[tuple[str, bool], ...]:
    """The whole text in pieces; True: a word that the question asks for, in whatever form."""
    asked = {form for forms in question for form in forms}
    pieces, end = list[tuple[str, bool]](), 0
    for match in _WRITTEN.finditer(text) if asked else ():
        if not asked.isdisjoint(words_of(match[0])):
            pieces += [(text[end : match.start()], False), (match[0], True)]
            end = match.end()
    return tuple(piece for piece in (*pieces, (text[end:], False)) if piece[0])


def from_first_hit(text: str, question: Collection[Collection[str]]) -> str:
    """The text on one line, from a little before the first word that is asked for; empty where there is none."""
    line = " ".join(text.split())
    at = 0
    for piece, is_hit in marked(line, question):
        if is_hit:
            return line[line.find(" ", at - _BEFORE_HIT, at) + 1 :] if at > _BEFORE_HIT else line
        at += len(piece)
    return ""


def place_of(text: str, form: str) -> tuple[int, int]:
    """Where the first word of this dictionary form stands; the whole text where it has none."""
    places = (match.span() for match in _WRITTEN.finditer(text) if form in words_of(match[0]))
    return next(places, (0, len(text)))


def _plain_words(text: str) -> list[str]:
    # Composed letters first (й, ё), then what is left of marks over letters, such as stresses, goes.
    composed = unicodedata.normalize("NFC", text).translate(_INVISIBLE).casefold()
    bare = "".join(letter for letter in composed if not unicodedata.combining(letter))
    return [word[:LONGEST_WORD] for word in _WORD.findall(bare)]


def _forms(word: str) -> tuple[str, ...]:
    plain = word.replace("ё", "е")
    if plain in _UNSEEN:
        return ()
    # A number has no other form and stands in one text: a large import would only fill the memory with them.
    return lemmas_of(word) if _RUSSIAN.fullmatch(word) else (plain,)


@lru_cache(maxsize=30_000)
def lemmas_of(word: str) -> tuple[str, ...]:
    return morph(word).lemmas
