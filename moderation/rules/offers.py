"""Spam and advertising: no single word decides, the sum of different themes does (offer, money, call, address)."""

from __future__ import annotations

from collections.abc import Iterator

from ..morph import ADJECTIVE, FUTURE_1, NOUN, PAST, PRESENT_1
from ..tokens import Document
from ..word import (
    BAD_LINK,
    BRACKET,
    ENGLISH,
    EXCLAIM,
    GLUED,
    HANDLE,
    LINK,
    MESSENGER,
    MIXED,
    MONEY,
    NUMBER,
    QUOTE,
    SHORTENER,
)
from .base import Groups, Hit, Rule
from .context import in_quotes, starts_clause, starts_sentence
from .offer_signs import (
    BARE_PRICE,
    COMPLAINT,
    DOUBT,
    HIDDEN_CONTACT,
    PHONE,
    PLACEHOLDER_HANDLE,
    PLACEHOLDER_LINK,
    PRICE,
    REQUEST,
    TITLES,
    UNIT_PRICE,
    WAGE,
)

_LEADS_AWAY = LINK | HANDLE | MIXED | SHORTENER | BAD_LINK | MESSENGER | BRACKET | GLUED
SPAM_REVIEW, SPAM_EXCLUDE = 4, 9
_WORDS_A_POINT = 32  # a long text gathers chance finds: each 32 words ask for one point more
_CONTACT_ONLY = {"spam.contact", "spam.weak", "spam.free"}
_SHORT_TEXT = 14
_EVERYDAY = {"spam.pay", "spam.free", "spam.weak", "spam.chore", "spam.hire"}
_ONLY_SUPPORT = {"spam.pay", "spam.free", "spam.weak", "spam.chore"}
AD_REVIEW, AD_EXCLUDE = 5, 10
_MOST_EXTRA = 2


def _score(doc: Document, prefix: str) -> tuple[int, dict[str, list[tuple[int, int, str]]]]:
    """Points and finds by theme. Words that serve one theme do not serve another: heavier and longer finds come first."""  # noqa: E501
    finds = [
        (entry.weight, last - first, first, last, group, entry.text)
        for group, found in doc.groups().items()
        if group.startswith(prefix)
        for first, last, entry in found
    ]
    finds.sort(key=lambda find: (-find[0], -find[1], find[2], find[4], find[5]))  # the same in every process
    taken: set[int] = set()
    themes: dict[str, list[tuple[int, int, str]]] = {}
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


def _address(doc: Document) -> tuple[int, str]:
    """Points and name of what leads away from the page: link, shortener, messenger, handle."""
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


def _speaks_of(doc: Document, prefix: str) -> bool:
    """Whether anything of these lists stands in the text."""
    for group in doc.groups():  # noqa: SIM110 - a generator costs more than the whole loop
        if group.startswith(prefix):
            return True
    return False


def _within_reach(doc: Document, prefix: str, others: int, wanted: int) -> bool:
    """Whether the themes present could reach the sum at all, with ``others`` points from elsewhere."""
    for group, found in doc.groups().items():
        if group.startswith(prefix):
            others += found[0][2].weight + min(_MOST_EXTRA, len(found) - 1)
    return others >= wanted


