"""Files that survive a power cut: written under another name, forced to the disk, then renamed in one step."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import IO

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # a system without such locks
    fcntl = None

UNFINISHED = "tmp"


def write_whole(path: Path, content: bytes) -> None:
    """This content in the place of `path`, whole or not at all; its folder is made where there is none. Raises OSError.

    What a process that is killed leaves begins with UNFINISHED.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path, UNFINISHED) as file:
        file.write(content)


@contextmanager
def replacing(path: Path, prefix: str = "") -> Iterator[IO[bytes]]:
    """A new file instead of `path`, whole or not at all; only its owner can read it.

    The old file stays until the block ends well. Raises OSError.
    """
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=prefix or f".{path.name}-", delete=False) as file:
        unfinished = Path(file.name)
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    unfinished.replace(path)
    sync_folder(path.parent)


class Busy(Exception):
    """Another process holds the lock."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock that ends with this process, however it ends. Raises Busy at once where another holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if fcntl is not None:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Busy from error
        yield
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make names in a folder durable too, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
