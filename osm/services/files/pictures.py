"""Opening a picture of any format that a telephone makes; the readers are loaded with the first one, HEIC too."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image


@cache
def _with_heic() -> None:
    from pillow_heif import register_heif_opener

    register_heif_opener()


def open_picture(source: Any, formats: Any = None) -> Image:
    """As `Image.open`, which raises what it raises there."""
    from PIL import Image as readers

    _with_heic()
    return readers.open(source, formats=formats)


def unreadable() -> tuple[type[Exception], ...]:
    """What is raised where a file is no whole picture of a bearable size."""
    from PIL import Image as readers

    return (OSError, ValueError, SyntaxError, readers.DecompressionBombError)
