"""The weight of the words of a text together, see ``weigh``: it finds threats where no other rule has found any, and
takes back what a rule has found in words that speak against it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import reduce
from operator import attrgetter, or_

from ..morph import FUTURE, INFINITIVE, PERSON_2, PREPOSITION, VERB
from ..tokens import Document
from ..weigh import weigher
from ..word import END, HEAVY, OPENING, SIGN, Word
from .base import Groups, Hit, Rule
from .context import any_of, in_quotes
from .threat import covers_with, told

THRESHOLD = 0.15
AGAINST = -1.9  # lighter than this, what a rule has found is dropped, and what would exclude is only shown
_ENOUGH = 9  # words and signs; fewer can speak against nothing
_NEAR = 15  # words on either side of a find that may speak against it
A_WORD = 0.25  # every word more than FEW needs so much more weight: a long story has all kinds of words
FEW = 16
_TOO_LIGHT = -1.7  # words so light one by one are hardly ever a threat together: one of a thousand
_SHORT = 30  # words of a text that is weighed whole
_LONGEST = 45  # words weighed at a time
_SHOWN = 12  # words shown to the moderator at most
_weight_of = attrgetter("weight")
_signs_of = attrgetter("signs")
_place_of = attrgetter("place")
_kind_of = attrgetter("kind")
_most_of = attrgetter("most")


def pieces(doc: Document) -> Iterator[range]:
    """The text, or of a long one every two sentences that follow each other: what is weighed at a time."""
    words, length = doc.words, doc.length()
    if length <= _SHORT:
        yield range(length)
        return
    ends = [0, *(i + 1 for i, word in enumerate(words[: length - 1]) if word.mask & END), length]
    for first, middle, last in zip(ends, ends[1:], [*ends[2:], length], strict=False):
        yield range(first, min(last if last - first <= _LONGEST else middle, first + _LONGEST))


def _weighed(doc: Document, groups: Groups) -> Iterable[Hit]:
    """Nothing at once for a short text that is too light, as nearly all are."""
    words = doc.words
    if words[-1].form.isspace():
        words = words[: doc.length()]
    if len(words) <= _SHORT and not is_heavy(words):
        return ()
    return _judged(doc, groups)


def is_heavy(words: list[Word]) -> bool:
    scales = weigher()
    alone: float = scales.bias + sum(map(_weight_of, words))
    if alone < _TOO_LIGHT:
        return False
    enough = THRESHOLD + A_WORD * max(0, len(words) - FEW)
    alone += scales.together(reduce(or_, map(_signs_of, words), 0))
    if alone + scales.begins_with_at_most + sum(map(_most_of, words)) <= enough:
        return False
    return alone + scales.in_order(map(_place_of, words), map(_kind_of, words)) > enough


def total_weight(words: list[Word]) -> float:
    """All that the words weigh; ``is_heavy`` tells the same of most texts without adding everything up."""
    scales = weigher()
    alone: float = scales.bias + sum(map(_weight_of, words))
    together: int = reduce(or_, map(_signs_of, words), 0)
    return alone + scales.together(together) + scales.in_order(map(_place_of, words), map(_kind_of, words))


def outweighed(rule: Rule) -> Rule:
    """The rule without the finds that the weight of the words speaks against: «напоролся на вилы, фельдшер приехал».

    What would propose exclusion is still shown to a person.
    """
    find = rule.find

    def tempered(doc: Document, groups: Groups) -> Iterator[Hit]:
        for hit in find(doc, groups):
            around = _around(doc, hit)
            if len(around[-1]) < _ENOUGH or max(map(total_weight, around)) >= AGAINST:
                yield hit
            elif hit.severity == "high":
                yield hit._replace(severity="medium")

    return replace(rule, find=tempered)


def _around(doc: Document, hit: Hit) -> list[list[Word]]:
    """The sentence of the hit by itself, since a calm one beside it excuses nothing, and what stands around the hit."""
    sentence = doc.sentence(hit.first)
    first, last = max(0, hit.first - _NEAR), min(hit.last, hit.first + _LONGEST) + _NEAR + 1
    last = min(last, doc.length())
    return [doc.words[max(first, sentence.start) : min(last, sentence.stop)], doc.words[first:last]]


def _judged(doc: Document, groups: Groups) -> Iterator[Hit]:
    """A heavy piece is a find, unless its words are told of somebody else, or suffered, or mean things."""
    for piece in pieces(doc):
        if not is_heavy(doc.words[piece.start : piece.stop]):
            continue
        spoken = [p for p in piece if not doc.words[p].mask & SIGN] or list(piece)
        heavy = sorted(spoken, key=lambda p: doc.words[p].weight, reverse=True)[:3]
        top = heavy[0]
        if (
            told(doc, groups, top)
            or in_quotes(doc, top)
            or _done_to_us(doc, piece)
            or _aimed_at_nobody(doc, groups, piece)
        ):
            continue
        if any(covers_with(doc, groups, p) for p in heavy):
            continue  # «завалю фотографиями»
        if any(doc.words[p].mask & groups.ambiguous for p in heavy) and any_of(doc, piece, groups.hazard) is not None:
            continue  # «ноги переломаю на вашем льду»
        first, last = min(heavy), max(heavy)
        if last - first >= _SHOWN:
            first = last = top
        named = ", ".join(f"«{doc.words[p].form}»" for p in sorted(heavy) if doc.words[p].form)
        why = f"Слова вместе похожи на угрозу ({named}); решает человек."
        yield Hit(first, last, "medium", doc.words[top].lemma, why)


def _done_to_us(doc: Document, piece: range) -> bool:
    """«Вы нас в могилу сведёте»: the reader acts, the author suffers, and nothing more is promised."""
    words = doc.words
    acts = PERSON_2 | FUTURE
    for p in piece:
        if words[p].form in ("нас", "меня") and (not p or words[p - 1].form not in _LED):
            clause = doc.clause(p)
            if any(words[q].grammar & acts == acts for q in clause):
                return not any(words[q].grammar & VERB for q in piece if q not in clause)
    return False


def _aimed_at_nobody(doc: Document, groups: Groups, piece: range) -> bool:
    """«Топор в сарае, лопата в углу, кирпич под лавкой» says where things are."""
    words = doc.words[piece.start : piece.stop]
    if any(word.grammar & (VERB | INFINITIVE) or word.mask & _whom(groups) for word in words):
        return False
    return sum(1 for word in words if word.grammar & PREPOSITION) >= _PLACES


def _whom(groups: Groups) -> int:
    return groups.target | groups.third | groups.family


_PLACES = 3
_LED = frozenset({"у", "от", "до", "для", "без", "из", "против", "за"})
# A text that has none of these is not weighed: it takes a deed, a weapon, a grim place, or somebody's home and habits.
_WAKES = (
    "kill", "loose", "hurt", "break", "punch", "arson", "throw", "captive", "stab", "weapon", "armed",
    "deadly", "grave", "bed", "injury", "body", "burn", "fate", "perish", "survive", "dark", "projectile",
    "catch", "intent", "going_out", "guard", "talk", "vehicle", "corpse", "rue", "carried", "at_hand",
    "remove", "watch", "resting", "bullies",
)  # fmt: skip
RULES = (
    Rule("threat.weighed", "threat", "Слова вместе похожи на угрозу", _weighed,
         groups=(*(f"threat.{name}" for name in _WAKES), "people.property"), shape=OPENING | HEAVY, last=True),
)  # fmt: skip
