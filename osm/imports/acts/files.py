"""Uploaded files of the import: each is stored once, named by the hash of its content, with a preview of its first
rows.
"""

import dataclasses
import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from osm.base.application import current_settings
from osm.base.durable import UNFINISHED, is_older, write_whole
from osm.base.transaction import BesideReading
from osm.connectors.base import IncomingMessage, SourceState
from osm.connectors.incident_file import Book, Limits, read_file
from osm.connectors.incident_file.book import READING_PREFIX, FileRefused
from osm.likeness import words
from osm.log.acts.record import Change
from osm.models import Message

# --- Uploaded files of the import
MAX_BYTES = Limits().file_bytes

LEFT_FOR = timedelta(hours=6)  # files older than this belong to no running process

GLANCE_ROWS = 75  # per sheet: the header is among the first sixty rows, and some rows below it are shown too
GLANCE_CHARACTERS = 300  # of one cell


GlanceRow = tuple[int, Sequence[str]]  # number in the sheet, cells


@dataclass(frozen=True, slots=True)
class Sheet:
    """The first rows of a sheet as text; `height` counts all its rows that are not blank."""

    name: str
    hidden: bool
    height: int
    rows: Sequence[GlanceRow]


@dataclass(frozen=True, slots=True)
class Glance:
    """What a page shows of a file without reading it again."""

    sheets: Sequence[Sheet]

    def sheet(self, name: str) -> Sheet:
        """The sheet with this name. Raises FileRefused."""
        for sheet in self.sheets:
            if sheet.name == name:
                return sheet
        raise FileRefused("sheet_not_found", sheet=name, sheets=", ".join(sheet.name for sheet in self.sheets))


def digest_of(content: bytes) -> str:
    """The hash that a file is stored under."""
    return hashlib.sha256(content).hexdigest()


def path_of(sha256: str) -> Path:
    """The path of the file with this hash; runs of the same file share it."""
    return _folder() / sha256


def room() -> Path:
    """The folder for temporary rows of a file that is being read, in our own data directory."""
    folder = _folder().parent / "reading"  # outside the folder of files, which backups copy
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def keep(content: bytes, sha256: str) -> bool:
    """Write the file durably unless it exists; returns whether it was written."""
    path = path_of(sha256)
    if path.exists():
        return False
    write_whole(path, content)
    return True


def remove(sha256: str) -> None:
    """Delete the file and its preview."""
    for path in (path_of(sha256), _glance_path(sha256)):
        path.unlink(missing_ok=True)


def remove_leftovers(now: datetime) -> int:
    """Delete temporary files of killed processes; returns the number of folders and files."""
    old = [*room().glob(f"{READING_PREFIX}*"), *_folder().glob(f"{UNFINISHED}*")]
    old = [path for path in old if is_older(path, LEFT_FOR, now)]
    for path in old:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    return len(old)


def look_into(book: Book, sha256: str) -> Glance:
    """The preview of an open book, stored for later pages."""
    sheets = [
        Sheet(
            table.name,
            table.hidden,
            table.height,
            [(number, [*map(_short, cells)]) for number, cells in table.preview(GLANCE_ROWS)],
        )
        for table in book.tables
    ]
    content = json.dumps([dataclasses.asdict(sheet) for sheet in sheets], ensure_ascii=False)
    with BesideReading("glance"):
        write_whole(_glance_path(sha256), content.encode())
    return Glance(sheets)


def glance(sha256: str) -> Glance:
    """The preview stored by `look_into`; if it is missing the file is read again. Raises FileRefused."""
    try:
        kept: list[dict[str, Any]] = json.loads(_glance_path(sha256).read_bytes())
    except (OSError, ValueError):
        with read_file(path_of(sha256), room=room()) as book:
            return look_into(book, sha256)
    return Glance([Sheet(**sheet) for sheet in kept])


def _short(cell: str) -> str:
    return cell if len(cell) <= GLANCE_CHARACTERS else cell[: GLANCE_CHARACTERS - 1] + "…"


def _folder() -> Path:
    settings = current_settings()
    return Path(settings.data_dir) / "imports"


def _glance_path(sha256: str) -> Path:
    return _folder() / f"{sha256}.json"


# --- Columns that belong to the source
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
"""Columns that stay as they are if the file has no value."""

_LOGGED = frozenset({"source_status", "source_topic"})
"""Codes and words of the source. Of the rest the log says only that it changed: it holds no texts of people."""

_REST = ("municipality", "subtopic", "responsible", "curator", "tone", "answer", "answer_url", "rating")

_FIELDS = tuple(field.name for field in fields(IncomingMessage))
_INSTANTS = frozenset({"published_at", "received_at", "deadline_at", "answered_at"})


def columns_of(incoming: IncomingMessage) -> dict[str, Any]:
    """The columns of a new message that belong to the source."""
    return {column: getattr(incoming, name) for column, name in OWNED.items()} | {"source_raw": _rest(incoming)}


def changes_of(message: Message, incoming: IncomingMessage) -> dict[str, Any]:
    """Column → new value where the file differs; a column that the file lacks changes nothing. An empty cell does not
    empty what people read and work by. The first file of a message that was entered by hand empties no column, because
    what people typed is worth more."""
    changed = {}
    # The same fingerprint means only another spelling of the link, which is no change.
    if message.source_fingerprint != incoming.fingerprint:
        changed = {
            column: getattr(incoming, name)
            for column, name in OWNED.items()
            if name in incoming.provided
            and getattr(incoming, name) != getattr(message, column)
            and (getattr(incoming, name) or (message.in_source and column not in _NEVER_EMPTIED))
            and not (column == "text" and words.is_empty(incoming.text))
        }
    raw = {**message.source_raw, **_rest(incoming)}
    if raw != message.source_raw:
        changed["source_raw"] = raw
    return changed


def logged(message: Message, changed: Mapping[str, Any]) -> dict[str, Change]:
    """The changes for the log; call it before the message is changed."""
    return {
        column: (getattr(message, column), value) if column in _LOGGED else ("changed", True)
        for column, value in changed.items()
    }


def _rest(incoming: IncomingMessage) -> dict[str, str]:
    """The fields without a column of ours, unchanged."""
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
