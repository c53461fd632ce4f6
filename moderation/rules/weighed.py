"""The learned models as rules: what they find goes to a person, with the words that weigh most."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ..model import model, pieces
from ..tokens import Document
from ..verdict import Category
from ..word import LEARNED, SIGN
from .base import Groups, Hit, Rule

_PRICE = (0.1, 0.0, 0.1)  # a long text has all kinds of words: what every word more than _FEW costs
_FEW = 16
_SHOWN = 12  # words between the first and the last that are shown to the moderator
_NAMED = 3
_AGAINST = -1.5  # lighter than this, a rule of threats is not believed
_ENOUGH = 5  # words and signs; fewer can speak against nothing
_AFTER = 4  # words after the sentence, where a smile may stand
_LAUGHING = frozenset("😂🤣😄😁😆😅😊😉😜😝😘🥰❤")
_LAUGH = re.compile(r"а?(?:х[ае]-?){2,}|лол$|ржу")
_TITLES = {"threat": "угроза", "spam": "спам", "insult": "оскорбление"}


def weight(doc: Document, piece: range, category: Category) -> float:
    """How far the words of a piece are above what makes them a find; below zero they are none."""
    number = LEARNED.index(category)
    scales = model()
    price = _PRICE[number] * max(0, len(piece) - _FEW)
    return scales.weigh(doc.words[piece.start : piece.stop])[number] - scales.threshold[number] - price


def outweighed(rule: Rule) -> Rule:
    """The rule of threats without finds that the words around speak against: «пошёл на кабана с ружьём».

    What would propose exclusion then goes to a person, and of what they speak against twice as much nothing is left.
    """
    find = rule.find

    def tempered(doc: Document, groups: Groups) -> Iterator[Hit]:
        for hit in find(doc, groups):
            sentence = _without_line_ends(doc, doc.sentence(hit.first))
            believed = 0.0 if len(sentence) < _ENOUGH else weight(doc, sentence, "threat")
            if believed >= _AGAINST:
                yield hit._replace(severity="medium") if _joking(doc, sentence, believed) else hit
            elif hit.severity == "high" and believed >= 2 * _AGAINST:
                yield hit._replace(severity="medium")

    return replace(rule, find=tempered)


def _without_line_ends(doc: Document, sentence: range) -> range:
    last = sentence.stop
    while last > sentence.start and doc.words[last - 1].form.isspace():
        last -= 1
    return range(sentence.start, last)


def _joking(doc: Document, sentence: range, believed: float) -> bool:
    """«Я тебя убью)))», «прибью тебя, ахаха»; or a calm «ты» of friends, when the words are against it."""
    words = doc.words[sentence.start : sentence.stop + _AFTER]
    forms = [word.form for word in words]
    if forms.count(")") > forms.count("(") or any(form in _LAUGHING or _LAUGH.match(form) for form in forms):
        return True
    return believed < 0 and any(form in ("ты", "тебя", "тебе") for form in forms)


def _weighed(category: Category) -> Rule:
    number = LEARNED.index(category)

    def find(doc: Document, groups: Groups) -> Iterator[Hit]:
        for piece in pieces(doc.words, category):
            if piece and weight(doc, piece, category) > 0:
                yield _shown(doc, piece, number)

    title = f"Слова вместе похожи: {_TITLES[category]}"
    return Rule(f"{category}.weighed", category, title, find, last=True)


def _shown(doc: Document, piece: range, number: int) -> Hit:
    """The words that weigh most, as far as they stand near each other."""
    words = doc.words[piece.start : piece.stop]
    shares = model().shares(words, number)
    spoken = [i for i, word in enumerate(words) if not word.mask & SIGN] or list(range(len(words)))
    heavy = sorted(spoken, key=lambda i: shares[i], reverse=True)[:_NAMED]
    named = ", ".join(dict.fromkeys(f"«{words[i].form}»" for i in sorted(heavy)))
    first, last = min(heavy), max(heavy)
    if last - first >= _SHOWN:
        first = last = heavy[0]
    why = f"Возможно, {_TITLES[LEARNED[number]]}: {named}; решает человек."
    return Hit(piece.start + first, piece.start + last, "medium", words[heavy[0]].lemma, why)


RULES = tuple(_weighed(category) for category in LEARNED)
