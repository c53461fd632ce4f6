"""`python -m osm.serve [--demo]`: web processes and a worker under one supervisor, which stops them all.

`python -m osm.serve web` and `… worker` are one process alone, for an installation with a service manager. SIGUSR1
(`systemctl reload osm`) restarts all one by one, without a refused request (docs/decisions/074)."""

import gc
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from osm.base.numbers import whole
from osm.base.supervised import MARK, TIME_TO_STOP, Stop, hear, say, tell, why

ROOT = Path(__file__).resolve().parents[2]
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds before a process that has ended is started again: twice as long each time …"""
STEADY_SECONDS = 60.0  # … until it has run for so long
READY_SECONDS = 120.0  # a new process that is not ready by then does not replace the old one
LEAVE_SECONDS = 90.0  # an old process still answers what it has begun for so long
_LOOK_EVERY = 0.2
ONE_HEAP = {"MALLOC_ARENA_MAX": "1"}
"""For the C library: its threads would keep a heap each, with what the largest work of each once needed."""


def main(arguments: list[str]) -> int:
    """Run what the arguments name; the answer is the exit status."""
    demo = arguments[-1:] == ["--demo"]
    if arguments in ([], ["--demo"]):
        return Supervisor().run(demo=demo)
    if arguments in (["web"], ["worker"], ["prepare"], ["prepare", "--demo"]):
        gc.disable()  # looking for rubbish takes half of the time of loading, and of ending what has been loaded
        from osm.serve import processes  # the supervisor loads nothing of the application

        gc.freeze()
        gc.enable()
        return processes.run(arguments[0], demo=demo)
    say("Вызов: python -m osm.serve [--demo] | web | worker")
    return 2


@contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """What is started here never hears Ctrl-C, which reaches all processes of a terminal: the supervisor ends it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Child:
    """One process, in the group of the supervisor: what ends the group ends all. Its standard input ends with the
    supervisor, and then it ends too (`osm.base.supervised`)."""

    def __init__(self, *name: str) -> None:
        """Raises OSError where the system has no memory, or no files, for one more."""
        self.line, theirs = socket.socketpair()
        with theirs, _without_ctrl_c():
            self.process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "osm.serve", *name],
                cwd=ROOT,
                stdin=theirs.fileno(),
                env={**ONE_HEAP, **os.environ, MARK: "1"},
            )
        self.line.setblocking(False)
        self.began, self._is_ready = time.monotonic(), False

    @property
    def status(self) -> int | None:
        """The exit status; None while it runs."""
        return self.process.poll()

    def let_work(self, gives: Sequence[int]) -> None:
        """The database is ready, and this is what it works with (`supervised.wait_for_the_database`)."""
        tell(self.line, {"shares": bool(gives)}, gives)

    @property
    def is_ready(self) -> bool:
        """Whether it has said that it is ready, also where it has ended since."""
        self._is_ready = self._is_ready or hear(self.line) is not None
        return self._is_ready

    def ask(self, number: int) -> None:
        if self.status is None:
            self.process.send_signal(number)


class Kept:
    """A process that is kept running; `child` is None during the pause before it is started again."""

    def __init__(self, words: str, name: str) -> None:
        self.words, self._name = words, name
        self.gives: Sequence[int] = ()
        """Descriptors that it works with."""
        self.child: Child | None = None
        self._pause, self._again_at = FIRST_PAUSE, 0.0
        with suppress(OSError):  # `look` tries again
            self.child = Child(name)

    def start(self) -> Child:
        child = Child(self._name)
        child.let_work(self.gives)
        return child

    def look(self) -> None:
        """Start it again if it has ended and its pause is over."""
        now = time.monotonic()
        if self.child is None:
            if now >= self._again_at:
                try:
                    self.child = self.start()
                except OSError as error:
                    self._pause_after(f"не запустился: {why(error)}")
        elif self.child.status is not None:
            if now - self.child.began >= STEADY_SECONDS:
                self._pause = FIRST_PAUSE
            self._pause_after(how_ended(self.child.status))
            self.child.line.close()
            self.child = None

    def _pause_after(self, how: str) -> None:
        say(f"{self.words} {how}. Запускаю его снова через {self._pause:.0f} с.")
        self._again_at, self._pause = time.monotonic() + self._pause, min(2 * self._pause, LONGEST_PAUSE)

    def wake(self) -> None:
        self._again_at = 0.0

    def rest(self) -> Child | None:
        """Start it no more until there is a new `child`; returns the old one."""
        old, self.child, self._again_at = self.child, None, float("inf")
        return old


