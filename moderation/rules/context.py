"""About whom a sentence speaks: the addressee, officials, oneself, or somebody else's words that are only told."""

from __future__ import annotations

from collections.abc import Iterable

from ..morph import IMPERATIVE, INSTRUMENTAL, NOMINATIVE, NOUN, PERSON_2, VERB
from ..tokens import Document
from ..word import BREAK, END, QUOTE, SIGN
from .base import Groups

_YOU = frozenset({"ты", "вы"})
_LONGEST_QUOTATION = 80  # words
_SUFFERING = frozenset({"нам", "мне", "нас", "меня"})
_NAMING = frozenset({"назвать", "называть", "обозвать", "обзывать"})
_OPENING = frozenset({"«", "“", "„"})


def any_of(doc: Document, places: Iterable[int], mask: int, besides: int = -1) -> int | None:
    """Number of the first word among ``places`` that has a bit of ``mask``; None where there is none."""
    words = doc.words
    for place in places:
        if words[place].mask & mask and place != besides:
            return place
    return None


def near(doc: Document, i: int, before: int, after: int, mask: int) -> int | None:
    """As ``any_of`` within ``before`` words before and ``after`` words after, in the same sentence; nearest first."""
    words = doc.words
    for step in range(1, max(before, after) + 1):
        for place, limit in ((i - step, before), (i + step, after)):
            if step <= limit and 0 <= place < len(words) and words[place].mask & mask:
                between = words[min(place, i) : max(place, i)]
                if not any(word.mask & END for word in between):
                    return place
    return None


def endangered(doc: Document, groups: Groups, places: Iterable[int]) -> bool:
    """Whether the words speak of people in danger, or of «нам», «меня»; «я» and «мы» may be the one who acts."""
    for place in places:
        word = doc.words[place]
        if word.mask & groups.bystander and (not word.mask & groups.first or word.form in _SUFFERING):
            return True
    return False


def onlookers(doc: Document, groups: Groups, places: Iterable[int]) -> bool:
    """Whether children, passers-by, residents are spoken of; the author himself is none of them."""
    words = doc.words
    return any(words[p].mask & groups.bystander and not words[p].mask & groups.first for p in places)


def lawful_way(doc: Document, groups: Groups, places: Iterable[int]) -> bool:
    """Whether a court, a complaint, a working Saturday is spoken of; «не с жалобой, а с топором» denies it."""
    words = doc.words
    mask = groups.lawful | groups.civic
    if not doc.mask & mask:
        return False
    return any(
        words[p].mask & mask and not any(w.form in ("не", "без", "вместо") for w in words[max(0, p - 2) : p])
        for p in places
    )


def starts_sentence(doc: Document, i: int) -> bool:
    """Whether only signs stand between the beginning of the sentence and word ``i``."""
    words = doc.words
    first = max(-1, i - 20)
    for place in range(i - 1, first, -1):
        if words[place].mask & END:
            return True
        if not words[place].mask & SIGN:
            return False
    return first == -1


def starts_clause(doc: Document, i: int) -> bool:
    """As ``starts_sentence``, after a comma or a dash too."""
    return i == 0 or bool(doc.words[i - 1].mask & (END | BREAK)) or starts_sentence(doc, i)


def said_to_you(doc: Document, i: int) -> int | None:
    """Place of «ты» or «вы» beside word ``i``: at most three words before or two after it, no sentence end between."""
    words = doc.words
    for step in (1, 2, 3):
        for place in (i - step, i + step):
            if 0 <= place < len(words) and words[place].form in _YOU and (place < i or step < 3):  # noqa: SIM102
                if not any(word.mask & END for word in words[min(place, i) : max(place, i)]):
                    return place
    return None


def addressed(doc: Document, groups: Groups, i: int) -> bool:
    """Whether word ``i`` is said of the reader or of officials, or is an exclamation that nothing else follows."""
    sentence = doc.sentence(i)
    if any_of(doc, sentence, groups.second, besides=i) is not None:
        return True
    following = doc.words[i + 1].grammar if i + 1 < len(doc.words) else 0
    if following & VERB and not following & (PERSON_2 | IMPERATIVE | NOUN):
        return False  # «нелюди кидают мусор», «живодёр травит собак, полиция ищет»: told of others
    if any_of(doc, sentence, groups.official, besides=i) is not None:
        return True
    word = doc.words[i]
    return bool(word.grammar & NOMINATIVE and word.grammar & NOUN) and starts_sentence(doc, i)


def in_quotes(doc: Document, i: int) -> bool:
    """Whether word ``i`` stands between quotation marks."""
    if not doc.mask & QUOTE:
        return False
    words = doc.words
    depth = 0
    plain = 0
    for word in words[max(0, i - _LONGEST_QUOTATION) : i]:
        if word.mask & QUOTE:
            if word.form == '"':
                plain += 1
            else:
                depth += 1 if word.form in _OPENING else -1
    closing = any(word.mask & QUOTE for word in words[i + 1 : i + _LONGEST_QUOTATION])
    return closing and (depth > 0 or plain % 2 == 1)


def reported(doc: Document, groups: Groups, i: int) -> bool:
    """Whether word ``i`` only tells what somebody said: a quotation, or «назвала меня …», «обозвал мою маму …»."""
    if not doc.mask & groups.report:
        return False
    if _named_so(doc, i):
        return True
    if doc.mask & QUOTE and in_quotes(doc, i):
        return True
    sentence = doc.sentence(i)
    verb = any_of(doc, range(sentence.start, i), groups.report)
    if verb is None:
        return False
    if any(word.form == ":" for word in doc.words[verb:i]):
        return True
    if any_of(doc, sentence, groups.second) is not None:
        return False
    return any_of(doc, sentence, groups.first | groups.family) is not None


def _named_so(doc: Document, i: int) -> bool:
    """«Не называйте людей дураками», «считает нас баранами»: the word is what others are called."""
    words = doc.words
    if not words[i].grammar & INSTRUMENTAL or words[i].grammar & NOMINATIVE:
        return False
    before = words[max(0, i - 4) : i]
    if any(word.form in ("вас", "тебя") for word in before):
        return False
    return any(word.lemma in _NAMING for word in before)


def about_oneself(doc: Document, groups: Groups, i: int) -> bool:
    """«Я дурак», «меня, идиота»: said of oneself."""
    words = doc.words
    for place in (i - 1, i - 2, i - 3):
        if place < 0 or words[place].mask & END:
            break
        if words[place].form in ("я", "меня", "мне", "мной"):
            return any_of(doc, doc.clause(i), groups.second) is None
    return False
