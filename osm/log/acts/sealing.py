"""What a check of the log has found, and the event in which it stands."""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app
from sqlalchemy import Row, Select, select

from osm.log.acts.record import record
from osm.log.models import VERIFIED
from osm.store.durable import sync_folder
from osm.store.models import Event, User
from osm.store.transaction import transaction

# --- What a seal is
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


# --- The file of seals outside the database
_TAIL = 4096
"""Bytes in which the last line surely lies."""


class SealFile:
    """Lines of JSON that are only ever added. `number` and `mac` of a line name a seal."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Add lines and wait until they are on the disk; one write, so that two processes do not mix theirs."""
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        if not text:
            return
        new = not self.path.exists()
        with open(self.path, "ab+", opener=_private) as file:
            # A line that a power cut tore apart is left as it is; the next one begins on a line of its own.
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                text = text if file.read(1) == b"\n" else "\n" + text
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        if new:
            sync_folder(self.path.parent)

    def last(self) -> tuple[int, str] | None:
        """Number and mac of the last line that stands here whole; None for an empty or missing file."""
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - _TAIL))
                tail = file.read()
        except FileNotFoundError:
            return None
        whole = tail.splitlines()[1 if size > _TAIL else 0 :]
        return next(((line["number"], line["mac"]) for line in map(_parsed, reversed(whole)) if line), None)

    def lines(self) -> Iterator[dict[str, Any]]:
        """All whole lines in their order. Raises FileNotFoundError."""
        with self.path.open("rb") as file:
            for line in file:
                if parsed := _parsed(line):
                    yield parsed


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        parsed = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(parsed, dict) or not isinstance(parsed.get("mac"), str):
        return None
    return parsed if all(isinstance(parsed.get(name), int) for name in ("number", "first_id", "last_id")) else None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


# --- What a check of the log has found, and the event in which it stands
KEPT = 20
OTHER_KEY = "печать сделана другим ключом OSM_ENCRYPTION_KEY, проверить нельзя"
UNSEALED = (
    f"нет печати дольше {SOON.seconds // 60} минут: не работает фоновый процесс, или печати удалены в обход программы"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the events from `first_id` to `last_id`, in Russian."""

    first_id: int
    last_id: int
    words: str

    @property
    def sentence(self) -> str:
        return f"{_range(self.first_id, self.last_id)}: {self.words}."


@dataclass(frozen=True, slots=True)
class Late:
    """Events that had no seal for long: nothing can be said of what was done to them meanwhile."""

    first_id: int
    last_id: int
    since: datetime
    until: datetime

    def sentence(self, zone: tzinfo) -> str:
        since, until = (f"{at.astimezone(zone):%d.%m.%Y %H:%M}" for at in (self.since, self.until))
        return f"{_range(self.first_id, self.last_id)}: не было запечатано с {since} до {until}."


@dataclass
class Report:
    """What was checked and what was found; the log is whole where `faults` is empty."""

    seals: int = 0
    sealed: int = 0
    waiting: int = 0
    """Events that no seal covers yet: nothing can be said of them."""
    last_sealed_at: datetime | None = None
    restored_at: list[datetime] = field(default_factory=list)
    """When a backup took the place of the database: what was logged between the two is known to be missing."""
    late: list[Late] = field(default_factory=list)
    """No fault: the worker may have been off. It stays visible, since seals that were removed would look the same."""
    compared: int = 0
    """Seals of a backup or of the system's journal that the log was compared with."""
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_other_key(self) -> bool:
        """Nothing was found changed, but not everything could be judged: that is no word against anybody."""
        return bool(self.faults) and all(fault.words == OTHER_KEY for fault in self.faults)

    @property
    def is_unsealed(self) -> bool:
        """Nothing was found changed, but not everything has a seal."""
        words = {fault.words for fault in self.faults}
        return UNSEALED in words and words <= {UNSEALED, OTHER_KEY}


def log_check(report: Report, actor: User | None, now: datetime) -> None:
    """What came of a check as an event: the screen of the log shows the last one.

    Its words are the program's own; of many faults the first KEPT stand there, of late seals the last.
    """
    zone = current_app.extensions["osm_settings"].time_zone
    with transaction():
        record(
            VERIFIED,
            at=now,
            actor=actor,
            object_kind="log",
            changes={
                "sealed": (None, report.sealed),
                "waiting": (None, report.waiting),
                "faults": (None, len(report.faults)),
                "found": (None, [fault.sentence for fault in report.faults[:KEPT]]),
                **({"late": (None, [late.sentence(zone) for late in report.late[-KEPT:]])} if report.late else {}),
                **({"other_key": (None, True)} if report.is_other_key else {}),
                **({"is_unsealed": (None, True)} if report.is_unsealed else {}),
            },
        )


def _range(first_id: int, last_id: int) -> str:
    return f"Запись {first_id}" if first_id == last_id else f"Записи {first_id}–{last_id}"
