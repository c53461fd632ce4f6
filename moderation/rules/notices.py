"""Advertising: an offer, a search or praise with a price, a telephone or an invitation."""

from collections.abc import Iterator

from moderation.rules.base import Groups, Hit, Rule
from moderation.rules.context import starts_clause, starts_sentence
from moderation.rules.offer_signs import (
    BARE_PRICE,
    COMPLAINT,
    DOUBT,
    PHONE,
    PRICE,
    STORY,
    TITLES,
    UNIT_PRICE,
    WORDS_A_POINT,
    Themes,
    address,
    done,
    hit,
    score,
)
from moderation.text.morph import ADJECTIVE, FUTURE_1, NOUN, PRESENT_1, VERB
from moderation.text.tokens import Document
from moderation.text.word import BREAK, MESSENGER, MONEY, NUMBER

AD_REVIEW, AD_EXCLUDE = 5, 10
_CRAFT = 3  # the weight of the list of crafts


def _ad(doc: Document, groups: Groups) -> Iterator[Hit]:  # noqa: C901  # each sign adds its points
    total, themes = score(doc, "ad.")
    themes.pop("ad.civic", None)
    if "ad.craft" in themes and not _speaks_of_own_craft(doc, themes):
        total -= _CRAFT + len(themes["ad.craft"]) - 1
        del themes["ad.craft"]
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
    points, where = address(doc)
    if points:
        total += min(points, 2)
        named.append(where)
    offered = price or "телефон" in named or "ad.sell" in themes or "ad.offer" in themes or "ad.contact" in themes
    if "ad.thing" in themes and (offered or _only_things(doc, themes)) and _is_notice(doc):
        total += 2
        named.append("объявление без жалобы и рассказа")
    elif not _offers_by_verb(doc, themes) and (COMPLAINT.search(text) or (not offered and done(doc))):
        total -= 2
    if done(doc) > 1:
        total -= 2 + min(points, 2)
    civic = doc.found("ad.civic")
    if any(last > first for first, last, _ in civic):
        return  # «продам яму у подъезда, глубокая»
    doubts = bool(DOUBT.search(text))
    if civic or doubts:
        total -= 3 if len(civic) < 2 and not doubts else 5
    length = len(doc.words) // WORDS_A_POINT
    if total < AD_REVIEW + length or (len(named) < 2 and not _begins_with_offer(doc, themes)):
        return
    yield hit(
        doc, themes, total >= AD_EXCLUDE + 2 * length, "Похоже на рекламу: " + ", ".join(dict.fromkeys(named)) + "."
    )


def _speaks_of_own_craft(doc: Document, themes: Themes) -> bool:
    """«Ставлю окна»; but «сама мою подъезд», «опять копаем ту же яму» are about the author's life."""
    text = doc.normalised.text
    return any(starts_clause(doc, first) for first, _, _ in themes["ad.craft"]) and not (
        COMPLAINT.search(text) or STORY.search(text) or done(doc)
    )


def _offers_by_verb(doc: Document, themes: Themes) -> bool:
    """«Продам», «сдаётся»; «скупка металла», «прокат» may be part of a complaint."""
    return any(doc.words[first].grammar & VERB for first, _, _ in themes.get("ad.offer", ()))


def _begins_with_offer(doc: Document, themes: Themes) -> bool:
    """«Продам …», «…, сдаю …»: the verb begins the clause; «за что купил, за то продам» is talk."""
    return (
        any(starts_clause(doc, first) for first, _, _ in themes.get("ad.offer", ()))
        or any(
            doc.words[first].grammar & (PRESENT_1 | FUTURE_1) and starts_sentence(doc, first)
            for first, _, _ in themes.get("ad.sell", ())
        )
        or len(themes.get("ad.sell", ())) > 1
    )


def _is_notice(doc: Document, most: int = 0) -> bool:
    """A list of nouns and prices: no question, no complaint, at most ``most`` verbs of what somebody did."""
    if len(doc.words) > 40 or doc.mask & MESSENGER or COMPLAINT.search(doc.normalised.text):
        return False
    return done(doc) <= most


def _only_things(doc: Document, themes: Themes) -> bool:
    """«Диван, кресло, б/у», «кровля, фасады, смета за день»: no person acts except the author. «Вынесите мебель и диван
    из подвала» is a request, «окна в школе старые» is not a list."""
    if any(word.grammar & VERB and not word.grammar & (NOUN | ADJECTIVE | PRESENT_1) for word in doc.words):
        return False
    pieces = sum(1 for word in doc.words if word.mask & BREAK and word.form in (",", ":"))
    listed = pieces > 1 and len(themes) > 1 and not STORY.search(doc.normalised.text)
    return len(themes["ad.thing"]) > 1 or listed


_WAKES = tuple(group for group in TITLES if group.startswith("ad."))  # words of town life alone do not call the rule
RULES = (Rule("ad.themes", "ad", "Сумма признаков рекламы", _ad, groups=_WAKES),)
