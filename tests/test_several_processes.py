"""Several web processes on one port: what is true of all, one that dies, all restarted without a refused request."""

from __future__ import annotations

import http.client
import os
import resource
import signal
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from osm.base.supervised import Shared, Stop
from osm.serve.web_server import listen, make_server, serve
from osm.shell.turns import NotYourTurn, Turns

from .test_serve import Running, run

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and /proc")

__all__ = ["run"]


def works(one: Running) -> bool:
    return "ОСМ работает" in one.words.read_text()


def answered_by(one: Running) -> set[int]:
    """The web processes that hold a connection, each asked over a connection of its own."""
    held = [http.client.HTTPConnection("127.0.0.1", one.port, timeout=60) for _ in range(40)]
    for connection in held:
        connection.request("GET", "/healthz")
        assert connection.getresponse().read()
    found = {pid for pid in one.children("web") if _connections(pid) > 0}
    for connection in held:
        connection.close()
    return found


def _connections(pid: int) -> int:
    """Open sockets besides those that it always has."""
    kinds = Counter(
        os.path.realpath(file).rpartition("/")[2].partition(":")[0] for file in Path(f"/proc/{pid}/fd").iterdir()
    )
    return kinds["socket"] - 2  # the line to the supervisor, and the one that listens


class Clicking:
    """People who click without a pause, half on a connection that stays open, half each time on a new one."""

    def __init__(self, port: int) -> None:
        self._port, self._stop = port, threading.Event()
        self.wrong: list[str] = []
        self.clicks = 0
        self._threads = [threading.Thread(target=self._click, args=(number % 2 == 0,)) for number in range(6)]

    def __enter__(self) -> Clicking:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(120)

    def _click(self, keeps: bool) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
        while not self._stop.is_set():
            try:
                connection.request("GET", "/login", headers={} if keeps else {"Connection": "close"})
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    self.wrong.append(str(answer.status))
            except Exception as error:
                self.wrong.append(repr(error))
                connection.close()
            self.clicks += 1
            time.sleep(0.02)
        connection.close()


def test_two_share_the_port_count_together_and_are_restarted_one_by_one(run):
    one = run(OSM_WEB_PROCESSES="2")
    one.wait_for(lambda: works(one))
    before = one.children("web")
    assert len(before) == 2
    one.wait_for(lambda: answered_by(one) == set(before))
    _all_requests_are_counted_whoever_answers(one)
    with Clicking(one.port) as clicking:
        one.process.send_signal(signal.SIGUSR1)
        one.wait_for(lambda: "Процессы перезапущены" in one.words.read_text())
        one.wait_for(lambda: not set(one.children("web")) & set(before))
        _one_that_is_killed_is_started_again(one)
    assert clicking.wrong == []
    assert clicking.clicks > 100
    assert one.end() == 0


def _all_requests_are_counted_whoever_answers(one: Running) -> None:
    for _ in range(10):
        assert one.get("/no-such-page")[0] == 404
    said = {one.get("/metrics")[1].partition('osm_request_seconds_count{status="4xx"} ')[2][:4] for _ in range(6)}
    assert said == {"10.0"}


def _one_that_is_killed_is_started_again(one: Running) -> None:
    """Nobody asks it anything at this moment; the other one answers."""
    for pid in one.children("web"):
        os.kill(pid, signal.SIGSTOP)  # it accepts no connection from now on
        if _connections(pid) == 0:
            os.kill(pid, signal.SIGKILL)
            one.wait_for(lambda killed=pid: len(one.children("web")) == 2 and killed not in one.children("web"))
            return
        os.kill(pid, signal.SIGCONT)  # it holds somebody's connection: who is cut off has to ask again


def test_one_that_is_killed_is_started_again_and_nobody_is_refused(run):
    """With one process too: the supervisor holds the socket, and who comes meanwhile waits."""
    one = run()
    one.wait_for(lambda: works(one))
    (web,) = one.children("web")
    os.kill(web, signal.SIGKILL)
    one.wait_for(lambda: web not in one.children("web"))
    assert one.get("/healthz")[0] == 200
    assert "Веб-процесс остановлен сигналом SIGKILL. Запускаю его снова через 1 с." in one.words.read_text()
    assert one.end() == 0


def test_who_cannot_start_anew_leaves_the_old_ones_at_work(run, tmp_path):
    one = run()
    one.wait_for(lambda: works(one))
    (web,) = one.children("web")
    for file in (tmp_path / "data").glob("osm.sqlite3*"):
        file.rename(file.with_name(f"away-{file.name}"))
    (tmp_path / "data" / "osm.sqlite3").write_bytes(b"this is no database" * 100)
    one.process.send_signal(signal.SIGUSR1)
    one.wait_for(lambda: "Работают прежние" in one.words.read_text())
    assert one.children("web") == [web]
    assert one.get("/healthz")[0] == 200


