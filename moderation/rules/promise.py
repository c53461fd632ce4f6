"""Threats by what the author will do: «кину тебя в прорубь», «кто тронет, того посажу на цепь»."""

from __future__ import annotations

from collections.abc import Iterator

from ..function_words import INFINITIVES
from ..morph import (
    ACCUSATIVE,
    ANIMATE,
    FUTURE_1,
    INANIMATE,
    INFINITIVE,
    NOMINATIVE,
    NOUN,
    PREPOSITION,
)
from ..tokens import Document
from ..word import WILL
from .base import Groups, Hit, Rule
from .context import any_of
from .pursuit import person
from .reprisal import peaceful
from .threat import told

_OBJECTS = frozenset({"тебя", "вас", "его", "ее", "их", "того", "тех", "каждого", "всех", "тому", "тебе", "вам"})


# Where somebody maimed or dead is, by the exact form: «в гипсе», «на носилках».
MAIMED = frozenset(
    {"гипсе", "реанимации", "морге", "гробу", "костылях", "катафалке", "носилках", "цинке", "могиле", "коляске"}
)


def place_of(doc: Document, places: range, mask: int) -> int | None:
    """A word of ``mask`` to which a preposition leads: «в прорубь», «с этого моста»."""
    words = doc.words
    for place in places:
        if words[place].mask & mask and any(w.grammar & PREPOSITION for w in words[max(0, place - 3) : place]):
            return place
    return None


