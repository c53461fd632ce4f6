"""Violent verbs as people write them: coined («отметелить»), by ear («убъю»), with a hidden letter («уб@ю»)."""

import re
from collections.abc import Iterable

from moderation.lexicon import Entry
from moderation.text import disguise
from moderation.text.morph import inflected, is_known
from moderation.vocabulary import Vocabulary

VIOLENT = ("threat.kill", "threat.loose", "threat.hurt", "threat.break", "threat.arson", "threat.fate", "threat.body")
_LEAST_HEARD = 4  # letters
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
        if len(form) < _LEAST_HEARD or self._vocabulary.entries_of((form, "=" + form), form):
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
