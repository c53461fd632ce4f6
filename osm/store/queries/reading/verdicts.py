"""What the check of a text found, as the card and the commands show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from osm.extensions import db
from osm.regulation.words import Ground
from osm.store.models import MAILING_RULE, Decision, FindingReply, MessageVerdict


@dataclass(frozen=True, slots=True)
class Found:
    """One finding: `text[start:end] == fragment`."""

    category: Ground
    rule: str
    severity: str
    start: int
    end: int
    fragment: str
    lemma: str
    why: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The verdict on the text as it stands now."""

    decision: Decision
    findings: tuple[Found, ...]
    reply: FindingReply | None
    version: int

    @property
    def is_open(self) -> bool:
        """Something is marked and nobody has answered yet."""
        return bool(self.findings) and self.reply is None

    @property
    def grounds(self) -> tuple[Ground, ...]:
        """The grounds of what was found, the surest first."""
        ranked = sorted(self.findings, key=lambda found: found.severity != "high")
        return tuple(dict.fromkeys(found.category for found in ranked))

    @property
    def proposed(self) -> Ground | None:
        """The ground to propose: the surest that the words give. Many may send one complaint, and that is none."""
        by_words = replace(self, findings=tuple(found for found in self.findings if found.rule != MAILING_RULE))
        return next(iter(by_words.grounds), None)

    @property
    def words(self) -> str:
        """The marked words, for the note of an exclusion: «слова: …»."""
        return ", ".join(dict.fromkeys(found.fragment for found in self.findings))


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the text and what was found in it."""

    text: str
    found: tuple[Found, ...]


def verdict_on(message_id: int, text: str, text_digest: str) -> Checked | None:
    """The verdict on this text; None where it has not been checked yet (or has changed since)."""
    row = db.session.get(MessageVerdict, message_id)
    if row is None or row.text_digest != text_digest:
        return None
    findings = tuple(
        Found(fragment=text[one["start"] : one["end"]], **{**one, "category": Ground(one["category"])})
        for one in row.findings
    )
    return Checked(row.decision, findings, row.reply, row.version)


def surest_ground(findings: Sequence[Mapping[str, Any]]) -> Ground:
    """The ground to exclude by, of what was found."""
    return Ground(min(findings, key=lambda one: one["severity"] != "high")["category"])


def pieces(text: str, checked: Checked | None) -> tuple[Piece, ...]:
    """The text cut at the bounds of what was found; what a person called wrong is not marked any more."""
    if checked is None or checked.reply is FindingReply.WRONG:
        return (Piece(text, ()),)
    bounds = sorted({0, len(text), *(f.start for f in checked.findings), *(f.end for f in checked.findings)})
    return tuple(
        Piece(text[start:end], tuple(f for f in checked.findings if f.start <= start and end <= f.end))
        for start, end in pairwise(bounds)
    ) or (Piece(text, ()),)
