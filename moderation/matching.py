"""Where the entries of the lists stand in a row of words."""

from __future__ import annotations

from operator import itemgetter

from .lexicon import Entry
from .phrases import Phrase
from .word import ANCHOR, END, LISTED, Word

Found = dict[str, list[tuple[int, int, Entry]]]


def entries_in(words: list[Word]) -> Found:
    """Entries by their group, in the order of the text: first word, last word, entry."""
    found: Found = {}
    phrases: set[tuple[int, int, Phrase]] = set()  # one phrase may be met by several words of its anchor
    for i, word in enumerate(words):
        if not word.mask & (LISTED | ANCHOR):
            continue
        for entry in word.entries:
            found.setdefault(entry.group, []).append((i, i, entry))
        for phrase in word.phrases:
            for first in range(max(0, i - phrase.begins_before), i - phrase.anchor + 1):
                last = _last(words, first, phrase)
                if last:
                    phrases.add((first, last, phrase))
    for first, last, phrase in sorted(phrases, key=lambda one: (one[0], one[1], one[2].entry.text)):
        found.setdefault(phrase.entry.group, []).append((first, last, phrase.entry))
    for group in {phrase.entry.group for _, _, phrase in phrases}:
        found[group].sort(key=itemgetter(0))
    return found


def _last(words: list[Word], first: int, phrase: Phrase) -> int:
    """Number of the last word of a phrase that begins at ``first``; 0 where it does not stand there."""
    if not phrase.places[0].fits(words[first].keys, words[first].form):
        return 0
    last = first
    for element in phrase.places[1:]:
        for place in range(last + 1, min(len(words), last + element.gap + 2)):
            if words[place].mask & END:
                return 0
            if element.fits(words[place].keys, words[place].form):
                last = place
                break
        else:
            return 0
    return last
