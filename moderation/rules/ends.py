"""Where the reader will end: «будешь лежать в лесу», «тебя найдут в канаве», «кто придёт, уедет на скорой»."""

from __future__ import annotations

from collections.abc import Iterator

from ..function_words import IFS, OBJECT_YOU
from ..morph import (
    ACCUSATIVE,
    FUTURE,
    FUTURE_1,
    IMPERATIVE,
    INFINITIVE,
    NOMINATIVE,
    NOUN,
    PAST,
    PERSON_2,
    PLURAL_3,
    PREPOSITION,
    SINGULAR_3,
)
from ..tokens import Document
from .base import Groups, Hit, Rule
from .context import any_of, by_cause, endangered
from .promise import place_of
from .pursuit import person
from .reprisal import peaceful
from .threat import told

_LONGEST = 30  # words


def _lies_where(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Будешь лежать в лесу», «тебя найдут в канаве»; «если пойдёте, окажетесь в яме» is a hazard."""
    words = doc.words
    for i, word in doc.having(groups.resting):
        if word.grammar & (PAST | IMPERATIVE) or told(doc, groups, i):
            continue
        sentence = doc.sentence(i)
        around = range(max(sentence.start, i - 5), min(sentence.stop, i + 6))
        willing = word.grammar & INFINITIVE and any(words[p].form in ("будешь", "будете") for p in around)
        you = word.grammar & PERSON_2 and word.grammar & FUTURE and not word.mask & groups.borne
        they = word.grammar & PLURAL_3 and any(words[p].form in OBJECT_YOU for p in around)
        if not (willing or you or they) or len(words) > _LONGEST:
            continue
        where = place_of(doc, around, groups.deadly | groups.grave | groups.bed | groups.nature | groups.dark)
        if (
            where is None
            or by_cause(doc, around)
            or peaceful(doc, groups, sentence)
            or any(words[p].form in IFS for p in sentence)
        ):
            continue
        if any_of(doc, around, groups.first | groups.hazard & ~groups.deadly) is None:
            first, last = min(i, where), max(i, where)
            why = f"Собеседнику сулят смерть или увечье: «{word.form} … {words[where].form}»."
            yield Hit(first, last, "medium", word.lemma, why)


def _leaves_maimed(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Кто сунется, уедет на скорой», «отсюда на катафалке поедет»; «мама уехала на скорой» is told of the past."""
    words = doc.words
    for i, word in doc.having(groups.carried):
        if word.grammar & PAST or told(doc, groups, i):
            continue
        if not i or (words[i - 1].form not in ("на", "в", "под") and (i < 2 or words[i - 2].form not in ("на", "в"))):
            continue
        around = range(max(0, i - 9), min(len(words), i + 5))
        verb = next(
            (p for p in around if words[p].mask & groups.leaving and words[p].grammar & FUTURE
             and words[p].grammar & (PERSON_2 | SINGULAR_3 | PLURAL_3)),
            None,
        )  # fmt: skip
        if verb is None or peaceful(doc, groups, around) or any(words[p].form in ("если", "когда") for p in around):
            continue
        aimed = words[verb].grammar & PERSON_2 or any(words[p].form in _ANYBODY for p in around)
        aimed = aimed or person(doc, groups, around, i) is not None
        if by_cause(doc, around):
            continue
        if aimed and any_of(doc, around, groups.family) is None and not endangered(doc, groups, around):
            first, last = min(i, verb), max(i, verb)
            yield Hit(first, last, "medium", word.lemma, f"Человеку сулят увечье: «{words[verb].form} на {word.form}».")


_ANYBODY = frozenset({"кто", "любой", "каждый", "первый", "тот"})


def _out_of_window(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Вышвырну с балкона», «с моста бы сбросить этого проектировщика»; «выкину диван с балкона» has a thing."""
    words = doc.words
    for i, word in doc.having(groups.throw | groups.loose | groups.remove):
        if word.mask & groups.shoot or told(doc, groups, i):
            continue  # «стрелять с вышки» is a hunter's way
        sentence = doc.sentence(i)
        around = range(max(sentence.start, i - 6), min(sentence.stop, i + 7))
        heights = (p for p in around if words[p].form in _HEIGHTS)
        where = next((p for p in heights if any(w.form in _FROM for w in words[max(0, p - 3) : p])), None)
        if where is None or peaceful(doc, groups, sentence):
            continue
        thing = any(
            words[p].grammar & NOUN and words[p].grammar & ACCUSATIVE and not words[p].mask & groups.target
            and not any(w.grammar & PREPOSITION for w in words[max(0, p - 3) : p]) and p != where
            for p in doc.clause(i) if p != i
        )  # fmt: skip
        whom = person(doc, groups, around, i)
        mine = word.grammar & FUTURE_1 and (whom is not None or not thing)
        if mine or (word.grammar & INFINITIVE and whom is not None):
            first, last = min(i, where), max(i, where)
            why = f"Обещание или призыв сбросить человека: «{word.form} … {words[where].form}»."
            yield Hit(first, last, "medium", word.lemma, why)


_FROM = frozenset({"с", "со", "из", "в"})
_HEIGHTS = frozenset({"окна", "окно", "балкона", "моста", "крыши", "лестницы", "этажа", "обрыва", "вышки", "трубы"})


def _awaits(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Мыло и верёвка тебя заждались», «ждёт тебя пуля»: a deadly thing waits for the reader."""
    words = doc.words
    for i, word in doc.having(groups.waiting):
        if not word.grammar & (SINGULAR_3 | PLURAL_3 | PAST) or told(doc, groups, i):
            continue
        around = range(max(0, i - 5), min(len(words), i + 5))
        whom = next((p for p in around if words[p].form in OBJECT_YOU), None)
        fatal = groups.grave | groups.armed | groups.execute
        what = next((p for p in around if words[p].mask & fatal and words[p].grammar & NOMINATIVE), None)
        if whom is not None and what is not None and not peaceful(doc, groups, doc.sentence(i)):
            first, last = min(i, what, whom), max(i, what, whom)
            yield Hit(
                first, last, "medium", word.lemma, f"Собеседнику сулят смерть: «{words[what].form} … {word.form}»."
            )


def _do_not_go_out(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«По вечерам из дома теперь не выходи»; «не выходите без фонарика, темно» is care."""
    words = doc.words
    for i, word in doc.having(groups.going_out):
        if not word.grammar & IMPERATIVE or not i or words[i - 1].form != "не":
            continue
        sentence = doc.sentence(i)
        if told(doc, groups, i) or peaceful(doc, groups, sentence):
            continue
        when = any_of(doc, sentence, groups.alone) is not None
        firm = any(words[p].form in _FROM_NOW_ON for p in sentence)
        singular = not word.form.endswith("те")
        if not (when and (firm or singular)) and not (firm and singular):
            continue
        if any_of(doc, sentence, groups.hazard & ~groups.deadly | groups.kind | groups.care) is None:
            yield Hit(i - 1, i, "medium", word.lemma, f"Предостережение, похожее на угрозу: «не {word.form}».")


_FROM_NOW_ON = frozenset({"теперь", "больше", "лучше", "совет", "советую", "целее", "смотри"})

RULES = (
    Rule("threat.lies_where", "threat", "«Будешь лежать в лесу»", _lies_where, groups=("threat.resting",)),
    Rule("threat.leaves_maimed", "threat", "«Уедет на скорой»", _leaves_maimed, groups=("threat.carried",)),
    Rule("threat.out_of_window", "threat", "«Вышвырну с балкона»", _out_of_window,
         groups=("threat.throw", "threat.loose", "threat.remove"), also=_HEIGHTS),
    Rule("threat.awaits", "threat", "«Верёвка тебя заждалась»", _awaits, groups=("threat.waiting",)),
    Rule("threat.do_not_go_out", "threat", "«Лучше не выходи»", _do_not_go_out, groups=("threat.going_out",)),
)  # fmt: skip
