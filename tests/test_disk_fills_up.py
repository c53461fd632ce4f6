"""A disk that really fills up under the running product, and is emptied again. Needs root to mount a small one."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest
from openpyxl import Workbook

from osm import create_app
from osm.base.application import SystemClock
from osm.connectors.incident_file import read_file
from osm.settings import load_settings
from osm.shell.errors import NO_ROOM
from osm.store.schema import set_up

from .cast import hire
from .databases import let_go
from .test_serve import Running, ready, run

__all__ = ["run"]

MEGABYTES = 48


def mounted(place: Path) -> bool:
    """A small file system at this folder, if it can be mounted: this takes root and a system that allows it."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(place)]
    try:
        return subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def unmount(place: Path) -> None:
    subprocess.run(["umount", "-l", str(place)], check=True)


def can_mount() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "disk")
        place.mkdir()
        if found := mounted(place):
            unmount(place)
        return found


pytestmark = pytest.mark.skipif(
    not can_mount(), reason="no file system can be mounted here; tests/web/test_full_disk.py does without"
)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A separate file system, also for temporary files."""
    place = tmp_path / "disk"
    place.mkdir()
    assert mounted(place)
    yield place
    unmount(place)


def fill(disk: Path) -> Path:
    """Fill the disk to the last byte."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1024 * 1024, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return filler


class Somebody:
    """A browser: one cookie jar, the token of forms."""

    def __init__(self, port: int) -> None:
        self._port, self._cookies = port, {}

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "") -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {"Cookie": cookies, "Content-Type": kind or "application/x-www-form-urlencoded"}
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        for line in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = line.split(";")[0].partition("=")
            self._cookies[name] = value
        page = answer.read().decode()
        connection.close()
        return answer.status, page

    def submit(self, path: str, form: dict[str, str]) -> tuple[int, str]:
        return self.ask("POST", path, urlencode({"csrf_token": self.token(), **form}).encode())

    def upload(self, path: str, content: bytes) -> tuple[int, str]:
        parts = (
            f'--part\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{self.token()}\r\n--part\r\n'
            'Content-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        )
        body = parts.encode() + content + b"\r\n--part--\r\n"
        return self.ask("POST", path, body, "multipart/form-data; boundary=part")

    def token(self) -> str:
        page = self.ask("GET", "/password" if "osm_session" in self._cookies else "/login")[1]
        return unescape(re.search(r'name="csrf-token" content="([^"]+)"', page)[1])

    def log_in(self, login: str) -> tuple[int, str]:
        return self.submit("/login", {"login": login, "password": f"пароль-{login}"})


@pytest.fixture
def product(small_disk: Path, run) -> Running:
    """The product with the cast; its data and its temporary files are on the small disk."""
    data = small_disk / "data"
    app = create_app(load_settings({"OSM_DATA_DIR": str(data)}))
    set_up(app)
    with app.app_context():
        hire(SystemClock().now())
    let_go(app)
    (small_disk / "tmp").mkdir()
    one = run(OSM_DATA_DIR=str(data), TMPDIR=str(small_disk / "tmp"))
    one.wait_for(lambda: ready(one))
    return one


def kept(disk: Path) -> set[Path]:
    return {path for path in disk.rglob("*") if path.is_file() and not path.name.startswith("osm.sqlite3")}


def test_a_full_disk_is_emptied_and_a_full_start_says_so(product: Running, small_disk: Path, run):
    anna, boris = Somebody(product.port), Somebody(product.port)
    assert anna.log_in("anna")[0] == 303
    # Her log-in is sealed a moment later, into a file that uploads have not used up.
    product.wait_for((small_disk / "data" / "seals.jsonl").exists)
    small, large = "Текст;Ссылка\nЯма;vk.com/wall1_1\n".encode(), b"0123456789abcde\n" * 128 * 1024
    filler = fill(small_disk)
    before = kept(small_disk)

    status, page = boris.log_in("boris")
    assert (status, NO_ROOM.title in page) == (503, True)
    product.wait_for(lambda: product.get("/readyz")[0] == 503)
    assert json.loads(product.get("/readyz")[1])["disk"] is False
    for path in ("/", "/messages", "/imports", "/moderation", "/password", "/help"):
        assert anna.ask("GET", path)[0] == 200
    for content in (small, large):
        status, page = anna.upload("/imports", content)
        assert (status, NO_ROOM.title in page) == (503, True), page
    assert kept(small_disk) == before

    filler.unlink()
    product.wait_for(lambda: ready(product))
    assert boris.log_in("boris")[0] == 303
    assert anna.upload("/imports", small)[0] == 303
    assert "Traceback" not in product.words.read_text()

    product.end()
    filler = fill(small_disk)
    refused = run("web", OSM_DATA_DIR=str(small_disk / "data"), TMPDIR=str(small_disk / "tmp"))
    try:
        refused.wait_for(lambda: refused.process.poll() is not None or refused.get("/healthz")[0] == 200, 60)
        assert "Traceback" not in refused.words.read_text()
        assert refused.process.poll() is None or "Диск не принимает записи" in refused.words.read_text()
    finally:
        filler.unlink()
    assert os.path.exists(small_disk / "data" / "osm.sqlite3")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_file_unreadable_on_a_full_disk_is_not_called_damaged(small_disk, tmp_path, monkeypatch, kind):
    """The rows of the child process are temporary files."""
    path = tmp_path / f"export.{kind}"
    if kind == "csv":
        path.write_text("Текст;Ссылка\n" + "Яма;vk.com/wall1_1\n" * 1000)
    else:
        book = Workbook()
        for number in range(1000):
            book.active.append(["Яма", number])
        book.save(path)
    monkeypatch.setattr(tempfile, "tempdir", str(small_disk))
    fill(small_disk)
    with pytest.raises(OSError, match="No space left"):
        read_file(path)


@pytest.mark.parametrize(("command", "name"), [("backup", "copy.zip"), ("export-answers", "answers.csv")])
def test_a_command_that_finds_no_room_says_so_and_leaves_nothing(app, cast, small_disk, command, name):
    fill(small_disk)
    before = kept(small_disk)
    done = app.test_cli_runner().invoke(args=["osm", command, str(small_disk / name)])
    assert done.exit_code == 1
    assert "на диске нет места" in done.output
    assert "Traceback" not in done.output
    assert kept(small_disk) == before
