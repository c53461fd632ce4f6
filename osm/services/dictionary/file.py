"""The dictionary as a table that people read and edit, in Russian words; the codes of the library are taken too."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from moderation import OwnWord, Refused, parse_own_words
from osm.regulation.errors import MissingInput
from osm.regulation.words import Ground
from osm.services.dictionary.own_words import words_in_force

LARGEST_FILE = 512 * 1024
"""Bytes of an imported file."""

KINDS = {"lemma": "Слово", "phrase": "Выражение", "domain": "Адрес сайта"}
CATEGORIES = {
    Ground.PROFANITY: "Нецензурное",
    Ground.INSULT: "Оскорбление",
    Ground.THREAT: "Угроза",
    Ground.SPAM: "Спам",
    Ground.AD: "Реклама",
}
SEVERITIES = {"medium": "Смотрит человек", "high": "Предложить исключение"}
"""What the codes of the library are called on screens and in files."""

HEADINGS = {
    "kind": "Вид",
    "text": "Запись",
    "category": "Категория",
    "severity": "Что делать",
    "exception": "Исключение",
}
"""The columns in their order: the library's name and what it is called in a file."""
_WORDS: dict[str, Mapping[Any, str]] = {"kind": KINDS, "category": CATEGORIES, "severity": SEVERITIES}
_CODES = {name: {label.lower(): str(code) for code, label in words.items()} for name, words in _WORDS.items()}
_NAMES = {label.lower(): name for name, label in HEADINGS.items()}
_LABELS = {str(code): label.lower() for words in _WORDS.values() for code, label in words.items()}
_OF_LIBRARY = re.compile(rf"({'|'.join(_LABELS)}) \([^)]*\)")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds: entries that are new, how many are there already, and what is refused with its reason."""

    new: tuple[OwnWord, ...]
    known: int
    refused: tuple[Refused, ...]


def read_file(content: bytes) -> Reading:
    """What a file of `export_text` or of an editor holds. MissingInput where it is no such file; nothing is stored."""
    if len(content) > LARGEST_FILE:
        raise MissingInput("file", f"Файл больше {LARGEST_FILE // 1024} КБ: для словаря это слишком много.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1251", errors="replace")
    return read_rows(text)


def read_rows(text: str) -> Reading:
    """The same of its text."""
    text = io.StringIO(text.replace("\0", ""), newline=None).getvalue()
    heading = text.partition("\n")[0]
    # A spreadsheet saves the table with semicolons as readily as with tabs.
    mark = next((one for one in "\t;," if one in heading), "\t")
    rows = csv.DictReader(io.StringIO(text), delimiter=mark, quoting=csv.QUOTE_MINIMAL)
    try:
        if not {"kind", "text", "category"} <= {_column(name) for name in rows.fieldnames or ()}:
            needed = ", ".join(f"«{label}»" for label in HEADINGS.values())
            raise MissingInput(
                "file", f"Нужен файл словаря: таблица через табуляцию или точку с запятой, первая строка — {needed}."
            )
        good, refused = parse_own_words(tidy({_column(name): value for name, value in row.items()}) for row in rows)
    except csv.Error:
        raise MissingInput("file", "Файл не разобран: проверьте кавычки и разделители.") from None
    there = {(one.kind, one.text, one.category) for one in words_in_force()}
    new = {(word.kind, word.text, word.category): word for word in good}
    fresh = tuple(word for key, word in new.items() if key not in there)
    named = tuple(Refused(one.number + 1, one.text, in_words(one.reason)) for one in refused)
    return Reading(fresh, len(good) - len(fresh), named)


def export_text() -> str:
    """The words in force as `read_file` takes them."""
    return text_of(words_in_force())


def text_of(words: Iterable[OwnWord]) -> str:
    """These words as a file."""
    made = io.StringIO()
    writer = csv.writer(made, delimiter="\t", lineterminator="\n")
    writer.writerow(HEADINGS.values())
    for word in words:
        codes = (word.kind, word.category, word.severity)
        kind, category, severity = (_LABELS[code] for code in codes)
        writer.writerow((kind, word.text, category, severity, "да" if word.exception else "нет"))
    return made.getvalue()


def in_words(reason: str) -> str:
    """The library's reason without its codes: «слово» for «lemma (слово)»."""
    return _OF_LIBRARY.sub(lambda found: f"«{_LABELS[found[1]]}»", reason)


def tidy(row: Mapping[str, str | None]) -> dict[str, str]:
    """A row as the library takes it: its codes for the words that people use, the entry in small letters."""
    values = {name: " ".join((row.get(name) or "").split()) for name in HEADINGS}
    codes = {name: known.get(values[name].lower(), values[name]) for name, known in _CODES.items()}
    return {**values, **codes, "text": values["text"].lower()}


def _column(name: str | None) -> str:
    said = " ".join((name or "").lower().split())
    return _NAMES.get(said, said)
