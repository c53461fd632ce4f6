"""Whom and what it will hit: the reader's beasts and car, those who come first, a weapon and a part of the body."""

from __future__ import annotations

from collections.abc import Iterator

from ..function_words import DATIVE_YOU, IFS
from ..morph import (
    ACCUSATIVE,
    ANIMATE,
    FUTURE,
    FUTURE_1,
    GENITIVE,
    IMPERATIVE,
    INANIMATE,
    INSTRUMENTAL,
    NOMINATIVE,
    NOUN,
    PAST,
    PERSON_2,
    PLURAL_3,
    PREPOSITION,
    SINGULAR_3,
    VERB,
)
from ..tokens import Document
from .base import Groups, Hit, Rule
from .context import any_of, by_cause, endangered
from .promise import MAIMED
from .pursuit import person
from .reprisal import peaceful
from .threat import told


def _to_reader(doc: Document, groups: Groups, places: range) -> bool:
    """Whether the words are said to somebody: «твой», «вам», «если не уберёшь», an official by his post."""
    words = doc.words
    if any_of(doc, places, groups.target) is not None:
        return True
    return any(words[p].grammar & PERSON_2 and words[p].grammar & VERB for p in places)


def _your_beast(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Козу твою пристрелю», «фермер, коров потравлю всех до единой»; «собак вашей породы не отравлю» has a «не»."""
    words = doc.words
    harm = groups.kill | groups.loose | groups.hurt | groups.breaking
    for i, word in doc.having(groups.livestock):
        if not word.grammar & NOUN or told(doc, groups, i):
            continue
        around = range(max(0, i - 5), min(len(words), i + 10))
        verb = next((p for p in around if words[p].mask & harm and words[p].grammar & FUTURE_1 and p != i), None)
        sentence = doc.sentence(i)
        if verb is None or (verb and words[verb - 1].form == "не") or any_of(doc, sentence, groups.lawful) is not None:
            continue
        if not any(words[p].form == "?" for p in sentence) and _to_reader(
            doc, groups, range(max(0, i - 12), min(len(words), i + 12))
        ):
            why = f"Обещано убить или покалечить чужое животное: «{words[verb].form}» и «{word.form}»."
            yield Hit(min(i, verb), max(i, verb), "medium", word.lemma, why)


def _your_car(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Ещё раз встанешь на газон — колёса проколю»: whose they are is told by the condition."""
    words = doc.words
    for i, word in doc.having(groups.car_part):
        if not word.grammar & ACCUSATIVE or told(doc, groups, i):
            continue
        around = range(max(0, i - 4), min(len(words), i + 4))
        verb = next((p for p in around if words[p].mask & groups.breaking and words[p].grammar & FUTURE_1), None)
        if verb is None or any(words[p].form in ("себе", "свои", "свой", "свое") for p in around):
            continue
        text = range(max(0, i - 16), min(len(words), i + 16))
        dared = any(
            words[p].form in ("кто", "каждой", "каждому", "любой", "любому")
            or (words[p].grammar & PERSON_2 and words[p].grammar & FUTURE and not words[p].grammar & IMPERATIVE)
            for p in text
        )
        if dared and not peaceful(doc, groups, doc.sentence(i)) and not doc.mask & groups.hazard & ~groups.property:
            why = f"Угроза имуществу: «{words[verb].form}» и «{word.form}»."
            yield Hit(min(i, verb), max(i, verb), "medium", word.lemma, why)


def _goes_without(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Без колёс останешься», «уйдёт без зубов»; «дети останутся без ног» is worry, «останемся без дома» one's own."""
    words = doc.words
    for i, word in doc.having(groups.body | groups.car_part | groups.property):
        if not word.grammar & GENITIVE or not any(w.form == "без" for w in words[max(0, i - 2) : i]):
            continue
        around = range(max(0, i - 9), min(len(words), i + 5))
        verb = next((p for p in around if words[p].mask & (groups.left | groups.leaving)), None)
        if verb is None or told(doc, groups, i):
            continue
        grammar = words[verb].grammar
        you = grammar & PERSON_2 and grammar & FUTURE
        he = grammar & (SINGULAR_3 | PLURAL_3) and grammar & FUTURE
        he = he and (any(words[p].form in _WHOEVER for p in around) or person(doc, groups, around, i) is not None)
        sentence = doc.sentence(i)
        if not (you or (he and word.mask & (groups.body | groups.car_part))) or any(
            words[p].form in IFS for p in sentence if word.mask & groups.property
        ):
            continue
        if any_of(doc, sentence, groups.hazard & ~groups.property | groups.family) is None and not (
            peaceful(doc, groups, sentence) or endangered(doc, groups, sentence)
        ):
            why = f"Человеку сулят потерю: «без {word.form}»."
            yield Hit(min(i, verb), max(i, verb), "medium", word.lemma, why)


_WHOEVER = frozenset({"кто", "первый", "каждый", "любой", "тот"})


def _weapon_to(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Картечью встречу вашу комиссию», «дробью угощу»: what with and whom, whatever the verb."""
    words = doc.words
    for i, word in doc.having(groups.armed):
        if not word.grammar & INSTRUMENTAL or word.grammar & VERB or told(doc, groups, i):
            continue
        if i and words[i - 1].grammar & PREPOSITION:
            continue  # «приду с топором» is another rule's
        clause = doc.clause(i)
        verb = next((p for p in clause if words[p].grammar & FUTURE_1 and words[p].grammar & VERB), None)
        if verb is None or peaceful(doc, groups, doc.sentence(i)):
            continue
        whom = person(doc, groups, clause, i)
        thing = any(
            words[p].grammar & (NOUN | ACCUSATIVE | INANIMATE) == NOUN | ACCUSATIVE | INANIMATE
            and not words[p].mask & (groups.body | groups.armed | groups.official)
            and not words[p - 1].grammar & PREPOSITION
            for p in clause
            if p and p != i
        )
        if whom is not None and not thing and not any(words[p].mask & groups.kind for p in clause):
            why = f"Автор обещает расправу с орудием: «{words[verb].form}» и «{word.form}»."
            yield Hit(min(i, verb, whom), max(i, verb, whom), "medium", word.lemma, why)


def _into_part(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Перо в бок обеспечу», «лопатой промеж глаз», «кирпичом в лобовое»: what and where to, nobody did it before."""
    words = doc.words
    for i, word in doc.having(groups.charge | groups.weapon | groups.fist):
        if not word.grammar & (INSTRUMENTAL | ACCUSATIVE) or told(doc, groups, i):
            continue
        lead = next((p for p in range(i + 1, min(len(words), i + 3)) if words[p].form in _INTO), None)
        if lead is None:
            continue
        part = any_of(doc, range(lead + 1, min(len(words), lead + 3)), groups.body | groups.car_part | groups.struck)
        if part is None or peaceful(doc, groups, doc.sentence(i)):
            continue
        clause = doc.clause(i)
        other = any(
            words[p].grammar & VERB
            and words[p].grammar & (PAST | SINGULAR_3 | PLURAL_3 | PERSON_2)
            and not words[p].grammar & (FUTURE_1 | NOUN)
            for p in clause
        )
        if not other and not endangered(doc, groups, clause):
            yield Hit(i, part, "medium", word.lemma, f"Автор сулит удар: «{word.form} … {words[part].form}».")


_INTO = frozenset({"в", "под", "между", "промеж", "меж"})


def _they_mend(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Мой брат тебе челюсть поправит»; «врач вам зуб вылечит» is a cure."""
    words = doc.words
    for i, word in doc.having(groups.body):
        if not word.grammar & ACCUSATIVE or told(doc, groups, i):
            continue
        around = range(max(0, i - 7), min(len(words), i + 7))
        verb = next(
            (p for p in around if words[p].grammar & FUTURE and words[p].grammar & VERB
             and words[p].grammar & (SINGULAR_3 | PLURAL_3)),
            None,
        )  # fmt: skip
        if verb is None or not any(words[p].form in DATIVE_YOU for p in around):
            continue
        who = next((p for p in around if words[p].mask & groups.gang and words[p].grammar & NOMINATIVE), None)
        if who is not None and not peaceful(doc, groups, doc.sentence(i)):
            why = f"Собеседнику обещают побои чужими руками: «{words[verb].form}» и «{word.form}»."
            yield Hit(min(i, verb), max(i, verb), "medium", word.lemma, why)


def _massacre(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Начну отстрел чиновников», «будет вам побоище»; «расстрел демонстрации в 1905 году» is history."""
    words = doc.words
    for i, word in doc.having(groups.massacre):
        if not word.grammar & (ACCUSATIVE | NOMINATIVE) or told(doc, groups, i):
            continue
        around = range(max(0, i - 5), min(len(words), i + 4))
        mine = next((p for p in around if words[p].grammar & FUTURE_1 and words[p].grammar & VERB), None)
        will = next((p for p in around if words[p].form in ("будет", "ждите", "ждет")), None)
        verb = will if mine is None else mine
        whom = next(
            (p for p in around if words[p].form in DATIVE_YOU or words[p].form in ("вас", "тебя")
             or (words[p].mask & (groups.official | groups.insulted) and words[p].grammar & ANIMATE)),
            None,
        )  # fmt: skip
        if verb is None or whom is None or peaceful(doc, groups, doc.sentence(i)):
            continue
        if not endangered(doc, groups, [p for p in around if not words[p].mask & groups.first]):
            first, last = min(i, verb, whom), max(i, verb, whom)
            yield Hit(first, last, "medium", word.lemma, f"Обещана расправа: «{words[verb].form} … {word.form}».")


def _spends_in(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Отпуск проведёшь в гипсе», «новый год встретите в морге»; «в гипсе с этой лестницей» is a hazard."""
    words = doc.words
    for i, word in doc.spelled(MAIMED):
        if not i or words[i - 1].form not in ("в", "на") or told(doc, groups, i):
            continue
        sentence = doc.sentence(i)
        around = range(max(sentence.start, i - 6), min(sentence.stop, i + 4))
        verb = next(
            (p for p in around if words[p].grammar & PERSON_2 and words[p].grammar & FUTURE
             and not words[p].grammar & IMPERATIVE),
            None,
        )  # fmt: skip
        if verb is None or peaceful(doc, groups, sentence) or by_cause(doc, sentence):
            continue
        if any_of(doc, sentence, groups.hazard | groups.kind) is None and not any(
            words[p].form in IFS for p in sentence
        ):
            why = f"Собеседнику сулят увечье или смерть: «{words[verb].form} … {word.form}»."
            yield Hit(min(i, verb), max(i, verb), "medium", word.lemma, why)


RULES = (
    Rule("threat.your_beast", "threat", "«Козу твою пристрелю»", _your_beast, groups=("threat.livestock",)),
    Rule("threat.your_car", "threat", "«Встанешь на газон — колёса проколю»", _your_car, groups=("threat.car_part",)),
    Rule("threat.goes_without", "threat", "«Уйдёт без зубов»", _goes_without, groups=("threat.left", "threat.leaving")),
    Rule("threat.weapon_to", "threat", "«Картечью встречу вас»", _weapon_to, groups=("threat.armed",)),
    Rule("threat.into_part", "threat", "«Перо в бок»", _into_part,
         groups=("threat.charge", "threat.weapon", "threat.fist")),
    Rule("threat.spends_in", "threat", "«Отпуск проведёшь в гипсе»", _spends_in,
         groups=("threat.bed", "threat.carried", "threat.grave", "threat.injury")),
    Rule("threat.massacre", "threat", "«Начну отстрел чиновников»", _massacre, groups=("threat.massacre",)),
    Rule("threat.they_mend", "threat", "«Брат тебе челюсть поправит»", _they_mend, groups=("threat.gang",)),
)  # fmt: skip
