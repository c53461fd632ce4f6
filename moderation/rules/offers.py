"""Spam and advertising. Spam is the sum of different themes (offer, money, call, address), not a single word;
advertising an offer, a search or praise with a price, a telephone or an invitation. Chain letters, repeated addresses
and services without a price have one direct rule each, always for a person to look at."""

from collections import Counter
from collections.abc import Iterator

from moderation.rules import offer_signs as signs
from moderation.rules.base import Groups, Hit, Rule, starts_clause, starts_sentence
from moderation.text.morph import ADJECTIVE, ANIMATE, FUTURE_1, IMPERATIVE, NOMINATIVE, NOUN, PRESENT_1, VERB
from moderation.text.tokens import Document
from moderation.text.word import BAD_LINK, BREAK, ENGLISH, EXCLAIM, GLUED, LINK, MESSENGER, MIXED, MONEY, NUMBER

# Words of town life alone do not call a rule.
_OF_SPAM, _OF_AD = (tuple(group for group in signs.TITLES if group.startswith(kind)) for kind in ("spam.", "ad."))
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
    length = len(doc.words) // signs.WORDS_A_POINT
    total, themes = signs.score(doc, "spam.")
    themes.pop("spam.civic", None)
    if "spam.scare" in themes and "spam.rumor" not in themes:
        total -= _SCARE + len(themes.pop("spam.scare")) - 1  # a danger is spam only with a request to share it
    named = [signs.TITLES[group] for group in themes]
    points, where = signs.address(doc)
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
    if number and (signs.PRICE.search(text) or signs.WAGE.search(text)):
        total += 2
        named.append("сумма денег")
    if doc.mask & EXCLAIM and sum(1 for word in doc.words if word.mask & EXCLAIM) >= 3:
        total += 1
    only_support = not themes.keys() - _ONLY_SUPPORT and not doc.mask & GLUED and points < 4
    if only_support and disguised < 3 and not doc.mask & NUMBER:
        return  # before the slow searches
    complains = bool(signs.COMPLAINT.search(text))
    if not complains and doc.mask & NUMBER and signs.WAGE.search(text):
        total += 3
        named.append("плата за услугу")
    evades = disguised >= 3  # letters of other alphabets in several words are intended
    if (not points and "spam.contact" not in themes and signs.REQUEST.search(text)) or (
        not evades
        and complains
        and not points
        and (themes.keys() <= _EVERYDAY or ("?" in text and "spam.contact" not in themes))
    ):
        total -= 2
    if signs.done(doc) > 1 and "spam.contact" not in themes and not lured:
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
    brief = len(doc.words) <= _SHORT_TEXT and (len(named) > 1 or not (complains or signs.done(doc)))
    enough = SPAM_REVIEW + length - brief
    if total < enough or (len(named) < 2 and not phrase and not evades and not doc.mask & GLUED):
        return
    yield signs.hit(
        doc, themes, total >= SPAM_EXCLUDE + 2 * length, "Похоже на спам: " + ", ".join(dict.fromkeys(named)) + "."
    )


def _lures(doc: Document, text: str) -> bool:
    """Whether the reader is called to a site of a random zone, promised money there, or only shown the address."""
    if signs.WARNING.search(text):
        return False
    return bool(doc.mask & (NUMBER | MONEY)) or any(
        word.form in _HERE or (word.grammar & IMPERATIVE and not word.grammar & NOUN) for word in doc.words
    )


AD_REVIEW, AD_EXCLUDE = 5, 10
_CRAFT = 3  # the weight of the list of crafts


