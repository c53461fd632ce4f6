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
    NOMINATIVE,
    NOUN,
    PERSON_2,
    PLURAL_3,
    PREPOSITION,
    PRESENT_1,
    VERB,
)
from ..tokens import Document
from ..verdict import Severity
from ..word import BREAK, END
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
    police = any_of(doc, range(sentence.start, i), groups.police)
    if police is None or any(w.form in ("не", "без") for w in doc.words[max(0, police - 2) : police]):
        return False  # «не с заявлением, а с топором»
    called = police + 1 < len(doc.words) and doc.words[police + 1].form == ","
    return not (called and any_of(doc, sentence, groups.second) is not None)  # «участковый, ты не бессмертный»


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
    if place is not None and doc.words[place].mask & groups.pest:  # «и собаку, и хозяина»
        place = near(doc, i, reach, reach + 2, people & ~groups.insulted)
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
    for i, word in doc.listed():
        if not word.mask & verbs or not first_person(doc, groups, i) or told(doc, groups, i):
            continue
        strict = bool(word.mask & groups.kill)
        victim = _victim(doc, groups, i, 4 if strict else 3)
        if victim is not None and _own_kin(doc, groups, victim):
            victim = None  # «завтра похороню мужа», «убью за своего ребёнка»
        sentence = doc.sentence(i)
        alone = bool(word.mask & (groups.kill | groups.sure)) and not thing_follows(doc, groups, i)
        alone = alone and any_of(doc, sentence, groups.pest | groups.animal) is None
        alone = alone and not any(doc.words[p].form in ("себя", "себе") for p in sentence)
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


def _own_kin(doc: Document, groups: Groups, place: int) -> bool:
    """A relative of nobody named: the author's own. «Убью вашу семью» is not about him."""
    if not doc.words[place].mask & groups.family or doc.words[place].mask & (groups.second | groups.official):
        return False
    near_by = doc.words[max(0, place - 2) : place + 2]
    return not any(word.form in YOURS or word.mask & groups.third for word in near_by)


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
    for i, word in doc.listed():
        if not word.mask & verbs or told(doc, groups, i):
            continue
        ordered = False
        if word.grammar & INFINITIVE:
            called = starts_clause(doc, i) or near(doc, i, 7, 4, groups.call) is not None or _nobody_acts(doc, i)
        else:
            called = bool(word.grammar & IMPERATIVE and not word.grammar & (PRESENT_1 | PERSON_2 | NOUN))
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
        if word.lemma in _DONE_TO_THINGS and doc.words[victim].mask & groups.third:
            continue  # «покрышки … их устранить»
        if not strict and any(doc.words[p].form == "?" for p in doc.sentence(i)):
            continue
        if not strict and any_of(doc, doc.sentence(i), groups.self_harm) is not None:
            continue
        if prevented(doc, i):
            continue
        severity: Severity = (
            "high" if strict and doc.words[victim].mask & (groups.second | groups.official) else "medium"
        )
        yield Hit(min(i, victim), max(i, victim), severity, word.lemma, f"Призыв к расправе: «{word.form}».")


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


def _told_or_reported(doc: Document, groups: Groups, i: int) -> bool:
    return told(doc, groups, i) or reported(doc, groups, i)


def _told_or_sought(doc: Document, groups: Groups, i: int) -> bool:
    """As above; also «найдём вас через суд»: who is found by law is not threatened."""
    if doc.words[i].mask & groups.catch or any(w.mask & groups.catch for w in doc.words[i + 1 : i + 4]):
        return _told_or_lawful(doc, groups, i)
    return _told_or_reported(doc, groups, i)


def _passes_veiled(doc: Document, groups: Groups, i: int) -> bool:
    """A hint is none beside a court, among kind words, or where the reader is invited to ask his own children."""
    if doc.mask & groups.kind:
        around = range(len(doc.words)) if len(doc.words) <= _SHORT_TEXT else doc.sentence(i)
        if any_of(doc, around, groups.kind) is not None:
            return True
    if any(w.grammar & IMPERATIVE and w.mask & groups.invite for w in doc.words[i : i + 14]):
        return True
    return _told_or_lawful(doc, groups, i)


_SHORT_TEXT = 60  # words


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
        _passes_veiled,
    ),
)
