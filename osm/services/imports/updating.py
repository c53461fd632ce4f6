"""Updates of stored messages by a file: each is kept with the values before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from osm.connectors.base import IncomingMessage, SourceState
from osm.connectors.finding import name_at
from osm.services.imports import by_hand
from osm.services.imports.differences import Difference, difference
from osm.services.imports.source_entry import entered_by_export
from osm.services.imports.source_values import OWNED, logged
from osm.services.log.log import Change, record
from osm.services.messages.editions import EDITION, hold_answer
from osm.services.messages.linking import is_confirmed_repeat
from osm.store.many_rows import draw_ids, write_rows
from osm.store.models import Author, EditionKind, ImportRun, Message, MessageEdition, RowOutcome, User
from osm.store.queries.messages.source_changes import CHANGED

INSTANTS = frozenset({"published_at", "source_deadline"})
"""Columns that `before` keeps as ISO."""


@dataclass
class Updates:
    """Those of one batch. `take` changes the messages, `write` stores what was before and the log."""

    run: ImportRun
    now: datetime
    author_of: Callable[[IncomingMessage], Author | None]
    actor: User | None = None
    """Who decided on it, where that was not the file alone."""
    rows: list[dict[str, Any]] = field(default_factory=list)
    events: list[tuple[str, Message, dict[str, Change]]] = field(default_factory=list)
    authors: list[tuple[Message, Author]] = field(default_factory=list)
    answered: list[Message] = field(default_factory=list)
    """Of these the source says by now that they are answered."""

    def take(self, message: Message, incoming: IncomingMessage, topic_id: int | None) -> RowOutcome:
        """Take over what the source owns. Anchors, importance, topic chosen here and all work stay (design §6)."""
        was, is_first = _values(message), not message.in_source
        taken = by_hand.take_over(message, incoming, self.run.source_id) if is_first else {}
        found = difference(message, incoming)
        columns = dict(found.columns)
        if columns.get("is_repeat") is False and is_confirmed_repeat(message.id):
            del columns["is_repeat"]  # a person has confirmed it here (П.15)
        message.source_fingerprint = incoming.fingerprint
        if not columns and not found.told and not taken:
            return RowOutcome.UNCHANGED
        changes = taken | logged(message, columns)
        self._write_into(message, incoming, found, columns)
        if "source_status" in columns and incoming.state is SourceState.ANSWERED:
            self.answered.append(message)
        message.topic_id = message.topic_id or topic_id
        before = {name: was[name] for name in _written(found, is_first)}
        self._keep(message, found, before, by_hand.FOUND if is_first else CHANGED, changes)
        return RowOutcome.UPDATED

    def write(self) -> None:
        """After the new authors are stored."""
        for message, author in self.authors:
            message.author_id = author.id
        ids = list(draw_ids(MessageEdition, len(self.rows)))
        rows = [{"id": one, **row} for one, row in zip(ids, self.rows, strict=True)]
        write_rows(MessageEdition, rows)
        for edition_id, (action, message, changes) in zip(ids, self.events, strict=True):
            about: Mapping[str, Any] = {"object_kind": EDITION, "object_id": edition_id}
            record(action, at=self.now, actor=self.actor, message=message, changes=changes, **about)
        for message in self.answered:
            entered_by_export(message, now=self.now)

    def _write_into(
        self, message: Message, incoming: IncomingMessage, found: Difference, columns: Mapping[str, Any]
    ) -> None:
        for column, value in columns.items():
            setattr(message, column, value)
        if "url" in columns:
            message.comment_name = name_at(message.url)
        if found.new_author and (author := self.author_of(incoming)) is not None:
            self.authors.append((message, author))
        elif found.renamed and message.author is not None:
            message.author.name = incoming.author

    def _keep(
        self,
        message: Message,
        found: Difference,
        before: Mapping[str, Any],
        action: str,
        changes: dict[str, Change],
    ) -> None:
        draft_id, is_change = None, found.kind is EditionKind.CHANGE
        if "author" in found.told:
            changes["author"] = ("changed", True)
        if is_change:
            changes["version"] = (message.version, message.version + 1)
            message.version += 1
            draft_id = hold_answer(message)
        self.events.append((action, message, changes))
        self.rows.append(
            {
                "message_id": message.id,
                "run_id": self.run.id,
                "made_at": self.now,
                "kind": found.kind,
                "told": dict(found.told),
                "before": before,
                "version": message.version,
                "raised": int(is_change),
                "holds_draft_id": draft_id,
            }
        )


_ALWAYS = ("source_fingerprint", "topic_id")
_OF_FIRST = ("key", "number", "source_id", "source_raw")


def _values(message: Message) -> dict[str, Any]:
    """What an update may change, as JSON."""
    columns = {*OWNED, "source_raw", "comment_name", "author_id", *_ALWAYS, *_OF_FIRST}
    values = {name: getattr(message, name) for name in columns}
    for name in INSTANTS:
        values[name] = values[name].isoformat() if values[name] else None
    return values | {"author_name": message.author.name if message.author else ""}


def _written(found: Difference, is_first: bool) -> list[str]:
    """Those that this one changes: a recall puts them back."""
    names = {*_ALWAYS, *found.columns, *(_OF_FIRST if is_first else ())}
    if "url" in found.columns:
        names.add("comment_name")
    if found.new_author:
        names.add("author_id")
    if found.renamed:
        names.add("author_name")
    return sorted(names)