def _ad(doc: Document, groups: Groups) -> Iterator[Hit]:  # noqa: C901  # each sign adds its points
    total, themes = signs.score(doc, "ad.")
    themes.pop("ad.civic", None)
    if "ad.craft" in themes and not _speaks_of_own_craft(doc, themes):
        total -= _CRAFT + len(themes["ad.craft"]) - 1
        del themes["ad.craft"]
    if not themes.keys() - {"ad.weak", "ad.contact"}:
        return
    named = [signs.TITLES[group] for group in themes]
    text = doc.normalised.text
    price = False
    if doc.mask & (NUMBER | MONEY):
        if signs.PRICE.search(text) or signs.UNIT_PRICE.search(text):
            price = True
            total += 2
            named.append("цена")
        if signs.PHONE.search(text):
            total += 3
            named.append("телефон")
    unpriced = not price and doc.mask & NUMBER and "ad.thing" in themes
    if unpriced and _is_notice(doc, 1) and signs.BARE_PRICE.search(text):
        price = True
        total += 2
        named.append("цена")
    points, where = signs.address(doc)
    if points:
        total += min(points, 2)
        named.append(where)
    listed = "ad.thing" in themes and _only_things(doc, themes)
    priced, tells = price or "телефон" in named, signs.done(doc)
    offered = listed or points or "телефон" in named or signs.SERVICE.search(text) or _is_offered(doc, themes)
    if not offered and (not price or _somebody_acts(doc, themes)):
        return  # «цены на дрова выросли до 3000 за куб»
    if "ad.thing" in themes and _is_notice(doc):
        total += 2
        named.append("объявление без жалобы и рассказа")
    elif not any(doc.words[first].grammar & VERB for first, _, _ in themes.get("ad.offer", ())) and (
        signs.COMPLAINT.search(text) or (tells and not priced)
    ):  # «скупка металла», «прокат» may be part of a complaint
        total -= 2 if priced or not tells else 3
    if tells > 1:
        total -= 2 + min(points, 2)
    civic = doc.found("ad.civic")
    if any(last > first for first, last, _ in civic):
        return  # «продам яму у подъезда, глубокая»
    doubts = bool(signs.DOUBT.search(text))
    if civic or doubts:
        total -= 3 if len(civic) < 2 and not doubts else 5
    length = len(doc.words) // signs.WORDS_A_POINT
    if total < AD_REVIEW + length or (len(named) < 2 and not _begins_with_offer(doc, themes)):
        return
    yield signs.hit(
        doc, themes, total >= AD_EXCLUDE + 2 * length, "Похоже на рекламу: " + ", ".join(dict.fromkeys(named)) + "."
    )


def _is_offered(doc: Document, themes: signs.Themes) -> bool:
    """Things, addresses and weak words alone are talk («скинь адрес, я в такси»), and so are words to a friend and what
    the author buys or takes somewhere in passing («будешь хорошо учиться, куплю велосипед»)."""
    if any(word.form in _FRIENDLY for word in doc.words):
        return False
    if "ad.sell" in themes or "ad.craft" in themes or any(text in _SERVED for *_, text in themes.get("ad.contact", ())):
        return True
    own = [doc.words[first].grammar & (PRESENT_1 | FUTURE_1) for first, _, _ in themes.get("ad.offer", ())]
    return bool(own) and (not all(own) or _begins_with_offer(doc, themes))


_SERVED = frozenset({"=доставка", "=доставим", "=заказ", "=предзаказ", "=консультация", "=запись"})
_FRIENDLY = frozenset({"ты", "тебе", "тебя", "тобой"})


def _speaks_of_own_craft(doc: Document, themes: signs.Themes) -> bool:
    """«Ставлю окна»; but «сама мою подъезд», «опять копаем ту же яму» are about the author's life."""
    text = doc.normalised.text
    return any(starts_clause(doc, first) for first, _, _ in themes["ad.craft"]) and not (
        signs.COMPLAINT.search(text) or signs.STORY.search(text) or signs.done(doc)
    )


def _begins_with_offer(doc: Document, themes: signs.Themes) -> bool:
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
    if len(doc.words) > 40 or doc.mask & MESSENGER or signs.COMPLAINT.search(doc.normalised.text):
        return False
    return signs.done(doc) <= most


def _somebody_acts(doc: Document, themes: signs.Themes) -> bool:
    """Whether a verb is about others than the author, and is not «звоните»."""
    called = {place for place, _, _ in themes.get("ad.contact", ())}
    acting = (word.grammar for i, word in enumerate(doc.words) if word.grammar & VERB and i not in called)
    return any(not grammar & (NOUN | ADJECTIVE | PRESENT_1) for grammar in acting)


