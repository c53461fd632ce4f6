"""The fields of ready texts: «{имя}», «{срок}»; which are still empty, and what is known is put in."""

from __future__ import annotations

import re
from collections.abc import Mapping

from osm.wording.criteria.term_words import Expression, find_terms

FIELDS: tuple[str, ...] = ("имя", "адрес", "отдел", "срок", "мера")
"""Name of the author, place, department, term, measure: each in braces in the text of a template."""

_FIELD = re.compile(r"\{\s*(" + "|".join(FIELDS) + r")\s*\}", re.IGNORECASE)
_ANY = re.compile(r"\{([^{}\n]{0,40})\}")
_BEFORE_A_TERM = re.compile(r"(?:не\s+позднее|до|ко?|со?|после)\s+", re.IGNORECASE)
_YEAR = re.compile(r"^\s+(?:год[ау]?\b|г\.(?=\s+[а-яё(])|г(?=\.))")


def unfilled(text: str) -> tuple[str, ...]:
    """The fields that still stand in a text, each once, by place."""
    return tuple(dict.fromkeys(match[1].lower() for match in _FIELD.finditer(text)))


def unknown(text: str) -> tuple[str, ...]:
    """What stands in braces and is no field: a slip in a template."""
    return tuple(dict.fromkeys(match[0] for match in _ANY.finditer(text) if not _FIELD.fullmatch(match[0])))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with the fields whose value is known; the others stay to be filled by the person."""
    return _FIELD.sub(lambda match: values.get(match[1].lower()) or match[0], text)


def braced(fields: tuple[str, ...]) -> str:
    """«{срок}, {мера}»."""
    return ", ".join(f"{{{field}}}" for field in fields)


def as_template(text: str, known: Mapping[str, str]) -> str:
    """An answer made into a template: what was true of one message becomes its fields again, as whole words.

    So do the days: whoever inserts the template would promise them once more.
    """
    for field, value in known.items():
        if value:
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", lambda _, name=field: f"{{{name}}}", text)  # type: ignore[misc]
    for start, end, kind in reversed(list(find_terms(text))):
        if kind is not Expression.LENGTH:
            before = _BEFORE_A_TERM.match(text, start, end)
            text = f"{text[: before.end() if before else start]}{{срок}}{_YEAR.sub('', text[end:], count=1)}"
    return text
