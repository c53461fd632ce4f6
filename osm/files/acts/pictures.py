"""Pictures in any format of a telephone, also HEIC: checked and drawn small, always in a child process."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from osm.base.child_process import MIB, ChildLimits, Ended, run_child

LIMITS = ChildLimits(memory_bytes=1024 * MIB, cpu_seconds=20, wall_seconds=60.0, output_bytes=16 * MIB)
"""WebP needs most, four times the decoded picture: 850 MB of address space at DECODED_BYTES, 3 s."""
DECODED_BYTES = 192 * MIB
"""A picture of 8192 × 6144 pixels (50 megapixels, the largest of telephones) at 4 bytes a pixel."""
REDUCED_PIXELS = 200_000_000
"""For a format that is read at an eighth of its size (JPEG): the most that telephones have."""
_CHILD = "osm.files.acts.drawing"
_drawing = Lock()  # one picture is drawn at a time, because each may take much memory


class Refused(Exception):
    """Not a picture, or one that we cannot draw; `str(error)` continues the name of the file, in Russian."""


def look_at(contents: Sequence[bytes]) -> list[str | Refused]:
    """For each content in order, its format as Pillow names it (JPEG, HEIF …), or why it is refused."""
    found: list[str | Refused] = []
    while len(found) < len(contents):  # a content that ended the child is refused, the rest gets another child
        found += _looked_at(contents[len(found) :])
    return found


def drawn_small(source: Path, side: int, quality: int) -> bytes | None:
    """The picture upright, on white, as a JPEG with a longer side of at most `side` pixels; None if it cannot be drawn.
    Raises OSError if the file cannot be read or no process can start; then it can be tried again."""
    with _drawing, source.open("rb") as content, tempfile.TemporaryFile() as drawn:
        run_child(_CHILD, ["draw", str(side), str(quality)], LIMITS, drawn, content)
        drawn.seek(0)
        return drawn.read() or None


def _looked_at(contents: Sequence[bytes]) -> list[str | Refused]:
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as told:
        given.writelines(contents)
        given.seek(0)
        ended = run_child(_CHILD, ["look", *(str(len(content)) for content in contents)], LIMITS, told, given)
        told.seek(0)
        found: list[str | Refused] = [_read(json.loads(line)) for line in told]
    return found if len(found) == len(contents) else [*found, Refused(_ENDED[ended])]


def _read(said: dict[str, str]) -> str | Refused:
    return said.get("format") or Refused(_WORDS[said["refused"]])


_TOO_LARGE = (
    f"слишком большое изображение, больше {DECODED_BYTES // 4_000_000} миллионов точек: "
    "уменьшите его или сделайте снимок экрана"
)
_WORDS = {
    "not_a_picture": "не изображение. Подойдут фотографии и снимки экрана: JPEG, PNG, WEBP, HEIC, GIF",
    "too_large": _TOO_LARGE,
    "damaged": "повреждённое изображение, возможно, скопировано не до конца. Откройте его у себя и сохраните заново",
}
_ENDED = {
    Ended.BY_ITSELF: _WORDS["damaged"],
    Ended.TOO_SLOW: "слишком сложное изображение: сделайте снимок экрана и приложите его",
    Ended.TOO_MUCH_MEMORY: _TOO_LARGE,
}
