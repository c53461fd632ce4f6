"""The folder in which exports are put (OSM_INBOX_DIR): what lies there for some seconds is loaded and moved away.

What is not a plain file is never opened. Names are used under the opened folder alone, so that no link leads elsewhere.
A file leaves the folder as the last step, after its load: a process killed before that does the same move again.
"""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from osm.base.application import Memory
from osm.base.supervised import why
from osm.base.transaction import Pace
from osm.connectors.base import ConnectorError
from osm.connectors.incident_file.book import FileRefused
from osm.files.acts import scanning
from osm.imports.acts import arrivals, files
from osm.imports.queries.runs import is_open, run_of
from osm.models import CameBy, ImportRun, ImportState
from osm.regulation.errors import MissingInput

LOADED, REFUSED = "loaded", "refused"
SECONDS = 5.0  # a file that was the same for so long is whole
SCAN_AGAIN = 60.0  # the scanner may take as long for one file, and holds up the lane
_UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".filepart", ".tmp")
_HIDDEN = ("~", ".")
_LONGEST = 200  # bytes of a name: with what is added it must stay below 255
_NO_RIGHTS = "файл в папке не читается: дайте программе права или уберите его"
_NO_FILE = "Это не обычный файл, а ссылка или устройство: программа такие не открывает."

Mark = tuple[int, int, int, int]  # device, inode, bytes and time of change: the same means the same content


class _Waits(Exception):
    """A file cannot be taken now; `str(error)` says why, for an administrator."""


class Trouble(Exception):
    """The folder cannot be used; `str(error)` says why, for an administrator."""


@dataclass(slots=True)
class Seen:
    """A file as it was seen last, and since when it is so. `waits`: why it could not be taken at the last try; `again`:
    not before then."""

    mark: Mark
    since: float
    sha256: str = ""
    waits: str = ""
    again: float = 0.0


SEEN: Memory[dict[str, Seen]] = Memory(lambda _: {})
SCAN_AFTER = Memory(lambda _: 0.0)
"""When a scanner that was down is asked again."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Descriptors of the open folders."""

    root: int
    loaded: int
    refused: int


@contextmanager
def opened(path: Path) -> Iterator[Folders]:
    """The folder and its two parts, made where there are none. Raises Trouble."""
    if os.name != "posix":
        raise Trouble("на этой системе папка выгрузок не читается: нужен сервер с Linux")
    held: list[int] = []
    try:
        try:
            held.append(os.open(path, os.O_RDONLY | os.O_DIRECTORY))
            for name in (LOADED, REFUSED):
                with suppress(FileExistsError):
                    os.mkdir(name, 0o770, dir_fd=held[0])
                held.append(os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=held[0]))
            if not all(os.access(".", os.W_OK | os.X_OK, dir_fd=one) for one in held):
                raise Trouble(f"в папку выгрузок {path} нельзя писать: дайте программе права")
        except OSError as error:
            raise Trouble(f"папка выгрузок {path} недоступна ({why(error)})") from error
        yield Folders(*held)
    finally:
        for one in held:
            os.close(one)


def work(path: Path, ends: list[arrivals.End], now: datetime, pace: Pace) -> tuple[list[arrivals.End], int, str]:
    """Load what is new and move what has ended: the ends that may be settled, the number of files moved or begun, and
    why a file waits. Raises Trouble: then nothing is settled."""
    ended = {end.sha256: end for end in ends}
    with opened(path) as folders:
        names, is_whole = _looked(folders.root)
        done = 0
        for name in names:
            if not pace.may_continue():
                is_whole = False
                break
            seen = SEEN.get()[name]
            try:
                done += _one(folders, name, ended, now)
                seen.waits = ""
            except _Waits as waits:
                seen.waits = str(waits)
            except OSError:
                is_whole = False  # open elsewhere, or gone: the next round looks again
    why_waits = next((one.waits for one in SEEN.get().values() if one.waits), "")
    return (ends if is_whole else []), done, why_waits


def purge(path: Path, before: datetime) -> int:
    """Delete what was moved before this instant; returns how many. Raises Trouble."""
    gone = 0
    with opened(path) as folders:
        for folder in (folders.loaded, folders.refused):
            for name in os.listdir(folder):
                with suppress(OSError):
                    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
                    moved = max(found.st_ctime, found.st_mtime)
                    if moved < before.timestamp() and not stat.S_ISDIR(found.st_mode):
                        os.unlink(name, dir_fd=folder)
                        gone += 1
    return gone


def _looked(root: int) -> tuple[list[str], bool]:
    """Names of files that have stopped growing, and whether there are no others."""
    seen, found, still, at = SEEN.get(), {}, [], time.monotonic()
    for name in os.listdir(root):
        if name.startswith(_HIDDEN) or name.lower().endswith(_UNFINISHED):
            continue
        try:
            state = os.stat(name, dir_fd=root, follow_symlinks=False)
        except OSError:
            continue
        if stat.S_ISDIR(state.st_mode):
            continue
        before, mark = seen.get(name), _mark(state)
        if before is None or before.mark != mark:
            found[name] = Seen(mark, at)
            continue
        found[name] = before
        if at - before.since >= SECONDS:
            still.append(name)
    SEEN.set(found)
    still.sort(key=lambda name: found[name].mark[-1])  # an older export before a newer one
    return still, len(still) == len(found)


