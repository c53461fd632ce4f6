"""Checks the text of an answer: obtains readings of its words and moderation's findings, asks criteria and style."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from moderation import Moderator
from moderation.morph import readings
from osm.regulation import answer_text
from osm.regulation.answer_criteria import Answer, Criterion, Rudeness, check_answer
from osm.regulation.style import StyleFinding, check_style
from osm.regulation.words import ReplyKind
from osm.services.errors import ServiceError

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


@lru_cache(maxsize=1)
def _moderator() -> Moderator:
    return Moderator()


def check(text: str, *, network: str, kind: ReplyKind, is_repeat: bool = False, attachments: int = 0) -> Checked:
    """Criteria of П.16 (П.15 for a repeat) and the style of Пр.2.5. Raises WrongQuestion.

    `network` decides the limits of length; one without limits of its own has the usual ones.
    """
    if len(text) > MAX_CHECKED:
        raise WrongQuestion(f"Ответ длиннее {MAX_CHECKED} знаков. Сократите его.")
    read = answer_text.read(text, readings)
    rudeness = [
        Rudeness(found.start, found.end, found.why)
        for found in _moderator().judge(text).findings
        if found.category in _RUDE
    ]
    answer = Answer(read, network, kind, is_repeat, attachments, rudeness)
    return Checked(check_answer(answer), check_style(read))


def warm_up() -> None:
    """Load dictionary and lists before the first person waits for them."""
    check("Здравствуйте!", network="vk", kind=ReplyKind.FINAL)
