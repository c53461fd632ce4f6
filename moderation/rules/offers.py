"""Spam: the sum of different themes decides (offer, money, call, address), not a single word."""

from collections.abc import Iterator

from moderation.rules.base import Groups, Hit, Rule
from moderation.rules.offer_signs import (
    COMPLAINT,
    PRICE,
    REQUEST,
    TITLES,
    WAGE,
    WARNING,
    WORDS_A_POINT,
    address,
    done,
    hit,
    score,
)
from moderation.text.morph import IMPERATIVE, NOUN
from moderation.text.tokens import Document
from moderation.text.word import BAD_LINK, EXCLAIM, GLUED, MIXED, MONEY, NUMBER

_WAKES = MIXED | GLUED | BAD_LINK | NUMBER | MONEY
SPAM_REVIEW, SPAM_EXCLUDE = 4, 9
_CONTACT_ONLY = {"spam.contact", "spam.weak", "spam.free"}
_HERE = frozenset({"тут", "здесь", "там", "вот", "сюда", "бесплатно", "сайт", "сайте", "ссылке", "ссылка", "ссылку"})
_SCARE = 3  # the weight of the list of dangers
_SHORT_TEXT = 14
_EVERYDAY = {"spam.pay", "spam.free", "spam.weak", "spam.chore", "spam.hire"}
_ONLY_SUPPORT = {"spam.pay", "spam.free", "spam.weak", "spam.chore"}


def _spam(doc: Document, groups: Groups) -> Iterator[Hit]:  # noqa: C901  # each sign adds its points
    number = doc.mask & (NUMBER | MONEY)
    length = len(doc.words) // WORDS_A_POINT
    total, themes = score(doc, "spam.")
    themes.pop("spam.civic", None)
    if "spam.scare" in themes and "spam.rumor" not in themes:
        total -= _SCARE + len(themes.pop("spam.scare")) - 1  # a danger is spam only with a request to share it
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
    only_support = not themes.keys() - _ONLY_SUPPORT and not doc.mask & GLUED and points < 4
    if only_support and disguised < 3 and not doc.mask & NUMBER:
        return  # before the slow searches
    complains = bool(COMPLAINT.search(text))
    if not complains and doc.mask & NUMBER and WAGE.search(text):
        total += 3
        named.append("плата за услугу")
    evades = disguised >= 3  # letters of other alphabets in several words are intended
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
    if only_support and not evades and "плата за услугу" not in named:
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
    """Whether the reader is called to a site of a random zone, promised money there, or only shown the address."""
    if WARNING.search(text):
        return False
    return bool(doc.mask & (NUMBER | MONEY)) or any(
        word.form in _HERE or (word.grammar & IMPERATIVE and not word.grammar & NOUN) for word in doc.words
    )


_THEMES = tuple(group for group in TITLES if group.startswith("spam."))  # words of town life alone do not call the rule
RULES = (Rule("spam.themes", "spam", "Сумма признаков спама", _spam, groups=_THEMES, shape=_WAKES),)
