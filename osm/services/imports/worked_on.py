"""Whether people have worked on what a file brought: then it is not taken back, and nothing takes its place."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import aliased

from osm.services.imports.held_rows import DECLINED, ENTERED
from osm.services.messages.editions import EDITION, SEEN
from osm.store.models import Attachment, Comment, Event, Message, MessageEdition
from osm.store.models.log import READ
from osm.store.queries.messages.source_changes import PUT_BACK
from osm.store.queries.messages.source_changes import SEEN as SOURCE_SEEN

NO_WORK = ("enter", READ, SEEN, SOURCE_SEEN, DECLINED, ENTERED, PUT_BACK)
"""Acts of people that are no work on a message: loading it, opening its card, what they say of another row."""


def is_worked_on() -> ColumnElement[bool]:
    """Whether a person has acted on the message: his act is in the log or has raised the version."""
    by_files = select(func.coalesce(func.sum(MessageEdition.raised), 0)).where(MessageEdition.message_id == Message.id)
    return or_(
        Message.version > 1 + by_files.correlate(Message).scalar_subquery(),
        _acted(0),
        exists().where(Attachment.message_id == Message.id),
        exists().where(Comment.message_id == Message.id, Comment.decided_by_id.is_not(None)),
    )


def is_worked_on_since() -> ColumnElement[bool]:
    """The same of a message since this edition of it; a later update counts too: it was made upon this one."""
    later = aliased(MessageEdition)
    own = select(func.max(Event.id)).where(
        Event.message_id == MessageEdition.message_id,
        Event.object_kind == EDITION,
        Event.object_id == MessageEdition.id,
        Event.action.not_in(NO_WORK),
    )
    return or_(
        Message.version > MessageEdition.version,
        _acted(own.correlate(MessageEdition).scalar_subquery()),
        exists().where(
            later.message_id == MessageEdition.message_id,
            later.id > MessageEdition.id,
            later.recalled_at.is_(None),
        ),
    )


def _acted(after: Any) -> ColumnElement[bool]:
    event = aliased(Event)
    return exists().where(
        event.message_id == Message.id,
        event.actor_id.is_not(None),
        event.action.not_in(NO_WORK),
        event.id > after,
    )
