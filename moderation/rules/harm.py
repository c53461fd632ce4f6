"""Threats to a body and to property: «ноги переломаю», «в глаз дам», «сожгу вашу контору»."""

from __future__ import annotations

from collections.abc import Iterator

from ..morph import IMPERATIVE, INFINITIVE
from ..tokens import Document
from .base import Groups, Hit, Rule
from .context import any_of, near, starts_clause
from .threat import first_person, prevented, told


def _punch(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«В глаз дам вашему диспетчеру»."""
    for i, word in doc.listed():
        if not word.mask & groups.punch or not first_person(doc, groups, i) or told(doc, groups, i):
            continue
        for place in range(max(0, i - 3), min(len(doc.words), i + 4)):
            preposition = doc.words[place - 1].form if place else ""
            if place != i and doc.words[place].mask & groups.struck and preposition in ("в", "по"):
                why = f"Автор обещает ударить: «{word.form}» и «{doc.words[place].form}» вместе."
                yield Hit(min(i, place - 1), max(i, place), "high", word.lemma, why)
                break


def _body(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Ноги переломаю», «руки оторвать бы тому»; «ногу сломаешь» is a hazard, «сломаю себе» one's own."""
    verbs = groups.breaking | groups.hurt
    for i, word in doc.listed():
        if not word.mask & verbs or told(doc, groups, i):
            continue
        part = near(doc, i, 4, 4, groups.body)
        if part is None or part == i:
            continue
        mine = first_person(doc, groups, i)
        target = near(doc, i, 6, 8, groups.second | groups.official | groups.third | groups.insulted)
        if mine:
            if any_of(doc, doc.clause(i), groups.self_harm) is not None or (
                word.mask & groups.ambiguous and target is None and doc.words[part].lemma in _OWN_TOO
            ):
                continue
        elif word.grammar & INFINITIVE:
            called = starts_clause(doc, min(i, part)) or near(doc, i, 4, 4, groups.call) is not None
            if (
                not called
                or target is None
                or prevented(doc, i)
                or any_of(doc, doc.clause(i), groups.self_harm) is not None
            ):
                continue
        else:
            continue
        why = f"Угроза здоровью: «{word.form}» и «{doc.words[part].form}» вместе."
        yield Hit(min(i, part), max(i, part), "high" if mine else "medium", word.lemma, why)


# What the author may break of his own: «ногу сломаю на вашем льду»; nobody breaks his own jaw.
_OWN_TOO = frozenset(
    ["нога", "рука", "голова", "шея", "спина", "палец", "нос", "колено", "позвоночник", "ребро", "зуб"]
)


def _property(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Сожгу вашу контору», «колёса проколю», «окна бы ей повыбивать», «взорву эту котельную»."""
    for i, word in doc.listed():
        if not word.mask & (groups.breaking | groups.loose | groups.arson) or told(doc, groups, i):
            continue
        if word.lemma == "разбить" and any_of(doc, range(i, min(len(doc.words), i + 4)), groups.laid) is not None:
            continue
        mine = first_person(doc, groups, i)
        called = bool(word.grammar & (INFINITIVE | IMPERATIVE)) and (
            starts_clause(doc, i) or near(doc, i, 4, 4, groups.call) is not None
        )
        if not mine and not called:
            continue
        arson = bool(word.mask & groups.arson)
        what = near(doc, i, 5, 5, groups.property | groups.office | (groups.building if arson else 0))
        if what is None:
            continue
        owner = near(doc, i, 6, 6, groups.second | groups.third)
        office = bool(doc.words[what].mask & (groups.office | groups.building))
        if owner is None and not (office and (mine or arson)):
            continue
        if not mine and (
            word.lemma == "снести" or (not arson and owner is not None and not doc.words[owner].mask & groups.second)
        ):
            continue  # «снесите этот сарай» is a request
        if any_of(doc, doc.clause(i), groups.self_harm) is not None or prevented(doc, i):
            continue
        why = f"Угроза имуществу: «{word.form}» и «{doc.words[what].form}» вместе."
        yield Hit(min(i, what), max(i, what), "high" if mine else "medium", word.lemma, why)


RULES = (
    Rule("threat.body", "threat", "Угроза здоровью", _body, groups=("threat.break", "threat.hurt")),
    Rule("threat.punch", "threat", "Автор обещает ударить", _punch, groups=("threat.punch",)),
    Rule(
        "threat.property",
        "threat",
        "Угроза имуществу",
        _property,
        groups=("threat.break", "threat.loose", "threat.arson"),
    ),
)
