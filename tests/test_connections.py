"""More connections than one office has browsers, to a real web process: the last one is answered too."""

from __future__ import annotations

import http.client
import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from osm.serve.web_server import connections_for

from .test_serve import Running, run

__all__ = ["run"]

BROWSERS, EACH, SILENT = 60, 6, 500


@pytest.fixture
def descriptors() -> Iterator[None]:
    """As many as this side of the connections needs."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before[0], min(before[1], 2048)), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def silent(stack: ExitStack, one: Running) -> None:
    """Sockets that are opened and ask nothing."""
    for _ in range(SILENT):
        stack.enter_context(socket.create_connection(("127.0.0.1", one.port), timeout=20))


def browser(stack: ExitStack, one: Running) -> list[http.client.HTTPConnection]:
    """The connections of a browser; each has got an answer and stays open."""
    opened = [http.client.HTTPConnection("127.0.0.1", one.port, timeout=20) for _ in range(EACH)]
    for connection in opened:
        stack.callback(connection.close)
        assert status(connection) == 200
    return opened


def status(connection: http.client.HTTPConnection) -> int:
    connection.request("GET", "/login")
    answer = connection.getresponse()
    answer.read()
    return answer.status


def test_sixty_browsers_and_five_hundred_idle_sockets_at_once(run, descriptors):
    one = run("web")
    one.wait_for(lambda: one.get("/healthz")[0] == 200)
    with ExitStack() as stack:
        silent(stack, one)
        browsers = [browser(stack, one) for _ in range(BROWSERS)]
        assert [status(connection) for connections in browsers for connection in connections] == [200] * BROWSERS * EACH
        assert one.get("/healthz")[0] == 200


@pytest.mark.parametrize(("descriptors", "connections"), [(256, 128), (1024, 624), (2400, 2000), (100_000, 2000)])
def test_where_few_files_may_be_open_fewer_connections_are_held(descriptors, connections):
    assert connections_for(descriptors) == connections
