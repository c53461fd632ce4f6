"""What of a message belongs to its source: written when it comes in, followed by every later file (design §6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from osm.connectors.base import IncomingMessage, SourceState
from osm.likeness import spelling
from osm.services.log.log import Change
from osm.store.models import Message

OWNED = {
    "network": "network",
    "url": "url",
    "text": "text",
    "place": "place",
    "is_repeat": "is_repeat",
    "published_at": "published_at",
    "source_status": "status",
    "source_topic": "topic",
    "source_deadline": "deadline_at",
}
"""Column of a message → the field of the file that fills it. Anchors, importance, the topic and all work are ours."""

_NEVER_EMPTIED = frozenset({"network", "text", "url", "published_at"})
"""Where the file cannot tell, what is known stays."""

_LOGGED = frozenset({"source_status", "source_topic"})
"""Codes and words of the source. Of the rest the log says only that it changed: it holds no texts of people."""

_REST = ("municipality", "subtopic", "responsible", "curator", "tone", "answer", "answer_url")

_FIELDS = tuple(field.name for field in fields(IncomingMessage))
_INSTANTS = frozenset({"published_at", "received_at", "deadline_at", "answered_at"})


def columns_of(incoming: IncomingMessage) -> dict[str, Any]:
    """The columns of a new message that belong to the source."""
    return {column: getattr(incoming, name) for column, name in OWNED.items()} | {"source_raw": _rest(incoming)}


def changes_of(message: Message, incoming: IncomingMessage) -> dict[str, Any]:
    """Column → new value, where the file says otherwise than is stored; a column that it has not empties nothing.

    Nor does an empty cell empty what people read and work by; nor any of the first file that brings a message entered
    by hand: what people typed is worth more.
    """
    changed = {}
    # The same fingerprint in spite of other characters: another spelling of the link is no change.
    if message.source_fingerprint != incoming.fingerprint:
        changed = {
            column: getattr(incoming, name)
            for column, name in OWNED.items()
            if name in incoming.provided
            and getattr(incoming, name) != getattr(message, column)
            and (getattr(incoming, name) or (message.in_source and column not in _NEVER_EMPTIED))
            and not (column == "text" and spelling.is_empty(incoming.text))
        }
    raw = {**message.source_raw, **_rest(incoming)}
    if raw != message.source_raw:
        changed["source_raw"] = raw
    return changed


def logged(message: Message, changed: Mapping[str, Any]) -> dict[str, Change]:
    """The same for the log, to be asked before the message is changed."""
    return {
        column: (getattr(message, column), value) if column in _LOGGED else ("changed", True)
        for column, value in changed.items()
    }


def _rest(incoming: IncomingMessage) -> dict[str, str]:
    """What has no column of its own, as it came."""
    named = {name: getattr(incoming, name) for name in _REST if getattr(incoming, name)}
    if incoming.answered_at:
        named["answered_at"] = incoming.answered_at.isoformat()
    return {**incoming.raw, **named}


def to_payload(incoming: IncomingMessage) -> dict[str, Any]:
    """The message as JSON for the staging table."""
    payload: dict[str, Any] = {name: getattr(incoming, name) for name in _FIELDS}
    for name in _INSTANTS:
        payload[name] = payload[name].isoformat() if payload[name] else None
    return payload | {"raw": dict(incoming.raw), "provided": sorted(incoming.provided), "state": incoming.state.value}


def from_payload(payload: Mapping[str, Any]) -> IncomingMessage:
    """The inverse of `to_payload`."""
    values = dict(payload)
    for name in _INSTANTS:
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    values["provided"] = frozenset(values["provided"])
    values["state"] = SourceState(values["state"])
    return IncomingMessage(**values)
