"""The word lists for the rules: entries of a word, phrases with a place for it, and violent verbs as people write them:
coined («отметелить»), by ear («убъю»), with a hidden letter («уб@ю»)."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain

from moderation.lexicon import Entry, read_entries
from moderation.text import disguise
from moderation.text.morph import inflected, is_known
from moderation.text.word import STEM, PhraseBook

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
        return {disguise.sound(word) for word in contempt if len(word) >= _LEAST_HEARD}

    def insulting_by_ear(self, lemma: str) -> bool:
        """Whether an unknown word sounds like a word of contempt: «идеот», «придурак»."""
        return len(lemma) >= _LEAST_HEARD and disguise.sound(lemma) in self._insults_heard

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


VIOLENT = ("threat.kill", "threat.loose", "threat.hurt", "threat.break", "threat.arson", "threat.fate", "threat.body")
_LEAST_VIOLENT = 4  # letters
_MISHEARD = "аоеиэяыусз"  # first letters
_MANY = re.compile("пере|повы|поот|пораз|попере|пос|пов|поо|изо|пона|поза")
_DERIVED = frozenset({"threat.kill", "threat.loose", "threat.hurt", "threat.break", "threat.arson"})
_MUTATED = {"т": "ч", "д": "ж", "с": "ш", "з": "ж"}
_LABIAL = "бпвмф"
_HISSING = "жшчщ"


class ViolentForms:
    """Violent words of one vocabulary, by the form they may have in a text."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        groups = {word: {entry.group for entry in entries} for word, entries in vocabulary.singles.items()}
        verbs = [word for word, named in groups.items() if not named.isdisjoint(VIOLENT)]
        self._vocabulary = vocabulary
        self._coined = {form: verb for verb in verbs if not is_known(verb) for form in _promises(verb)}
        self._verbs = [verb for verb in verbs if verb.endswith(("ть", "ти", "чь"))]
        self._promised: dict[str, dict[str, str]] = {}

    def coined(self, form: str) -> str | None:
        """The coined verb with this form as a promise: отметелю → отметелить."""
        return self._coined.get(form)

    def done_to_many(self, lemmas: Iterable[str]) -> tuple[Entry, ...]:
        """Violence to many: перетопить from топить, повыбивать from выбивать. Only threats are derived."""
        for lemma in lemmas:
            prefix = _MANY.match(lemma)
            if prefix:
                found = tuple(
                    entry
                    for rest in (lemma[prefix.end() :], lemma[2:])  # поперерезать: резать and перерезать
                    for entry in self._vocabulary.entries_of((rest,), rest)
                    if entry.group in _DERIVED
                )
                if found:
                    return found
        return ()

    def by_ear(self, form: str) -> str | None:
        """The promise of violence that an unknown form sounds like: «убъю», «подажгу», «растреляю»."""
        if len(form) < _LEAST_VIOLENT or self._vocabulary.entries_of((form, "=" + form), form):
            return None
        heard = disguise.sound(form)
        found = self._by_sound(heard[:1]).get(heard)
        same = found and (found[0] == form[0] or form[0] in _MISHEARD)  # «Бали» is not «пали»
        return found if same else None

    def masked(self, token: str) -> str | None:
        """The promise hidden in «уб@ю», «зар*жу»; only if the first letter and half of all are visible."""
        pattern = disguise.mask_pattern(token) if disguise.CYRILLIC.match(token) else None
        if pattern is None:
            return None
        seen = sum("а" <= char <= "я" for char in token)
        for form in self._by_sound(disguise.sound(token[0])).values():
            if seen * 2 >= len(form) and pattern.fullmatch(form):
                return form
        return None

    def _by_sound(self, letter: str) -> dict[str, str]:
        """Promises of verbs with this first sound, by sound; built on first use."""
        if letter not in self._promised:
            verbs = [verb for verb in self._verbs if disguise.sound(verb)[:1] == letter]
            self._promised[letter] = {disguise.sound(form): form for verb in verbs for form in inflected(verb)}
        return self._promised[letter]


def _promises(infinitive: str) -> tuple[str, ...]:
    """«Отметелить» → «отметелю», «отметелим»; empty if the verb has no productive conjugation."""
    if infinitive.endswith("нуть"):
        stem = infinitive[:-3]
        return stem + "у", stem + "ем"
    if infinitive.endswith(("овать", "евать")):
        stem = infinitive[:-5]
        return stem + "ую", stem + "уем"
    if infinitive.endswith(("ать", "ять")):
        return infinitive[:-2] + "ю", infinitive[:-2] + "ем"
    if not infinitive.endswith("ить") or len(infinitive) < 6:
        return ()
    stem = infinitive[:-3]
    last = stem[-1]
    if stem.endswith("ст"):
        singular = stem[:-2] + "щу"
    elif last in _LABIAL:
        singular = stem + "лю"
    elif last in _MUTATED:
        singular = stem[:-1] + _MUTATED[last] + "у"
    else:
        singular = stem + ("у" if last in _HISSING else "ю")
    return singular, stem + "им"
