"""Threats to life, health and property: who will do what to whom; reports, hazards and figures of speech pass."""

from __future__ import annotations

from collections.abc import Iterator

from ..function_words import ASKING, PREVENTED, THESE, WILL, YOU, YOURS
from ..morph import (
    ACCUSATIVE,
    ANIMATE,
    FUTURE_1,
    IMPERATIVE,
    INANIMATE,
    INFINITIVE,
    INSTRUMENTAL,
    NOMINATIVE,
    NOUN,
    PERSON_2,
    PLURAL,
    PLURAL_3,
    PREPOSITION,
    PRESENT_1,
    VERB,
)
from ..tokens import Document
from ..verdict import Severity
from ..word import BREAK, END
from .base import Groups, Hit, Rule
from .context import any_of, in_quotes, is_where, named_at_length, near, own_kin, starts_clause, thing_of_yours


def told(doc: Document, groups: Groups, i: int) -> bool:
    """Somebody else's threat that the author only tells of: a quotation, «угрожает зарезать», «обещал убить»."""
    if in_quotes(doc, i) and doc.mask & (groups.report | groups.threat_report):
        return True
    sentence = doc.sentence(i)
    threatened = any_of(doc, sentence, groups.threat_report)
    if threatened is not None and not _own_words(doc, threatened):
        return True
    if not doc.words[i].mask & groups.kill and any_of(doc, sentence, groups.sport) is not None:
        return True  # «порвём всех на спартакиаде»
    police = any_of(doc, range(sentence.start, i), groups.police)
    if police is None or any(w.form in ("не", "без") for w in doc.words[max(0, police - 2) : police]):
        return False  # «не с заявлением, а с топором»
    if doc.words[i].grammar & FUTURE_1 and any(w.form == "пусть" for w in doc.words[sentence.start : police]):
        return False  # «пусть полиция читает, всё равно прибью»
    called = police + 1 < len(doc.words) and doc.words[police + 1].form == ","
    return not (called and any_of(doc, sentence, groups.second) is not None)  # «участковый, ты не бессмертный»


def _own_words(doc: Document, place: int) -> bool:
    """«Не угрожаю, а предупреждаю», «это не угроза»: the author speaks of what he himself says."""
    word = doc.words[place]
    return bool(word.grammar & PRESENT_1) or any(w.form == "не" for w in doc.words[max(0, place - 2) : place])


def thing_follows(doc: Document, groups: Groups, i: int) -> bool:
    """«Повешу вам объявление»: the verb's object is a thing."""
    led = False  # «убью за такую уборку»: a preposition leads to the noun, so it is no object
    for word in doc.words[i + 1 : i + 4]:
        if word.mask & END:
            return False
        led = led or bool(word.grammar & PREPOSITION)
        if led and word.grammar & NOUN and not word.grammar & PREPOSITION:
            led = False
            continue
        if word.mask & (groups.insulted | groups.official | groups.body | groups.weapon) or word.form in _ANYBODY:
            return False
        if word.grammar & NOUN:
            return bool(word.grammar & ACCUSATIVE and word.grammar & INANIMATE)
    return False


_ALL_OF_THEM = frozenset({"всех", "вас", "их", "тебя", "таких", "этих"})
_ANYBODY = frozenset({"первого", "любого", "каждого", "всех", "тебя", "вас"})


def _victim(doc: Document, groups: Groups, i: int, reach: int) -> int | None:
    """Whom the verb ``i`` is aimed at: you, officials, people named with contempt, «их», «всех».

    No crows and no pits.
    """
    people = groups.second | groups.official | groups.insulted | groups.third | groups.human | groups.family
    place = near(doc, i, reach, reach + 2, people)
    if place is not None and doc.words[place].mask & groups.pest:  # «и собаку, и хозяина»
        place = near(doc, i, reach, reach + 2, people & ~groups.insulted)
    if place is None or is_where(doc, place):
        place = next((p for p in range(max(0, i - 10), i) if doc.words[p].form in _ALL_OF_THEM), None)
    if place is None:
        place = named_at_length(doc, groups, i)
    if place is None or doc.words[place].mask & groups.pest:
        return None
    if place and doc.words[place - 1].form in ASKING | {"у"}:
        return None
    if doc.words[place].form in YOURS and thing_of_yours(doc, groups, place + 1):
        return None
    if doc.words[place].form in THESE and place + 1 < len(doc.words):
        named = doc.words[place + 1]
        if named.grammar & NOUN and not named.grammar & ANIMATE and not named.mask & people:
            return None
    return place


