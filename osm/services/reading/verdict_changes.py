"""What changed after other rules or words: listed for people, text by text, and never acted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from osm.extensions import db
from osm.store.models import Decision, VerdictChange


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verdict as it is stored."""

    decision: Decision
    findings: Sequence[dict[str, Any]]

    @property
    def says(self) -> tuple[Decision, frozenset[str]]:
        """The proposal and its grounds: a rule that finds the same elsewhere in the text has changed nothing."""
        return self.decision, frozenset(str(finding["category"]) for finding in self.findings)


def note(
    before: Verdict,
    after: Verdict,
    rules: str,
    now: datetime,
    *,
    message_id: int | None = None,
    comment_id: int | None = None,
) -> None:
    """List the change where it is one, in the caller's transaction."""
    if before.says == after.says:
        return
    db.session.add(
        VerdictChange(
            at=now,
            message_id=message_id,
            comment_id=comment_id,
            rules_after=rules,
            before=before.decision,
            after=after.decision,
            findings_before=list(before.findings),
            findings_after=list(after.findings),
        )
    )
