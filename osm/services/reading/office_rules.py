"""The library as this office has it: with its words, without rules it has switched off, with what it has learned.

Whoever judges a text of a citizen asks here, in the worker and in the web alike.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import select

from moderation import Finding, Moderator, Verdict
from moderation.office import NOTHING, Learned, mark_of, why_raised
from moderation.policy import decide
from osm.extensions import db
from osm.services.dictionary.own_words import library_with, words_in_force
from osm.services.reading.search_words import place_of, words_of
from osm.store.models import OfficeLesson, RuleSwitch

LEARNED_RULE = "office.learned"
"""The rule of a finding that was learned here."""
LEARNING = "office.lessons"
"""The name under which learning itself is switched off, beside the rules: what was learned before goes on."""
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class OfficeRules:
    """Judges as the library does. `lesson`: the number of what was learned; 0: nothing is in force."""

    library: Moderator
    off: frozenset[str] = frozenset()
    lesson: int = 0
    learned: Learned = NOTHING

    @property
    def rules_version(self) -> str:
        """The same string, the same verdict for the same text."""
        off = hashlib.sha256(" ".join(sorted(self.off)).encode()).hexdigest()[:_DIGITS]
        return self.library.rules_version + (f"-{off}" if self.off else "") + (f"~{self.lesson}" if self.lesson else "")

    def judge(self, text: str) -> Verdict:
        """The verdict of the library after the office's switches and lessons."""
        verdict = self.library.judge(text)
        left = [one for one in verdict.findings if not self._is_left_out(one)]
        raised = self._raised(text, left) if self.learned.deleted else []
        return decide([*left, *raised]) if raised or len(left) < len(verdict.findings) else verdict

    def _is_left_out(self, finding: Finding) -> bool:
        return finding.rule in self.off or self.learned.is_silenced(mark_of(finding))

    def _raised(self, text: str, found: list[Finding]) -> list[Finding]:
        marked = {one.category for one in found}
        findings = []
        for category, word in self.learned.raised(words_of(text)).items():
            if category not in marked and LEARNED_RULE not in self.off:
                start, end = place_of(text, word)
                why = why_raised(category, word)
                findings.append(Finding(category, LEARNED_RULE, "medium", start, end, text[start:end], word, why))
        return findings


def moderator() -> OfficeRules:
    """With all that is in force now: the same for messages and comments."""
    off = frozenset(db.session.scalars(select(RuleSwitch.rule)))
    lesson = lesson_in_force()
    learned = Learned.from_dict(lesson.learned) if lesson else NOTHING
    library = library_with(tuple(words_in_force()))
    return OfficeRules(library, off - {LEARNING}, lesson.id if lesson else 0, learned)


def lesson_in_force() -> OfficeLesson | None:
    """The newest that was not taken back."""
    newest = select(OfficeLesson).where(OfficeLesson.taken_back_at.is_(None)).order_by(OfficeLesson.id.desc())
    return db.session.scalar(newest.limit(1))
