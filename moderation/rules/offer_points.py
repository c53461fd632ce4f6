"""Common to spam and advertising: points by theme, addresses outside the page, stories."""

from __future__ import annotations

from ..morph import ADJECTIVE, NOUN, PAST
from ..tokens import Document
from ..word import BAD_LINK, BRACKET, ENGLISH, HANDLE, LINK, MESSENGER, QUOTE, SHORTENER
from .base import Hit
from .context import in_quotes
from .offer_signs import HIDDEN_CONTACT, PLACEHOLDER_HANDLE, PLACEHOLDER_LINK

WORDS_A_POINT = 32  # long texts have chance finds: one point more for each 32 words
_MOST_EXTRA = 2
Themes = dict[str, list[tuple[int, int, str]]]


def score(doc: Document, prefix: str) -> tuple[int, Themes]:
    """Points and finds by theme.

    A word counts for one theme only: heavier and longer finds come first.
    """
    finds = [
        (entry.weight, last - first, first, last, group, entry.text)
        for group, found in doc.groups().items()
        if group.startswith(prefix)
        for first, last, entry in found
    ]
    finds.sort(key=lambda find: (-find[0], -find[1], find[2], find[4], find[5]))  # the same in every process
    taken: set[int] = set()
    themes: Themes = {}
    total = 0
    quoted = doc.mask & QUOTE
    for weight, _, first, last, group, text in finds:
        if group in themes and (
            len(themes[group]) > _MOST_EXTRA or any(text == known for _, _, known in themes[group])
        ):
            continue
        places = range(first, last + 1)
        if not taken.isdisjoint(places) or (quoted and group == "ad.offer" and in_quotes(doc, first)):
            continue
        taken.update(places)
        total += 1 if group in themes else weight
        themes.setdefault(group, []).append((first, last, text))
    return total, themes


def address(doc: Document) -> tuple[int, str]:
    """Points and name of an address outside the page: link, shortener, messenger, handle."""
    text = doc.normalised.text
    if doc.mask & (SHORTENER | BAD_LINK):
        return 4, "ссылка"
    if doc.mask & MESSENGER:
        return 3, "ссылка на мессенджер"
    if doc.mask & ENGLISH and HIDDEN_CONTACT.search(text):
        return 3, "контакт, записанный обходом"
    bracket = doc.mask & BRACKET
    if doc.mask & HANDLE or (bracket and PLACEHOLDER_HANDLE.search(text)):
        return 3, "чужой ник"
    if doc.mask & LINK or (bracket and PLACEHOLDER_LINK.search(text)):
        return 2, "ссылка"
    return 0, ""


def done(doc: Document) -> int:
    """Number of things that somebody did: one may be thanks («всё сделал сантехник Сергей»), two are a story."""
    return sum(1 for word in doc.words if word.grammar & PAST and not word.grammar & (NOUN | ADJECTIVE))


def hit(doc: Document, themes: Themes, high: bool, why: str) -> Hit:
    places = sorted(place for found in themes.values() for place in found)
    if not places:
        return Hit(0, len(doc.words) - 1, "high" if high else "medium", "", why)
    first, last, text = places[0]
    return Hit(first, last, "high" if high else "medium", text.replace("=", ""), why)