def first_person(doc: Document, groups: Groups, i: int) -> bool:
    """«Убью», «убьём», «буду убивать», «приду и убью»."""
    word = doc.words[i]
    if word.grammar & FUTURE_1 or word.mask & groups.will_form:
        return True
    if word.grammar & INFINITIVE:
        return any(w.form in WILL for w in doc.words[max(0, i - 3) : i] + doc.words[i + 1 : i + 2])
    return False


def _i_will(doc: Document, groups: Groups) -> Iterator[Hit]:
    verbs = groups.kill | groups.loose | groups.hurt
    for i, word in doc.having(verbs):
        if not first_person(doc, groups, i) or told(doc, groups, i):
            continue
        strict = bool(word.mask & groups.kill)
        victim = _victim(doc, groups, i, 4 if strict else 3)
        if victim is not None and own_kin(doc, groups, victim):
            victim = None  # «завтра похороню мужа», «убью за своего ребёнка»
        sentence = doc.sentence(i)
        if victim is not None and _slaughtered(doc, groups, victim, sentence):
            continue  # «зарежем поросёнка к празднику»
        if word.lemma == "спустить" and any_of(doc, doc.clause(i), groups.car_part) is not None:
            continue  # «колёса спущу всем»: it is done to the wheels
        alone = bool(word.mask & (groups.kill | groups.sure)) and not thing_follows(doc, groups, i)
        alone = alone and any_of(doc, sentence, groups.pest | groups.animal) is None
        alone = alone and not any(doc.words[p].form in ("себя", "себе") for p in doc.clause(i))
        if (victim is None and not alone) or covers_with(doc, groups, i):
            continue
        poisons = word.lemma in ("отравить", "потравить") and any_of(doc, sentence, groups.second) is not None
        if (
            not strict
            and not poisons
            and (thing_follows(doc, groups, i) or _turns_on_himself(doc, groups, i, sentence))
        ):
            continue
        first, last = (i, i) if victim is None else (min(i, victim), max(i, victim))
        severity: Severity = "high" if victim is not None else "medium"
        yield Hit(first, last, severity, word.lemma, f"Автор обещает расправу: «{word.form}».")


def covers_with(doc: Document, groups: Groups, i: int) -> bool:
    """«Завалю вас фотографиями»: what the reader is heaped with, and it is no weapon."""
    if doc.words[i].lemma not in _HEAPS:
        return False
    return any(
        w.grammar & INSTRUMENTAL
        and w.grammar & NOUN
        and not w.mask & (groups.weapon | groups.projectile | groups.soil | groups.vehicle)
        for w in doc.words[max(0, i - 3) : i + 4]
    )


_HEAPS = frozenset({"завалить", "закидать", "забросать"})


def _turns_on_himself(doc: Document, groups: Groups, i: int, sentence: range) -> bool:
    """«Жалобами завалю», «себе руку порежу»; «загрызу любого за свой огород» is meant for another."""
    if doc.words[i].mask & groups.sure:
        return any(doc.words[p].form in ("себя", "себе") for p in doc.clause(i))
    return any_of(doc, sentence, groups.self_harm) is not None


