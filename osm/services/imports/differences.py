"""How a row of a later file differs from its message: in content, in spelling only, or it is another message."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from osm.connectors.base import IncomingMessage
from osm.extensions import db
from osm.likeness import spelling
from osm.networks.authors import is_other, name_key
from osm.services.imports.source_values import changes_of
from osm.services.threads.joining import link_key
from osm.store.models import Author, EditionKind, Message, MessageEdition

TEXT, URL, AUTHOR, TIME = "text", "url", "author", "published_at"
TOLD = (TEXT, URL, AUTHOR, TIME)
"""What people read of a message and work by."""

Told = tuple[str, str]
"""Old and new, as people read it; a time as ISO."""


@dataclass(frozen=True, slots=True)
class Difference:
    """`columns`: column → new value to write. `told`: of TOLD, what people read: old and new."""

    columns: Mapping[str, Any] = field(default_factory=dict)
    told: Mapping[str, Told] = field(default_factory=dict)
    changes: frozenset[str] = frozenset()
    """Of TOLD, what differs in content and not only in spelling."""
    new_author: bool = False
    """The author is another profile, or becomes known."""
    renamed: bool = False

    @property
    def kind(self) -> EditionKind:
        if self.changes:
            return EditionKind.CHANGE
        return EditionKind.FORM if self.told else EditionKind.DATA

    @property
    def is_any(self) -> bool:
        return bool(self.columns or self.told)


def difference(message: Message, incoming: IncomingMessage) -> Difference:
    """What loading this row would change of the message."""
    columns = changes_of(message, incoming)
    told: dict[str, Told] = {}
    changes: set[str] = set()
    for name, (old, new), is_change in _told(message, incoming, columns):
        told[name] = (old, new)
        if is_change:
            changes.add(name)
    if TEXT in told and _is_cut(message, incoming):
        del columns[TEXT]  # the whole text stays shown, the cut one is kept in the edition
        if _last_told_text(message.id) == incoming.text:
            del told[TEXT]
    author_change = _author_change(message, incoming)
    is_renamed = author_change == _RENAMED
    return Difference(columns, told, frozenset(changes), AUTHOR in told and not is_renamed, is_renamed)


def is_another(message: Message, incoming: IncomingMessage) -> bool:
    """Whether the row is another message under the same number: both its link and its author are others."""
    if message.key != incoming.key or not incoming.number:
        return False
    theirs, ours = link_key(incoming.url), link_key(message.url)
    return bool(theirs and ours) and theirs != ours and _is_by_another(message.author, incoming)


def other_key(incoming: IncomingMessage) -> str:
    """A key that recognises another message under a taken number when it comes again."""
    whose = incoming.author_url or name_key(incoming.author)
    told = "\n".join((incoming.number.lower(), link_key(incoming.url), whose))
    return f"other:{hashlib.sha256(told.encode()).hexdigest()}"


def _told(message: Message, incoming: IncomingMessage, columns: Mapping[str, Any]) -> Iterator[tuple[str, Told, bool]]:
    """Name, old and new, and whether the content differs and not only the spelling."""
    if TEXT in columns:
        is_same = spelling.same_words(message.text, incoming.text) or _is_cut(message, incoming)
        yield TEXT, (message.text, incoming.text), not is_same
    if URL in columns:
        yield URL, (message.url, incoming.url), bool(message.url) and link_key(message.url) != link_key(incoming.url)
    if TIME in columns:
        before, after = message.published_at, incoming.published_at
        is_known = before is not None and message.in_source
        yield TIME, (_iso(before), _iso(after)), is_known and _minute(before) != _minute(after)
    if author := _author_change(message, incoming):
        yield AUTHOR, (_author_words(message.author), incoming.author or incoming.author_url), author == _ANOTHER


_RENAMED, _LEARNED, _ANOTHER = "renamed", "learned", "another"


def _author_change(message: Message, incoming: IncomingMessage) -> str:
    """How the file differs about the author; empty where it does not, or cannot tell."""
    stored = message.author
    if message.source_fingerprint == incoming.fingerprint or not (incoming.author or incoming.author_url):
        return ""
    if stored is None or not (message.in_source or stored.profile_url):
        return _LEARNED  # a message entered by hand was matched by its words
    if _is_by_another(stored, incoming) and incoming.author_url:
        return _ANOTHER
    if incoming.author_url and not stored.profile_url:
        return _LEARNED
    return _RENAMED if incoming.author and incoming.author != stored.name else ""


def _is_by_another(stored: Author | None, incoming: IncomingMessage) -> bool:
    if stored is None:
        return False
    return is_other(stored.profile_url or "", incoming.author_url, stored.name_key, name_key(incoming.author))


def _author_words(author: Author | None) -> str:
    return (author.name or author.profile_url or "") if author else ""


def _is_cut(message: Message, incoming: IncomingMessage) -> bool:
    return spelling.is_cut(incoming.text, message.text)


def _last_told_text(message_id: int) -> str:
    """The text of the last file that differed: a cut one comes again with every export."""
    query = select(MessageEdition.told).where(
        MessageEdition.message_id == message_id, MessageEdition.recalled_at.is_(None)
    )
    told = db.session.scalars(query.order_by(MessageEdition.id.desc()))
    return next((one[TEXT][1] for one in told if TEXT in one), "")


def _minute(moment: datetime | None) -> datetime | None:
    return moment.replace(second=0, microsecond=0) if moment else None


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
