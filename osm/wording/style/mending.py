"""Putting the better wording in its place: one finding, or all the safe ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from osm.wording.style.checking import StyleFinding


@dataclass(frozen=True, slots=True)
class Mended:
    """The text with replacements, and how many were made."""

    text: str
    count: int


def mend_one(text: str, finding: StyleFinding) -> Mended:
    """Replace one finding, if the text still says there what was found."""
    if not finding.is_safe or text[finding.start : finding.end] != finding.fragment:
        return Mended(text, 0)
    return Mended(text[: finding.start] + finding.replacement + text[finding.end :], 1)


def mend_all(text: str, findings: Sequence[StyleFinding]) -> Mended:
    """Replace every safe finding, from the end on, so that places stay true."""
    count = 0
    for finding in sorted(findings, key=lambda one: one.start, reverse=True):
        mended = mend_one(text, finding)
        text, count = mended.text, count + mended.count
    return Mended(text, count)
