"""The word lists for the rules: entries of a word, and phrases with a place for it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain

from moderation.lexicon import Entry, read_entries
from moderation.text.disguise import sound
from moderation.text.morph import is_known
from moderation.text.phrases import STEM, PhraseBook

LISTS = ("people", "insult", "threat", "spam", "ad")
_CONTEMPT = ("insult.strong", "insult.obscene")
_LEAST_HEARD = 5  # letters
# Endings of scorn, and what the plain word has in their place: депутатишка, начальничишка, чиновничьё.
_SCORNED = {"ишка": ("", "ь", "а"), "ишко": ("", "ь", "а"), "ичишка": ("ик",), "ичье": ("ик",), "ье": ("",)}
SCORNFUL = tuple(_SCORNED)
_SERVING = ("people.official", "people.human")
MOST_GROUPS = 256  # sections of the lists and of the own words together


class Vocabulary:
    """All lists and the office's own entries: single words and phrases."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.singles: dict[str, list[Entry]] = defaultdict(list)
        self._stems: dict[str, list[tuple[str, Entry]]] = defaultdict(list)
        self.bits: dict[str, int] = {}  # of a group; never changes in one vocabulary
        self.with_phrases: set[str] = set()  # groups
        phrases: list[Entry] = []
        for entry in map(_guessed, entries):
            _number(self.bits, entry.group, MOST_GROUPS)
            if len(entry.text.split()) > 1:
                self.with_phrases.add(entry.group)
                phrases.append(entry)
                continue
            for word in entry.text.split("/"):
                self._add_single(word, entry)
        self.phrases = PhraseBook(phrases)

    def _add_single(self, word: str, entry: Entry) -> None:
        if word.endswith("*"):
            self._stems[word[:STEM]].append((word[:-1], entry))
        else:
            self.singles[word].append(entry)

    def entries_of(self, keys: Iterable[str], form: str) -> tuple[Entry, ...]:
        """Entries of this single word; each group once."""
        found: dict[Entry, None] = {}
        if not self.singles.keys().isdisjoint(keys):  # most words are in no list
            found = {entry: None for key in sorted(keys) for entry in self.singles.get(key, ())}
        stems = self._stems.get(form[:STEM], ())
        for stem, entry in stems:
            # A known word is insulting only by its own entry: «недоум*» is also the beginning of «недоумение».
            if form.startswith(stem) and not (entry.group == "insult.stem" and is_known(form)):
                found[entry] = None
        return tuple(found)

    @cached_property
    def _insults_heard(self) -> set[str]:
        contempt = (word for word, entries in self.singles.items() if any(one.group in _CONTEMPT for one in entries))
        return {sound(word) for word in contempt if len(word) >= _LEAST_HEARD}

    def insulting_by_ear(self, lemma: str) -> bool:
        """Whether an unknown word sounds like a word of contempt: «идеот», «придурак»."""
        return len(lemma) >= _LEAST_HEARD and sound(lemma) in self._insults_heard

    def scornful(self, lemma: str) -> bool:
        """Whether a word is made of an office or a trade with an ending of scorn."""
        return any(
            lemma.endswith(ending)
            and any(
                one.group in _SERVING for plain in plains for one in self.singles.get(lemma[: -len(ending)] + plain, ())
            )
            for ending, plains in _SCORNED.items()
        )


def _guessed(entry: Entry) -> Entry:
    """Stems of insults are in a separate section: they find unknown words, so a person looks."""
    stem = entry.text.endswith("*") and " " not in entry.text and entry.group in ("insult.form", "insult.obscene")
    return replace(entry, group="insult.stem") if stem else entry


def _number(bits: dict[str, int], group: str, most: int) -> None:
    """Give a group its bit. Raises ValueError past ``most``."""
    if group not in bits:
        if len(bits) >= most:
            raise ValueError(f"разделов больше {most}: «{group}» некуда записать")
        bits[group] = 1 << len(bits)


def load_vocabulary(extra: Sequence[Entry] = ()) -> Vocabulary:
    """The built-in lists with the caller's own entries."""
    return Vocabulary(chain(*map(read_entries, LISTS), extra))
