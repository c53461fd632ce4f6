"""Words written by ear: «убъю», «подажгу», «растреляю» are read as what they sound like.

Only violent verbs are looked for, so that a rare surname is never bent into a common word: the caller says which
dictionary forms count. A form is tried only where its first consonants are those of such a verb.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import combinations

_LONGEST = 16  # letters
_SOUND = str.maketrans("бвгджз", "пфктшс", "аеиоуыэюяьъ")
_DOUBLED = re.compile(r"(.)\1")
_BY_EAR = {"а": "о", "о": "а", "е": "и", "и": "е", "я": "е", "ъ": "ь", "ы": "и", "э": "е", "з": "с", "с": "з"}
_PAIRS = (
    ("ф", "в"),
    ("щ", "сч"),
    ("сч", "щ"),
    ("тс", "ть"),
    ("цц", "тьс"),
    ("жы", "жи"),
    ("шы", "ши"),
    ("шю", "шу"),
    ("жю", "жу"),
    ("чю", "чу"),
    ("щю", "щу"),
)
_VOWEL_MISTAKES = 2


def skeleton(form: str) -> str:
    """The first two consonants as they sound: what a misspelt word still has in common with the right one."""
    return _DOUBLED.sub(r"\1", form.translate(_SOUND))[:2]


def skeletons(lemmas: Iterable[str]) -> frozenset[str]:
    """What ``skeleton`` must be among for a form to be worth trying; of one-consonant verbs too («убить», «убью»)."""
    found = set()
    for lemma in lemmas:
        found.add(skeleton(lemma))
        found.add(skeleton(lemma.removesuffix("ть").removesuffix("ти")))
    return frozenset(found)


def by_ear(form: str) -> Iterator[str]:
    """Right spellings of which ``form`` may be a mistaken one, the likeliest first; a bounded number."""
    if len(form) > _LONGEST:
        return
    seen = {form}
    places = [place for place, letter in enumerate(form) if letter in _BY_EAR]
    for wrong in range(1, _VOWEL_MISTAKES + 1):
        for some in combinations(places, wrong):
            letters = list(form)
            for place in some:
                letters[place] = _BY_EAR[letters[place]]
            yield from _once("".join(letters), seen)
    for heard, written in _PAIRS:
        if heard in form:
            yield from _once(form.replace(heard, written, 1), seen)
    if form.endswith(("т", "ш", "ж")):
        yield from _once(form + "ь", seen)  # «расстрелят вас надо»
    for place, letter in enumerate(form):  # «растрелять», «забьёю»
        if letter in "сзнжтл":
            yield from _once(form[:place] + letter + form[place:], seen)
    if form.startswith(("зд", "зб", "зж", "зг")):
        yield from _once("с" + form[1:], seen)


def _once(candidate: str, seen: set[str]) -> Iterator[str]:
    if candidate not in seen:
        seen.add(candidate)
        yield candidate
