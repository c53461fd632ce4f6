"""Words for the screens of the dictionary, and texts cut into marked and plain pieces."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import Flask

from moderation import CATEGORIES as _CATEGORIES
from moderation import Moderator, OwnWord
from moderation.verdict import SEVERITIES as _LEVELS
from osm.check.acts import copies, dictionary, verdicts
from osm.models import Decision
from osm.shell.filters import counted

DECISIONS = {Decision.PASS: "без пометок", Decision.REVIEW: "посмотреть", Decision.EXCLUDE: "исключить"}
CHANGES = {
    "add": "добавлено",
    "replace": "изменено",
    "remove": "убрано",
    "import": "загружено из файла",
    "undo": "отменено прежнее изменение",
}
_AROUND = 110  # characters around the marks of a long text


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text; `why` it is marked, may be empty."""

    text: str
    why: str


def cut(text: str, spans: Sequence[tuple[int, int, str]]) -> list[Piece]:
    """The text in pieces; a long text is cut around the marks. Spans must be sorted, without overlaps."""
    first = max(0, spans[0][0] - _AROUND) if spans else 0
    last = min(len(text), (spans[-1][1] if spans else 0) + _AROUND)
    pieces = [Piece("… " if first else "", "")]
    place = first
    for start, end, why in spans:
        pieces += [Piece(text[place:start], ""), Piece(text[start:end], why)]
        place = end
    pieces += [Piece(text[place:last], ""), Piece(" …" if last < len(text) else "", "")]
    return [piece for piece in pieces if piece.text]


def spans_of(findings: Iterable[dict[str, Any]]) -> list[tuple[int, int, str]]:
    """Spans of stored findings, sorted, without overlaps."""
    spans: list[tuple[int, int, str]] = []
    for one in sorted(findings, key=lambda finding: (finding["start"], -finding["end"])):
        if not spans or one["start"] >= spans[-1][1]:
            spans.append((one["start"], one["end"], one["why"]))
    return spans


def stamp(words: Sequence[OwnWord], replaces: int | None = None) -> str:
    """Identifies the preview, so that a changed entry is previewed again."""
    return hashlib.sha256(repr((words, replaces)).encode()).hexdigest()[:16]


def ordinary_words(count: int) -> str:
    """«35 обычных жалоб»."""
    return counted(count, "обычная жалоба", "обычные жалобы", "обычных жалоб")


@cache
def rule_titles() -> dict[str, str]:
    """Rule → title, with those of own words."""
    library = Moderator([OwnWord("lemma", "слово", category, level) for category in _CATEGORIES for level in _LEVELS])
    titles = {report.rule: report.title for report in library.explain("")}
    ours = {copies.RULE: "Рассылка: почти одинаковые тексты", verdicts.LEARNED_RULE: "Слово, за которое здесь удаляют"}
    return {**titles, **ours}


def mark_words(name: str) -> str:
    """Words for a part of a lesson, «rule» or «rule lemma»."""
    rule, _, lemma = name.partition(" ")
    title = rule_titles().get(rule, rule)
    return f"«{lemma}» ({title})" if lemma else title


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(
        word_kind=lambda kind: dictionary.KINDS[kind], word_category=lambda category: dictionary.CATEGORIES[category],
        word_severity=lambda severity: dictionary.SEVERITIES[severity],
        decision_words=lambda decision: DECISIONS[decision], change_of_words=lambda kind: CHANGES.get(kind, kind),
        ordinary_words=ordinary_words, rule_title=lambda rule: rule_titles().get(rule, rule), mark_words=mark_words,
    )  # fmt: skip
    app.jinja_env.globals.update(cut_text=cut, spans_of=spans_of)
