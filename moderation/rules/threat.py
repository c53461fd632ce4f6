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
    NOUN,
    PLURAL_3,
    PREPOSITION,
    PRESENT_1,
    VERB,
)
from ..tokens import Document
from ..verdict import Severity
from ..word import END
from .base import Groups, Hit, Rule
from .context import any_of, in_quotes, lawful_way, near, reported, starts_clause
from .phrases import phrase_rule


def told(doc: Document, groups: Groups, i: int) -> bool:
    """Somebody else's threat that the author only tells of: a quotation, «угрожает зарезать», «обещал убить»."""
    if in_quotes(doc, i) and doc.mask & (groups.report | groups.threat_report):
        return True
    sentence = doc.sentence(i)
    if any_of(doc, sentence, groups.threat_report) is not None:
        return True
    return any_of(doc, range(sentence.start, i), groups.police) is not None


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
        if word.mask & (groups.insulted | groups.official | groups.body | groups.weapon):
            return False
        if word.grammar & NOUN:
            return bool(word.grammar & ACCUSATIVE and word.grammar & INANIMATE)
    return False


def _victim(doc: Document, groups: Groups, i: int, reach: int) -> int | None:
    """Whom the verb ``i`` is aimed at: you, officials, people named with contempt, «их», «всех»; no crows and no pits."""  # noqa: E501
    people = groups.second | groups.official | groups.insulted | groups.third | groups.human | groups.family
    place = near(doc, i, reach, reach + 2, people)
    if place is None:
        place = next((p for p in range(max(0, i - 7), i) if doc.words[p].form in ("всех", "вас", "их", "тебя")), None)
    if place is None or doc.words[place].mask & groups.pest:
        return None
    if place and doc.words[place - 1].form in ASKING | {"у"}:
        return None
    if doc.words[place].form in THESE and place + 1 < len(doc.words):
        named = doc.words[place + 1]
        if named.grammar & NOUN and not named.grammar & ANIMATE and not named.mask & people:
            return None
    return place


def _first_person(doc: Document, groups: Groups, i: int) -> bool:
    """«Убью», «убьём», «буду убивать», «приду и убью»."""
    word = doc.words[i]
    if word.grammar & FUTURE_1 or word.mask & groups.will_form:
        return True
    if word.grammar & INFINITIVE:
        return any(w.form in WILL for w in doc.words[max(0, i - 3) : i] + doc.words[i + 1 : i + 2])
    return False


def _i_will(doc: Document, groups: Groups) -> Iterator[Hit]:
    verbs = groups.kill | groups.loose | groups.hurt
    for i, word in enumerate(doc.words):
        if not word.mask & verbs or not _first_person(doc, groups, i) or told(doc, groups, i):
            continue
        strict = bool(word.mask & groups.kill)
        victim = _victim(doc, groups, i, 4 if strict else 3)
        sentence = doc.sentence(i)
        alone = bool(word.mask & (groups.kill | groups.sure)) and not thing_follows(doc, groups, i)
        alone = alone and any_of(doc, sentence, groups.pest | groups.animal | groups.self_harm) is None
        if victim is None and not alone:
            continue
        poisons = word.lemma in ("отравить", "потравить") and any_of(doc, sentence, groups.second) is not None
        if (
            not strict
            and not poisons
            and (thing_follows(doc, groups, i) or any_of(doc, sentence, groups.self_harm) is not None)
        ):
            continue
        first, last = (i, i) if victim is None else (min(i, victim), max(i, victim))
        severity: Severity = "high" if victim is not None else "medium"
        yield Hit(first, last, severity, word.lemma, f"Автор обещает расправу: «{word.form}».")


