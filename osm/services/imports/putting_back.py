"""What a load changed of messages is put back as it was. Each function works in the transaction of its caller."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from osm.extensions import db
from osm.services.imports import source_entry
from osm.services.imports.updating import INSTANTS
from osm.services.log.log import record
from osm.services.messages.editions import EDITION, WHY_HELD
from osm.services.outgoing import let_publication_go
from osm.services.reading import due
from osm.store.models import Message, MessageEdition, User
from osm.store.queries.messages.source_changes import FIELDS, PUT_BACK


def of_load(run_id: int) -> tuple[ColumnElement[bool], ...]:
    """The conditions on MessageEdition: an update by this load that was not taken back."""
    return MessageEdition.run_id == run_id, MessageEdition.recalled_at.is_(None)


def put_back(run_id: int, *, actor: User, now: datetime) -> None:
    """All that the load changed, the last change first."""
    ids = []
    updates = select(MessageEdition).where(*of_load(run_id)).order_by(MessageEdition.id.desc())
    for edition in db.session.scalars(updates).all():
        message = db.session.get_one(Message, edition.message_id)
        changes: dict[str, Any] = {"import_run_id": (None, run_id)}
        changes |= {name: (getattr(message, name), edition.before[name]) for name in FIELDS if name in edition.before}
        _restore(message, edition)
        source_entry.take_back_export(message, edition.made_at, now=now)
        edition.recalled_at = now
        if edition.raised:  # who has it open reads what is there no more
            changes["version"] = (message.version, message.version + 1)
            message.version += 1
            edition.raised += 1
        if edition.holds_draft_id is not None and edition.released_at is None:
            let_publication_go(message.id, WHY_HELD)
        about: dict[str, Any] = {"object_kind": EDITION, "object_id": edition.id}
        record(PUT_BACK, at=now, actor=actor, message=message, changes=changes, **about)
        ids.append(message.id)
    db.session.flush()
    due.owe(ids, due.ON_ENTRY)


def _restore(message: Message, edition: MessageEdition) -> None:
    before = dict(edition.before)
    name = before.pop("author_name", None)
    if name is not None and message.author is not None:
        message.author.name = name
    if "key" in before:
        before["key"] = _free_key(before["key"], message.id)
    for column, value in before.items():
        is_instant = column in INSTANTS and value is not None
        setattr(message, column, datetime.fromisoformat(value) if is_instant else value)
    if not message.in_source:  # it was entered by hand: its replies are awaited in the source no more
        for reply in message.replies:
            reply.for_source = False


def _free_key(key: str, message_id: int) -> str:
    """The key of a message entered by hand; another one where the same was entered again since."""
    taken = select(Message.id).where(Message.key == key, Message.id != message_id)
    if db.session.scalar(taken) is None:
        return key
    return hashlib.sha256(f"{key}|{message_id}".encode()).hexdigest()