def _only_things(doc: Document, themes: signs.Themes) -> bool:
    """«Диван, кресло, б/у», «кровля, фасады, смета за день»: no person acts except the author. «Вынесите мебель и диван
    из подвала» is a request, «окна в школе старые» is not a list."""
    if _somebody_acts(doc, themes):
        return False
    pieces = sum(1 for word in doc.words if word.mask & BREAK and word.form in (",", ":"))
    listed = pieces > 1 and len(themes) > 1 and not signs.STORY.search(doc.normalised.text)
    return len(themes["ad.thing"]) > 1 or listed


_SEND = frozenset({"переслать", "разослать", "отправить", "послать", "скинуть", "скопировать", "передать"})
_PEOPLE = frozenset({"друг", "человек", "знакомый", "контакт", "подруга", "чат", "группа"})
_MANY = frozenset({"пять", "семь", "десять", "двенадцать", "пятнадцать", "двадцать", "тридцать", "сорок", "сто"})
_FROM_SEND, _LEAST_TIMES, _LONGEST_NOTICE = 6, 3, 40  # words, times, words
_OFFICIAL = ("gosuslugi", "gov.ru", "госуслуги")


def _chain(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Перешли десяти друзьям», «отправь это 15 людям»: a number of people, and a request to the reader."""
    for i, word in enumerate(doc.words):
        if word.lemma not in _SEND or not word.grammar & IMPERATIVE:
            continue
        after = [doc.words[p] for p in doc.sentence(i) if i < p <= i + _FROM_SEND]
        counted = any(one.mask & NUMBER or one.lemma in _MANY for one in after)
        if counted and any(one.lemma in _PEOPLE for one in after):
            yield Hit(i, i + len(after), "medium", word.lemma, "Письмо по цепочке: просят разослать многим.")


def _same_address(doc: Document, groups: Groups) -> Iterator[Hit]:
    links = [(i, word.form.rstrip("/.")) for i, word in doc.having(LINK)]
    for form, times in Counter(form for _, form in links).items():
        if times >= _LEAST_TIMES and not any(part in form for part in _OFFICIAL):
            first = next(i for i, one in links if one == form)
            yield Hit(first, first, "medium", form, f"Один адрес в тексте повторяется, раз: {times}. «{form}».")


def _service(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Обучаю игре на гитаре, запись в личку», «сантехник, любые работы, обращайтесь»: no price, no complaint."""
    text = doc.normalised.text
    called = signs.SERVICE.search(text)
    if not called or len(doc.words) > _LONGEST_NOTICE or signs.done(doc):
        return
    if signs.COMPLAINT.search(text) or signs.DOUBT.search(text) or signs.STORY.search(text):
        return
    for i, word in enumerate(doc.words):
        who = word.grammar & NOUN and word.grammar & ANIMATE and word.grammar & NOMINATIVE and len(word.form) > 3
        if (who or word.grammar & PRESENT_1) and not word.mask & groups.official and starts_sentence(doc, i):
            yield Hit(i, i, "medium", word.lemma, f"Похоже на предложение услуг: «{called[0].strip()}».")
            return


def _other_language(doc: Document, groups: Groups) -> Iterator[Hit]:
    """Mailings in English, Portuguese, Uzbek: nearly all words are Latin and do not spell Russian words."""
    words = [word for word in doc.words if word.form.isalpha() and len(word.form) > 1]
    latin = sum(word.form.isascii() for word in words)
    if latin >= _LEAST_FOREIGN and latin * 10 >= len(words) * _FOREIGN_OF_TEN:
        yield Hit(0, len(doc.words) - 1, "medium", "", "Почти весь текст не на русском языке: не рассылка ли это.")


_LEAST_FOREIGN, _FOREIGN_OF_TEN = 4, 7  # words
RULES = (
    Rule("spam.themes", "spam", "Сумма признаков спама", _spam, groups=_OF_SPAM, shape=_WAKES),
    Rule("ad.themes", "ad", "Сумма признаков рекламы", _ad, groups=_OF_AD),
    Rule("spam.chain_letter", "spam", "Письмо по цепочке", _chain),
    Rule("spam.same_address", "spam", "Один адрес много раз", _same_address, shape=LINK),
    Rule("spam.other_language", "spam", "Текст на другом языке", _other_language, shape=ENGLISH, last=True),
    Rule("ad.service", "ad", "Услуга, которую предлагают без цены", _service, last=True),
)
