"""A wrong letter in a question is forgiven: the word of the index that is one letter away from what was typed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from moderation.morph import is_known
from osm.services.reading.search_words import LONGEST_WORD, lemmas_of, question_of
from osm.store.queries.register.search import word_counts

SHORTEST = 4
"""Letters; one letter away from a shorter word is nearly every other."""
FEW = 2
"""Messages: a word that stands in more of them is no mistake."""
MOST_MENDED = 3
"""Words of one question: more would take long and leave nothing of it."""
_MORE_OFTEN = 20
"""Times as many messages as have the word itself, which somebody else may have mistyped as well."""
_COUNTED = 200
"""Messages: of words that stand in as many any is as likely."""
_LETTERS = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
_WORD = re.compile(r"[а-яё]+", re.IGNORECASE)


def likely_meant(typed: str) -> str:
    """The question with its mistyped words mended; empty where there is nothing to mend.

    A word counts as mistyped where the dictionary does not know it and at most FEW messages have it.
    """
    words = {word: word.lower().replace("ё", "е") for word in _WORD.findall(typed)}
    unknown = {
        word: plain
        for word, plain in words.items()
        if SHORTEST <= len(plain) <= LONGEST_WORD and question_of(plain) and not is_known(word.lower())
    }
    counts = word_counts({form for plain in unknown.values() for form in lemmas_of(plain)}, FEW + 1) if unknown else {}
    had = {word: max(counts[form] for form in lemmas_of(plain)) for word, plain in unknown.items()}
    mistyped = {word: messages for word, messages in had.items() if messages <= FEW}
    if len(mistyped) > MOST_MENDED:
        return ""
    meant = {word: _nearest(unknown[word], messages * _MORE_OFTEN) for word, messages in mistyped.items()}
    mended = _WORD.sub(lambda match: meant.get(match[0]) or match[0], typed)
    return mended if mended != typed else ""


def _nearest(plain: str, more_than: int) -> str:
    """The word of most messages, in the form that was meant where the dictionary has it; else as the index has it."""
    near = {form: form for form in _one_letter_away(lemmas_of(plain)[0])}
    for word in filter(is_known, set(_one_letter_away(plain))):
        near |= dict.fromkeys(lemmas_of(word), word)
    near |= {word: word for word in _one_letter_away(plain) if word in near}
    counts = word_counts(near, _COUNTED)
    best = max(counts, key=lambda form: (counts[form], form))
    return near[best] if counts[best] > more_than else ""


def _one_letter_away(word: str) -> Iterator[str]:
    """One letter left out, another one, one too many, or two that have changed places."""
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        yield from (before + letter + after for letter in _LETTERS)
        if after:
            yield before + after[1:]
            yield from (before + letter + after[1:] for letter in _LETTERS)
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
