"""The server of the web process: how many connections it holds, and for how long."""

from __future__ import annotations

import logging
import select
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any

from flask import Flask
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer, MultiSocketServer, create_server
from waitress.task import ThreadedTaskDispatcher
from waitress.utilities import RequestEntityTooLarge

from osm.base.application import application
from osm.base.supervised import Stop, given
from osm.settings import Settings
from osm.shell.requests import (
    OF_STRANGERS,
    PROXIED,
    REMOTE_USER,
    TOO_LARGE,
    WITHOUT_BODY,
    came_through_proxy,
    does_hash,
    is_known,
)

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

HASHING_THREADS = 4
"""They wait for slow hashes, of log-ins above all: however many there are, pages have all other threads."""

_PIECE = 64 * 1024

_OTHER_FILES = 400  # descriptors of the database, of files that are sent, and of libraries

BACKLOG = 1024  # connections that wait until a web process accepts them


class _Request(HTTPRequestParser):  # type: ignore[misc]
    """A request with a large body waits after its headers until the channel has found out who sends it. One that is
    refused, or has no room on the disk, is passed on without its body: the application says why."""

    is_large = False  # Whether it has to be asked who sends it; …
    is_asked = False  # … whether that is being asked: until the answer no more of it is read
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
    _is_dropped = False  # of the request that is answered the body was not read
    _thrown_away: int | None = None  # bytes that came after the answer; None before it

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
        if not self.server.accepting:  # this process is leaving: the browser's next connection is another one's
            self.requests[0].headers["CONNECTION"] = "close"
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
    """Takes the header with the name of the person out of every request, and believes it from the proxy alone. It is
    called before waitress puts the address of the visitor in the place of that of the proxy."""

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


# --- Sockets and their server
def address_of(settings: Settings) -> str:
    return f"http://{settings.host}:{settings.port}"


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen; several where the name has several addresses. Raises OSError; gaierror where it is none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    sockets = []
    for family, address in dict.fromkeys((one[0], one[4]) for one in found):
        one = socket.socket(family, socket.SOCK_STREAM)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind(address)
        one.listen(BACKLOG)
        sockets.append(one)
    return sockets


def passed_on() -> list[socket.socket]:
    """The sockets that the supervisor holds for all web processes; none where there is no supervisor."""
    return [socket.socket(fileno=number) for number in given.sockets]


def make_server(app: Flask, *, sockets: list[socket.socket], threads: int, **more: Any) -> Any:
    """A server of these sockets; `serve` runs it."""
    server = create_server(
        app, sockets=sockets, threads=threads, backlog=BACKLOG, connection_limit=connections_for(_descriptors()),
        channel_timeout=IDLE_SECONDS, cleanup_interval=_LOOK_SECONDS, asyncore_use_poll=HAS_POLL,
        inbuf_overflow=BUFFERED_BYTES, max_request_body_size=app.config["MAX_CONTENT_LENGTH"] + 1,
        clear_untrusted_proxy_headers=True, ident=None, **more,
    )  # fmt: skip
    hashing = server.osm_hashing = ThreadedTaskDispatcher()
    hashing.set_thread_count(HASHING_THREADS)
    for listening in _listeners(server):
        listening.channel_class, listening.osm_app = _Channel, app
        listening.add_task = _divided(app, server.task_dispatcher, hashing)
        listening.application = _marking(listening.application)
        if header := application(app).settings.directory.header:
            listening.application = _Named(listening.application, header, str(more.get("trusted_proxy", "")))
    return server


def _divided(app: Flask, pages: Any, hashing: Any) -> Callable[[Any], None]:
    """Gives each task to the threads that carry it out."""

    def add_task(task: Any) -> None:
        first = task.requests[0] if isinstance(task, _Channel) else None
        slow = first is not None and not first.error and does_hash(app, first.command, first.path)
        (hashing if slow else pages).add_task(task)

    return add_task


def shut_down(server: Any) -> None:
    """End all threads; what they have begun is given five seconds."""
    server.task_dispatcher.shutdown()
    server.osm_hashing.shutdown()


def _listeners(server: Any) -> list[Any]:
    """The server itself, or one for each of several sockets."""
    return [one for one in _map_of(server).values() if isinstance(one, BaseWSGIServer)]


def _map_of(server: Any) -> dict[int, Any]:
    found: dict[int, Any] = server.map if isinstance(server, MultiSocketServer) else server._map
    return found


def serve(server: Any, leaving: Stop) -> None:
    """Answer until SIGTERM or SIGINT; once `leaving` is asked, until the last connection has ended. Who leaves accepts
    no connection and ends each after its next answer, or when it has been idle as long as any may be: no browser finds
    a connection closed on which it has just asked."""
    listeners, everything = _listeners(server), _map_of(server)
    try:
        while not leaving.asked or any(one.active_channels for one in listeners):
            if leaving.asked:
                for one in listeners:
                    one.accepting = False
            server.asyncore.loop(timeout=1, use_poll=HAS_POLL, map=everything, count=1)
    except KeyboardInterrupt:
        pass
    shut_down(server)


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
