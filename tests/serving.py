"""An application on a real port of loopback, served by the product's own web server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask

from osm.serve.web_server import HAS_POLL, listen, make_server

#: How long a busy machine may take to finish. A request that runs longer would write into the next test.
END_S = 60


@contextmanager
def serving(app: Flask, port: int = 0, **options: Any) -> Iterator[str]:
    """The address; at the end of the block the server stops, and with it every request that it has begun."""
    server = make_server(app, sockets=listen("127.0.0.1", port), threads=4, **options)
    ended = threading.Event()

    def serve() -> None:
        # Round by round, and closed by the thread that polls: if another thread closes a socket during the poll, the
        # poll ends with "bad file descriptor".
        while not ended.is_set():
            server.asyncore.loop(timeout=0.1, use_poll=HAS_POLL, map=server._map, count=1)
        server.task_dispatcher.shutdown(timeout=END_S)
        server.osm_hashing.shutdown(timeout=END_S)
        server.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        ended.set()
        thread.join(2 * END_S)
        assert not thread.is_alive(), "the web server has not ended"