def _spam(doc: Document, groups: Groups) -> Iterator[Hit]:
    number = doc.mask & (NUMBER | MONEY)
    if (
        not _speaks_of(doc, "spam.")
        and not doc.mask & (MIXED | GLUED | SHORTENER | BAD_LINK)
        and not (number and WAGE.search(doc.normalised.text))
    ):
        return
    others = bool(doc.mask & _LEADS_AWAY) * 10 + bool(number) * 5 + bool(doc.mask & EXCLAIM)
    others += bool(doc.mask & ENGLISH) * 3
    if not _within_reach(doc, "spam.", others, SPAM_REVIEW - 1):
        return
    total, themes = _score(doc, "spam.")
    themes.pop("spam.civic", None)
    reach = (
        bool(doc.mask & _LEADS_AWAY) * 6 + bool(number) * 5 + bool(doc.mask & EXCLAIM) + bool(doc.mask & ENGLISH) * 3
    )
    if total + reach < SPAM_REVIEW - 1:
        return  # the sum cannot be reached any more
    named = [TITLES[group] for group in themes]
    points, address = _address(doc)
    text = doc.normalised.text
    disguised = sum(1 for word in doc.words if word.mask & MIXED and not word.profane)
    if disguised >= 2:
        total += min(6, 1 + 2 * disguised // 2)
        named.append("замаскированные слова")
    if doc.mask & GLUED:
        total += 4
        named.append("слова слиты в одно")
    if points:
        total += points
        named.append(address)
    if number and (PRICE.search(text) or WAGE.search(text)):
        total += 2
        named.append("сумма денег")
    if sum(1 for word in doc.words if word.mask & EXCLAIM) >= 3:
        total += 1
    length = len(doc.words) // _WORDS_A_POINT
    if total + 3 < SPAM_REVIEW - 1:
        return  # the price of a service brings three points, nothing brings more
    complains = bool(COMPLAINT.search(text))
    if not complains and doc.mask & NUMBER and WAGE.search(text):
        total += 3
        named.append("плата за услугу")
    evades = disguised >= 3  # letters of other alphabets in several words are typed on purpose
    if (not points and "spam.contact" not in themes and REQUEST.search(text)) or (
        not evades
        and complains
        and not points
        and (themes.keys() <= _EVERYDAY or ("?" in text and "spam.contact" not in themes))
    ):
        total -= 2
    if _narrates(doc) and "spam.contact" not in themes:
        total -= 2 + points
    if themes and themes.keys() <= _CONTACT_ONLY and not points:
        total -= 1
    if (
        not themes.keys() - _ONLY_SUPPORT
        and not doc.mask & GLUED
        and points < 4
        and not evades
        and "плата за услугу" not in named
    ):
        return
    if doc.found("spam.civic"):
        total -= 3
    phrase = any(
        last > first for group, found in themes.items() if group not in _ONLY_SUPPORT for first, last, _ in found
    )
    enough = SPAM_REVIEW + length - (1 if len(doc.words) <= _SHORT_TEXT else 0)
    if total < enough or (len(named) < 2 and not phrase and not evades and not doc.mask & GLUED):
        return
    yield _hit(
        doc, themes, total >= SPAM_EXCLUDE + 2 * length, "Похоже на спам: " + ", ".join(dict.fromkeys(named)) + "."
    )


def _ad(doc: Document, groups: Groups) -> Iterator[Hit]:
    if not _speaks_of(doc, "ad."):
        return
    others = bool(doc.mask & _LEADS_AWAY) * 2 + bool(doc.mask & (NUMBER | MONEY)) * 5 + 2
    if not _within_reach(doc, "ad.", others, AD_REVIEW):
        return
    total, themes = _score(doc, "ad.")
    themes.pop("ad.civic", None)
    if not themes.keys() - {"ad.weak", "ad.contact"}:
        return
    named = [TITLES[group] for group in themes]
    text = doc.normalised.text
    price = False
    if doc.mask & (NUMBER | MONEY):
        if PRICE.search(text) or UNIT_PRICE.search(text):
            price = True
            total += 2
            named.append("цена")
        if PHONE.search(text):
            total += 3
            named.append("телефон")
    if not price and doc.mask & NUMBER and "ad.thing" in themes and _is_notice(doc, 1) and BARE_PRICE.search(text):
        price = True
        total += 2
        named.append("цена")
    points, address = _address(doc)
    if points:
        total += min(points, 2)
        named.append(address)
    if total + 2 < AD_REVIEW:
        return  # a notice brings two points, nothing brings more
    offered = price or "телефон" in named or "ad.sell" in themes or "ad.offer" in themes or "ad.contact" in themes
    if "ad.thing" in themes and (offered or len(themes["ad.thing"]) > 1) and _is_notice(doc):
        total += 2
        named.append("объявление без жалобы и рассказа")
    elif "ad.offer" not in themes and (COMPLAINT.search(text) or (not offered and _happened(doc))):
        total -= 2
    if _narrates(doc):
        total -= 2 + min(points, 2)
    civic = doc.found("ad.civic")
    if any(last > first for first, last, _ in civic):
        return  # «продам яму у подъезда, глубокая»
    if civic or DOUBT.search(text):
        total -= 3
    length = len(doc.words) // _WORDS_A_POINT
    if total < AD_REVIEW + length or (len(named) < 2 and not _begins_with_offer(doc, themes)):
        return
    yield _hit(
        doc, themes, total >= AD_EXCLUDE + 2 * length, "Похоже на рекламу: " + ", ".join(dict.fromkeys(named)) + "."
    )


def _begins_with_offer(doc: Document, themes: dict[str, list[tuple[int, int, str]]]) -> bool:
    """«Продам …», «…, сдаю …»: the verb opens the clause; «за что купил, за то продам» is talk."""
    return (
        any(starts_clause(doc, first) for first, _, _ in themes.get("ad.offer", ()))
        or any(
            doc.words[first].grammar & (PRESENT_1 | FUTURE_1) and starts_sentence(doc, first)
            for first, _, _ in themes.get("ad.sell", ())
        )
        or len(themes.get("ad.sell", ())) > 2
    )


def _happened(doc: Document) -> bool:
    """At least one thing was done by somebody: «всё сделал сантехник Сергей» is thanks, no offer."""
    return any(word.grammar & PAST and not word.grammar & (NOUN | ADJECTIVE) for word in doc.words)


def _narrates(doc: Document) -> bool:
    """Somebody did something, and then something else: news or a story, no offer."""
    past = sum(1 for word in doc.words if word.grammar & PAST and not word.grammar & (NOUN | ADJECTIVE))
    return past >= 2


def _is_notice(doc: Document, most: int = 0) -> bool:
    """A list of nouns and prices: no question, no complaint, at most ``most`` times somebody did anything."""
    if len(doc.words) > 40 or doc.mask & MESSENGER or COMPLAINT.search(doc.normalised.text):
        return False
    return sum(1 for word in doc.words if word.grammar & PAST and not word.grammar & (NOUN | ADJECTIVE)) <= most


def _hit(doc: Document, themes: dict[str, list[tuple[int, int, str]]], high: bool, why: str) -> Hit:
    places = sorted(place for found in themes.values() for place in found)
    if not places:
        return Hit(0, len(doc.words) - 1, "high" if high else "medium", "", why)
    first, last, text = places[0]
    return Hit(first, last, "high" if high else "medium", text.replace("=", ""), why)


RULES = (
    Rule("spam.themes", "spam", "Сумма признаков спама", _spam, groups=("spam",), shape=MIXED | GLUED),
    Rule("ad.themes", "ad", "Сумма признаков рекламы", _ad, groups=("ad",)),
)
