"""Threats with arms: who comes with what, and calls for an execution."""

from __future__ import annotations

from collections.abc import Iterator

from ..function_words import YOU
from ..morph import FUTURE_1, INFINITIVE, NOUN, PERSON_2, PLURAL_3, VERB
from ..tokens import Document
from .base import Groups, Hit, Rule
from .context import any_of, goes_hunting, near
from .threat import thing_follows, told


def _weapon(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Приду с ножом», «дед пошёл за топором, ждите»."""
    for i, word in doc.having(groups.weapon):
        if told(doc, groups, i):
            continue
        coming = near(doc, i, 6, 6, groups.come_weapon | groups.come)
        if coming is None:
            continue
        if goes_hunting(doc, groups, coming):
            continue
        verb = doc.words[coming]
        places = range(max(0, i - 12), min(len(doc.words), i + 12))
        if any_of(doc, places, groups.civic) is not None:
            continue
        they = bool(verb.grammar & (PLURAL_3 | INFINITIVE)) and any(doc.words[p].form in YOU for p in places)
        if not (verb.grammar & FUTURE_1 or verb.mask & groups.come_weapon or they):
            continue
        aimed = groups.second | groups.official | groups.office | groups.office_thing
        before = [w.form for w in doc.words[max(0, i - 8) : i]]
        instead = "а" in before[-3:] and "не" in before  # «не с жалобой, а с топором»
        if any_of(doc, places, aimed) is None and not instead and not verb.mask & groups.come_weapon:
            continue
        yield Hit(
            min(i, coming), max(i, coming), "medium", word.lemma, f"Автор собирается прийти с оружием: «{word.form}»."
        )


def _stakes(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«На вилы их поднять», «чиновников развесить на фонарях»."""
    for first, last, entry in doc.found("threat.stakes"):
        sentence = doc.sentence(first)
        if entry.text in ("=смертная =казнь", "=смертную =казнь") and len(sentence) > _DEBATE:
            continue  # whether there should be an execution is a matter of debate
        verb = any_of(doc, sentence, groups.stake_verb | groups.loose | groups.kill)
        victim = any_of(doc, sentence, groups.target | groups.third | groups.insulted)
        if entry.text in ("=за =яйца", "=за =яхца") and verb is not None:
            victim = verb
        will = verb is not None and doc.words[verb].grammar & FUTURE_1
        if entry.text.startswith("=на .."):
            if verb is None or not will or thing_follows(doc, groups, verb):
                continue
            victim = verb  # «повешу на том самом столбе»
        if victim is None and any(doc.words[p].grammar & PERSON_2 for p in sentence):
            victim = first  # «на столбах висеть будете»
        bare = not any(doc.words[p].grammar & VERB and not doc.words[p].grammar & NOUN for p in doc.clause(first))
        plain = entry.text.startswith(_PLAIN_STAKES) or bare
        if victim is not None and (verb is not None or plain or len(sentence) <= 5) and not told(doc, groups, first):
            yield Hit(first, last, "medium", entry.text.replace("=", ""), "Призыв к казни.")


_DEBATE = 10  # words
_PLAIN_STAKES = (
    "=на =вилы",
    "=на =кол",
    "=к =стенке",
    "=под =расстрел",
    "=на =эшафот",
    "=на =виселицу",
    "в .. прорубь",
)


RULES = (
    Rule("threat.weapon", "threat", "Приход с оружием", _weapon, groups=("threat.weapon",)),
    Rule("threat.stakes", "threat", "Призыв к казни", _stakes, groups=("threat.stakes",), phrases="threat.stakes"),
)
