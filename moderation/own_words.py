"""The office's own words and exceptions: plain data of the caller, each entry checked, optionally stored in a file."""

import csv
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from moderation.lexicon import Entry
from moderation.rules.base import Groups, Hit, Rule
from moderation.text.tokens import Document
from moderation.verdict import CATEGORIES, CATEGORY_TITLES, SEVERITIES, Category, Finding, Severity

Kind = Literal["lemma", "phrase", "domain"]
KINDS: tuple[Kind, ...] = get_args(Kind)
COLUMNS = ("kind", "text", "category", "severity", "exception")
_LONGEST = 200
_YES = frozenset({"1", "yes", "true", "да", "+", "исключение"})
_NO = frozenset({"", "0", "no", "false", "нет", "-"})


class BadOwnWord(ValueError):
    """The entry cannot be used; the message explains why, in Russian."""


@dataclass(frozen=True, slots=True)
class OwnWord:
    """One own entry. ``exception``: a word, phrase or domain that is never a finding of ``category``. Raises BadOwnWord
    if the entry makes no sense."""

    kind: Kind
    text: str
    category: Category
    severity: Severity = "medium"
    exception: bool = False

    def __post_init__(self) -> None:
        problem = _problem(self.kind, self.text, self.category, self.severity)
        if problem:
            raise BadOwnWord(problem)


@dataclass(frozen=True, slots=True)
class Refused:
    """A refused entry: its number (from 1) and the reason."""

    number: int
    text: str
    reason: str


def _problem(kind: str, text: str, category: str, severity: str) -> str:
    words = text.split()
    if kind not in KINDS:
        return f"Вид «{kind}» неизвестен: бывает lemma (слово), phrase (выражение), domain (адрес сайта)."
    if category not in CATEGORIES:
        known = ", ".join(f"{one} ({CATEGORY_TITLES[one]})" for one in CATEGORIES)
        return f"Категория «{category}» неизвестна: бывает {known}."
    if severity not in SEVERITIES:
        return f"Строгость «{severity}» неизвестна: бывает medium (смотрит человек) или high (предложить исключение)."
    if not words:
        return "Слово не указано."
    if len(text) > _LONGEST:
        return f"Запись длиннее {_LONGEST} знаков."
    if any(not char.isprintable() for char in text):
        return "В записи есть невидимые знаки."
    if kind == "lemma" and (len(words) != 1 or not all(char.isalpha() or char == "-" for char in text.strip())):
        return f"«{text}» — не одно слово: для нескольких слов выберите вид phrase (выражение)."
    if kind == "lemma" and len(text.strip()) < 2:
        return "Слово из одной буквы отметило бы почти каждый текст."
    if kind == "phrase" and len(words) < 2:
        return "В выражении должно быть хотя бы два слова; для одного выберите вид lemma (слово)."
    if kind == "phrase" and not all(any(char.isalnum() for char in word) for word in words):
        return "В выражении есть знак, стоящий отдельно от слов."
    if kind == "domain" and (len(words) != 1 or "." not in text.strip(".") or "/" in text or "@" in text):
        return f"«{text}» не похоже на адрес сайта: нужно имя вида example.ru, без http:// и без пути."
    return ""


def parse_own_words(rows: Iterable[Mapping[str, object]]) -> tuple[list[OwnWord], list[Refused]]:
    """Good and refused entries of rows with the keys of ``COLUMNS``; a bad row does not affect the others."""
    good: list[OwnWord] = []
    refused: list[Refused] = []
    for number, row in enumerate(rows, 1):
        text = str(row.get("text") or "").strip()
        try:
            good.append(_one(row, text))
        except BadOwnWord as error:
            refused.append(Refused(number, text, str(error)))
    return good, refused


def _one(row: Mapping[str, object], text: str) -> OwnWord:
    flag = row.get("exception")
    said = str(flag if flag is not None else "").strip().lower()
    if said not in _YES | _NO:
        raise BadOwnWord(f"Исключение: «{said}» — ни да, ни нет.")
    kind = str(row.get("kind") or "").strip()
    category = str(row.get("category") or "").strip()
    severity = str(row.get("severity") or "medium").strip()
    return OwnWord(cast(Kind, kind), text, cast(Category, category), cast(Severity, severity), said in _YES)


def import_own_words(path: str | Path) -> tuple[list[OwnWord], list[Refused]]:
    """Read a UTF-8 file with tab-separated columns ``kind text category severity exception`` and a heading."""
    with open(path, encoding="utf-8-sig", newline="") as lines:
        return parse_own_words(csv.DictReader(lines, delimiter="\t"))


def export_own_words(path: str | Path, words: Iterable[OwnWord]) -> None:
    """Write a file for ``import_own_words``."""
    with open(path, "w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, delimiter="\t", lineterminator="\n")
        writer.writerow(COLUMNS)
        for word in words:
            writer.writerow((word.kind, word.text, word.category, word.severity, "да" if word.exception else "нет"))


class OwnWords:
    """Own entries for the pipeline: lists, rules and exceptions."""

    def __init__(self, words: Sequence[OwnWord]) -> None:
        self._words = list(words)
        self._exceptions = [word for word in words if word.exception]

    def fingerprint(self) -> str:
        """Eight hexadecimal digits, independent of the order; empty without entries."""
        lines = sorted({repr((w.kind, w.text, w.category, w.severity, w.exception)) for w in self._words})
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:8] if lines else ""

    def entries(self) -> list[Entry]:
        """Entries for the vocabulary, each in the group ``own.<category>.<severity>`` or ``exception.<category>``."""
        return [Entry(_group(word), 0, _pattern(word)) for word in self._words]

    def rules(self) -> list[Rule]:
        used = dict.fromkeys((word.category, word.severity) for word in self._words if not word.exception)
        return [_rule(category, severity) for category, severity in used]

    def without_exceptions(self, doc: Document, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Findings without an exception of their category."""
        if not self._exceptions:
            yield from findings
            return
        covered: dict[str, list[tuple[int, int]]] = {}
        for group, found in doc.groups().items():
            if group.startswith("exception."):
                covered[group[10:]] = [doc.span(first, last) for first, last, _ in found]
        for finding in findings:
            spans = covered.get(finding.category, ())
            if not any(start < finding.end and finding.start < end for start, end in spans):
                yield finding


def _group(word: OwnWord) -> str:
    return f"exception.{word.category}" if word.exception else f"own.{word.category}.{word.severity}"


def _pattern(word: OwnWord) -> str:
    """The pattern for the vocabulary: all forms of the word; in a phrase, all forms of each word."""
    from moderation.text.morph import morph

    text = word.text.strip().lower().replace("ё", "е")
    if word.kind == "domain":
        return text.strip(".")
    return " ".join("/".join(dict.fromkeys((place, *morph(place).lemmas))) for place in text.split())


def _rule(category: Category, severity: Severity) -> Rule:
    group = f"own.{category}.{severity}"

    def find(doc: Document, groups: Groups) -> Iterator[Hit]:
        for first, last, entry in doc.found(group):
            lemma = entry.text.split("/")[0] if first == last else entry.text
            yield Hit(first, last, severity, lemma, f"Своё слово учреждения, категория «{CATEGORY_TITLES[category]}».")

    return Rule(group, category, f"Свои слова: {CATEGORY_TITLES[category]}", find, groups=(group,))