def _throws(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«В подвале вас запру», «скину тебя с моста»; «отвезу вас в магазин» is a kindness."""
    words = doc.words
    verbs = groups.throw | groups.loose | groups.captive
    for i, word in doc.having(verbs):
        if not word.grammar & FUTURE_1 or told(doc, groups, i):
            continue
        around = range(max(0, i - 6), min(len(words), i + 8))
        whom = person(doc, groups, around, i)
        where = place_of(doc, around, groups.deadly | groups.dark | groups.nature | groups.grave)
        if where is None and word.lemma == "отправить":  # «отправим вашу комиссию обратно на носилках»
            where = next(
                (p for p in around if p and words[p].form in MAIMED and words[p - 1].form in ("на", "в")), None
            )
        if whom is None or where is None or peaceful(doc, groups, doc.sentence(i)):
            continue
        spots = (i, whom, where)
        why = f"Автор обещает расправу: «{word.form}» и «{words[where].form}»."
        yield Hit(min(spots), max(spots), "medium", word.lemma, why)


def _who_dares(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Кто мою собаку тронет, того на цепь посажу», «первый, кто сунется, получит дробь»."""
    words = doc.words
    harm = groups.kill | groups.loose | groups.hurt | groups.breaking | groups.punish | groups.captive | groups.throw
    for i, _ in doc.spelled(("кто", "первый", "любой", "каждый")):
        after = range(i + 1, min(len(words), i + 16))
        aimed = next((p for p in after if words[p].form in ("того", "тому", "самого", "самому", "лично")), None)
        if aimed is None:
            continue
        verb = next((p for p in range(aimed, after.stop) if words[p].mask & harm and words[p].grammar & FUTURE_1), None)
        if verb is None or told(doc, groups, i) or peaceful(doc, groups, range(i, after.stop)):
            continue
        if not _takes_a_thing(doc, groups, verb):
            yield Hit(i, verb, "medium", words[verb].lemma, f"Условие с расправой: «кто … {words[verb].form}».")


def _takes_a_thing(doc: Document, groups: Groups, verb: int) -> bool:
    """«Вырежу наличники»: right after the verb stands what it is done to, and that is a thing."""
    following = doc.words[verb + 1 : verb + 3]
    return any(
        w.grammar & NOUN and w.grammar & ACCUSATIVE and w.grammar & INANIMATE and not w.mask & groups.body
        for w in following
        if not w.grammar & ANIMATE
    ) and not any(w.grammar & PREPOSITION for w in following)


def _like_a_dog(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Прибью, как собаку», «шею сверну, как курёнку»."""
    words = doc.words
    verbs = groups.kill | groups.loose | groups.hurt | groups.breaking
    for i, word in doc.having(verbs):
        if not word.grammar & (FUTURE_1 | INFINITIVE) or told(doc, groups, i):
            continue
        like = next((p for p in range(i + 1, min(len(words), i + 4)) if words[p].form in ("как", "словно")), None)
        if like is None or like + 1 >= len(words):
            continue
        beast = next((p for p in (like + 1, like + 2) if p < len(words) and words[p].grammar & ANIMATE), None)
        if beast is None or (words[beast].grammar & NOMINATIVE and not words[beast].grammar & ACCUSATIVE):
            continue
        if word.grammar & FUTURE_1 and not peaceful(doc, groups, doc.sentence(i)):
            why = f"Автор обещает расправу: «{word.form} как {words[beast].form}»."
            yield Hit(i, beast, "medium", word.lemma, why)


def _out_of_you(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Я из тебя котлету сделаю», «вытрясу из вас всё»."""
    words = doc.words
    for i, word in doc.having(groups.made):
        if not word.grammar & FUTURE_1 or told(doc, groups, i):
            continue
        around = range(max(0, i - 6), min(len(words) - 1, i + 5))
        out = next((p for p in around if words[p].form == "из" and words[p + 1].form in _OUT), None)
        if out is None or any_of(doc, doc.sentence(i), groups.decent) is not None:
            continue
        if not peaceful(doc, groups, doc.sentence(i)):
            first, last = min(i, out), max(i, out + 1)
            yield Hit(first, last, "medium", word.lemma, f"Автор обещает расправу: «из … {word.form}».")


_OUT = frozenset({"тебя", "вас", "него", "нее", "них"})


def _catch_then(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Встречу этого водителя — зубы унесёт»; «встречу мастера, пожму руку» is thanks."""
    words = doc.words
    harm = groups.body | groups.weapon | groups.injury | groups.grave
    for i, word in doc.having(groups.catch):
        if not word.grammar & FUTURE_1 or told(doc, groups, i):
            continue
        whom = person(doc, groups, range(i + 1, min(len(words), i + 4)), i)
        if whom is None:
            continue
        after = range(whom + 1, min(len(words), i + 14))
        what = any_of(doc, after, harm)
        if what is None or peaceful(doc, groups, range(i, after.stop)):
            continue
        if not any(words[p].form in _GLANCE or words[p].mask & groups.kind for p in after):
            why = f"Автор обещает встретить и наказать: «{word.form}» и «{words[what].form}»."
            yield Hit(i, what, "medium", word.lemma, why)


_GLANCE = frozenset({"глаза", "ноги"})  # «посмотрю в глаза», «поклонюсь в ноги»


def _justice(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Найду того, кто отключил свет, и сам его к проводу подключу»."""
    words = doc.words
    for i, word in doc.having(groups.catch):
        if not word.grammar & FUTURE_1 or not word.lemma.endswith(INFINITIVES):
            continue
        after = range(i + 1, min(len(words), i + 18))
        who = next((p for p in after if words[p].form == "кто"), None)
        if who is None:
            continue
        own = next((p for p in range(who, after.stop) if words[p].form in ("сам", "сама", "лично")), None)
        if own is None or told(doc, groups, i) or peaceful(doc, groups, range(i, after.stop)):
            continue
        verb = next(
            (p for p in range(own, after.stop) if words[p].grammar & FUTURE_1 and not words[p].mask & groups.kind), None
        )
        if verb is not None and any(words[p].form in ("его", "ему", "ее", "их", "им") for p in range(own, after.stop)):
            yield Hit(i, verb, "medium", word.lemma, "Автор обещает найти человека и наказать его сам.")


_VIOLENT = ("threat.kill", "threat.loose", "threat.hurt", "threat.break")
RULES = (
    Rule("threat.throws", "threat", "«Кину тебя в прорубь»", _throws,
         groups=("threat.throw", "threat.loose", "threat.captive")),
    Rule("threat.who_dares", "threat", "«Кто тронет, того …»", _who_dares,
         groups=(*_VIOLENT, "threat.punish", "threat.captive", "threat.throw"), also_shape=WILL),
    Rule("threat.like_a_dog", "threat", "«Прибью, как собаку»", _like_a_dog, groups=_VIOLENT, also=("как", "словно")),
    Rule("threat.out_of_you", "threat", "«Из тебя котлету сделаю»", _out_of_you, groups=("threat.made",)),
    Rule("threat.catch_then", "threat", "«Встречу — зубы унесёт»", _catch_then, groups=("threat.catch",)),
    Rule("threat.justice", "threat", "«Найду, кто …, и сам его …»", _justice, groups=("threat.catch",)),
)  # fmt: skip
