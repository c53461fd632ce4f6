"""One decision on a comment, and what it leaves in the log, the outbox and the answers."""

from __future__ import annotations

from datetime import timedelta

from osm.base.database import db
from osm.comments.acts import comments
from osm.comments.acts.comments import Choice, Chosen
from osm.models import Comment, CommentFindingAnswer, Event, OutboxAction

from .conftest import NOW, the

LATER = NOW + timedelta(minutes=1)


def decide(office, row: Comment, choice: Choice, ground: str = "", reason: str = "", who: str = "vera") -> Comment:
    actor = getattr(office, who)
    chosen = [Chosen(row.id, row.version)]
    comments.decide(chosen, choice, ground=ground, reason=reason, actor=actor, now=NOW)
    return the(row.external_id)


def events(row: Comment) -> list[str]:
    query = db.select(Event).where(Event.object_kind == "comment", Event.object_id == row.id).order_by(Event.id)
    return [event.action for event in db.session.scalars(query)]


def actions() -> list[OutboxAction]:
    db.session.expire_all()
    return list(db.session.scalars(db.select(OutboxAction).order_by(OutboxAction.id)))


def answers() -> set[tuple[str, str]]:
    return {(row.category, row.reply) for row in db.session.scalars(db.select(CommentFindingAnswer))}
