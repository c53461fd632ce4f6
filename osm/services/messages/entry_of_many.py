"""Many new messages at once, written past the ORM: the same rows that `entry.register` makes of each, much quicker."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, cast

from osm.extensions import Base
from osm.services.clocks import clocks
from osm.services.clocks.terms import InForce, compute_term, in_force
from osm.services.log.log import record_all
from osm.services.messages.entry import become_new, entered
from osm.services.reading import due
from osm.services.threads.joining import join_messages
from osm.store.many_rows import draw_ids, table_of, write_rows
from osm.store.models import Author, Closure, Deadline, DeadlineState, Message, User


def register_all(messages: Sequence[Message], authors: Sequence[Author], *, now: datetime, actor: User | None) -> None:
    """Store messages that no session knows, with their clocks, closures and events; `authors`: those that are new.

    Afterwards they carry their ids and are done with: a change of one would go nowhere.
    """
    for author, number in zip(authors, draw_ids(Author, len(authors)), strict=True):
        author.id = number
    for message, number in zip(messages, draw_ids(Message, len(messages)), strict=True):
        message.id = number
        become_new(message)
        if message.author is not None:
            message.author_id = message.author.id
    write_rows(Author, [_columns(author) for author in authors])
    write_rows(Message, [_columns(message) for message in messages])
    write_rows(Closure, [_columns(row, message_id=message.id) for message in messages for row in message.closures])
    rules = in_force()
    write_rows(Deadline, [row for message in messages for row in _clocks(message, rules)])
    due.owe_new(messages)
    record_all("enter", map(entered, messages), at=now, actor=actor)
    join_messages(messages, now)


def _clocks(message: Message, rules: InForce) -> list[dict[str, Any]]:
    """As `clocks.open_clock` makes them. What is new has never been out of work: there are no pauses."""
    same = {"message_id": message.id, "state": DeadlineState.OPEN}
    return [
        {**same, "kind": kind, **compute_term(rules, kind, at, message.importance, message.origin, ())}
        for kind, at in clocks.of_new(message)
    ]


def _columns(row: Base, **more: Any) -> dict[str, Any]:
    """Every column: as it was set, else its default; all rows of a table have the same columns."""
    given: Mapping[str, Any] = {**row.__dict__, **more}
    columns = {}
    for name, default, is_key in _defaults(type(row)):
        value = given.get(name)
        if value is None and default is not None:
            value = default()
        if value is not None or not is_key:
            columns[name] = value
    return columns


@cache
def _defaults(model: type[Base]) -> list[tuple[str, Callable[[], Any] | None, bool]]:
    """Of each column its name, what makes its default, and whether it is the key, which the database can give."""
    return [
        (column.name, _default(cast(Any, column.default)), column.primary_key) for column in table_of(model).columns
    ]


def _default(default: Any) -> Callable[[], Any] | None:
    if default is None:
        return None
    return (lambda: default.arg) if default.is_scalar else (lambda: default.arg(None))
