"""A phrase is searched by its rarest word alone, and is still found at any place of a text."""

from itertools import chain

import pytest

from moderation.lexicon import Entry, read_entries
from moderation.text import disguise
from moderation.text.tokens import read
from moderation.text.word import ANCHOR
from moderation.text.words import WordReader
from moderation.vocabulary import LISTS, Vocabulary, load_vocabulary

READER = WordReader(load_vocabulary())
PHRASES = [entry for entry in chain(*map(read_entries, LISTS)) if " " in entry.text]


def found(text: str, *entries: str) -> list[tuple[int, int, str]]:
    """First word, last word and entry of what these phrases find in a text."""
    reader = WordReader(Vocabulary(Entry("threat.direct", 0, entry) for entry in entries))
    return [(first, last, entry.text) for first, last, entry in read(text, reader).found("threat.direct")]


def written_out(entry: Entry) -> list[str]:
    """The phrase in the first words of its places, with another word in every gap."""
    return ["ъъъ" if place == ".." else place.split("/")[0].removeprefix("=") for place in entry.text.split()]


def test_every_phrase_of_whole_words_is_found_where_it_is_written_out():
    whole = [entry for entry in PHRASES if all(disguise.CYRILLIC.fullmatch(word) for word in written_out(entry))]
    assert len(whole) > 1000
    missed = []
    for entry in whole:
        doc = read(" ".join(["ъъъ", *written_out(entry), "ъъъ"]), READER)
        if entry not in [one for _, _, one in doc.found(entry.group)]:
            missed.append(entry.text)
    assert missed == []


@pytest.mark.parametrize("word", ["не", "на", "в", "с", "я", "по"])
def test_a_small_word_begins_phrases_but_is_never_searched(word):
    assert not READER.vocabulary.phrases.words.isdisjoint((word, f"={word}"))
    assert not READER.word(word).mask & ANCHOR


@pytest.mark.parametrize(
    ("text", "entry", "places"),
    [
        ("у вас не дрогнет", "=не =дрогнет", [(2, 3, "=не =дрогнет")]),
        ("не очень скоро дрогнет", "=не .. =дрогнет", [(0, 3, "=не .. =дрогнет")]),
        ("не раз два три четыре дрогнет", "=не .. =дрогнет", []),
        ("не знаю. дрогнет", "=не .. =дрогнет", []),
        ("иди на хутор", "=иди/=идите =на хут*", [(0, 2, "=иди/=идите =на хут*")]),
        ("не не дрогнет дрогнет", "=не .. =дрогнет", [(0, 2, "=не .. =дрогнет"), (1, 2, "=не .. =дрогнет")]),
        ("встанете на карачки", "=на карач*", [(1, 2, "=на карач*")]),
        ("терпение наше скоро лопнуло", "терпение .. =лопнуло", [(0, 3, "терпение .. =лопнуло")]),
    ],
)
def test_a_phrase_is_found_from_its_first_word_to_its_last(text, entry, places):
    assert found(text, entry) == places


def test_finds_are_in_the_order_of_the_text():
    entries = ("=на =очереди", "=на .. =дороге", "очередь")
    text = "на очереди на этой дороге на очереди"
    assert found(text, *entries) == [
        (0, 1, "=на =очереди"), (0, 4, "=на .. =дороге"), (1, 1, "очередь"), (2, 4, "=на .. =дороге"),
        (5, 6, "=на =очереди"), (6, 6, "очередь"),
    ]  # fmt: skip
