"""Small pictures of attachments: drawn anew as JPEG, so that every browser shows them, a telephone's HEIC too."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from osm.services.files.attachments import MAX_PIXELS, stored_path, uploads_dir
from osm.services.files.pictures import open_picture, unreadable

if TYPE_CHECKING:
    from PIL.Image import Image

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
    from PIL.ImageOps import exif_transpose  # with the first picture, as the rest of it

    try:
        with open_picture(source) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                return None
            # A JPEG is decoded at a fraction of its size: a telephone's photo takes a tenth of the memory.
            picture.draft("RGB", (SIDE * 2, SIDE * 2))
            upright = exif_transpose(picture)
            upright.thumbnail((SIDE, SIDE))
            drawn = _on_white(upright)
    except unreadable():
        return None
    _save(drawn, target)
    return target


def _on_white(picture: Image) -> Image:
    """Without transparency, which JPEG does not know; place and camera stay behind in the original."""
    if picture.mode in ("RGBA", "LA", "P", "PA"):
        from PIL.Image import new

        layered = picture.convert("RGBA")
        ground = new("RGB", layered.size, "white")
        ground.paste(layered, mask=layered.getchannel("A"))
        return ground
    return picture.convert("RGB")


def _save(picture: Image, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
        picture.save(file, "JPEG", quality=_QUALITY, optimize=True)
    os.replace(file.name, target)
