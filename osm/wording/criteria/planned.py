"""П.16: a measure that is planned with a date: «начнём 7 декабря», «работы запланированы на понедельник»."""

from __future__ import annotations

from osm.wording.criteria.term_words import find_terms
from osm.wording.text import AnswerText, Word

_BEGINNINGS = frozenset(
    {"начать", "начинать", "начаться", "начинаться", "стартовать", "выполнить", "выполнять", "возобновить"}
)
_PLANNED = frozenset({"запланировать", "наметить", "назначить", "намечать"})
_OF_WORK = frozenset({"работа", "этап"})
_NAMED = frozenset({"начало", "старт", "окончание", "завершение"})


def dated_plans(text: AnswerText) -> list[int]:
    """Numbers of the words that say so, each with an expression of time in its clause, and with no other matter."""
    words = text.words
    heads = [i for i, word in enumerate(words) if _is_beginning(text, i) or _is_name(text, i) or _is_set(word)]
    if not heads:
        return []
    spans = [(start, end) for start, end, _ in find_terms(text.source)]
    return [i for i in heads if _is_dated(text, i, spans) and not _is_of_another_matter(text, i, spans)]


def _is_beginning(text: AnswerText, i: int) -> bool:
    """In the future, at present, or as the infinitive of a plan: «планируем начать»."""
    verb = text.words[i].verb
    if verb is None or verb.lemma not in _BEGINNINGS or "impr" in verb.tags:
        return False
    if "INFN" in verb.tags:
        return any(text.words[j].verb and text.words[j].first & {"futr", "pres"} for j in text.clause_of(i) if j != i)
    return bool(verb.tags & {"futr", "pres"})


def _is_set(word: Word) -> bool:
    return bool(word.verb and word.verb.lemma in _PLANNED and word.verb.tags & {"VERB", "PRTS"})


def _is_name(text: AnswerText, i: int) -> bool:
    """«Начало работ — 7 декабря.»"""
    following = text.words[i + 1 : i + 2]
    return text.words[i].form in _NAMED and bool(following) and following[0].form == "работ"


def _is_dated(text: AnswerText, i: int, spans: list[tuple[int, int]]) -> bool:
    clause = text.clause_of(i)
    first, last = text.words[clause.start].start, text.words[clause.stop - 1].end
    return any(first <= start < last for start, _ in spans)


def _is_of_another_matter(text: AnswerText, i: int, spans: list[tuple[int, int]]) -> bool:
    """«Занятия начнутся», «приём начнём»: a thing without a preposition that is no work. Who does it is no thing."""
    words, verb = text.words, text.words[i].verb
    happens = verb is not None and ("PRTS" in verb.tags or verb.lemma == "стартовать" or verb.lemma.endswith("ся"))
    case = "nomn" if happens else "accs"
    for j in text.clause_of(i):
        word = words[j]
        if j == i or not word.has("NOUN") or word.quoted or word.is_abbreviation or word.lemma_of(_OF_WORK | _NAMED):
            continue
        if any(start <= word.start < end for start, end in spans) or "NOUN" not in word.first:
            continue
        if word.has(case, "inan") and not _has_preposition(text, j) and not _depends(text, j):
            return True
    return False


def _has_preposition(text: AnswerText, j: int) -> bool:
    """«с вашей улицы», «по ремонту крыши»: within three words before it, no noun between."""
    for k in range(j - 1, max(j - 4, -1), -1):
        word = text.words[k]
        if word.has("PREP"):
            return True
        if not word.is_word or not word.first & {"ADJF", "PRTF"}:
            return False
    return False


def _depends(text: AnswerText, j: int) -> bool:
    """A genitive behind another noun: «ремонту крыши», «окончание работ»."""
    return text.words[j].has("NOUN", "gent") and j > 0 and "NOUN" in text.words[j - 1].first
