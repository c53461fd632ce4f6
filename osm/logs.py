"""The technical log: JSON lines on standard error, ids and numbers only, never the text of a message or a query."""

from __future__ import annotations

import json
import logging
import secrets
import sys
import time
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, g, request

log = logging.getLogger("osm.web")

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """One record, one line; whatever `extra` brings becomes a field."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line.update((key, value) for key, value in vars(record).items() if key not in _PLAIN)
        if record.exc_info:
            line["trace"] = _trace(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def _trace(exc_info: Any) -> list[str]:
    """Where it happened and the class of the error. Its words stay out: a database error quotes the stored text."""
    kind, _, trace = exc_info
    lines = []
    while trace is not None:
        code = trace.tb_frame.f_code
        lines.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return [*lines, getattr(kind, "__qualname__", str(kind))]


def configure(level: int = logging.INFO) -> None:
    """Send the log of this process to standard error as JSON lines."""
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
            "ms": round((time.perf_counter() - g.request_started) * 1000),
        },
    )
    return response
