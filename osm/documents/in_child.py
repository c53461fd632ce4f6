"""Files and texts of people are parsed in a child process, never in one that serves."""

import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

from osm.base.child_process import MIB, ChildLimits, Ended, bind, run_child

TEMPLATES = ChildLimits(memory_bytes=768 * MIB, cpu_seconds=10, wall_seconds=30.0, output_bytes=32 * MIB)
"""A form or a memo of 3,000 rows takes 100 MB and a second."""


class ContentRefused(Exception):
    """The content cannot be used; `str(error)` says why, in Russian."""


def ask(
    module: str, what: str, given: Mapping[str, Any], content: bytes, *, limits: ChildLimits, ended: Mapping[Ended, str]
) -> bytes:
    """The output of the child; `ended`: the words for a child that died. Raises ContentRefused, OSError where the
    system starts no process."""
    with tempfile.TemporaryFile() as taken, tempfile.TemporaryFile() as out:
        taken.write(json.dumps(given, ensure_ascii=False).encode() + b"\n" + content)
        taken.seek(0)
        how = run_child(module, [what], limits, out, taken)
        out.seek(0)
        said, _, made = out.read().partition(b"\n")
    if said != b"done":
        words = said.decode(errors="replace").removeprefix("refused ")
        raise ContentRefused(words if said.startswith(b"refused ") else ended[how])
    return made


def answer(work: Callable[[str, dict[str, Any], bytes], bytes], limits: ChildLimits) -> None:
    """In the child: the first line of the input is JSON, behind it lies the content; the output begins with a word."""
    bind(limits)
    said, _, content = sys.stdin.buffer.read().partition(b"\n")
    out = sys.stdout.buffer
    try:
        made = work(sys.argv[1], json.loads(said), content)
    except ContentRefused as error:
        out.write(f"refused {error}\n".encode())
        return
    out.write(b"done\n" + made)
