"""The supervisor: real processes on a real port, started and stopped together."""

from __future__ import annotations

import contextlib
import json
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from osm.serve.__main__ import Kept, Supervisor
from osm.settings import ROOT
from osm.shell.frame import LARGEST_REQUEST

from .keys import KEYS

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and /proc")


def free_port() -> int:
    """A port without a listener, below those that the system assigns: on a busy machine it could assign this one."""
    while True:
        port = random.randrange(15_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def test_the_supervisor_loads_nothing_of_the_application():
    code = "import sys, osm.serve.__main__; print(*{'flask', 'jinja2', 'sqlalchemy', 'werkzeug'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == []


class Running:
    """A started `python -m osm.serve` with its port and its output."""

    def __init__(self, folder: Path, *arguments: str, port: int = 0, own_group: bool = False, **environ: str) -> None:
        self.port = port or free_port()
        self.words = folder / f"words-{secrets.token_hex(4)}.txt"
        with self.words.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "osm.serve", *arguments],
                cwd=ROOT,
                env={"PATH": "/usr/bin:/bin", "OSM_DATA_DIR": str(folder / "data"), "PORT": str(self.port)} | environ,
                stdout=file,
                stderr=file,
                start_new_session=own_group,
            )

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def wait_for(self, condition: Callable[[], bool], seconds: float = 180) -> None:
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, self.words.read_text()
            time.sleep(0.05)

    def children(self, kind: str = "") -> list[int]:
        """All, or those of a kind: web, worker."""
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(pid) for pid in found if _command(pid).endswith(f"{kind}\0")]

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(180)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def start(*arguments: str, **options: object) -> Running:
        started.append(Running(tmp_path, *arguments, **options))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.end()


def ready(one: Running) -> bool:
    return one.get("/readyz")[0] == 200


def test_both_start_answer_and_stop(run):
    one = run()
    one.wait_for(lambda: ready(one))
    assert json.loads(one.get("/readyz")[1]) == {
        "status": "ok", "database": True, "migrations": True, "worker": True, "disk": True
    }  # fmt: skip
    _what_is_too_large_is_said_by_the_application(one)
    _a_busy_port_is_said_in_one_line_and_leaves_nothing_running(one, run)
    _a_dead_worker_is_started_again(one)
    one.wait_for(lambda: ready(one))
    children = one.children()
    assert len(children) == 2
    assert one.end() == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in children)
    assert one.get("/healthz") == (0, "")
    assert f"ОСМ работает: http://127.0.0.1:{one.port}" in one.words.read_text()
    assert "Traceback" not in one.words.read_text()


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory) -> tuple[Path, str]:
    """A data directory that `--demo` has filled, and the output."""
    folder = tmp_path_factory.mktemp("demonstration")
    one = Running(folder, "--demo")
    try:
        one.wait_for(lambda: ready(one), 180)
    finally:
        status = one.end()
    assert status == 0
    return folder / "data", one.words.read_text()


def test_the_first_demo_start_fills_an_empty_directory_and_names_accounts(demonstration):
    words = demonstration[1]
    assert all(f"demo-{login}" in words for login in ("anna", "boris", "vera", "gleb", "dina", "efim"))


def test_a_later_start_adds_nothing_and_names_the_accounts(run, demonstration, tmp_path):
    shutil.copytree(demonstration[0], tmp_path / "data")
    one = run("--demo")
    one.wait_for(lambda: ready(one))
    assert "anna, boris" in one.words.read_text()
    assert "сообщений" not in one.words.read_text()


def test_what_kills_the_group_leaves_nothing_behind(run):
    one = run(own_group=True)
    one.wait_for(lambda: ready(one))
    children = one.children()
    os.killpg(one.process.pid, signal.SIGKILL)
    one.process.wait(180)
    one.wait_for(lambda: one.get("/healthz")[0] == 0 and not any(_lives(pid) for pid in children))


def test_what_kills_the_supervisor_alone_leaves_nothing_behind(run):
    one = run()
    one.wait_for(lambda: ready(one))
    children = one.children()
    one.process.kill()
    one.process.wait(180)
    one.wait_for(lambda: one.get("/healthz")[0] == 0 and not any(_lives(pid) for pid in children))


def test_ctrl_c_in_a_terminal_reaches_all_and_ends_well(run):
    one = run(own_group=True)
    one.wait_for(lambda: ready(one))
    os.killpg(one.process.pid, signal.SIGINT)
    assert one.process.wait(180) == 0
    assert "Traceback" not in one.words.read_text()


