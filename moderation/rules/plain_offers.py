"""Chain letters, repeated addresses, services without a price: one direct rule each, always for a person to look at."""

from collections import Counter
from collections.abc import Iterator

from moderation.rules.base import Groups, Hit, Rule
from moderation.rules.context import starts_sentence
from moderation.rules.offer_signs import COMPLAINT, DOUBT, SERVICE, STORY, done
from moderation.text.morph import ANIMATE, IMPERATIVE, NOMINATIVE, NOUN, PRESENT_1
from moderation.text.tokens import Document
from moderation.text.word import ENGLISH, LINK, NUMBER

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
    called = SERVICE.search(text)
    if not called or len(doc.words) > _LONGEST_NOTICE or done(doc):
        return
    if COMPLAINT.search(text) or DOUBT.search(text) or STORY.search(text):
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
    Rule("spam.chain_letter", "spam", "Письмо по цепочке", _chain),
    Rule("spam.same_address", "spam", "Один адрес много раз", _same_address, shape=LINK),
    Rule("spam.other_language", "spam", "Текст на другом языке", _other_language, shape=ENGLISH, last=True),
    Rule("ad.service", "ad", "Услуга, которую предлагают без цены", _service, last=True),
)
