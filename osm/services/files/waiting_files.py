"""Photos of a form that was refused: kept for a day, so that nobody has to take or choose them again.

The form carries a signed ticket for each; only the person who sent the photo can use it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from osm.services.files.attachments import Checked, Upload, looked_at, uploads_dir
from osm.store.durable import write_whole

KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A photo that waits for its form."""

    filename: str
    ticket: str


def set_aside(uploads: Iterable[Upload], user_id: int) -> tuple[Waiting, ...]:
    """Keep those that are photos; what is none is left out, the form has said so."""
    given = list(uploads)
    waiting = []
    for upload, file in zip(given, looked_at(given), strict=True):
        if isinstance(file, Checked):
            write_whole(_folder() / file.sha256, file.content)
            waiting.append(Waiting(upload.filename, _tickets().dumps([user_id, file.sha256, upload.filename])))
    return tuple(waiting)


def recall(tickets: Sequence[str], user_id: int) -> list[Upload]:
    """The photos behind the tickets; one that is not kept any more, or is another person's, is left out."""
    found = (_recalled(ticket, user_id) for ticket in dict.fromkeys(tickets))
    return [upload for upload in found if upload]


def remove_old(now: datetime) -> int:
    """Delete what nobody came back for; how many."""
    old = [path for path in _folder().glob("*") if _age(path, now) > KEPT_FOR]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _recalled(ticket: str, user_id: int) -> Upload | None:
    try:
        owner, digest, filename = _tickets().loads(ticket)
        return Upload(filename, (_folder() / digest).read_bytes()) if owner == user_id else None
    except (BadSignature, ValueError, OSError):
        return None


def _age(path: Path, now: datetime) -> timedelta:
    try:
        return now - datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return timedelta()


def _tickets() -> URLSafeSerializer:
    settings: Any = current_app.extensions["osm_settings"]
    return URLSafeSerializer(settings.secret_key, salt="waiting-photo")


def _folder() -> Path:
    return uploads_dir() / "waiting"
