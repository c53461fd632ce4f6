"""Small pictures of attachments: drawn anew as JPEG, so that every browser shows them, a telephone's HEIC too."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from osm.services.files.attachments import stored_path, uploads_dir
from osm.services.files.pictures import drawn_small

SIDE = 640
"""Pixels of the longer side."""
_QUALITY = 82


def preview(sha256: str) -> Path | None:
    """The small picture of the stored file with this hash, drawn at the first call; None where it cannot be."""
    source, target = stored_path(sha256), uploads_dir() / "small" / sha256[:2] / f"{sha256}.jpg"
    if not source.is_file():
        return None  # what was purged must not live on as its small picture
    if target.exists():
        return target
    drawn = drawn_small(source, SIDE)
    if drawn is None:
        return None
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
        drawn.save(file, "JPEG", quality=_QUALITY, optimize=True)
    os.replace(file.name, target)
    return target
