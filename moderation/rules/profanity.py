"""Obscene and coarse words, also disguised and English ones."""

from __future__ import annotations

from collections.abc import Iterator

from ..tokens import Document
from ..word import ENGLISH, MIXED, PROFANE
from .base import Groups, Hit, Rule
from .phrases import phrase_rule


def _open(doc: Document, groups: Groups) -> Iterator[Hit]:
    for i, word in enumerate(doc.words):
        if word.profane and word.profane.strength == "strong" and not word.mask & (MIXED | ENGLISH):
            yield Hit(i, i, "high", word.lemma, f"Нецензурное слово: «{word.lemma}», корень «{word.profane.root}».")


def _disguised(doc: Document, groups: Groups) -> Iterator[Hit]:
    for i, word in enumerate(doc.words):
        if word.profane and word.mask & MIXED:
            strong = word.profane.strength == "strong"
            kind = "нецензурное" if strong else "грубое"
            yield Hit(
                i,
                i,
                "high" if strong else "medium",
                word.lemma,
                f"Замаскированное {kind} слово: читается «{word.form}».",
            )


def _coarse(doc: Document, groups: Groups) -> Iterator[Hit]:
    for i, word in enumerate(doc.words):
        if word.profane and word.profane.strength == "coarse" and not word.mask & (MIXED | ENGLISH):
            yield Hit(i, i, "medium", word.lemma, f"Грубое слово «{word.lemma}»: решает человек.")


def _cut_off(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Идите на х..»: one letter and dots after a preposition."""
    words = doc.words
    for i, word in doc.listed():
        if not 0 < i < len(words) - 2:
            continue
        if word.form in _FIRST_LETTERS and words[i - 1].form in ("на", "по", "до", "ни"):
            cut = words[i + 1].form == "…" or (words[i + 1].form == "." and words[i + 2].form == ".")
            if cut:
                yield Hit(i - 1, i, "medium", words[i].form, "Оборванное бранное слово: буква и многоточие.")


_FIRST_LETTERS = frozenset({"х", "хр", "ху"})


def _english(doc: Document, groups: Groups) -> Iterator[Hit]:
    for i, word in enumerate(doc.words):
        if word.profane and word.mask & ENGLISH:
            yield Hit(i, i, "medium", word.lemma, f"Английское бранное слово «{word.form}».")


RULES = (
    Rule("profanity.open", "profanity", "Нецензурное слово в любой форме", _open, shape=PROFANE),
    Rule("profanity.disguised", "profanity", "Нецензурное слово, спрятанное за знаками или чужими буквами", _disguised, shape=PROFANE),  # noqa: E501
    Rule("profanity.coarse", "profanity", "Грубое слово", _coarse, shape=PROFANE),
    Rule("profanity.cut_off", "profanity", "Слово, оборванное многоточием", _cut_off, groups=("profanity.cut",)),
    Rule("profanity.english", "profanity", "Английская брань", _english, shape=PROFANE),
    phrase_rule("profanity.phrase", "profanity", "Бранный оборот", "profanity.phrase", "medium", "Бранный оборот."),
)  # fmt: skip
