"""The technical log: JSON lines on standard error, ids and numbers only, never the text of a message or a query."""

import logging
import secrets
import sys
import threading
import time
import traceback
from types import TracebackType
from typing import Any

from flask import Flask, Response, g, request
from pythonjsonlogger.json import JsonFormatter

from osm.base.supervised import say

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
    app.before_request(_start)
    app.after_request(_finish)


def _start() -> None:
    g.request_id = secrets.token_hex(4)
    g.request_started = time.perf_counter()


def _finish(response: Response) -> Response:
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