def test_who_finds_no_room_to_start_is_tried_again_and_the_others_work(run):
    one = run(OSM_WEB_PROCESSES="2")
    one.wait_for(lambda: works(one))
    first, second = one.children("web")
    soft, hard = resource.prlimit(one.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(one.process.pid, resource.RLIMIT_NOFILE, (3, hard))  # as without memory: nothing can be started
    os.kill(first, signal.SIGKILL)
    one.wait_for(lambda: "не запустился: открыто слишком много файлов. Запускаю его" in one.words.read_text())
    one.process.send_signal(signal.SIGUSR1)
    one.wait_for(lambda: "Работают прежние" in one.words.read_text())
    assert one.get("/healthz")[0] == 200
    assert one.children("web") == [second]
    resource.prlimit(one.process.pid, resource.RLIMIT_NOFILE, (soft, hard))
    one.wait_for(lambda: len(one.children("web")) == 2)
    assert one.end() == 0


def test_signals_at_a_bad_moment_are_heard_and_end_nothing(run):
    one = run(OSM_WEB_PROCESSES="2")
    one.wait_for(lambda: len(one.children("web")) == 2)
    one.process.send_signal(signal.SIGUSR1)  # none is ready yet
    one.wait_for(lambda: "Процессы перезапущены" in one.words.read_text())
    for _ in range(3):
        one.wait_for(lambda: len(one.children("web")) == 2)
        killed = one.children("web")[0]
        os.kill(killed, signal.SIGKILL)
        one.wait_for(lambda killed=killed: killed not in one.children("web"))
    assert one.get("/healthz")[0] == 200
    one.process.send_signal(signal.SIGUSR1)
    one.wait_for(lambda: one.words.read_text().count("Перезапускаю процессы") == 2)
    all_of_them = one.children()
    assert one.end() == 0  # in the middle of it
    assert not any(Path(f"/proc/{pid}").exists() for pid in all_of_them)


def test_who_leaves_answers_what_was_begun_and_accepts_nothing(app):
    (socket,), leaving = listen("127.0.0.1", 0), Stop()
    socket_of_supervisor = socket.dup()
    begun, may_end = threading.Event(), threading.Event()

    def slow(_environ, start_response):
        begun.set()
        assert may_end.wait(60)
        start_response("200 OK", [("Content-Length", "4")])
        return [b"done"]

    server = make_server(app, sockets=[socket], threads=2)
    server.application = slow
    thread = threading.Thread(target=serve, args=(server, leaving))
    thread.start()
    port = socket_of_supervisor.getsockname()[1]
    first, second = (http.client.HTTPConnection("127.0.0.1", port, timeout=60) for _ in range(2))
    first.request("GET", "/")
    assert begun.wait(60)
    leaving.asked = True
    server.pull_trigger()
    until = time.monotonic() + 60
    while server.accepting and time.monotonic() < until:  # it looks once a second
        time.sleep(0.05)
    second.connect()  # waits for the next process, in the queue of the socket
    may_end.set()
    assert first.getresponse().read() == b"done"
    first.request("GET", "/")  # on a connection that it has accepted it still answers, and says that it was the last
    answer = first.getresponse()
    assert (answer.read(), answer.headers["Connection"]) == (b"done", "close")
    thread.join(60)
    assert not thread.is_alive()
    accepted, _ = socket_of_supervisor.accept()
    for one in (first, second, accepted, socket_of_supervisor):
        one.close()


def test_turns_and_limits_are_those_of_all_processes():
    descriptor = os.memfd_create("test")
    ours, theirs = Turns(1, Shared(descriptor)), Turns(1, Shared(descriptor))
    with ours.turn(1, 0.0), pytest.raises(NotYourTurn), theirs.turn(2, 0.0):
        pytest.fail("two at once")
    with theirs.turn(2, 0.0):
        pass
    os.close(descriptor)


def test_the_turn_of_a_killed_process_is_free():
    descriptor = os.memfd_create("test")
    child = os.fork()
    if not child:
        with Turns(1, Shared(descriptor)).turn(1, 0.0):
            os._exit(0)
    os.waitpid(child, 0)
    with Turns(1, Shared(descriptor)).turn(2, 0.0):
        pass
    os.close(descriptor)


def test_a_turn_ends_where_another_process_has_the_number_of_the_killed():
    turns = Turns(1)
    numbers = turns._shared.part("turns")
    numbers[0], numbers[1], numbers[2], numbers[3] = 1.0, 5.0, 5.0, float(os.getppid())
    with pytest.raises(NotYourTurn), turns.turn(2, 600.0):
        pytest.fail("it lives")
    with turns.turn(2, 606.0):
        pass
