"""Pictures of any format that a telephone makes, HEIC too: opened, and drawn small."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image
from PIL.ImageOps import exif_transpose
from pillow_heif import register_heif_opener

register_heif_opener()

MAX_PIXELS = 120_000_000
"""A larger picture is never decoded: a small file may declare any size."""
UNREADABLE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)
"""What is raised where a file is no whole picture of a bearable size."""


def open_picture(source: Any, formats: Any = None) -> Image.Image:
    """As `Image.open`, which raises what it raises there."""
    return Image.open(source, formats=formats)


def drawn_small(source: Path, side: int) -> Image.Image | None:
    """The picture upright, on white, its longer side `side` pixels at most; None where it cannot be drawn."""
    try:
        with open_picture(source) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                return None
            # A JPEG is decoded at a fraction of its size: a telephone's photo takes a tenth of the memory.
            picture.draft("RGB", (side * 2, side * 2))
            upright = exif_transpose(picture)
            upright.thumbnail((side, side))
            return _on_white(upright)
    except UNREADABLE:
        return None


def _on_white(picture: Image.Image) -> Image.Image:
    """Without transparency, which JPEG does not know; place and camera stay behind in the original."""
    if picture.mode in ("RGBA", "LA", "P", "PA"):
        layered = picture.convert("RGBA")
        ground = Image.new("RGB", layered.size, "white")
        ground.paste(layered, mask=layered.getchannel("A"))
        return ground
    return picture.convert("RGB")
