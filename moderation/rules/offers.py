"""Spam: no single word decides, the sum of different themes does (offer, money, call, address)."""

from __future__ import annotations

from collections.abc import Iterator

from ..morph import IMPERATIVE, NOUN
from ..tokens import Document
from ..word import BAD_LINK, BRACKET, ENGLISH, EXCLAIM, GLUED, HANDLE, LINK, MESSENGER, MIXED, MONEY, NUMBER, SHORTENER
from .base import Groups, Hit, Rule
from .offer_points import WORDS_A_POINT, address, done, hit, score, speaks_of, within_reach
from .offer_signs import COMPLAINT, PRICE, REQUEST, TITLES, WAGE, WARNING

_LEADS_AWAY = LINK | HANDLE | MIXED | SHORTENER | BAD_LINK | MESSENGER | BRACKET | GLUED
_WAKES = MIXED | GLUED | BAD_LINK | NUMBER | MONEY
SPAM_REVIEW, SPAM_EXCLUDE = 4, 9
_CONTACT_ONLY = {"spam.contact", "spam.weak", "spam.free"}
_HERE = frozenset({"тут", "здесь", "там", "вот", "сюда", "бесплатно", "сайт", "сайте", "ссылке", "ссылка", "ссылку"})
_SCARE = 3  # the weight of the list of dangers
_SHORT_TEXT = 14
_EVERYDAY = {"spam.pay", "spam.free", "spam.weak", "spam.chore", "spam.hire"}
_ONLY_SUPPORT = {"spam.pay", "spam.free", "spam.weak", "spam.chore"}


def _spam(doc: Document, groups: Groups) -> Iterator[Hit]:
    number = doc.mask & (NUMBER | MONEY)
    if (
        not speaks_of(doc, "spam.")
        and not doc.mask & (MIXED | GLUED | SHORTENER | BAD_LINK)
        and not (number and WAGE.search(doc.normalised.text))
    ):
        return
    length = len(doc.words) // WORDS_A_POINT
    least = SPAM_REVIEW + length - (len(doc.words) <= _SHORT_TEXT)
    leads_away = doc.mask & _LEADS_AWAY  # brings so many points that nothing can be foretold
    others = bool(number) * 5 + bool(doc.mask & EXCLAIM) + bool(doc.mask & ENGLISH) * 3
    if not leads_away and not within_reach(doc, "spam.", others, least):
        return
    total, themes = score(doc, "spam.")
    themes.pop("spam.civic", None)
    if "spam.scare" in themes and "spam.rumor" not in themes:
        total -= _SCARE + len(themes.pop("spam.scare")) - 1  # a danger is spam only where all are to be told
    if not leads_away and total + others < least:
        return  # the sum cannot be reached any more
    named = [TITLES[group] for group in themes]
    points, where = address(doc)
    text = doc.normalised.text
    lured = bool(doc.mask & BAD_LINK) and _lures(doc, text)
    if lured:
        total += 1
        named.append("заманивание на случайный сайт")
    disguised = doc.mask & MIXED and sum(1 for word in doc.words if word.mask & MIXED and not word.profane)
    if disguised >= 2:
        total += min(6, 1 + 2 * disguised // 2)
        named.append("замаскированные слова")
    if doc.mask & GLUED:
        total += 4
        named.append("слова слиты в одно")
    if points:
        total += points
        named.append(where)
    if number and (PRICE.search(text) or WAGE.search(text)):
        total += 2
        named.append("сумма денег")
    if doc.mask & EXCLAIM and sum(1 for word in doc.words if word.mask & EXCLAIM) >= 3:
        total += 1
    if total + bool(doc.mask & NUMBER) * 3 < least:
        return  # the price of a service brings three points, nothing brings more
    complains = bool(COMPLAINT.search(text))
    if not complains and doc.mask & NUMBER and WAGE.search(text):
        total += 3
        named.append("плата за услугу")
    if total < least:
        return  # from here on points are only taken away
    evades = disguised >= 3  # letters of other alphabets in several words are typed on purpose
    if (not points and "spam.contact" not in themes and REQUEST.search(text)) or (
        not evades
        and complains
        and not points
        and (themes.keys() <= _EVERYDAY or ("?" in text and "spam.contact" not in themes))
    ):
        total -= 2
    if done(doc) > 1 and "spam.contact" not in themes and not lured:
        total -= 2 + points
    if themes and themes.keys() <= _CONTACT_ONLY and not points:
        total -= 1 if number else 2
    if (
        not themes.keys() - _ONLY_SUPPORT
        and not doc.mask & GLUED
        and points < 4
        and not evades
        and "плата за услугу" not in named
    ):
        return
    civic = doc.found("spam.civic")
    if civic:
        total -= 3 if len(civic) == 1 else 5
    phrase = any(
        last > first for group, found in themes.items() if group not in _ONLY_SUPPORT for first, last, _ in found
    )
    brief = len(doc.words) <= _SHORT_TEXT and (len(named) > 1 or not (complains or done(doc)))
    enough = SPAM_REVIEW + length - brief
    if total < enough or (len(named) < 2 and not phrase and not evades and not doc.mask & GLUED):
        return
    yield hit(
        doc, themes, total >= SPAM_EXCLUDE + 2 * length, "Похоже на спам: " + ", ".join(dict.fromkeys(named)) + "."
    )


def _lures(doc: Document, text: str) -> bool:
    """Whether a site of a random zone is what the reader is called to, promised money at, or simply shown."""
    if WARNING.search(text):
        return False
    return bool(doc.mask & (NUMBER | MONEY)) or any(
        word.form in _HERE or (word.grammar & IMPERATIVE and not word.grammar & NOUN) for word in doc.words
    )


_THEMES = tuple(group for group in TITLES if group.startswith("spam."))  # words of the town's life alone do not wake
RULES = (Rule("spam.themes", "spam", "Сумма признаков спама", _spam, groups=_THEMES, shape=_WAKES),)