class Supervisor:
    """Set up, start all, start again what ends, restart one by one when asked, stop all."""

    def __init__(self) -> None:
        self._stopping, self._restart = Stop(), Stop()
        self._web: list[Kept] = []
        self._worker: list[Kept] = []
        self._coming: list[Child] = []
        self._leaving: list[tuple[Child, float]] = []
        self._steps: Iterator[None] | None = None

    def run(self, *, demo: bool) -> int:
        """The answer is the exit status."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stopping.on_signal)
        signal.signal(signal.SIGUSR1, self._restart.on_signal)
        first = Child("prepare", *(["--demo"] if demo else []))
        self._coming = [first]
        try:
            self._load()
            while first.status is None:
                if self._stopping.wait(_LOOK_EVERY):
                    return 0
            if first.status:
                return failed("Процесс подготовки базы", first.status)
            told = hear(first.line)
            assert told is not None  # it ends well only after it has told
            self._let_work(told[1])
            return self._keep(f"ОСМ работает: {told[0]['address']}")
        finally:
            running = [kept.child for kept in (*self._web, *self._worker) if kept.child]
            end([*running, *self._coming, *(child for child, _until in self._leaving)])

    def _load(self) -> None:
        """All load the program while the database is set up, which also says what is wrong with the settings."""
        processes = min(max(1, whole(os.environ.get("OSM_WEB_PROCESSES", "").strip()) or 1), 64)
        for number in range(1, processes + 1):
            self._web.append(Kept(f"Веб-процесс {number}" if processes > 1 else "Веб-процесс", "web"))
        self._worker.append(Kept("Фоновый процесс", "worker"))

    def _let_work(self, sockets: list[int]) -> None:
        gives = [*sockets, os.memfd_create("osm")]
        for kept in self._web:
            kept.gives = gives
        for kept in (*self._web, *self._worker):
            if kept.child:
                kept.child.let_work(kept.gives)

    def _keep(self, greeting: str) -> int:
        while not self._stopping.wait(_LOOK_EVERY):
            ready = [kept.child is not None and kept.child.is_ready for kept in self._web]
            if greeting and not any(ready):  # where none can even start the first time, a person has to look
                for kept in self._web:
                    if kept.child and kept.child.status is not None:
                        return failed(kept.words, kept.child.status)
            if greeting and all(ready):
                say(greeting)
                greeting = ""
            for kept in (*self._web, *self._worker):
                kept.look()
            end([child for child, until in self._leaving if child.status is None and time.monotonic() >= until])
            self._leaving = [one for one in self._leaving if one[0].status is None]
            if self._restart.asked and not greeting and self._steps is None:
                self._restart.asked, self._steps = False, self._one_by_one()
            if self._steps is not None and next(self._steps, self) is self:
                self._steps = None
        return 0

    def _one_by_one(self) -> Iterator[None]:
        """Each web process is replaced by a new one once that is ready; the worker ends before its next begins."""
        say("Перезапускаю процессы по одному.")
        for kept in self._web:
            try:
                new = kept.start()
            except OSError as error:
                say(f"Новый веб-процесс не запустился: {why(error)}. Работают прежние.")
                return
            self._coming = [new]
            until = time.monotonic() + READY_SECONDS
            while not new.is_ready and new.status is None and time.monotonic() < until:
                yield
            self._coming = []
            if not new.is_ready:
                end([new])
                say("Новый веб-процесс не запустился: причина выше. Работают прежние.")
                return
            self._dismiss(kept.rest(), signal.SIGUSR1, LEAVE_SECONDS)
            kept.child = new
        for kept in self._worker:
            old = kept.rest()
            self._dismiss(old, signal.SIGTERM, TIME_TO_STOP)
            while old and old.status is None:
                yield
            kept.wake()
        say("Процессы перезапущены.")

    def _dismiss(self, child: Child | None, number: int, seconds: float) -> None:
        if child:
            child.ask(number)
            self._leaving.append((child, time.monotonic() + seconds))


def how_ended(status: int) -> str:
    return f"остановлен сигналом {signal.Signals(-status).name}" if status < 0 else f"завершился (код {status})"


def failed(what: str, status: int) -> int:
    """Say what has ended, unasked, and what becomes of the rest; the answer is the supervisor's own exit status."""
    if status != 1:  # what ends with 1 has said why itself
        how = how_ended(status)
        say(f"{what} {how}. Вместе с ним останавливается вся ОСМ: служба запустит её снова, без службы запустите сами.")
    return max(status, 1)


def end(children: list[Child]) -> None:
    """Ask all to end, and end those that do not."""
    for child in children:
        child.ask(signal.SIGTERM)
    until = time.monotonic() + TIME_TO_STOP
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(max(0.1, until - time.monotonic()))
        if child.status is None:
            child.process.kill()
            child.process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
