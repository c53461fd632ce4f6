"""What was to happen on a page by itself is left to people when the page stops or is switched off."""

from __future__ import annotations

from sqlalchemy import select, update

from osm.extensions import db
from osm.regulation.words import OutboxState
from osm.store.models import Comment, OutboxAction


def leave_to_people(account_id: int, words: str) -> None:
    """Open acts upon the comments of this page, in the caller's transaction; what is being sent now ends by itself."""
    comments = select(Comment.id).where(Comment.account_id == account_id)
    db.session.execute(
        update(OutboxAction)
        .where(
            OutboxAction.state == OutboxState.PENDING,
            OutboxAction.leased_until.is_(None),
            OutboxAction.comment_id.in_(comments) | (OutboxAction.account_id == account_id),
        )
        .values(for_person=True, error=words)
    )
