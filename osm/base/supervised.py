"""A process of ours: it ends with its supervisor, keeps the technical log, says in Russian what the system refused."""

from __future__ import annotations

import errno
import json
import logging
import mmap
import os
import secrets
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType, ModuleType, TracebackType
from typing import TYPE_CHECKING, Any

from pythonjsonlogger.json import JsonFormatter

if TYPE_CHECKING:
    from flask import Flask, Response

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # a system without such locks
    fcntl = None

MARK = "OSM_SUPERVISED"
"""Set to 1 by the supervisor: standard input is then a socket that it holds open as long as it lives."""
TIME_TO_STOP = 15.0  # seconds that a process is given after it was asked to stop; then it is ended
_LOOK_EVERY = 0.2
_LONGEST = 4096


@dataclass
class Stop:
    """Whether somebody has asked to stop. A plain mark: a handler that waited for a lock could wait for itself."""

    asked: bool = field(default=False)

    def on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True

    def wait(self, seconds: float) -> bool:
        """Sleep so long, or until somebody asks to stop; the answer is whether somebody did."""
        until = time.monotonic() + seconds
        while not self.asked and time.monotonic() < until:
            time.sleep(min(seconds, _LOOK_EVERY))
        return self.asked


def is_supervised() -> bool:
    return os.environ.get(MARK) == "1"


def end_with_supervisor() -> None:
    """Watch for the end of the supervisor, also one by SIGKILL; does nothing in a process that has none."""
    if is_supervised():
        threading.Thread(target=_watch, name="supervisor", daemon=True).start()


def _watch() -> None:
    with suppress(OSError):
        while os.read(0, 1024):
            pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(TIME_TO_STOP)
    os._exit(1)


@dataclass
class Given:
    """What the supervisor has given: descriptors of the sockets that all web processes accept from, and the file in
    memory that they share."""

    sockets: tuple[int, ...] = ()
    shared: Shared | None = None


given = Given()


def wait_for_the_database() -> None:
    """Wait until the supervisor says that it is ready; where the supervisor ends first, so does this process."""
    if not is_supervised():
        return
    with socket.socket(fileno=os.dup(0)) as line:
        heard = hear(line)
    if heard is None:
        sys.exit(1)
    words, descriptors = heard
    if words["shares"]:
        *sockets, memory = descriptors
        given.sockets, given.shared = tuple(sockets), Shared(memory)


def tell_supervisor(words: dict[str, Any], sockets: Iterable[socket.socket] = ()) -> None:
    """Tell it something, with sockets that it is to hold; does nothing in a process that has none."""
    if is_supervised():
        with socket.socket(fileno=os.dup(0)) as line:
            tell(line, words, [one.fileno() for one in sockets])


