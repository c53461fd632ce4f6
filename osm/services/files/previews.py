"""Small pictures of attachments: drawn anew as JPEG, so that every browser shows them, a telephone's HEIC too."""

from __future__ import annotations

import io
from pathlib import Path
from typing import IO

from osm.services.files.attachments import stored_path, uploads_dir
from osm.services.files.pictures import drawn_small
from osm.store.durable import write_whole
from osm.store.transaction import BesideReading

SIDE = 640
"""Points of the longer side."""
_QUALITY = 82


def preview(sha256: str) -> IO[bytes] | None:
    """The small picture of the stored file with this hash, drawn at the first call; None where it cannot be.

    That it cannot be is kept too, as an empty file: what failed once would fail again at every view.
    """
    source, target = stored_path(sha256), _path(sha256)
    if not source.is_file():
        return None  # what was purged must not live on as its small picture
    if target.exists():
        return target.open("rb") if target.stat().st_size else None
    drawn = drawn_small(source, SIDE, _QUALITY)
    with BesideReading("preview"):
        write_whole(target, drawn or b"")
    return io.BytesIO(drawn) if drawn else None


def is_drawn(sha256: str) -> bool:
    """Whether `preview` answers at once."""
    return _path(sha256).exists() or not stored_path(sha256).is_file()


def _path(sha256: str) -> Path:
    return uploads_dir() / "small" / sha256[:2] / f"{sha256}.jpg"
