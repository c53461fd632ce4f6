"""Seals of the log, the file of seals, and the report of a check."""

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
from sqlalchemy import Row, Select, select

from osm.base.durable import sync_folder
from osm.base.transaction import transaction
from osm.log.acts.record import record
from osm.log.models import VERIFIED
from osm.models import Event, EventSeal, User

# --- Seals
BEGINNING = ""  # used for the seal before the first one

SOON = timedelta(minutes=10)
"""The worker seals every second. Events without a seal for longer were not protected during that time."""

PURPOSE = b"osm: seals of the log"
_COLUMNS = (
    Event.id, Event.at, Event.actor_id, Event.action, Event.clause, Event.message_id, Event.object_kind,
    Event.object_id, Event.changes, Event.note_digest,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SealKey:
    """The key of this installation; `id` identifies it without revealing it."""

    secret: bytes
    id: str

    def sign(self, *parts: Any) -> str:
        """HMAC-SHA256 over the parts as one line of JSON, hexadecimal."""
        return hmac.new(self.secret, _line(parts), sha256).hexdigest()


def seal_key(encryption_key: str) -> SealKey:
    """Derive the key for seals from OSM_ENCRYPTION_KEY by HKDF (RFC 5869)."""
    secret = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(encryption_key.encode())
    return SealKey(secret, hmac.new(secret, b"id", sha256).hexdigest()[:16])


def logged_rows() -> Select[Any]:
    """Rows of the log in order, with the values that a seal covers. Of a note, this is its digest, so the note can be
    purged."""
    return select(*_COLUMNS).order_by(Event.id)


def signature(key: SealKey, seal: EventSeal, previous: str, rows: Iterable[Row[Any]]) -> str:
    """Hexadecimal signature of a seal over its range with these `logged_rows`; `previous`: that of the seal before."""
    sealed_at = seal.sealed_at.astimezone(UTC).isoformat()
    signed = hmac.new(key.secret, digestmod=sha256)
    signed.update(_line((seal.number, seal.first_id, seal.last_id, seal.count, sealed_at, previous)))
    for row in rows:
        signed.update(_line_of(row))
    return signed.hexdigest()


def digest_of(rows: Iterable[Row[Any]]) -> str:
    """SHA-256 of these rows as the seals see them, hexadecimal; no key is needed."""
    found = sha256()
    for row in rows:
        found.update(_line_of(row))
    return found.hexdigest()


def _line_of(row: Row[Any]) -> bytes:
    return _line(value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for value in row)


def _line(values: Iterable[Any]) -> bytes:
    """A line of JSON that is the same on both databases, regardless of the order of keys in a JSON column."""
    return json.dumps(list(values), sort_keys=True, separators=(",", ":")).encode() + b"\n"


# --- The file of seals
_TAIL = 4096  # the last line is within this many bytes


class SealFile:
    """Lines of JSON, append only. `number` and `mac` of a line identify a seal."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Append lines and wait for the disk; in one write, so that two processes do not mix their lines."""
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        if not text:
            return
        new = not self.path.exists()
        with open(self.path, "ab+", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            # A line cut off by a power failure is left; the next one starts on a new line.
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                text = text if file.read(1) == b"\n" else "\n" + text
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        if new:
            sync_folder(self.path.parent)

    def last(self) -> tuple[int, str] | None:
        """Number and mac of the last complete line; None if the file is empty or missing."""
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
        """All complete lines in order. Raises FileNotFoundError."""
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


# --- Report of a check
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
    """Events without a seal for long; changes made to them during that time would not be found."""

    first_id: int
    last_id: int
    since: datetime
    until: datetime

    def sentence(self, zone: tzinfo) -> str:
        since, until = (f"{at.astimezone(zone):%d.%m.%Y %H:%M}" for at in (self.since, self.until))
        return f"{_range(self.first_id, self.last_id)}: не было запечатано с {since} до {until}."


@dataclass
class Report:
    """Result of a check. The log is intact if `faults` is empty."""

    seals: int = 0
    sealed: int = 0
    waiting: int = 0  # events without a seal yet; they cannot be checked
    last_sealed_at: datetime | None = None
    restored_at: list[datetime] = field(default_factory=list)
    """When a backup replaced the database: events between the backup and this time are missing, which is known."""
    late: list[Late] = field(default_factory=list)
    """Not a fault: the worker may have been off. It is shown, because removed seals would look the same."""
    compared: int = 0  # number of seals compared from a backup or the system journal
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_other_key(self) -> bool:
        """No change was found, but another key sealed a part that could not be checked."""
        return bool(self.faults) and all(fault.words == OTHER_KEY for fault in self.faults)

    @property
    def is_unsealed(self) -> bool:
        """No change was found, but a part has no seal."""
        words = {fault.words for fault in self.faults}
        return UNSEALED in words and words <= {UNSEALED, OTHER_KEY}


def log_check(report: Report, actor: User | None, now: datetime, zone: tzinfo) -> None:
    """Log the result of a check, for the screen of the log. Keeps the first KEPT faults and the last KEPT late seals,
    in the program's words."""
    with transaction():
        said = {
            "sealed": report.sealed,
            "waiting": report.waiting,
            "faults": len(report.faults),
            "found": [fault.sentence for fault in report.faults[:KEPT]],
            **({"late": [late.sentence(zone) for late in report.late[-KEPT:]]} if report.late else {}),
            **({"other_key": True} if report.is_other_key else {}),
            **({"is_unsealed": True} if report.is_unsealed else {}),
        }
        changes = {name: (None, value) for name, value in said.items()}
        record(VERIFIED, at=now, actor=actor, object_kind="log", changes=changes)


def _range(first_id: int, last_id: int) -> str:
    return f"Запись {first_id}" if first_id == last_id else f"Записи {first_id}–{last_id}"
