"""The product as in an office, web and worker as separate processes, and people who use it over HTTP."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask

from benchmarks.seeding.office import password_of

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Memory:
    """Megabytes of one process: resident, and its own part of shared pages."""

    rss: float
    pss: float

    def __add__(self, other: Memory) -> Memory:
        return Memory(self.rss + other.rss, self.pss + other.pss)


class Served:
    """A running `python -m osm.serve`."""

    def __init__(self, supervisor: subprocess.Popen[bytes], port: int) -> None:
        self.supervisor, self.port = supervisor, port

    def memory(self) -> dict[str, Memory]:
        """By kind of process: "web", "worker", "supervisor"."""
        return _summed(self._pids(), _memory, Memory(0, 0))

    def family(self) -> list[Memory]:
        """Of web, worker and all their child processes."""
        found, waiting = [], [pid for name, pid in self._pids() if name != "supervisor"]
        while waiting:
            pid = waiting.pop()
            try:
                waiting += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
                found.append(_memory(pid))
            except (OSError, KeyError):
                continue  # it has ended
        return found

    def work(self) -> dict[str, float]:
        """Seconds of processor time by kind of process, which hardly depend on other load."""
        return _summed(self._pids(), _work, 0.0)

    def kill_worker(self) -> int:
        """Send SIGKILL, as in an accident; the supervisor starts another. Returns the old process id."""
        pid = next(pid for name, pid in self._pids() if name == "worker")
        os.kill(pid, signal.SIGKILL)
        return pid

    def _pids(self) -> list[tuple[str, int]]:
        children = Path(f"/proc/{self.supervisor.pid}/task/{self.supervisor.pid}/children").read_text().split()
        found = [("supervisor", self.supervisor.pid)]
        for pid in children:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
            found.append(("worker" if "worker" in words else "web", int(pid)))
        return found

    def memory_words(self) -> str:
        """Memory as one line."""
        found = self.memory()
        whole = sum(found.values(), Memory(0, 0))
        parts = ", ".join(f"{name} {of.rss:.0f}" for name, of in found.items())
        return f"{whole.pss:.0f} MB, shared pages counted once; {whole.rss:.0f} MB by RSS ({parts})"


@contextmanager
def served(app: Flask, processes: int = 1) -> Iterator[Served]:
    """Web processes and worker on the database of this application, until the block ends."""
    settings = app.extensions["osm"].settings
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environ = {
        "OSM_DATA_DIR": str(settings.data_dir),
        "OSM_DATABASE_URL": settings.database_url,
        "OSM_SECRET_KEY": settings.secret_key,
        "OSM_ENCRYPTION_KEY": settings.encryption_key,
        "OSM_WEB_PROCESSES": str(processes),
        "PORT": str(port),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "osm.serve"], cwd=ROOT, env={**os.environ, **environ}, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + 120
        while not _is_ready(port):
            if time.monotonic() > until or process.poll() is not None:
                raise RuntimeError("the server did not become ready")
            time.sleep(0.2)
        yield Served(process, port)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


class Person:
    """A browser: one connection that stays open, cookies, and the token of forms. Addresses are paths."""

    def __init__(self, port: int, login: str, password: str = "", host: str = "127.0.0.1") -> None:
        self.login, self.port = login, port
        self._cookies: dict[str, str] = {}
        self.ask_at(host)
        self.token = self._token(self.get("/login")[1])
        status, _ = self.post("/login", {"login": login, "password": password or password_of(login)})
        if status != 303:
            raise RuntimeError(f"{login} could not log in: {status}")
        self.token = self._token(self.get("/password")[1])
        self.rest()

    def rest(self) -> None:
        """Close the connection, which the server would close while nothing is asked; the next request opens another."""
        self._connection.close()

    def ask_at(self, host: str, seconds: float = 60) -> None:
        """From now on this server is asked; the log-in holds on all."""
        self._connection = http.client.HTTPConnection(host, self.port, timeout=seconds)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Status and page."""
        return self._ask("GET", path, b"", headers or {})

    def post(self, path: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Status, and the redirect address or the page."""
        body = urlencode({"csrf_token": self.token, **form}).encode()
        return self._ask("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})})

    def upload(self, path: str, name: str, content: bytes) -> tuple[int, str]:
        """Upload a file by its form."""
        mark = "osm-bench-boundary"
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{self.token}\r\n'.encode(),
            f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode(),
            content,
            f"\r\n--{mark}--\r\n".encode(),
        ]
        return self._ask("POST", path, b"".join(parts), {"Content-Type": f"multipart/form-data; boundary={mark}"})

    def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        self._connection.request(method, path, body=body or None, headers={"Cookie": cookie, **headers})
        answer = self._connection.getresponse()
        page = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = line.split(";")[0].partition("=")
            self._cookies[name] = value
        leads = answer.headers.get("Location", "")
        return answer.status, urlsplit(leads).path if leads else page

    @staticmethod
    def _token(page: str) -> str:
        found = re.search(r'name="csrf-token" content="([^"]+)"', page)
        if not found:
            raise RuntimeError("no token on the page")
        return unescape(found[1])


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _summed(pids: Iterable[tuple[str, int]], measure: Callable[[int], Any], nothing: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, pid in pids:
        found[name] = found.get(name, nothing) + measure(pid)
    return found


def _memory(pid: int) -> Memory:
    rows = dict(line.split(":") for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    rss, pss = (float(rows[name].split()[0]) / 1024 for name in ("Rss", "Pss"))
    return Memory(rss, pss)


def _work(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
