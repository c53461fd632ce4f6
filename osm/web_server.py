"""The server of the web process: how many connections it holds, and for how long."""

from __future__ import annotations

import io
import select
from types import ModuleType
from typing import Any

from flask import Flask
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import create_server

from osm.web.requests import WITHOUT_BODY

resource: ModuleType | None
try:
    import resource
except ImportError:  # a system without such limits
    resource = None

HAS_POLL = hasattr(select, "poll")
"""Without it the server waits by select(), which knows 1,024 descriptors, on Windows 512 sockets."""

CONNECTIONS = 2000 if HAS_POLL else 400
"""A browser keeps six open: sixty of them 360, the rest is for what holds connections and asks nothing."""

IDLE_SECONDS = 30
"""After this a connection without a request is closed; a browser opens a new one when it has something to ask."""
_LOOK_SECONDS = 5

BUFFERED_BYTES = 64 * 1024
"""What has come of one request is kept in memory up to here, then in a file: CONNECTIONS times this may be kept."""

_OTHER_FILES = 400
"""Descriptors of the database, of files that are sent, and of whatever libraries open."""


class _Nothing:
    """Takes what comes of a body and keeps nothing of it."""

    def append(self, _received: bytes) -> None:
        pass

    def __len__(self) -> int:
        return 0

    def getfile(self) -> io.BytesIO:
        return io.BytesIO()

    def close(self) -> None:
        pass


class _Request(HTTPRequestParser):  # type: ignore[misc]
    """A request whose body finds no room on the disk goes on without it: the application says why.

    The server itself would close the connection while the browser is still sending, and nobody would be told.
    """

    def received(self, data: bytes) -> int:
        try:
            return int(super().received(data))
        except OSError:
            self.body_rcv.buf = _Nothing()
            self.headers |= {"CONTENT_LENGTH": "0", WITHOUT_BODY: "1"}
            return int(super().received(data))


class _Channel(HTTPChannel):  # type: ignore[misc]
    parser_class = _Request


def make_server(app: Flask, *, host: str, port: int, threads: int, **more: Any) -> Any:
    """A server that listens; `run()` serves. Raises OSError where the address is taken, ValueError where it is none."""
    server = create_server(
        app,
        host=host,
        port=port,
        threads=threads,
        connection_limit=connections_for(_descriptors()),
        channel_timeout=IDLE_SECONDS,
        cleanup_interval=_LOOK_SECONDS,
        asyncore_use_poll=HAS_POLL,
        inbuf_overflow=BUFFERED_BYTES,
        # Up to here the application itself says in Russian that it was too much; the server has one English line.
        max_request_body_size=4 * app.config["MAX_CONTENT_LENGTH"],
        clear_untrusted_proxy_headers=True,
        ident=None,
        **more,
    )
    for listening in (server, *getattr(server, "map", {}).values()):  # several where the name has several addresses
        listening.channel_class = _Channel
    return server


def connections_for(descriptors: int) -> int:
    """How many connections can be held where so many files may be open; half of them where those are few."""
    return min(CONNECTIONS, max(descriptors - _OTHER_FILES, descriptors // 2))


def _descriptors() -> int:
    """How many files this process may have open; raised to what the server needs, as far as the system lets it."""
    needed = CONNECTIONS + _OTHER_FILES
    if resource is None:
        return needed
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return needed
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    except (OSError, ValueError):  # a service manager may forbid it
        return int(soft)
    return allowed
