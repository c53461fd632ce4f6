"""Memos and questions: the list, the editions of one, those of a topic."""

from collections.abc import Sequence

from sqlalchemy import select

from osm.base.database import db
from osm.models import HelpEdition, HelpPage, HelpTopic


def memos(*, with_archived: bool = False) -> Sequence[HelpPage]:
    """Memos first, by title; archived ones last."""
    wanted = select(HelpPage).order_by(HelpPage.archived_at.is_not(None), HelpPage.kind, HelpPage.title, HelpPage.id)
    return db.session.scalars(wanted if with_archived else wanted.where(HelpPage.archived_at.is_(None))).all()


def memos_for(topic_id: int | None) -> Sequence[HelpPage]:
    """Those shown next to the editor of an answer on this topic."""
    if topic_id is None:
        return []
    linked = select(HelpTopic.page_id).where(HelpTopic.topic_id == topic_id)
    wanted = select(HelpPage).where(HelpPage.id.in_(linked), HelpPage.archived_at.is_(None))
    return db.session.scalars(wanted.order_by(HelpPage.kind, HelpPage.title, HelpPage.id)).all()


def editions(page_id: int) -> Sequence[HelpEdition]:
    """The newest first."""
    wanted = select(HelpEdition).where(HelpEdition.page_id == page_id).order_by(HelpEdition.number.desc())
    return db.session.scalars(wanted).all()
