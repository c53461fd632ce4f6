"""What was to happen on a page by itself is left to people when the page stops or is switched off."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from osm.extensions import db
from osm.regulation.comment_words import OutboxState
from osm.services.outgoing import being_sent
from osm.store.models import Comment, OutboxAction
from osm.store.queries.outgoing.stops import page_of_act


def leave_to_people(account_id: int, words: str, now: datetime) -> None:
    """Open acts that go out on this page, in the caller's transaction; what is being sent now ends by itself."""
    of_page = select(OutboxAction.id).outerjoin(Comment, Comment.id == OutboxAction.comment_id)
    on_page = of_page.where(OutboxAction.state == OutboxState.PENDING, page_of_act() == account_id).correlate(None)
    db.session.execute(
        update(OutboxAction)
        .where(
            OutboxAction.state == OutboxState.PENDING,
            ~being_sent(now),
            OutboxAction.id.in_(on_page),
        )
        .values(for_person=True, error=words)
    )
