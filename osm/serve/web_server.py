"""The server of the web process: how many connections it holds, and for how long."""

from __future__ import annotations

import logging
import select
import socket
import time
from contextlib import suppress
from types import ModuleType
from typing import Any

from flask import Flask
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import create_server
from waitress.utilities import RequestEntityTooLarge

from osm.base.application import application
from osm.shell.requests import OF_STRANGERS, PROXIED, REMOTE_USER, TOO_LARGE, WITHOUT_BODY, came_through_proxy, is_known

log = logging.getLogger(__name__)

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

_PIECE = 64 * 1024

_OTHER_FILES = 400
"""Descriptors of the database, of files that are sent, and of whatever libraries open."""


class _Request(HTTPRequestParser):  # type: ignore[misc]
    """A request with a large body waits after its headers until the channel has found out who sends it.

    One that is refused, or has no room on the disk, is passed on without its body: the application says why.
    """

    is_large = False
    """Whether it has to be asked who sends it; …"""
    is_asked = False
    """… whether that is being asked: until the answer no more of it is read."""
    wants_continue = False
    is_dropped = False
    error: Any
    expect_continue: bool

    def received(self, data: bytes) -> int:
        had_headers = self.headers_finished
        try:
            taken = int(super().received(data))
        except OSError:
            self.drop_body(WITHOUT_BODY)
        if isinstance(self.error, RequestEntityTooLarge):
            self.error = None
            self.drop_body(TOO_LARGE)
        if self.is_dropped:
            return len(data)
        # The length of a chunked body is unknown; no browser sends one.
        if self.headers_finished and not had_headers and (self.chunked or self.content_length > OF_STRANGERS):
            self.is_large, self.wants_continue, self.expect_continue = True, self.expect_continue, False
        return taken

    def drop_body(self, why: str) -> None:
        """Complete the request without its body, read or not."""
        self.close()
        self.body_rcv = None
        self.headers |= {"CONTENT_LENGTH": "0", "CONNECTION": "close", why: "1"}
        self.is_dropped, self.completed, self.expect_continue = True, True, False


class _Asking:
    """A task of a thread: the loop that reads from all connections asks no database."""

    def __init__(self, channel: _Channel, request: _Request) -> None:
        self._channel, self._request = channel, request

    def service(self) -> None:
        headers = {name.replace("_", "-"): value for name, value in self._request.headers.items()}
        try:
            known = is_known(self._channel.server.osm_app, headers)
        except Exception:  # the application asks the same, and says what is wrong
            log.warning("nobody could be asked who sends a large request", exc_info=True)
            known = False
        self._channel.go_on(self._request, known)

    def cancel(self) -> None:
        """The server ends."""


class _Channel(HTTPChannel):  # type: ignore[misc]
    parser_class = _Request
    request: _Request | None
    _is_dropped = False
    """Of the request that is answered the body was not read."""
    _thrown_away: int | None = None
    """Bytes that came after the answer; None before it."""

    def received(self, data: bytes) -> bool:
        taken, request = bool(super().received(data)), self.request
        if request is not None and request.is_large:
            request.is_large, request.is_asked = False, True
            self.server.add_task(_Asking(self, request))
        return taken

    def go_on(self, request: _Request, known: bool) -> None:
        """Read the body of a request, or refuse it; called by a thread."""
        with self.requests_lock:
            request.is_asked = False
            if known and request.wants_continue:
                self.send_continue()
            elif not known:
                request.drop_body(TOO_LARGE)
                self.requests.append(request)
                self.request = None
                if len(self.requests) == 1:
                    self.server.add_task(self)
        self.server.pull_trigger()

    def service(self) -> None:
        self._is_dropped = self.requests[0].is_dropped
        super().service()

    def readable(self) -> bool:
        request = self.request
        if request is not None and request.is_asked:
            return False
        return self._thrown_away is not None or bool(super().readable())

    def writable(self) -> bool:
        return bool(super().writable()) and (self._thrown_away is None or self.will_close)

    def handle_read(self) -> None:
        if self._thrown_away is None:
            super().handle_read()
            return
        try:
            came = len(self.recv(_PIECE))
        except OSError:
            came = 0
        self._thrown_away += came
        self.last_activity = time.time()
        if self.connected and (not came or self._thrown_away > self.adj.max_request_body_size):
            self.handle_close()

    def handle_close(self) -> None:
        """Close; after a body was refused only when the browser has ended, which reads no answer while it sends."""
        if self._is_dropped and self._thrown_away is None and self.connected:
            self._thrown_away, self.will_close = 0, False
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)
                return
        super().handle_close()


class _Named:
    """Takes the header with the name of the person out of every request, and believes it from the proxy alone.

    It is called before waitress puts the address of the visitor in the place of that of the proxy.
    """

    def __init__(self, application: Any, header: str, proxy: str) -> None:
        self._application, self._proxy = application, proxy
        self._key = "HTTP_" + header.upper().replace("-", "_")

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        name = environ.pop(self._key, "").strip()
        if name and environ.get("REMOTE_ADDR") == self._proxy:
            environ[REMOTE_USER] = name
        return self._application(environ, start_response)


def _marking(application: Any) -> Any:
    """Mark what came through a proxy: waitress takes the headers of one that is not trusted out."""

    def marked(environ: dict[str, Any], start_response: Any) -> Any:
        if came_through_proxy(environ):
            environ[PROXIED] = True
        return application(environ, start_response)

    return marked


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
        max_request_body_size=app.config["MAX_CONTENT_LENGTH"] + 1,
        clear_untrusted_proxy_headers=True,
        ident=None,
        **more,
    )
    for listening in (server, *getattr(server, "map", {}).values()):  # several where the name has several addresses
        listening.channel_class, listening.osm_app = _Channel, app
        listening.application = _marking(listening.application)
        if header := application(app).settings.directory.header:
            listening.application = _Named(listening.application, header, str(more.get("trusted_proxy", "")))
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
