"""Opening a picture of any format that a telephone makes; the reader of HEIC is loaded with the first one."""

from __future__ import annotations

from functools import cache
from typing import Any

from PIL import Image


@cache
def _with_heic() -> None:
    from pillow_heif import register_heif_opener

    register_heif_opener()


def open_picture(source: Any, formats: Any = None) -> Image.Image:
    """As `Image.open`, which raises what it raises there."""
    _with_heic()
    return Image.open(source, formats=formats)
