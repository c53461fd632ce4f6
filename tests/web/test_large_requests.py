"""Without a session a request has at most 1 MB: a larger one is refused by its headers, and not stored."""

from __future__ import annotations

import socket
import tempfile
from contextlib import closing

import pytest

from osm.serve import web_server
from osm.shell.frame import LARGEST_REQUEST
from osm.shell.requests import OF_STRANGERS
from tests.races.test_races_over_http import Visitor
from tests.serving import serving

MIB = 1024 * 1024
OPEN = ("/login", "/public/accounts", "/callback/vk", "/messages/new", "/none")
"""What strangers may ask for, what they may not, and what is not there."""


@pytest.fixture
def address(app, cast):
    with serving(app) as found:
        yield found


@pytest.fixture
def files(monkeypatch):
    """Files that the server has begun to write bodies into."""
    begun = []
    make = tempfile.TemporaryFile

    def noted(*given, **named):
        begun.append(given)
        return make(*given, **named)

    monkeypatch.setattr("waitress.buffers.TempfileBasedBuffer.newfile", lambda _self: noted("w+b"))
    return begun


def ask(address: str, head: str, body: bytes = b"") -> tuple[int, str]:
    """Status and text of the answer to a request sent as these bytes; read until the server closes."""
    host, port = address.removeprefix("http://").split(":")
    with closing(socket.create_connection((host, int(port)), timeout=30)) as line:
        line.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n")
        for start in range(0, len(body), MIB):
            line.sendall(body[start : start + MIB])
        answer = b""
        while piece := line.recv(65536):
            answer += piece
            if body == b"" and b"100 Continue" in answer:
                break
    return int(answer.split()[1]), answer.decode("utf-8", "replace")


def head(path: str, size: int | None, cookie: str = "", more: str = "") -> str:
    length = "Transfer-Encoding: chunked" if size is None else f"Content-Length: {size}"
    sent = f"POST {path} HTTP/1.1\nHost: localhost\n{length}\nContent-Type: application/octet-stream"
    return sent + (f"\nCookie: {cookie}" if cookie else "") + more


@pytest.mark.parametrize("cookie", ["", "osm_session=forged", "osm_session=" + "x" * 4000])
@pytest.mark.parametrize("path", OPEN)
def test_a_stranger_is_refused_before_the_body_comes(address, files, path, cookie):
    for size in (OF_STRANGERS + 1, 50 * MIB, 10**15):
        status, text = ask(address, head(path, size, cookie))
        assert status == 413
        assert "Сначала войдите" in text
    assert ask(address, head(path, None, cookie))[0] == 413
    assert ask(address, head(path, 50 * MIB, cookie, "\nExpect: 100-continue"))[0] == 413
    assert files == []


def test_who_sends_on_reads_the_answer_all_the_same(address, files):
    status, text = ask(address, head("/messages/new", 30 * MIB), b"x" * (30 * MIB))
    assert status == 413
    assert "введённое осталось в форме" in text
    assert files == []


def test_up_to_a_megabyte_everybody_is_read(address):
    body = b"x" * OF_STRANGERS
    assert ask(address, head("/login", len(body), more="\nConnection: close"), body)[0] == 400  # no token of forms


def test_with_a_session_photos_are_accepted_and_excess_refused_at_once(address, files):
    anna = Visitor(address, "anna", "пароль-anna")
    cookie = "; ".join(f"{one.name}={one.value}" for one in anna.cookies)
    closes = "\nConnection: close"
    answer = ask(address, head("/messages/new", 3 * MIB, cookie, closes), b"x" * (3 * MIB))
    assert answer[0] == 400
    assert len(files) == 1
    assert "100 Continue" in ask(address, head("/messages/new", 3 * MIB, cookie, "\nExpect: 100-continue"))[1]
    status, text = ask(address, head("/messages/new", LARGEST_REQUEST + 1, cookie))
    assert (status, "Файл слишком большой" in text) == (413, True)


def test_split_headers_and_a_second_request_are_read_as_usual(address):
    host, port = address.removeprefix("http://").split(":")
    with closing(socket.create_connection((host, int(port)), timeout=30)) as line:
        for _ in range(2):
            line.sendall(b"GET /heal")
            line.sendall(b"thz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = b""
            while b"}" not in answer:
                answer += line.recv(65536)
            assert b"200 OK" in answer
        for piece in head("/login", 5 * MIB).replace("\n", "\r\n").encode() + b"\r\n\r\n", b"x" * MIB:
            line.sendall(piece)
        answer = b""
        while piece := line.recv(65536):
            answer += piece
        assert b"413" in answer


def test_another_server_than_ours_is_no_way_around(client, cast):
    large = b"login=" + b"x" * OF_STRANGERS
    answer = client.post("/login", data=large, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413
    assert web_server.OF_STRANGERS == OF_STRANGERS
