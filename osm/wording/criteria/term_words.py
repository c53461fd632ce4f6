"""Words for terms, and what is planned for when (П.16)."""

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache

from osm.wording.text import AnswerText, Word, lines_of


# --- Calendar terms and durations in a text: dates, weekdays, quarters, seasons, «до конца недели», «за три дня»
class Expression(StrEnum):
    """How an expression names time: a point or period, a limit, or a length."""

    POINT = "point"
    LIMIT = "limit"
    LENGTH = "length"


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[Expression, re.Pattern[str]], ...]:
    """The table of terms.txt: parts (`name = pattern`), then expressions (`kind: pattern` with <<name>>)."""
    parts: dict[str, str] = {}
    found = []
    for line in lines_of("terms.txt"):
        part = re.fullmatch(r"(\w+) = (.+)", line)
        expression = re.fullmatch(r"(\w+): (.+)", line)
        if part:
            parts[part[1]] = part[2]
        elif expression:
            pattern = re.sub(r"<<(\w+)>>", lambda name: parts[name[1]], expression[2])
            found.append((Expression(expression[1]), re.compile(pattern)))
    return tuple(found)


_NOT_A_TERM = re.compile(
    r"(?:№\s*|№\s*[\w/-]+\s+от\s+|\bот\s+|\bкажд\w+\s+|\bуже\s+|\b(?:третий|второй|пятый|четвёртый|один|раз\s+в)\s+)$",
    re.IGNORECASE,
)
_NUMBER_OF_A_PLACE = re.compile(
    r"(?:\bтел\.?|\bдом\w*|\bд\.|ул\.|улиц\w+|пер\.|переул\w+|\bкв\.|квартир\w+|подъезд\w*|маршрут\w*)\s*$", re.I
)
_CAPITAL_MONTH = re.compile(r"\d+\s+[А-Я]")


def find_terms(source: str) -> Iterator[tuple[int, int, Expression]]:
    """Start, end and kind of each expression of time; of overlapping ones the first of the table."""
    text = source[:1].lower() + source[1:]
    taken: list[tuple[int, int, Expression]] = []
    lowered = re.sub(r"(?<![\d] )\b[А-ЯЁ]", lambda m: m[0].lower(), text)
    for kind, pattern in _patterns():
        for match in pattern.finditer(lowered):
            start, end = match.span()
            if any(start < other_end and other_start < end for other_start, other_end, _ in taken):
                continue
            before = source[max(0, start - 25) : start]
            if _NOT_A_TERM.search(before) or _CAPITAL_MONTH.search(source[start:end]):
                continue
            if source[start].isdigit() and _NUMBER_OF_A_PLACE.search(before):
                continue
            taken.append((start, end, kind))
    return iter(sorted(taken))


# --- П.16: a measure that is planned with a date: «начнём 7 декабря», «работы запланированы на понедельник»
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
