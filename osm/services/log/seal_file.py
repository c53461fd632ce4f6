"""The file of seals outside the database: it shows when the end of the log was cut off, seals and all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from osm.store.durable import sync_folder

_TAIL = 4096
"""Bytes in which the last line surely lies."""


class SealFile:
    """Lines of JSON that are only ever added. `number` and `mac` of a line name a seal."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Add lines and wait until they are on the disk; one write, so that two processes do not mix theirs."""
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        if not text:
            return
        new = not self.path.exists()
        with open(self.path, "ab+", opener=_private) as file:
            # A line that a power cut tore apart is left as it is; the next one begins on a line of its own.
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                text = text if file.read(1) == b"\n" else "\n" + text
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        if new:
            sync_folder(self.path.parent)

    def last(self) -> tuple[int, str] | None:
        """Number and mac of the last line that stands here whole; None for an empty or missing file."""
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - _TAIL))
                tail = file.read()
        except FileNotFoundError:
            return None
        whole = tail.splitlines()[1 if size > _TAIL else 0 :]
        return next(((line["number"], line["mac"]) for line in map(_parsed, reversed(whole)) if line), None)

    def lines(self) -> Iterator[dict[str, Any]]:
        """All whole lines in their order. Raises FileNotFoundError."""
        with self.path.open("rb") as file:
            for line in file:
                if parsed := _parsed(line):
                    yield parsed


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        parsed = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(parsed, dict) or not isinstance(parsed.get("mac"), str):
        return None
    return parsed if all(isinstance(parsed.get(name), int) for name in ("number", "first_id", "last_id")) else None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
