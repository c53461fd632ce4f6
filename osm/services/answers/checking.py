"""Checks the text of an answer: obtains readings of its words and moderation's findings, asks criteria and style."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from moderation import Finding
from moderation.morph import readings
from osm.regulation.words import ReplyKind
from osm.services.dictionary.own_words import library_with
from osm.services.errors import ServiceError
from osm.wording import text as answer_text
from osm.wording.criteria import Answer, Criterion, Rudeness, check_answer
from osm.wording.style import StyleFinding, check_style
from osm.wording.text import AnswerText, Span

_RUDE = frozenset({"profanity", "insult", "threat"})
MAX_CHECKED = 20_000
"""Characters; as many as an answer may have."""


class WrongQuestion(ServiceError):
    """What was asked for is no answer that could be checked; `str` of it says why."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in one text; spans are places in this very text."""

    criteria: tuple[Criterion, ...]
    style: tuple[StyleFinding, ...]


def check(text: str, *, network: str, kind: ReplyKind, is_repeat: bool = False, attachments: int = 0) -> Checked:
    """Criteria of П.16 (П.15 for a repeat) and the style of Пр.2.5. Raises WrongQuestion.

    `network` decides the limits of length; one without limits of its own has the usual ones.
    """
    if len(text) > MAX_CHECKED:
        raise WrongQuestion(f"Ответ длиннее {MAX_CHECKED} знаков. Сократите его.")
    squeezed, places = _squeezed(text)
    read = answer_text.read(squeezed, readings)
    rudeness = [
        Rudeness(found.start, found.end, found.why)
        for found in library_with(()).judge(squeezed).findings
        if found.category in _RUDE and not _is_veiled(found)
    ]
    answer = Answer(read, network, kind, is_repeat, attachments, rudeness)
    criteria, style = check_answer(answer), check_style(read)
    if len(squeezed) == len(text):
        return Checked(criteria, style)

    def back(start: int, end: int) -> tuple[int, int, str]:
        first, last = places[start], places[end - 1] + 1 if end > start else places[start]
        return first, last, text[first:last]

    return Checked(
        tuple(replace(one, evidence=tuple(Span(*back(s.start, s.end)) for s in one.evidence)) for one in criteria),
        tuple(
            replace(one, start=place[0], end=place[1], fragment=place[2])
            for one in style
            for place in (back(one.start, one.end),)
        ),
    )


def words_of(text: str) -> AnswerText:
    """The words with their readings; long runs of blanks are cut, so places are those of its own `source`."""
    return answer_text.read(_squeezed(text)[0], readings)


_BLANKS = re.compile(r"\s{3,}")


def _is_veiled(found: Finding) -> bool:
    """A threat that a person has to look at: «найдём причину, придём во двор» is harmless when the office says it."""
    return found.category == "threat" and found.severity != "high"


def _squeezed(text: str) -> tuple[str, list[int]]:
    """The text with long runs of blanks cut to two line ends, one, or a space; and where each character stood.

    Patterns look for what begins a line or follows blanks: ten thousand of them would be read again and again.
    """
    kept: list[int] = []
    until = 0
    for run in _BLANKS.finditer(text):
        kept += range(until, run.start())
        line_ends = [i for i in range(*run.span()) if text[i] == "\n"][:2]
        kept += line_ends or [run.start()]
        until = run.end()
    kept += range(until, len(text))
    return "".join([text[i] for i in kept]), [*kept, len(text)]
