"""Spam and advertising: no single word decides, the sum of different themes does (offer, money, call, address)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..tokens import Document
from ..words import BAD_LINK, EXCLAIM, HANDLE, LINK, MESSENGER, MIXED, MONEY, NUMBER, SHORTENER
from .base import Groups, Hit, Rule

_PHONE = re.compile(
    r"(?<!\d)(?:\+?7|8)[ (-]{0,2}\d{3}[ )-]{0,2}\d{3}[ -]?\d{2}[ -]?\d{2}(?!\d)|(?<![\d-])\d{1,3}-\d{2}-\d{2}(?![\d-])|\[phone\]"
)
_PRICE = re.compile(
    r"\d[\d ., ]{0,12}(?:р|руб|рублей|рубля|₽|\$|€|долл\w*|баксов|евро|usdt|тыс|тысяч\w*|т\.?р|к|k|тугр\w*|usd|eur|е)\b\.?|[$₽€]\s?\d|\[currency\]"
)
_PLACEHOLDER_LINK = re.compile(r"\[(?:link|ссылка)\]")
_PLACEHOLDER_HANDLE = re.compile(r"\[(?:username|ник)\]")

SPAM_REVIEW, SPAM_EXCLUDE = 6, 10
AD_REVIEW, AD_EXCLUDE = 6, 11
_MOST_EXTRA = 2


def _score(doc: Document, prefix: str) -> tuple[int, dict[str, list[tuple[int, int, str]]]]:
    total = 0
    themes: dict[str, list[tuple[int, int, str]]] = {}
    for group, found in doc.groups().items():
        if not group.startswith(prefix):
            continue
        places = {entry.text: (first, last, entry.text) for first, last, entry in found}
        themes[group] = list(places.values())
        total += found[0][2].weight + min(_MOST_EXTRA, len(_separate(places.values())) - 1)
    return total, themes


def _separate(places: object) -> list[tuple[int, int, str]]:
    """Finds that do not overlap: «работа на дому» and «на дому» are one."""
    kept: list[tuple[int, int, str]] = []
    for first, last, text in sorted(places, key=lambda place: place[0] - place[1]):  # type: ignore[call-overload]
        if all(last < other[0] or first > other[1] for other in kept):
            kept.append((first, last, text))
    return kept


def _address(doc: Document) -> tuple[int, str]:
    """Points and name of what leads away from the page: link, shortener, messenger, handle."""
    text = doc.normalised.text
    if doc.mask & (SHORTENER | BAD_LINK):
        return 4, "ссылка"
    if doc.mask & MESSENGER:
        return 3, "ссылка на мессенджер"
    if doc.mask & HANDLE or _PLACEHOLDER_HANDLE.search(text):
        return 3, "чужой ник"
    if doc.mask & LINK or _PLACEHOLDER_LINK.search(text):
        return 2, "ссылка"
    return 0, ""


def _spam(doc: Document, groups: Groups) -> Iterator[Hit]:
    total, themes = _score(doc, "spam.")
    named = [_TITLES[group] for group in themes if group in _TITLES]
    points, address = _address(doc)
    disguised = sum(1 for word in doc.words if word.mask & MIXED and not word.profane)
    if disguised >= 2:
        total += 4 if disguised < 5 else 5
        named.append("замаскированные слова")
    if points:
        total += points
        named.append(address)
    if (doc.mask & (NUMBER | MONEY)) and _PRICE.search(doc.normalised.text):
        total += 2
        named.append("сумма денег")
    if sum(1 for word in doc.words if word.mask & EXCLAIM) >= 3:
        total += 1
    if not themes and not (disguised >= 4):
        return
    if total < SPAM_REVIEW or len(named) < 2 and not any(len(found) > 1 for found in themes.values()):
        return
    if not themes.keys() - {"spam.pay", "spam.free"} and disguised < 3 and not points:
        return
    yield _hit(doc, themes, total >= SPAM_EXCLUDE, "Похоже на спам: " + ", ".join(dict.fromkeys(named)) + ".")


def _ad(doc: Document, groups: Groups) -> Iterator[Hit]:
    total, themes = _score(doc, "ad.")
    if "ad.sell" not in themes and not ("ad.thing" in themes and total >= 3):
        return
    named = [_TITLES[group] for group in themes]
    text = doc.normalised.text
    if doc.mask & (NUMBER | MONEY):
        if _PRICE.search(text):
            total += 2
            named.append("цена")
        if _PHONE.search(text):
            total += 3
            named.append("телефон")
    points, address = _address(doc)
    if points:
        total += min(points, 2)
        named.append(address)
    if total < AD_REVIEW or len(named) < 2 and len(themes.get("ad.sell", ())) < 3:
        return
    yield _hit(doc, themes, total >= AD_EXCLUDE, "Похоже на рекламу: " + ", ".join(dict.fromkeys(named)) + ".")


def _hit(doc: Document, themes: dict[str, list[tuple[int, int, str]]], high: bool, why: str) -> Hit:
    places = sorted(place for found in themes.values() for place in found)
    if not places:
        return Hit(0, len(doc.words) - 1, "high" if high else "medium", "", why)
    first, last, text = places[0]
    return Hit(first, last, "high" if high else "medium", text.replace("=", ""), why)


_TITLES = {
    "spam.work": "вербовка на работу",
    "spam.pay": "обещание денег",
    "spam.contact": "призыв написать или перейти",
    "spam.crypto": "криптовалюта и вложения",
    "spam.gamble": "азартные игры и розыгрыши",
    "spam.loan": "займы и долги",
    "spam.dark": "незаконный товар или услуга",
    "spam.intimate": "интимные услуги",
    "spam.chain": "рассылка, накрутка, гадание",
    "spam.phishing": "выманивание данных",
    "spam.free": "приманка",
    "ad.sell": "предложение товара или услуги",
    "ad.thing": "товар или услуга",
    "ad.price": "цена",
    "ad.contact": "куда обратиться",
}

RULES = (
    Rule("spam.themes", "spam", "Сумма признаков спама", _spam, groups=("spam",), shape=MIXED),
    Rule("ad.themes", "ad", "Сумма признаков рекламы", _ad, groups=("ad",)),
)
