"""Choosing the messages of a common answer: those that were ticked, those of a burst, or one with all linked to it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from osm.extensions import db
from osm.services.messages.bulk import Chosen
from osm.store.models import Author, Message
from osm.store.queries.clocks.rows import summary
from osm.store.queries.groups.groups import LateRow, late_for
from osm.web.form_values import seen_rows


def chosen_rows() -> list[Chosen]:
    """The ticked rows."""
    return [Chosen(*one) for one in seen_rows()]


def choosing(proposed: Sequence[int], chosen: Sequence[Chosen]) -> tuple[list[LateRow], frozenset[int]]:
    """The rows that are offered, and which of them are ticked; what was ticked or `proposed` comes first.

    With one that is proposed all are ticked that are linked to it.
    """
    ids = [one.message_id for one in chosen] or list(proposed)
    first = [
        LateRow(
            message.id,
            message.number,
            message.version,
            message.status,
            author or "",
            message.place,
            summary(message.text),
            message.received_at,
        )
        for message, author in db.session.execute(
            select(Message, Author.name)
            .outerjoin(Author, Author.id == Message.author_id)
            .where(Message.id.in_(ids))
            .order_by(Message.id)
        )
    ]
    linked = late_for(ids)
    is_one = not chosen and len(ids) == 1
    ticked = frozenset(row.message_id for row in [*first, *linked]) if is_one else frozenset(ids)
    return [*first, *linked], ticked