def _one(folders: Folders, name: str, ended: dict[str, arrivals.End], now: datetime) -> int:
    """Do what is due with this file; 1 if there was something."""
    seen = SEEN.get()[name]
    state = os.stat(name, dir_fd=folders.root, follow_symlinks=False)
    if not stat.S_ISREG(state.st_mode):
        return _refuse(folders, name, seen.mark, _NO_FILE, now)
    if state.st_size > files.MAX_BYTES:
        words = str(FileRefused("file_too_big", megabytes=files.MAX_BYTES // 1024 // 1024))
        return _refuse(folders, name, seen.mark, words, now)
    content = b""
    if not seen.sha256:
        try:
            content = _read(folders.root, name, seen.mark)
        except PermissionError as error:
            raise _Waits(_NO_RIGHTS) from error
        seen.sha256 = files.digest_of(content)
    end = ended.get(seen.sha256)
    if end is not None and end.reason:
        return _refuse(folders, name, seen.mark, end.reason, now)
    if end is None and is_open(seen.sha256):
        return 0
    if (run := end.run if end else run_of(seen.sha256)) is not None:
        # Without an end somebody has uploaded the same file here, or it came before.
        return _put_away(folders, name, seen.mark, run) if run.state is ImportState.DONE else 0
    if time.monotonic() < max(seen.again, SCAN_AFTER.get()):
        raise _Waits(arrivals.UNSCANNED)
    return _take(folders, name, content or _read(folders.root, name, seen.mark), now)


def _take(folders: Folders, name: str, content: bytes, now: datetime) -> int:
    seen = SEEN.get()[name]
    try:
        arrivals.take(content, name, CameBy.FOLDER, now=now)
    except arrivals.Known:
        return 0  # another process was quicker; the next round sees how far it is
    except scanning.ScannerDown as error:
        if scanning.works():  # this file alone is too much for it
            seen.again = time.monotonic() + SCAN_AGAIN
        else:
            SCAN_AFTER.set(time.monotonic() + SCAN_AGAIN)
        raise _Waits(arrivals.UNSCANNED) from error
    except (ConnectorError, MissingInput) as error:
        return _refuse(folders, name, seen.mark, str(error), now)
    return 1


def _read(root: int, name: str, mark: Mark) -> bytes:
    """The content of the file with this mark. Raises OSError where it is another one."""
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=root)
    with os.fdopen(descriptor, "rb") as file:
        _must_be(os.fstat(descriptor), mark)
        content = file.read(files.MAX_BYTES + 1)
        _must_be(os.fstat(descriptor), mark)
    return content


def _must_be(state: os.stat_result, mark: Mark) -> None:
    if _mark(state) != mark:
        raise OSError("the file has changed")


def _mark(state: os.stat_result) -> Mark:
    return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns


def _refuse(folders: Folders, name: str, mark: Mark, reason: str, now: datetime) -> int:
    """Write the reasons, then move the file beside them. Raises OSError where it is gone or another one."""
    _must_be(os.stat(name, dir_fd=folders.root, follow_symlinks=False), mark)
    target = _free(folders.refused, name)
    words = os.open(
        f"{target}.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o660, dir_fd=folders.refused
    )
    with os.fdopen(words, "w", encoding="utf-8-sig", newline="\r\n") as file:
        file.write(f"Файл не загружен.\n{reason}\n")
        file.flush()
        os.fsync(words)
    arrivals.note_refused(now)
    return _move(folders.root, folders.refused, name, mark, target)


def _put_away(folders: Folders, name: str, mark: Mark, run: ImportRun) -> int:
    """Move a loaded file; one with contacts that are not taken is deleted, as `runs.forget_file` does."""
    target = _free(folders.loaded, name)
    moved = _move(folders.root, folders.loaded, name, mark, target)
    if moved and run.source.regime.takes is not None:
        os.unlink(target, dir_fd=folders.loaded)
    return moved


def _move(root: int, into: int, name: str, mark: Mark, target: str) -> int:
    """Move the file with this mark; one that took its name at the last moment is put back. Raises OSError."""
    _must_be(os.stat(name, dir_fd=root, follow_symlinks=False), mark)
    os.rename(name, target, src_dir_fd=root, dst_dir_fd=into)
    if _mark(os.stat(target, dir_fd=into, follow_symlinks=False)) != mark:
        os.rename(target, _free(root, name), src_dir_fd=into, dst_dir_fd=root)
        return 0
    os.fsync(into)
    os.fsync(root)
    SEEN.get().pop(name, None)
    return 1


def _free(folder: int, name: str) -> str:
    """A name that nothing has there, with the same ending."""
    stem, ending = os.path.splitext(os.fsencode(name))
    stem, ending = stem[: _LONGEST - len(ending[:20])], ending[:20]
    number = 1
    while True:
        found = os.fsdecode(stem + (f" ({number})".encode() if number > 1 else b"") + ending)
        try:
            os.stat(found, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return found
        number += 1
