"""Real HTTP for an emulated network, and the faults that a real one has."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Trouble(StrEnum):
    """What goes wrong with one request."""

    CUT_BEFORE = "cut_before"
    """The connection ends, nothing has happened."""
    CUT_AFTER = "cut_after"
    """It has happened, the connection ends without an answer."""
    HTML = "html"
    SERVER_ERROR = "server_error"
    LATER = "later"
    """In ten minutes, as it says."""
    HUGE = "huge"
    SILENT = "silent"
    """Never answers, until the emulator is closed."""
    REDIRECT = "redirect"
    REDIRECT_NOWHERE = "redirect_nowhere"
    """To what is no address."""
    DRIP = "drip"
    """A byte now and then, without end."""
    DRIP_HEADERS = "drip_headers"
    """The same of the headers."""
    DRIP_CHUNKS = "drip_chunks"
    """The same of the line that says how long a piece of the body is."""


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    verb: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    files: dict[str, bytes]
    headers: dict[str, str]
    json: Any = None
    """The body as it is where it came as JSON; `form` has its fields as text."""

    @property
    def given(self) -> dict[str, str]:
        return {**self.query, **self.form}


@dataclass
class Answer:
    body: Any
    status: int = 200
    retry_after: int = 600
    """Seconds that go with the status 429."""


@dataclass
class Serving:
    """A server on a free port. `answer(asked)` is the network; `troubles` are used one by one, by path."""

    answer: Callable[[Asked], Answer]
    troubles: dict[str, deque[Trouble]] = field(default_factory=dict)
    always: Callable[[Asked], Trouble | None] = lambda _asked: None
    asked: list[Asked] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)
    """What broke inside the emulator; the end of `served` raises it."""
    closing: threading.Event = field(default_factory=threading.Event)
    base: str = ""

    def trouble(self, path: str, *troubles: Trouble) -> None:
        """Make the next requests fail that have this end of the path, or this method."""
        self.troubles.setdefault(path, deque()).extend(troubles)

    def due(self, asked: Asked) -> Trouble | None:
        for path, waiting in self.troubles.items():
            if waiting and (asked.path.endswith(path) or asked.query.get("method") == path):
                return waiting.popleft()
        return self.always(asked)


def certificate(root: Path, pair: Path) -> None:
    """A root of certificates that is the server 127.0.0.1 as well; `pair` has its key too."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a root of the tests")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = made.public_bytes(serialization.Encoding.PEM)
    root.write_bytes(pem)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pair.write_bytes(key.private_bytes(*form) + pem)


@contextmanager
def served(  # noqa: C901  # one branch for what a client may send
    serving: Serving, pair: Path | None = None
) -> Iterator[Serving]:
    """The network answers at `serving.base` until the end of the block, by HTTPS with a `pair` of `certificate`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # the body does not wait 40 ms for the client to acknowledge the head

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def do_PUT(self) -> None:
            self._serve()

        def do_DELETE(self) -> None:
            self._serve()

        def _serve(self) -> None:
            asked = _read(self)
            if asked is None:
                self._cut()  # the client died in the middle of a request
                return
            serving.asked.append(asked)
            trouble = serving.due(asked)
            if trouble is Trouble.SILENT:
                serving.closing.wait()
            if trouble in (Trouble.CUT_BEFORE, Trouble.SILENT):
                self._cut()
            elif trouble in _DRIPS:
                self._drip(*_DRIPS[trouble])
            elif trouble in _INSTEAD:
                self._send(*_INSTEAD[trouble])
            else:
                try:
                    answer = serving.answer(asked)
                except Exception as fault:
                    serving.faults.append(fault)
                    raise
                if trouble is Trouble.CUT_AFTER:
                    self._cut()
                else:
                    self._send(answer.status, _body(answer.body), retry_after=answer.retry_after)

        def _send(
            self, status: int, body: bytes, there: str = "http://127.0.0.1:9/elsewhere", *, retry_after: int = 600
        ) -> None:
            try:
                self.send_response(status)
                kind = "text/html" if body.startswith(b"<!doctype") else "application/json"
                self.send_header("Content-Type", f"{kind}; charset=utf-8")
                self.send_header("Location", there)
                if status == 429:
                    self.send_header("Retry-After", str(retry_after))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                self.close_connection = True  # the client has gone

        def _drip(self, begin: bytes, byte: bytes) -> None:
            with suppress(OSError):
                self.wfile.write(b"HTTP/1.1 200 OK\r\n" + begin)
                while not serving.closing.wait(0.1):
                    self.wfile.write(byte)
            self.close_connection = True

        def _cut(self) -> None:
            self.close_connection = True
            self.connection.close()

        def log_message(self, *_args: Any) -> None:
            """Print nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

        def handle_error(self, *_args: Any) -> None:
            """A cut connection is not reported."""

    server = Server(("127.0.0.1", 0), Handler)
    if pair:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(pair)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    serving.base = f"http{'s' if pair else ''}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield serving
    finally:
        serving.closing.set()
        server.shutdown()
        server.server_close()
    if serving.faults:
        raise serving.faults[0]


def _body(given: Any) -> bytes:
    if isinstance(given, bytes):
        return given
    return (given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)).encode()


_INSTEAD = {
    Trouble.HTML: (200, b"<html><body>Service is being repaired</body></html>"),
    Trouble.SERVER_ERROR: (502, b"bad gateway"),
    Trouble.LATER: (429, b"later"),
    Trouble.HUGE: (200, b'{"response": "' + b"x" * (9 * 1024 * 1024) + b'"}'),
    Trouble.REDIRECT: (302, b""),
    Trouble.REDIRECT_NOWHERE: (302, b"", "http://[nowhere"),
}


_DRIPS = {
    Trouble.DRIP: (b"Content-Length: 1000000\r\n\r\n", b" "),
    Trouble.DRIP_HEADERS: (b"X-Long: ", b"x"),
    Trouble.DRIP_CHUNKS: (b"Transfer-Encoding: chunked\r\n\r\n1;", b"x"),
}


def _read(handler: BaseHTTPRequestHandler) -> Asked | None:
    """The request; None if only a part of it came."""
    parts, length = urlsplit(handler.path), int(handler.headers.get("Content-Length") or 0)
    body = handler.rfile.read(length)
    if len(body) < length:
        return None
    form: dict[str, str] = {}
    files: dict[str, bytes] = {}
    given = None
    kind = handler.headers.get("Content-Type") or ""
    if kind.startswith("multipart/form-data"):
        form, files = _multipart(kind, body)
    elif kind.startswith("application/json") and body:
        given = json.loads(body)
        form = {name: str(value) for name, value in given.items()}
    elif body:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return Asked(handler.command, parts.path, query, form, files, dict(handler.headers.items()), given)


def _multipart(kind: str, body: bytes) -> tuple[dict[str, str], dict[str, bytes]]:
    from email import message_from_bytes

    form: dict[str, str] = {}
    files: dict[str, bytes] = {}
    message = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    for part in message.get_payload():
        name = str(part.get_param("name", header="content-disposition"))
        content = part.get_payload(decode=True)
        if part.get_filename():
            files[name] = content
        else:
            form[name] = content.decode()
    return form, files


def run_elsewhere(story: Coroutine[Any, Any, Any]) -> Any:
    """What it returns. In a thread of its own: a browser test before this one has left its loop in the main thread."""
    with ThreadPoolExecutor(1) as elsewhere:
        return elsewhere.submit(asyncio.run, story).result()
