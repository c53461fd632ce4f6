"""The promises of an answer: each future day that it names, with the words."""

import re
from collections.abc import Collection
from datetime import date, timedelta
from enum import StrEnum

from osm.wording.criteria import format
from osm.wording.criteria.term_words import Expression, find_terms
from osm.wording.phrases import load_words
from osm.wording.promised_dates import WorkingDays, has_year, promised_day, promised_days
from osm.wording.text import AnswerText, Span

_LIMIT = re.compile(r"(?:до|к|ко|на|не\s+позднее|после)\s", re.IGNORECASE)
_LIMIT_BEFORE = re.compile(r"\b(?:до|к|ко|на|с|со|по|не\s+позднее|не\s+ранее|после)\s+$", re.IGNORECASE)


REMEMBERED = timedelta(days=60)  # «К 1 июля» in November is of the next year, «до 12 ноября» at its end has passed


class Tense(StrEnum):
    """Of what the clause around an expression of time speaks."""

    AHEAD = "ahead"
    MIXED = "mixed"  # «обещали закончить до 2 декабря»
    OVER = "over"
    UNSAID = "unsaid"  # no verb: «Срок — 2 декабря.»
    ASKED = "asked"  # «приходите 2 декабря»: of what the reader is to do


def find_promises(
    text: AnswerText, terms: Collection[Span], on: date, working_days: WorkingDays, written_on: date | None = None
) -> list[tuple[date, str]]:
    """The days to come, the earliest first. `terms`: those of П.16; a length is a promise only there. A date without a
    year is the nearest one to come from when it was written; where the words are past, the nearest one on either side.
    A day that they call done («провели 2 ноября») is none, nor is one that lies before `on`."""
    counted = {(span.start, span.end) for span in terms}
    frame = [span for kind, span in format.letter_frame(text) if kind != "press"]
    found: list[Span] = []
    ahead: set[str] = set()
    to_come: set[str] = set()
    for start, end, kind in find_terms(text.source):
        span = text.cut(start, end)
        if (start, end) not in counted and (kind is Expression.LENGTH or _is_elsewhere(text, span, frame)):
            continue
        tense = tense_at(text, span)
        if tense is Tense.ASKED or (tense is Tense.OVER and not _is_set(text, span)):
            continue
        found.append(span)
        if tense is Tense.AHEAD:
            ahead.add(span.fragment)
        if tense is Tense.AHEAD or (tense is Tense.UNSAID and kind is Expression.LIMIT):
            to_come.add(span.fragment)
    return promised_days([span.fragment for span in found], on, working_days, ahead, to_come, written_on)


def find_passed(text: AnswerText, on: date, working_days: WorkingDays, written_on: date) -> list[tuple[date, str]]:
    """The days before `on` by which something was still to come when it was written, the earliest first. A day without
    a year is the nearest one; one further back than REMEMBERED from then is one of the next year."""
    frame = [span for kind, span in format.letter_frame(text) if kind != "press"]
    found: dict[date, str] = {}
    for start, end, kind in find_terms(text.source):
        if kind is Expression.LENGTH:
            continue
        span = text.cut(start, end)
        day = promised_day(span.fragment, written_on, working_days)
        if day is None or day >= on or (day < written_on - REMEMBERED and not has_year(span.fragment)):
            continue
        if not _is_elsewhere(text, span, frame) and _is_still_owed(text, span):
            found.setdefault(day, " ".join(span.fragment.split()))
    return sorted(found.items())


def _is_still_owed(text: AnswerText, span: Span) -> bool:
    """«починим 12 ноября», «работы идут до 12 ноября», «приходите 12 ноября», «запланированы на 12», «срок — 12.11»."""
    place = _place(text, span)
    if place is None:
        return False
    clause = [text.words[i] for i in text.clause_of(place)]
    tense, is_limit = tense_at(text, span), _is_end(text, span)
    if tense is Tense.ASKED:
        return True
    if tense is Tense.AHEAD:
        return is_limit or any(word.verb and "futr" in word.verb.tags for word in clause)
    if tense is Tense.UNSAID:
        return is_limit or any(word.lemma_of(_TERM) for word in clause)
    return any(word.lemma_of(_PLANNED) and word.has("PRTS") for word in clause)


_END = re.compile(r"(?:до|к|ко|не\s+позднее)\s", re.IGNORECASE)
_END_BEFORE = re.compile(r"\b(?:до|к|ко|не\s+позднее)\s+$", re.IGNORECASE)
_TERM = frozenset({"срок"})
_PLANNED = frozenset({"запланировать", "назначить", "наметить"})


def _is_end(text: AnswerText, span: Span) -> bool:
    before = text.source[max(0, span.start - 15) : span.start]
    return bool(_END.match(span.fragment) or _END_BEFORE.search(before))


def tense_at(text: AnswerText, span: Span) -> Tense:
    """By the verbs of the clause: «сегодня починим», «сегодня починили»."""
    place = _place(text, span)
    if place is None:
        return Tense.UNSAID
    verbs = [
        verb.tags for i in text.clause_of(place) if (verb := text.words[i].verb) and not verb.tags & {"PRTF", "GRND"}
    ]
    if any(tags & {"impr", "2per"} for tags in verbs):
        return Tense.ASKED
    if any("futr" in tags for tags in verbs):
        return Tense.AHEAD
    if any("past" in tags for tags in verbs):
        return Tense.MIXED if any("INFN" in tags for tags in verbs) else Tense.OVER
    return Tense.AHEAD if verbs else Tense.UNSAID


def _is_set(text: AnswerText, span: Span) -> bool:
    """A day that was fixed, not one on which something was done: «перенесли на 5 декабря», «в план до 1 мая»."""
    if _LIMIT.match(span.fragment) or _LIMIT_BEFORE.search(text.source[max(0, span.start - 15) : span.start]):
        return True
    place = _place(text, span)
    planned = load_words("osm.wording.criteria.words", "planned_verbs.txt")
    return place is not None and any(text.words[i].lemma_of(planned) for i in text.clause_of(place))


def _is_elsewhere(text: AnswerText, span: Span, frame: list[Span]) -> bool:
    """In somebody's quoted words, in letterhead or signature."""
    place = _place(text, span)
    if place is None or text.words[place].quoted:
        return True
    return any(one.start <= span.start < one.end for one in frame)


def _place(text: AnswerText, span: Span) -> int | None:
    return next((i for i, word in enumerate(text.words) if word.end > span.start), None)
