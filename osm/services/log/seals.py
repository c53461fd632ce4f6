"""What a seal is: an HMAC-SHA256 over a range of the log in one canonical form, chained to the seal before it."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Row, Select, select

from osm.store.models import Event

BEGINNING = ""
"""What stands in the place of the seal before the first one."""

SOON = timedelta(minutes=10)
"""The worker seals every second: what has no seal after this time was not guarded meanwhile."""

PURPOSE = b"osm: seals of the log"
_COLUMNS = (
    Event.id,
    Event.at,
    Event.actor_id,
    Event.action,
    Event.clause,
    Event.message_id,
    Event.object_kind,
    Event.object_id,
    Event.changes,
    Event.note_digest,
)


@dataclass(frozen=True, slots=True)
class SealKey:
    """The key of this installation; `id` tells it from another without giving it away."""

    secret: bytes
    id: str

    def sign(self, *parts: Any) -> str:
        """HMAC-SHA256 over the parts as one line of JSON, hexadecimal."""
        return hmac.new(self.secret, _line(parts), sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Range:
    """What a seal says of itself beside its signature. Ranges follow one another without a gap from 1."""

    number: int
    first_id: int
    last_id: int
    count: int
    sealed_at: datetime


def seal_key(encryption_key: str) -> SealKey:
    """The key for seals, derived from OSM_ENCRYPTION_KEY by HKDF (RFC 5869)."""
    secret = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(encryption_key.encode())
    return SealKey(secret, hmac.new(secret, b"id", sha256).hexdigest()[:16])


def logged_rows() -> Select[Any]:
    """The rows of the log, in order, with what a seal covers; a note counts by its digest, so that it can be purged."""
    return select(*_COLUMNS).order_by(Event.id)


class Signing:
    """The signature of one range, row by row."""

    def __init__(self, key: SealKey, span: Range, previous: str) -> None:
        sealed_at = span.sealed_at.astimezone(UTC).isoformat()
        head = (span.number, span.first_id, span.last_id, span.count, sealed_at, previous)
        self._hmac = hmac.new(key.secret, _line(head), sha256)

    def add(self, row: Row[Any]) -> None:
        """Take up the next row, as `logged_rows` gives it."""
        values = [value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for value in row]
        self._hmac.update(_line(values))

    def mac(self) -> str:
        return self._hmac.hexdigest()


def signature(key: SealKey, span: Range, previous: str, rows: Iterable[Row[Any]]) -> str:
    """The signature of a range with these rows, hexadecimal; `previous` is that of the seal before."""
    signing = Signing(key, span, previous)
    for row in rows:
        signing.add(row)
    return signing.mac()


def _line(values: Iterable[Any]) -> bytes:
    """One line of JSON: the same on either database, whatever the order in which a JSON column gives its fields."""
    return json.dumps(list(values), sort_keys=True, separators=(",", ":")).encode() + b"\n"
