"""The matters of a text, by the words of `matters.txt`."""

from __future__ import annotations

from functools import cache

from osm.likeness.words import Word, lines_of

_Pattern = tuple[str, ...]
"""Words that must all be in the text; a final `*` means any ending."""


@cache
def _patterns() -> tuple[dict[str, list[tuple[_Pattern, str]]], dict[str, list[tuple[_Pattern, str]]]]:
    """By the first word of a pattern: whole words, and beginnings (by their first three letters)."""
    whole: dict[str, list[tuple[_Pattern, str]]] = {}
    beginnings: dict[str, list[tuple[_Pattern, str]]] = {}
    for line in lines_of("matters.txt"):
        code, _, words = line.partition(":")
        for pattern in words.split():
            parts = tuple(pattern.split("+"))
            place, key = (beginnings, parts[0][:3]) if parts[0].endswith("*") else (whole, parts[0])
            place.setdefault(key, []).append((parts, code))
    return whole, beginnings


def matters_of(words: list[Word]) -> frozenset[str]:
    """The codes of the matters with a pattern in the text."""
    forms = {form for word in words for form in (word.plain, *word.lemmas)}
    whole, beginnings = _patterns()
    possible = [item for form in forms for item in (*whole.get(form, ()), *beginnings.get(form[:3], ()))]
    return frozenset(code for parts, code in possible if all(_matches(part, forms) for part in parts))


def _matches(part: str, forms: set[str]) -> bool:
    if not part.endswith("*"):
        return part in forms
    beginning = part[:-1]
    return any(form.startswith(beginning) for form in forms)
