"""Which published replies are still to be entered in «Инцидент Менеджмент» by hand (design §6)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists

from osm.store.models import Message, Origin, Reply


def waits_for_entry() -> ColumnElement[bool]:
    """The condition on Reply (with its Message joined): published, from «Инцидент Менеджмент», not entered there."""
    return and_(
        Reply.published_at.is_not(None),
        Reply.entered_in_source_at.is_(None),
        Message.origin == Origin.INCIDENT,
    )


def not_in_source() -> ColumnElement[bool]:
    """The condition on Message: it has a published reply that is «не внесено в ИМ»."""
    return and_(
        Message.origin == Origin.INCIDENT,
        exists().where(
            Reply.message_id == Message.id, Reply.published_at.is_not(None), Reply.entered_in_source_at.is_(None)
        ),
    )
