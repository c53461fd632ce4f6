"""Small pictures of attachments: drawn anew as JPEG, so that every browser shows them, a telephone's HEIC too."""

from __future__ import annotations

import io
from typing import IO

from osm.services.files.attachments import stored_path, uploads_dir
from osm.services.files.pictures import drawn_small
from osm.store.durable import write_whole
from osm.store.transaction import BesideReading

SIDE = 640
"""Pixels of the longer side."""
_QUALITY = 82


def preview(sha256: str) -> IO[bytes] | None:
    """The small picture of the stored file with this hash, drawn at the first call; None where it cannot be."""
    source, target = stored_path(sha256), uploads_dir() / "small" / sha256[:2] / f"{sha256}.jpg"
    if not source.is_file():
        return None  # what was purged must not live on as its small picture
    if target.exists():
        return target.open("rb")
    drawn = drawn_small(source, SIDE)
    if drawn is None:
        return None
    content = io.BytesIO()
    drawn.save(content, "JPEG", quality=_QUALITY, optimize=True)
    with BesideReading("preview"):
        write_whole(target, content.getvalue())
    content.seek(0)
    return content
