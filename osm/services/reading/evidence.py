"""What a text said when it was judged, as one digest: of excluded messages, deleted comments, black-listed authors."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

from osm.store.models import BlacklistEvidence, Comment, Evidence

STATED = ("text", "url", "author_name", "author_url", "published_at", "taken_at")
"""What evidence states, of whichever kind it is."""


def evidence_digest(evidence: Evidence | BlacklistEvidence) -> str:
    """SHA-256 over everything the evidence states, as hexadecimal; equal content gives an equal digest."""
    return _digest([getattr(evidence, name) for name in STATED])


def comment_digest(comment: Comment) -> str:
    """The same of a deleted comment; `taken_at` is the time of the decision."""
    author = comment.author
    whose = (author.name, author.profile_url or "") if author else ("", "")
    return _digest([comment.text, comment.url, *whose, comment.published_at, comment.decided_at])


def _digest(stated: list[str | datetime | None]) -> str:
    """Instants count in UTC: the database gives them back so, whatever zone they came in with."""
    plain = [value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for value in stated]
    return hashlib.sha256(json.dumps(plain, ensure_ascii=False).encode()).hexdigest()
