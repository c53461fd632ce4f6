"""What a person said of what the check marked, a row a finding: by these it is counted how often a rule was right."""

from __future__ import annotations

from datetime import datetime

from osm.extensions import db
from osm.regulation.words import Ground
from osm.store.models import Comment, CommentFindingAnswer, FindingAnswer, FindingReply, MessageVerdict


def answer_findings(
    row: MessageVerdict | Comment, reply: FindingReply, person: int, now: datetime, *, only: str | None = None
) -> None:
    """The same answer to every finding of `row`, or to those of the category `only`; in the caller's transaction."""
    for finding in row.findings:
        if only is not None and finding["category"] != only:
            continue
        given = {
            "rules": row.rules,
            "rule": finding["rule"],
            "lemma": finding["lemma"][:200],
            "category": Ground(finding["category"]),
            "start": finding["start"],
            "end": finding["end"],
            "reply": reply,
            "replied_at": now,
            "replied_by_id": person,
        }
        if isinstance(row, Comment):
            db.session.add(CommentFindingAnswer(comment_id=row.id, **given))
        else:
            db.session.add(FindingAnswer(message_id=row.message_id, **given))