def test_a_web_process_that_is_told_to_stop_again_and_again_ends_well(run):
    one = run("web")
    one.wait_for(lambda: one.get("/healthz")[0] == 200)
    while one.process.poll() is None:
        one.process.send_signal(signal.SIGTERM)
        one.process.send_signal(signal.SIGINT)
        time.sleep(0.001)
    assert one.process.returncode == 0
    assert "KeyboardInterrupt" not in one.words.read_text()


def test_ctrl_c_while_all_are_starting_ends_well(run):
    one = run(own_group=True)
    one.wait_for(lambda: bool(one.children("worker")))
    time.sleep(random.uniform(0, 1))
    os.killpg(one.process.pid, signal.SIGINT)
    assert one.process.wait(180) == 0
    assert "KeyboardInterrupt" not in one.words.read_text()


def _command(pid: int | str) -> str:
    """Its words, each ended by a zero; none of a process that has ended, at this moment too."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text()
    return ""


def _lives(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def _what_is_too_large_is_said_by_the_application(one: Running) -> None:
    request = urllib.request.Request(f"http://127.0.0.1:{one.port}/login", data=b"0" * (LARGEST_REQUEST + 1))
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=180)
    with refused.value as answer:
        assert answer.code == 413
        assert "Сначала войдите" in answer.read().decode()


def _a_dead_worker_is_started_again(one: Running) -> None:
    (worker,) = one.children("worker")
    os.kill(worker, signal.SIGKILL)
    one.wait_for(lambda: len([pid for pid in one.children() if pid != worker and Path(f"/proc/{pid}").exists()]) == 2)
    assert "Фоновый процесс остановлен сигналом SIGKILL. Запускаю его снова через 1 с." in one.words.read_text()


def test_a_killed_preparation_is_said(run):
    one = run()
    one.wait_for(lambda: len(one.children()) == 3)
    children = one.children()
    preparing = next(pid for pid in children if "\0prepare\0" in _command(pid))
    os.kill(preparing, signal.SIGKILL)
    assert one.process.wait(180) == 1
    assert one.words.read_text().startswith("Процесс подготовки базы остановлен сигналом SIGKILL.")
    assert not any(_lives(pid) for pid in children)


def test_a_web_process_that_ends_right_after_it_was_ready_is_started_again(monkeypatch, tmp_path, capsys):
    program = tmp_path / "ready-and-gone"
    program.write_text("#!/bin/sh\nprintf '{\"ready\": true}' >&0\nkill -9 $$\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    supervisor, rounds = Supervisor(), iter([False, True])
    supervisor._web.append(Kept("Веб-процесс", "web"))
    supervisor._web[0].child.process.wait(180)
    monkeypatch.setattr(supervisor._stopping, "wait", lambda _seconds: next(rounds))
    assert supervisor._keep("ОСМ работает") == 0
    assert "Веб-процесс остановлен сигналом SIGKILL. Запускаю его снова через 1 с." in capsys.readouterr().err


def _a_busy_port_is_said_in_one_line_and_leaves_nothing_running(first: Running, run) -> None:
    second = run(port=first.port)
    assert second.process.wait(180) == 1
    assert "занят" in second.words.read_text()
    assert "процесс" not in second.words.read_text()
    assert "Traceback" not in second.words.read_text()
    assert ready(first)


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("такого.invalid", "HOST = «такого.invalid»: такого адреса нет."),
        ("203.0.113.5", "недоступен (у этого компьютера нет такого адреса)"),
    ],
)
def test_a_host_that_is_not_ours_is_said_in_one_line(run, host, words):
    one = run("web", HOST=host)
    assert one.process.wait(180) == 1
    (line,) = one.words.read_text().splitlines()
    assert words in line


@pytest.mark.parametrize("arguments", [["web"], ["--demo"]])
def test_production_refuses_a_database_with_demonstration_users(run, demonstration, tmp_path, arguments):
    shutil.copytree(demonstration[0], tmp_path / "data")
    keys = {"OSM_ENV": "production", **KEYS}
    refused = run(*arguments, **keys)
    assert refused.process.wait(180) == 1
    assert "демонстрационные учётные записи (anna, boris" in refused.words.read_text()


def test_production_on_an_empty_database_seeds_nothing(run):
    one = run("--demo", OSM_ENV="production", **KEYS)
    one.wait_for(lambda: ready(one))
    assert "demo-" not in one.words.read_text()
    line = json.loads(next(line for line in one.words.read_text().splitlines() if '"request"' in line))
    assert line["logger"] == "osm.web"
    assert line["event"] == "request"


def test_a_wrong_call_is_status_2(run):
    assert run("--nonsense").process.wait(180) == 2