def _they_will(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Вас закопают», «тебя убьют»."""
    verbs = groups.kill | groups.loose | groups.hurt | groups.breaking
    for i, word in enumerate(doc.words):
        will = word.grammar & PLURAL_3 or (
            word.grammar & INFINITIVE and any(w.form == "будут" for w in doc.words[max(0, i - 5) : i + 3])
        )
        if word.mask & verbs and will and not told(doc, groups, i):
            victim = near(doc, i, 4, 2, groups.second)
            if victim is None and near(doc, i, 6, 3, groups.property) is not None:
                victim = near(doc, i, 8, 4, groups.second)
                if victim is not None and doc.words[victim].form in YOURS:
                    yield Hit(
                        min(i, victim),
                        max(i, victim),
                        "medium",
                        word.lemma,
                        f"Имуществу собеседника сулят беду: «{word.form}».",
                    )
                continue
            if victim is None and word.mask & groups.doomed:
                victim = _object_before(doc, groups, i)
                if victim is not None:
                    why = f"Человеку предсказывают расправу: «{word.form}»."
                    yield Hit(victim, i, "medium", word.lemma, why)
                    continue
            if victim is not None and doc.words[victim].form in YOU and not thing_follows(doc, groups, i):
                yield Hit(
                    min(i, victim),
                    max(i, victim),
                    "medium",
                    word.lemma,
                    f"Собеседнику предсказывают расправу: «{word.form}».",
                )


def _call(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Расстрелять этих депутатов», «бить их надо»; «повесить бы знак» is about a thing."""
    verbs = groups.kill | groups.loose | groups.hurt
    for i, word in doc.having(verbs):
        if told(doc, groups, i):
            continue
        ordered = False
        if word.grammar & INFINITIVE:
            called = starts_clause(doc, i) or near(doc, i, 7, 4, groups.call) is not None or _nobody_acts(doc, i)
        else:
            called = bool(word.grammar & IMPERATIVE and not word.grammar & (PRESENT_1 | PERSON_2 | FUTURE_1))
            called = called and (not word.grammar & NOUN or _at_once(doc, i))
            ordered = called
        if not called:
            continue
        strict = bool(word.mask & groups.kill)
        victim = _victim(doc, groups, i, 4 if strict else 2)
        if victim is None and word.grammar & INFINITIVE:
            victim = _object_before(doc, groups, i)
        if victim is None or ((ordered or not strict) and thing_follows(doc, groups, i)):
            continue
        if doc.words[victim].form in ("ты", "вы", "он", "она", "они"):
            continue
        if not strict and doc.words[victim].form in ("его", "ее", "ему", "ей", "им"):
            continue  # «ликвидировать её» is as often about a heap of rubbish
        if doc.words[victim].mask & groups.third and any_of(doc, doc.sentence(i), groups.pest) is not None:
            continue  # «тараканы достали, убить бы их»
        if word.lemma in _DONE_TO_THINGS and doc.words[victim].mask & groups.third:
            continue  # «покрышки … их устранить»
        if not strict and any(doc.words[p].form == "?" for p in doc.sentence(i)):
            continue
        if not strict and any_of(doc, doc.sentence(i), groups.self_harm) is not None:
            continue
        if ordered and any(w.mask & groups.pest for w in doc.words[i + 1 : i + 3]):
            continue  # «убейте таракана в вашей столовой»
        if prevented(doc, i) or _slaughtered(doc, groups, victim, sentence=doc.sentence(i)):
            continue
        severity: Severity = (
            "high" if strict and doc.words[victim].mask & (groups.second | groups.official) else "medium"
        )
        yield Hit(min(i, victim), max(i, victim), severity, word.lemma, f"Призыв к расправе: «{word.form}».")


def _at_once(doc: Document, i: int) -> bool:
    """«Топи их»: the word that may be a noun begins the sentence, and whom it is done to follows."""
    after = doc.words[i + 1].form if i + 1 < len(doc.words) else ""
    return after in _ALL_OF_THEM and starts_clause(doc, i)


def _slaughtered(doc: Document, groups: Groups, victim: int, sentence: range) -> bool:
    """«Где можно зарезать барана»: a beast that nobody is called here."""
    words = doc.words
    if not words[victim].mask & groups.animal or words[victim - 1].form in THESE or words[victim].grammar & PLURAL:
        return False
    return any_of(doc, sentence, groups.second | groups.official) is None


_DONE_TO_THINGS = frozenset({"устранить", "ликвидировать", "уничтожить", "спустить", "сбросить", "скинуть", "выкинуть"})


def _object_before(doc: Document, groups: Groups, i: int) -> int | None:
    """«Давно пора ваших депутатов в реке топить»: officials in the accusative some words before the infinitive."""
    people = groups.official | groups.insulted
    for place in range(i - 1, max(-1, i - 7), -1):
        word = doc.words[place]
        if word.mask & (END | BREAK):
            return None
        if word.mask & people and not word.mask & groups.pest and word.grammar & ANIMATE and word.grammar & ACCUSATIVE:
            return place if not word.grammar & NOMINATIVE else None
    return None


def _nobody_acts(doc: Document, i: int) -> bool:
    """A bare infinitive: «Всех в одну яму и закопать»."""
    return not any(
        doc.words[place].grammar & VERB and not doc.words[place].grammar & (INFINITIVE | NOUN)
        for place in doc.sentence(i)
        if place != i
    )


def prevented(doc: Document, i: int) -> bool:
    """«Не бить», «нельзя убивать», «чтобы не сбили»."""
    return any(word.form in PREVENTED for word in doc.words[max(0, i - 2) : i])


_VIOLENT = ("threat.kill", "threat.loose", "threat.hurt")
RULES = (
    Rule("threat.i_will", "threat", "Автор обещает убить или избить", _i_will, groups=_VIOLENT),
    Rule(
        "threat.they_will",
        "threat",
        "Собеседнику предсказывают расправу",
        _they_will,
        groups=(*_VIOLENT, "threat.break"),
    ),
    Rule("threat.call", "threat", "Призыв к расправе", _call, groups=_VIOLENT),
)