def _they_will(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Вас закопают», «тебя убьют»."""
    verbs = groups.kill | groups.loose | groups.hurt | groups.breaking
    for i, word in enumerate(doc.words):
        will = word.grammar & PLURAL_3 or (
            word.grammar & INFINITIVE and any(w.form == "будут" for w in doc.words[max(0, i - 5) : i])
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
    for i, word in enumerate(doc.words):
        if not word.mask & verbs or told(doc, groups, i):
            continue
        ordered = False
        if word.grammar & INFINITIVE:
            called = starts_clause(doc, i) or near(doc, i, 7, 4, groups.call) is not None or _nobody_acts(doc, i)
        else:
            called = bool(word.grammar & IMPERATIVE and not word.grammar & PRESENT_1) and not word.grammar & NOUN
            ordered = called
        if not called:
            continue
        strict = bool(word.mask & groups.kill)
        victim = _victim(doc, groups, i, 4 if strict else 2)
        if victim is None or ((ordered or not strict) and thing_follows(doc, groups, i)):
            continue
        if not strict and doc.words[victim].form in ("его", "ее", "ему", "ей", "им"):
            continue  # «ликвидировать её» is as often about a heap of rubbish
        if not strict and any_of(doc, doc.sentence(i), groups.self_harm) is not None:
            continue
        if _prevented(doc, i):
            continue
        severity: Severity = (
            "high" if strict and doc.words[victim].mask & (groups.second | groups.official) else "medium"
        )
        yield Hit(min(i, victim), max(i, victim), severity, word.lemma, f"Призыв к расправе: «{word.form}».")


def _nobody_acts(doc: Document, i: int) -> bool:
    """A bare infinitive: «Всех в одну яму и закопать»."""
    return not any(
        doc.words[place].grammar & VERB and not doc.words[place].grammar & (INFINITIVE | NOUN)
        for place in doc.sentence(i)
        if place != i
    )


def _prevented(doc: Document, i: int) -> bool:
    """«Не бить», «нельзя убивать», «чтобы не сбили»."""
    return any(word.form in PREVENTED for word in doc.words[max(0, i - 2) : i])


def _punch(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«В глаз дам вашему диспетчеру»."""
    for i, word in enumerate(doc.words):
        if not word.mask & groups.punch or not _first_person(doc, groups, i) or told(doc, groups, i):
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
    for i, word in enumerate(doc.words):
        if not word.mask & verbs or told(doc, groups, i):
            continue
        part = near(doc, i, 4, 4, groups.body)
        if part is None or part == i:
            continue
        mine = _first_person(doc, groups, i)
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
                or _prevented(doc, i)
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
    for i, word in enumerate(doc.words):
        if not word.mask & (groups.breaking | groups.loose | groups.arson) or told(doc, groups, i):
            continue
        mine = _first_person(doc, groups, i)
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
        if any_of(doc, doc.clause(i), groups.self_harm) is not None or _prevented(doc, i):
            continue
        why = f"Угроза имуществу: «{word.form}» и «{doc.words[what].form}» вместе."
        yield Hit(min(i, what), max(i, what), "high" if mine else "medium", word.lemma, why)


def _told_or_reported(doc: Document, groups: Groups, i: int) -> bool:
    return told(doc, groups, i) or reported(doc, groups, i)


def _told_or_sought(doc: Document, groups: Groups, i: int) -> bool:
    """As above; also «найдём вас через суд»: who is found by law is not threatened."""
    if doc.words[i].mask & groups.catch or any(w.mask & groups.catch for w in doc.words[i + 1 : i + 4]):
        return _told_or_lawful(doc, groups, i)
    return _told_or_reported(doc, groups, i)


def _told_or_lawful(doc: Document, groups: Groups, i: int) -> bool:
    """As above; also a hint beside a court or a working Saturday is none: «последний раз прошу, потом жалоба»."""
    if lawful_way(doc, groups, doc.sentence(i)):
        return True
    return _told_or_reported(doc, groups, i)


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
    Rule("threat.body", "threat", "Угроза здоровью", _body, groups=("threat.break", "threat.hurt")),
    Rule("threat.punch", "threat", "Автор обещает ударить", _punch, groups=("threat.punch",)),
    Rule(
        "threat.property",
        "threat",
        "Угроза имуществу",
        _property,
        groups=("threat.break", "threat.loose", "threat.arson"),
    ),
    phrase_rule(
        "threat.phrase_direct",
        "threat",
        "Прямая угроза целым оборотом",
        "threat.direct",
        "high",
        "Прямая угроза.",
        _told_or_sought,
    ),
    phrase_rule(
        "threat.phrase_veiled",
        "threat",
        "Намёк на расправу",
        "threat.veiled",
        "medium",
        "Похоже на скрытую угрозу: решает человек.",
        _told_or_lawful,
    ),
)
