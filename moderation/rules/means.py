"""Threats by sum: means of violence, somebody aimed at and intent in one short text; what will be done to a body."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ..function_words import ASKING, FRIENDLY, THEM
from ..morph import ADJECTIVE, FUTURE_1, IMPERATIVE, INFINITIVE, INSTRUMENTAL, NOUN, PAST, PERSON_2, VERB
from ..tokens import Document
from ..word import END
from .base import Groups, Hit, Rule
from .context import any_of, lawful_way, onlookers
from .threat import told

_LONGEST = 45  # words


def _sum(doc: Document, groups: Groups) -> Iterator[Hit]:
    """Means of violence, somebody aimed at, and intent in one short text.

    «Есть верёвка и осина, осталось привезти того …».
    """
    words = doc.words[: doc.length()]
    if len(words) > _LONGEST or any(w.form == "?" for w in words[-3:]):
        return
    violent = groups.means | groups.kill | groups.hurt
    means = [place for place, w in enumerate(words) if w.mask & violent and not w.grammar & PAST]
    aimed = any_of(doc, range(len(words)), groups.target) is not None or any(
        w.form in THEM or w.grammar & (PERSON_2 | IMPERATIVE) for w in words
    )
    if not means or not aimed or told(doc, groups, means[0]):
        return
    intent = {entry.text for _, _, entry in doc.found("threat.intent")}
    remote = {w.lemma for w in words if w.mask & groups.remote and not w.mask & groups.means}
    told_of = any(w.grammar & PAST and not w.grammar & (NOUN | ADJECTIVE) for w in words)
    will = any(w.grammar & FUTURE_1 for w in words)
    verbless = len(words) <= (14 if len(means) > 1 or len(remote) > 1 else 8) and not any(
        w.grammar & (VERB | INFINITIVE) and not w.grammar & NOUN for w in words
    )
    verbless = verbless and any(w.mask & groups.second for w in words)
    if not intent and not will and not verbless and not _conditional(doc):
        return
    if lawful_way(doc, groups, range(len(words))):
        return
    if any(w.form in ("колесах", "замедленного") for w in words):
        return  # «гроб на колёсах» is a bus, «бомба замедленного действия» a boiler
    lemmas = {words[place].lemma: words[place].mask for place in means}
    weapons = sum(1 if mask & groups.tool else 2 for mask in lemmas.values())
    points = min(4, weapons) + 2 * min(2, len(intent) + _conditional(doc)) + min(2, len(remote))
    points += 2 * (will or verbless) - told_of
    if any(w.grammar & IMPERATIVE and n.form in ("нам", "мне") for w, n in pairwise(words)):
        points -= 3  # «тащите нам бульдозер» is a request
    if onlookers(doc, groups, range(len(words))) or any(w.form in ASKING for w in words):
        points -= 3
    if points >= _MENACE + len(words) // 20:
        first = means[0]
        why = "В коротком тексте рядом орудие расправы, адресат и намерение: решает человек."
        yield Hit(first, first, "medium", words[first].lemma, why)


def _conditional(doc: Document) -> bool:
    """«Ещё раз …», «если …», «не сделаете …»: what follows depends on the reader."""
    words = doc.words
    for first, second in pairwise(words):
        if first.form == "если" or (first.form == "еще" and second.form in ("раз", "слово", "одна", "один", "одно")):
            return True
        if first.form == "не" and second.grammar & PERSON_2 and second.grammar & VERB:
            return True
    return False


def _limb(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Электрику вашему руки узлом завяжу»: whatever the author will do to somebody's body."""
    words = doc.words
    for i, word in doc.having(groups.body | groups.face):
        if word.grammar & INSTRUMENTAL and not word.mask & groups.face:
            continue
        verb = _future_near(doc, i)
        if verb is None or words[verb].mask & groups.receive or told(doc, groups, i):
            continue  # «получу по башке от начальства» is the author's own lot
        clause = range(max(0, min(i, verb) - 5), min(len(words), max(i, verb) + 6))
        if (any_of(doc, clause, groups.second | groups.official) is None and not _caught(doc, groups, verb)) or any_of(
            doc, clause, groups.self_harm
        ) is not None:
            continue
        if words[verb].mask & groups.ambiguous and any_of(doc, clause, groups.hazard) is not None:
            continue  # «ноги переломаю на вашем льду»
        forever = any(words[place].form in ("навсегда", "навеки") for place in clause)
        if not forever and any(words[place].form in FRIENDLY for place in clause):
            continue
        why = f"Автор обещает сделать что-то с телом человека: «{words[verb].form}» и «{word.form}»."
        yield Hit(min(i, verb), max(i, verb), "medium", word.lemma, why)


def _caught(doc: Document, groups: Groups, verb: int) -> bool:
    """«Ещё раз напишешь — найду и язык в узел завяжу»: a condition and somebody who will be found."""
    before = doc.words[max(0, verb - 6) : verb]
    return _conditional(doc) and any(w.mask & groups.catch and w.grammar & FUTURE_1 for w in before)


def _future_near(doc: Document, i: int) -> int | None:
    words = doc.words
    for step in range(1, 6):
        for place in (i - step, i + step):
            if not 0 <= place < len(words) or words[place].grammar & (FUTURE_1 | NOUN) != FUTURE_1:
                continue
            if not any(word.mask & END for word in words[min(place, i) : max(place, i)]):
                return place
    return None


_MENACE = 4


RULES = (
    Rule(
        "threat.sum",
        "threat",
        "Орудие, адресат и намерение вместе",
        _sum,
        groups=("threat.means", "threat.kill", "threat.hurt"),
        last=True,
    ),
    Rule(
        "threat.limb",
        "threat",
        "Обещание что-то сделать с телом человека",
        _limb,
        groups=("threat.body", "insult.face"),
    ),
)
