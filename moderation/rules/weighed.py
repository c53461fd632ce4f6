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
from .context import is_name

_PRICE = (0.12, 0.04, 0.1)  # a long text has all kinds of words: what every word more than _FEW costs
_FEW = 16
_SHOWN = 12  # words between the first and the last that are shown to the moderator
_NAMED = 3
_STING = 0.3  # of one word at least, be it no name and no office: «чиновник Иванов и вы» insults nobody
_AGAINST = -1.5  # lighter than this, a rule of threats is not believed
_ENOUGH = 5  # words and signs; fewer can speak against nothing
_AFTER = 4  # words after the sentence, where a smile may stand
_LAUGHING = frozenset("😂🤣😄😁😆😅😊😉😜😝😘🥰❤")
_LAUGH = re.compile(r"а?(?:х[ае]-?){2,}|лол$|ржу")
_TITLES = {"threat": "угроза", "spam": "спам", "insult": "оскорбление"}


def weight(doc: Document, piece: range, category: Category) -> float:
    """How far the words of a piece are above what makes them a find; below zero they are none."""
    number, scales = LEARNED.index(category), model()
    if piece not in doc.weighed:
        doc.weighed[piece] = scales.weigh(doc.words[piece.start : piece.stop])
    price = _PRICE[number] * max(0, len(piece) - _FEW)
    return doc.weighed[piece][number] - scales.threshold[number] - price


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
                shares = dict(zip(piece, model().shares(doc.words[piece.start : piece.stop], number), strict=True))
                spoken = [i for i in piece if not doc.words[i].mask & SIGN] or list(piece)
                heavy = sorted(spoken, key=shares.__getitem__, reverse=True)[:_NAMED]
                people = groups.target | groups.human
                stings = (i for i in heavy if shares[i] >= _STING and not doc.words[i].mask & people)
                if category != "insult" or (len(heavy) > 1 and any(not is_name(doc, i) for i in stings)):
                    yield _shown(doc, heavy, number)

    title = f"Слова вместе похожи: {_TITLES[category]}"
    return Rule(f"{category}.weighed", category, title, find, last=True)


def _shown(doc: Document, heavy: list[int], number: int) -> Hit:
    """These words, as far as they stand near each other."""
    named = ", ".join(dict.fromkeys(f"«{doc.words[i].form}»" for i in sorted(heavy)))
    first, last = min(heavy), max(heavy)
    if last - first >= _SHOWN:
        first = last = heavy[0]
    why = f"Возможно, {_TITLES[LEARNED[number]]}: {named}; решает человек."
    return Hit(first, last, "medium", doc.words[heavy[0]].lemma, why)


RULES = tuple(_weighed(category) for category in LEARNED)
