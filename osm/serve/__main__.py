"""`python -m osm.serve [--demo]`: web and worker as two processes of one supervisor that stops both.

`python -m osm.serve web` and `… worker` are one process alone, for an installation with a service manager.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from osm.base.supervised import MARK, TIME_TO_STOP, Stop, say

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = ("web", "worker")
_PAUSE_BEFORE_RESTART = 5.0
_LOOK_EVERY = 0.2
ONE_HEAP = {"MALLOC_ARENA_MAX": "1"}
"""For the C library: its threads would keep a heap each, with what the largest work of each once needed."""


def main(arguments: list[str]) -> int:
    """Run what the arguments name; the answer is the exit status."""
    demo = arguments[-1:] == ["--demo"]
    if arguments in ([], ["--demo"]):
        return supervise(demo=demo)
    if arguments in (["web"], ["worker"], ["prepare"], ["prepare", "--demo"]):
        from osm.serve import processes  # the supervisor loads nothing of the application

        return processes.run(arguments[0], demo=demo)
    say("Вызов: python -m osm.serve [--demo] | web | worker")
    return 2


def supervise(*, demo: bool) -> int:
    """Set up, let both processes work, restart the worker when it ends, stop all when the web process does.

    Both load the program while the database is set up, and wait for the end of that.
    """
    stopping = Stop()
    signal.signal(signal.SIGTERM, stopping.on_signal)
    signal.signal(signal.SIGINT, stopping.on_signal)
    running = {"prepare": start("prepare", *(["--demo"] if demo else []))} | {name: start(name) for name in PROCESSES}
    try:
        while running["prepare"].poll() is None:
            if stopping.wait(_LOOK_EVERY):
                return 0
        if running["prepare"].returncode:
            return ended("Процесс подготовки базы", running["prepare"].returncode)
        for name in PROCESSES:
            let_work(running[name])
        while not stopping.wait(_LOOK_EVERY):
            if running["web"].poll() is not None:
                return ended("Веб-процесс", running["web"].returncode)
            if running["worker"].poll() is not None:
                say("Фоновый процесс остановился, запускаю его снова.")
                if not stopping.wait(_PAUSE_BEFORE_RESTART):
                    running["worker"] = start("worker")
                    let_work(running["worker"])
        return 0
    finally:
        stop(running)


def ended(what: str, status: int) -> int:
    """Say what has ended, unasked, and what becomes of the rest; the answer is the supervisor's own exit status."""
    if status != 1:  # what ends with 1 has said why itself
        how = f"остановлен сигналом {signal.Signals(-status).name}" if status < 0 else f"завершился (код {status})"
        say(f"{what} {how}. Вместе с ним останавливается вся ОСМ: служба запустит её снова, без службы запустите сами.")
    return max(status, 1)


def start(*name: str) -> subprocess.Popen[bytes]:
    """One of the processes, in the group of the supervisor: what ends the group ends both.

    Its standard input ends with the supervisor, and then it ends too (`osm.base.supervised`).
    """
    command = [sys.executable, "-m", "osm.serve", *name]
    environ = {**ONE_HEAP, **os.environ, MARK: "1"}
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, env=environ)  # noqa: S603


def let_work(process: subprocess.Popen[bytes]) -> None:
    """Tell it that the database is ready (`supervised.wait_for_the_database`)."""
    assert process.stdin is not None
    with suppress(OSError):  # it has ended, and that is seen elsewhere
        process.stdin.write(b"\n")
        process.stdin.flush()


def stop(running: dict[str, subprocess.Popen[bytes]]) -> None:
    """Ask both to end, and end those that do not."""
    for process in running.values():
        if process.poll() is None:
            process.terminate()
    until = time.monotonic() + TIME_TO_STOP
    for process in running.values():
        try:
            process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
