"""Insults without a word of contempt: faces and brains, likenesses to animals, animals in an office."""

from __future__ import annotations

from collections.abc import Iterator

from ..function_words import HEAD_ACHE, LIKE
from ..morph import ADJECTIVE, NOMINATIVE, NOUN, PAST
from ..tokens import Document
from ..word import SIGN
from .base import Groups, Hit, Rule
from .context import about_oneself, any_of, near, reported, starts_sentence


def _face(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Морда у вашего начальника», «рожами в корыто»."""
    for i, word in doc.having(groups.face):
        if reported(doc, groups, i):
            continue
        sentence = doc.sentence(i)
        if any_of(doc, sentence, groups.first) is not None:
            continue
        whose = near(doc, i, 5, 5, groups.target | groups.office_thing)
        if whose is not None:
            yield Hit(i, i, "medium", word.lemma, f"Грубо о лице или теле человека: «{word.form}».")


def _brain(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Где ваши мозги», «ума как у табуретки»."""
    for i, word in doc.having(groups.brain):
        if reported(doc, groups, i):
            continue
        lack = near(doc, i, 4, 6, groups.lack)
        sentence = doc.sentence(i)
        if lack is None or lack == i or any_of(doc, sentence, groups.first) is not None:
            continue
        if any_of(doc, sentence, groups.target) is None and not any(
            doc.words[p].form in ("они", "них", "им", "у") for p in sentence
        ):
            continue
        if any(doc.words[p].form in HEAD_ACHE for p in sentence):
            continue
        yield Hit(min(i, lack), max(i, lack), "medium", word.lemma, "Человеку отказано в уме.")


def _likeness(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Упёрлись, как бараны», «тупые, как пробка».

    Only of the reader, of officials, or with an adjective of contempt.
    """
    words = doc.words
    for i, word in enumerate(words):
        if i == 0 or not word.mask & groups.insulted or words[i - 1].form not in LIKE or not word.grammar & NOMINATIVE:
            continue
        sentence = doc.sentence(i)
        if any_of(doc, sentence, groups.first) is not None or reported(doc, groups, i):
            continue
        hard = any_of(doc, range(max(0, i - 5), i), groups.adjective) is not None
        if hard or (near(doc, i, 7, 6, groups.target) is not None and not word.mask & groups.pest):
            yield Hit(i - 1, i, "medium", word.lemma, f"Обидное сравнение: «как {word.form}».")


def _in_office(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Сидит боров в кресле», «клоуны в администрации», «тля кабинетная»."""
    words = doc.words
    for i, word in enumerate(words):
        if (
            not word.mask & (groups.soft | groups.animal)
            or word.mask & groups.contempt
            or not word.grammar & NOMINATIVE
        ):
            continue
        if not word.grammar & NOUN or reported(doc, groups, i) or about_oneself(doc, groups, i):
            continue
        reason = ""
        if i + 2 < len(words) and words[i + 1].form in ("в", "из", "во", "при") and words[i + 2].mask & groups.official:
            reason = "и должность рядом"
        elif near(doc, i, 0, 3, groups.rule) is not None and near(doc, i, 0, 6, groups.official) is not None:
            reason = "о тех, кто у власти"
        elif not word.mask & groups.fact and near(doc, i, 4, 4, groups.office_thing) is not None:
            if not word.mask & groups.pest or near(doc, i, 2, 2, groups.office_thing) is not None:
                reason = "в обстановке кабинета"
        elif not word.mask & (groups.fact | groups.pest) and starts_sentence(doc, i) and i + 1 < len(words):
            last = i + 2 >= len(words) or words[i + 2].mask & SIGN
            if last and words[i + 1].grammar & ADJECTIVE:
                reason = "выкрик с определением"
        if reason:
            yield Hit(i, i, "medium", word.lemma, f"Обидное слово «{word.lemma}» {reason}.")


def _gone_mad(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Вы там совсем отупели?»."""
    for i, word in enumerate(doc.words):
        if word.mask & groups.verb and word.grammar & PAST and not word.grammar & NOUN and not reported(doc, groups, i):
            sentence = doc.sentence(i)
            if any_of(doc, sentence, groups.target) is not None and any_of(doc, sentence, groups.first) is None:
                yield Hit(i, i, "medium", word.lemma, f"Грубо о рассудке человека: «{word.form}».")


RULES = (
    Rule("insult.gone_mad", "insult", "Грубо о рассудке", _gone_mad, groups=("insult.verb",)),
    Rule("insult.face", "insult", "Грубо о лице или теле", _face, groups=("insult.face",)),
    Rule("insult.brain", "insult", "Отказано в уме", _brain, groups=("insult.brain",)),
    Rule(
        "insult.likeness",
        "insult",
        "Обидное сравнение",
        _likeness,
        groups=("insult.soft", "insult.animal", "insult.strong", "insult.form"),
        also=LIKE,
    ),
    Rule(
        "insult.in_office",
        "insult",
        "Обидное слово в обстановке кабинета",
        _in_office,
        groups=("insult.soft", "insult.animal"),
    ),
)