def tell(line: socket.socket, words: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
    with suppress(OSError):  # who listens has ended, and that is seen elsewhere
        socket.send_fds(line, [json.dumps(words).encode()], descriptors)


def hear(line: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """What the other side has told, and the descriptors that came with it; None: nothing, or it has ended."""
    try:
        words, descriptors, _flags, _address = socket.recv_fds(line, _LONGEST, 64)
    except OSError:
        return None
    return (json.loads(words), descriptors) if words else None


def say(words: str) -> None:
    """To the person at the terminal. A closed terminal, or a file on a full disk, does not stop the program."""
    with suppress(OSError):
        sys.stderr.write(words + "\n")
        sys.stderr.flush()


# --- What must be true of all web processes together, and may be forgotten with them; all else is in the database
BUCKETS = 4096  # places of one limit (`osm.shell.turns.Limit`)
PARTS = {
    "turns": 4 * 64, "bursts": 2, "disk": 1, "requests": 5 * 16,
    "site_addresses": 2 * BUCKETS, "site_pages": 2 * BUCKETS, "callbacks": 2 * BUCKETS,
    "integrators": 2 * BUCKETS,
}  # fmt: skip
"""Name → so many numbers (doubles), all 0 at first."""
_BYTES = 8 * sum(PARTS.values())


class Shared:
    """`descriptor`: a file that other processes have too; -1: memory of this process."""

    def __init__(self, descriptor: int = -1) -> None:
        if descriptor >= 0:
            os.posix_fallocate(descriptor, 0, _BYTES)  # the same for all, whoever is first
        self._descriptor, self._lock = descriptor, threading.Lock()
        everything, begin = memoryview(mmap.mmap(descriptor, _BYTES)).cast("d"), 0
        self._parts: dict[str, memoryview[float]] = {}
        for name, length in PARTS.items():
            self._parts[name] = everything[begin : begin + length]
            begin += length

    def part(self, name: str) -> memoryview[float]:
        return self._parts[name]

    @contextmanager
    def changing(self, name: str) -> Iterator[memoryview[float]]:
        """The numbers of a part; nobody else changes any inside. Ends with the process, however that ends."""
        with self._lock:
            if fcntl is None or self._descriptor < 0:
                yield self._parts[name]
                return
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX)
            try:
                yield self._parts[name]
            finally:
                fcntl.lockf(self._descriptor, fcntl.LOCK_UN)


def shared() -> Shared:
    """The numbers of all web processes of this machine; new ones where no supervisor has given any."""
    return given.shared or Shared()


# --- The technical log: JSON lines, ids and numbers only, never the text of a message or a query
log = logging.getLogger("osm.web")


class JsonLines(JsonFormatter):
    """One record, one line; every key of `extra` becomes a field."""

    def __init__(self) -> None:
        names = {"levelname": "level", "name": "logger", "message": "event"}
        renamed = {**names, "exc_info": "trace"}
        super().__init__([*names], rename_fields=renamed, timestamp="at", json_ensure_ascii=False)

    def formatException(self, exc_info: Any) -> list[str]:  # type: ignore[override]  # noqa: N802  # logging calls it so
        """Where it happened and the class of the error. Its words stay out: a database error quotes the stored text."""
        kind, _, trace = exc_info
        return places(kind, trace)


def places(kind: type[BaseException], trace: TracebackType | None) -> list[str]:
    """Where an error happened, the innermost place last, and its class; nothing of what it says."""
    frames = traceback.extract_tb(trace)
    return [*(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames), kind.__qualname__]


def hide_values() -> None:
    """An error that ends this process or a thread of it says where and what class it is, and no more."""
    sys.excepthook = _say_places
    threading.excepthook = lambda given: _say_places(given.exc_type, given.exc_value, given.exc_traceback)


def _say_places(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error or kind(), trace)
        return
    say("Ошибка программы. Сообщите о ней разработчикам, личных данных в этих строках нет:")
    say("\n".join(places(kind, trace)))


def configure(level: int = logging.INFO) -> None:
    """Send the log of this process to standard error as JSON lines; tracebacks have no values either."""
    hide_values()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # warns of every request that waits for a moment


def init_app(app: Flask) -> None:
    """Log each request with its number, which the error page shows too."""
    from flask import g, request  # the supervisor reads this module and has no use for it

    @app.before_request
    def start() -> None:
        g.request_id = secrets.token_hex(4)
        g.request_started = time.perf_counter()

    @app.after_request
    def finish(response: Response) -> Response:
        if request.endpoint == "static" or "request_started" not in g:
            return response
        log.info(
            "request",
            extra={
                "request": g.request_id,
                "method": request.method,
                "endpoint": request.endpoint,
                "path": request.path,
                "status": response.status_code,
                "user": live.user_id if (live := g.get("osm_session")) else None,
                "address": request.remote_addr,
                "ms": round((time.perf_counter() - g.request_started) * 1000),
            },
        )
        return response


# --- Why the system refused something with a file or an address
REASONS: dict[int, str] = {
    errno.EACCES: "нет прав доступа",
    errno.EPERM: "нет прав доступа",
    errno.ENOENT: "нет такого каталога или файла",
    errno.ENOTDIR: "часть пути — файл, а не каталог",
    errno.EISDIR: "это каталог, а нужен файл",
    errno.EEXIST: "на этом месте уже есть файл",
    errno.EROFS: "диск доступен только для чтения",
    errno.ENOSPC: "на диске нет места",
    errno.EDQUOT: "место, отведённое на диске, кончилось",
    errno.EFBIG: "файл больше, чем допускает диск",
    errno.ENAMETOOLONG: "имя слишком длинное",
    errno.ELOOP: "ссылки в пути ведут по кругу",
    errno.EBUSY: "файл занят другой программой",
    errno.ENOMEM: "не хватает памяти",
    errno.EAGAIN: "системе сейчас не хватает на это места",
    errno.EMFILE: "открыто слишком много файлов",
    errno.ENFILE: "открыто слишком много файлов",
    errno.EIO: "диск отвечает ошибкой",
    errno.EADDRINUSE: "там уже отвечает другая программа",
    errno.ECONNREFUSED: "там никто не отвечает",
    errno.ECONNRESET: "сервер прервал связь",
    errno.EHOSTUNREACH: "до сервера нет пути по сети",
    errno.ENETUNREACH: "до сервера нет пути по сети",
    errno.ETIMEDOUT: "сервер не отвечает",
    errno.EADDRNOTAVAIL: "у этого компьютера нет такого адреса",
}
"""Number of the error → words that stand in brackets or after a comma."""


NO_ROOM = (
    "Диск не принимает записи: на нём кончилось место, либо он неисправен. Ничего не изменено. "
    "Освободите место (df -h покажет, где его нет) и повторите."
)
"""To whoever runs the program, where something cannot be written at all."""


class SettingsError(Exception):
    """The installation cannot run like this; `str(error)` is what to tell the person who starts it, in Russian."""


def why(error: OSError) -> str:
    """The reason in Russian; a rare one as its number, which an administrator can look up."""
    number = error.errno or 0
    if number < 0:  # so does the resolver of names count
        return "такого имени в сети нет"
    return REASONS.get(number) or (f"ошибка системы {number}" if number else "ошибка чтения или записи")
