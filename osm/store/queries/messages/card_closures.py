"""What a card says of a closing (П.6, П.17): by whom, why, with which evidence; and of stored pictures."""

from __future__ import annotations

from collections.abc import Sequence

from osm.regulation.words import Action
from osm.store.models import Attachment, Closure, Evidence, Purpose
from osm.store.queries.log.on_behalf import Names, OnBehalf
from osm.store.queries.messages.card_parts import CardClosure, CardEvidence, File

_CLOSING = (
    Action.DISMISS,
    Action.REDIRECT,
    Action.EXCLUDE,
    Action.MARK_WITHDRAWN,
    Action.MARK_UNANSWERABLE,
    Action.CLOSE_WITHOUT_ANSWER,
)


def closure_of(row: Closure, files: Sequence[Attachment], names: Names, acted: OnBehalf) -> CardClosure:
    """One closing; `files`: all pictures of the message."""
    return CardClosure(
        status=row.status,
        ground=row.ground,
        reason=row.reason,
        recipient=row.recipient,
        closed_at=row.closed_at,
        closed_by=acted.named(names, row.closed_by_id, row.closed_at, *_CLOSING),
        restored_at=row.restored_at,
        restored_by=acted.named(names, row.restored_by_id, row.restored_at, Action.RESTORE),
        restore_reason=row.restore_reason,
        evidence=_evidence(row.evidence, files) if row.evidence else None,
    )


def _evidence(row: Evidence, files: Sequence[Attachment]) -> CardEvidence:
    return CardEvidence(
        text=row.text,
        url=row.url,
        author_name=row.author_name,
        author_url=row.author_url,
        published_at=row.published_at,
        taken_at=row.taken_at,
        sha256=row.sha256,
        screenshots=files_of(files, Purpose.EVIDENCE, evidence_id=row.id),
    )


def files_of(
    rows: Sequence[Attachment], purpose: Purpose, *, reply_id: int | None = None, evidence_id: int | None = None
) -> tuple[File, ...]:
    """Those of the rows that stand there."""
    return tuple(
        File(row.id, row.filename, row.content_type, row.size, row.uploaded_at)
        for row in rows
        if (row.purpose, row.reply_id, row.evidence_id) == (purpose, reply_id, evidence_id)
    )
