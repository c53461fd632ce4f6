"""The learned models as rules: their findings go to a person, with the heaviest words."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from moderation.model import model, pieces
from moderation.rules.base import Groups, Hit, Rule, in_quotes, is_name, literal, reported
from moderation.text.tokens import Document
from moderation.text.word import LEARNED, QUOTE, SIGN
from moderation.verdict import Category

_PRICE = (0.12, 0.04, 0.1)  # the price of every further word, because long texts have words of all kinds
_FEW = (12, 16, 16)  # words without a price
_SHOWN = 12  # the most words between the first and the last shown to the moderator
_NAMED = 3
_FAR = -5.0  # pairs of words are not weighed below it: on real comments they never made up for more than 4.2
_STING = 0.3  # for at least one word, not a name or an office: «чиновник Иванов и вы» is no insult
_AGAINST = -1.5  # below this the rule of threats is overruled
_NO_SPAM = -8.0
_ENOUGH = 5  # words and signs; shorter texts cannot overrule it
_AFTER = 4  # words after the sentence, where a smile may come
_LAUGHING = frozenset("😂🤣😄😁😆😅😊😉😜😝😘🥰❤")
_LAUGH = re.compile(r"а?(?:х[ае]-?){2,}|лол$|ржу")
_TITLES = {"threat": "угроза", "spam": "спам", "insult": "оскорбление"}


def weight(doc: Document, piece: range, category: Category, *, alone: bool = False) -> float:
    """The weight of a piece, or of its words without their pairs, above the threshold; below zero it is no finding."""
    number, scales = LEARNED.index(category), model()
    kept, weigh = (doc.alone, scales.alone) if alone else (doc.weighed, scales.weigh)
    if piece not in kept:
        kept[piece] = weigh(doc.words[piece.start : piece.stop])
    price = _PRICE[number] * max(0, len(piece) - _FEW[number])
    return kept[piece][number] - scales.marks[number] - price


def outweighed(rule: Rule) -> Rule:
    """The rule of threats without findings that the words around contradict: «пошёл на кабана с ружьём». A proposed
    exclusion is then only shown to a person; at double the contradiction the finding is dropped."""
    find = rule.find

    def tempered(doc: Document, groups: Groups) -> Iterator[Hit]:
        for hit in find(doc, groups):
            sentence = doc.sentence(hit.first)
            while len(sentence) > 1 and doc.words[sentence[-1]].form.isspace():
                sentence = sentence[:-1]
            believed = 0.0 if len(sentence) < _ENOUGH else weight(doc, sentence, "threat")
            if believed >= _AGAINST:
                yield hit._replace(severity="medium") if _joking(doc, sentence, believed) else hit
            elif hit.severity == "high" and believed >= 2 * _AGAINST:
                yield hit._replace(severity="medium")

    return replace(rule, find=tempered)


def doubted(rule: Rule) -> Rule:
    """The rule of spam without findings to look at that the whole text contradicts by far: news, a long letter."""
    find = rule.find

    def sure(doc: Document, groups: Groups) -> Iterable[Hit]:
        [whole] = pieces(doc.words, "spam")
        return (hit for hit in find(doc, groups) if hit.severity == "high" or weight(doc, whole, "spam") >= _NO_SPAM)

    return replace(rule, find=sure)


def _joking(doc: Document, sentence: range, believed: float) -> bool:
    """«Я тебя убью)))», «прибью тебя, ахаха»; or a calm «ты» between friends, if the words contradict a threat."""
    words = doc.words[sentence.start : sentence.stop + _AFTER]
    forms = [word.form for word in words]
    if forms.count(")") > forms.count("(") or any(form in _LAUGHING or _LAUGH.match(form) for form in forms):
        return True
    return believed < 0 and any(form in ("ты", "тебя", "тебе") for form in forms)


def _weighed(category: Category) -> Rule:
    number = LEARNED.index(category)

    def find(doc: Document, groups: Groups) -> Iterator[Hit]:
        for piece in pieces(doc.words, category):
            if piece and weight(doc, piece, category, alone=True) >= _FAR and weight(doc, piece, category) > 0:
                shares = dict(zip(piece, model().shares(doc.words[piece.start : piece.stop], number), strict=True))
                spoken = [i for i in piece if not doc.words[i].mask & SIGN] or list(piece)
                heavy = sorted(spoken, key=shares.__getitem__, reverse=True)[:_NAMED]
                if category != "spam" and doc.mask & QUOTE:
                    own = [doc.words[i] for i in piece if not in_quotes(doc, i)]
                    if model().weigh(own)[number] <= model().marks[number]:
                        continue  # «пришло «сожжём машину», заявление написал»: said by others
                people = groups.target | groups.human
                stings = [i for i in heavy if shares[i] >= _STING and not doc.words[i].mask & people]
                spared = (is_name(doc, i) or literal(doc, groups, i) or reported(doc, groups, i) for i in stings)
                if category != "insult" or (len(heavy) > 1 and not all(spared)):
                    yield _shown(doc, heavy, number)

    title = f"Слова вместе похожи: {_TITLES[category]}"
    return Rule(f"{category}.weighed", category, title, find, last=True)


def _shown(doc: Document, heavy: list[int], number: int) -> Hit:
    """These words, as far as they are near each other."""
    named = ", ".join(dict.fromkeys(f"«{doc.words[i].form}»" for i in sorted(heavy)))
    first, last = min(heavy), max(heavy)
    if last - first >= _SHOWN:
        first = last = heavy[0]
    why = f"Возможно, {_TITLES[LEARNED[number]]}: {named}; решает человек."
    return Hit(first, last, "medium", doc.words[heavy[0]].lemma, why)


RULES = tuple(_weighed(category) for category in LEARNED)
