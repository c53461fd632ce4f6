"""Opens pictures in a child process: `python -m osm.files.acts.drawing`, with the contents on standard input.

`look SIZE …` prints a JSON line for each picture with its format or why it is refused: `{"format": "JPEG"}`,
`{"refused": code}`. `draw SIDE QUALITY` prints the picture as a small JPEG, or no output if it cannot. The memory for a
picture is known from its header, before it is decoded."""

import io
import json
import sys
from contextlib import suppress
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError
from PIL.ImageOps import exif_transpose
from pillow_heif import register_heif_opener

from osm.base.child_process import bind
from osm.files.acts.pictures import DECODED_BYTES, LIMITS, REDUCED_PIXELS

_BYTES_A_PIXEL = 4
_JPEG = b"\xff\xd8"
_READERS = ("JPEG", "PNG", "WEBP", "GIF", "HEIF")
"""Only these decoders read the content; some telephones make MPO from JPEG."""
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, RuntimeError)
"""Raised by decoders if the rest of a picture contradicts its header."""


class _Refused(Exception):
    """Its text is the code: not_a_picture, too_large or damaged."""


def look(content: bytes) -> str:
    """The format of a picture that can be drawn. Raises _Refused."""
    with _opened(content) as picture:
        try:
            picture.verify()
        except _BROKEN as error:
            raise _Refused("damaged") from error
        return str(picture.format)


def draw(content: bytes, side: int, quality: int) -> bytes:
    """The picture upright, on white, as a JPEG with a longer side of at most `side` pixels. Raises _Refused."""
    with _opened(content) as picture:
        try:
            # A JPEG is decoded at a fraction of its size: a telephone's photo takes a tenth of the memory.
            picture.draft("RGB", (side * 2, side * 2))
            picture.thumbnail((side, side))
            drawn = _on_white(exif_transpose(picture))
        except _BROKEN as error:
            raise _Refused("damaged") from error
    drawn.info = {}  # a JPEG would keep its comment
    made = io.BytesIO()
    drawn.save(made, "JPEG", quality=quality, optimize=True)
    return made.getvalue()


def _opened(content: bytes) -> Image.Image:
    decoded = DECODED_BYTES // _BYTES_A_PIXEL
    most = REDUCED_PIXELS if content.startswith(_JPEG) else decoded
    # Pillow refuses more than twice this size before WebP allocates its memory, which happens on opening.
    Image.MAX_IMAGE_PIXELS = most // 2
    try:
        picture = Image.open(io.BytesIO(content), formats=_READERS)
    except Image.DecompressionBombError as error:
        raise _Refused("too_large") from error
    except UnidentifiedImageError as error:
        raise _Refused("not_a_picture") from error
    except _BROKEN as error:
        raise _Refused("damaged") from error
    # For a progressive JPEG the decoder keeps all pixels until the last ones are read.
    if picture.info.get("progressive") and picture.width * picture.height > decoded:
        raise _Refused("too_large")
    return picture


def _on_white(picture: Image.Image) -> Image.Image:
    """Without transparency, which JPEG lacks; place and camera stay only in the original."""
    if picture.mode in ("RGBA", "LA", "P", "PA"):
        layered = picture.convert("RGBA")
        ground = Image.new("RGB", layered.size, "white")
        ground.paste(layered, mask=layered.getchannel("A"))
        return ground
    return picture.convert("RGB")


def _said_of(content: bytes) -> dict[str, str]:
    try:
        return {"format": look(content)}
    except _Refused as refused:
        return {"refused": str(refused)}
    except MemoryError:
        return {"refused": "too_large"}


def main(task: str, numbers: list[int], given: BinaryIO, out: BinaryIO) -> None:
    register_heif_opener()
    if task == "draw":
        with suppress(_Refused):
            out.write(draw(given.read(), *numbers))
        return
    for size in numbers:
        out.write(json.dumps(_said_of(given.read(size))).encode() + b"\n")
        out.flush()


if __name__ == "__main__":
    bind(LIMITS)
    main(sys.argv[1], [int(number) for number in sys.argv[2:]], sys.stdin.buffer, sys.stdout.buffer)
