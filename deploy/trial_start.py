"""The trial start of a version: its tables are made, then its web process has to answer on a port that nobody knows.

The worker is only loaded: it would send letters and answers. `install.sh` runs it with the settings of the server.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

SECONDS_TO_START = 120
ROOT = Path(__file__).resolve().parent.parent


def python(*arguments: str, **environ: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=os.environ | environ)  # noqa: S603


def answer(port: int, path: str) -> tuple[int, bytes]:
    """The status and the body; 0 while nobody listens."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as found:
            return found.status, found.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 0, b""


def trouble(web: subprocess.Popen[bytes], port: int) -> str:
    """Why the program would not work, in Russian; empty if it would."""
    until = time.monotonic() + SECONDS_TO_START
    while answer(port, "/healthz")[0] != 200:
        if web.poll() is not None or time.monotonic() > until:
            return "Веб-процесс не запустился."
        time.sleep(0.2)
    status, body = answer(port, "/readyz")
    if status not in (200, 503):
        return f"/readyz отвечает {status}."
    ready = json.loads(body)
    if wrong := [name for name in ("database", "migrations", "disk") if not ready[name]]:
        return f"Не в порядке: {', '.join(wrong)}."
    status, body = answer(port, "/login")
    return "" if status == 200 and b'name="password"' in body else f"Страница входа не открывается ({status})."


def main() -> int:
    if python("-m", "osm.serve", "prepare").wait():
        return 1
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    web = python("-m", "osm.serve", "web", HOST="127.0.0.1", PORT=str(port))
    try:
        why = trouble(web, port)
    finally:
        web.terminate()
        web.wait()
    if why:
        sys.stderr.write(f"{why}\n")
    return 1 if why else 0


if __name__ == "__main__":
    sys.exit(main())
