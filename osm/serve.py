"""`python -m osm.serve [--demo]`: web and worker as two processes of one supervisor that stops both.

`python -m osm.serve web` and `… worker` are one process alone, for an installation whose service manager starts each by
itself; `python -OO -m osm.serve modules` prepares a new installation. What a process does not need it does not load: of
three that live side by side, each costs its own memory.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from importlib import import_module
from importlib.util import cache_from_source, find_spec
from pathlib import Path
from types import FrameType

from osm.failures import why
from osm.settings import ROOT, Settings, SettingsError, load_settings
from osm.supervised import MARK, TIME_TO_STOP, Stop, end_with_supervisor

PROCESSES = ("web", "worker")
_MEMORY = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "131072",
    "MALLOC_TRIM_THRESHOLD_": "131072",
    "PYTHONNODEBUGRANGES": "1",
}
"""The C library keeps freed memory for each thread apart, by which nobody gains under Python's one lock, and keeps
more of it after each large block that was ever freed, unless the limits stand still. Python keeps the column of every
instruction, which no line of the log names. The first and the last together: 8 MB of web and worker under fifty people.
"""
_WITHOUT_DESCRIPTIONS = {"PYTHONOPTIMIZE": "2"}
"""Modules without their docstrings, which nobody asks for here: 4 MB less in each process."""
_LIBRARIES = ("subprocess", "sqlalchemy", "osm")
"""A module of Python's own, one of those that are installed, and this program."""
_PAUSE_BEFORE_RESTART = 5.0
_LOOK_EVERY = 0.2


def main(arguments: list[str]) -> int:
    """Run what the arguments name; the answer is the exit status."""
    if arguments == ["modules"]:
        return read_modules()
    try:
        settings = load_settings()
        if arguments in (["web"], ["worker"]):
            return serve_web(settings) if arguments == ["web"] else serve_worker(settings)
        if arguments in (["prepare"], ["prepare", "--demo"]):
            return set_up(settings, demo="--demo" in arguments)
        if arguments not in ([], ["--demo"]):
            say("Вызов: python -m osm.serve [--demo] | web | worker")
            return 2
        return supervise(settings, demo="--demo" in arguments)
    except SettingsError as error:
        say(f"ОСМ не запущена. {error}")
        return 1


def serve_web(settings: Settings) -> int:
    """Answer over HTTP until told to stop."""
    from waitress.server import create_server

    from osm import create_app, logs
    from osm.start import prepare
    from osm.web import LARGEST_REQUEST

    end_with_supervisor()
    logs.configure(logging.INFO if settings.is_production else logging.WARNING)
    app = create_app(settings)
    prepare(app)
    proxy = (
        {"trusted_proxy": settings.trusted_proxy, "trusted_proxy_headers": "x-forwarded-for x-forwarded-proto"}
        if settings.trusted_proxy
        else {}
    )
    try:
        server = create_server(
            app,
            host=settings.host,
            port=settings.port,
            threads=settings.threads,
            url_scheme="https" if settings.https else "http",
            # Up to here the application itself says in Russian that it was too much; the server has one English line.
            max_request_body_size=4 * LARGEST_REQUEST,
            clear_untrusted_proxy_headers=True,
            ident=None,
            **proxy,
        )
    except OSError as error:
        raise SettingsError(
            f"Адрес {settings.host}:{settings.port} занят или недоступен ({why(error)}). "
            "Остановите другую программу или задайте другие HOST и PORT."
        ) from error
    except ValueError as error:  # of what was given above, the server looks up the host alone
        raise SettingsError(f"HOST = «{settings.host}»: такого адреса нет. Пример: 127.0.0.1.") from error
    signal.signal(signal.SIGTERM, _interrupt)
    say(f"ОСМ работает: http://{settings.host}:{settings.port}")
    server.run()  # returns on KeyboardInterrupt
    return 0


def serve_worker(settings: Settings) -> int:
    """Do what is due until told to stop."""
    from osm import create_app
    from osm.jobs.running import run
    from osm.start import prepare

    app = create_app(settings, with_web=False)
    prepare(app)
    with app.app_context():
        run(app)
    return 0


def set_up(settings: Settings, *, demo: bool) -> int:
    """Make the database ready, and fill an empty one where the demonstration is wanted."""
    from osm import create_app
    from osm.start import prepare

    app = create_app(settings, with_web=False)
    prepare(app)
    if demo and not settings.is_production:
        with app.app_context():
            _show_demonstration()
    return 0


def supervise(settings: Settings, *, demo: bool) -> int:
    """Set up, start both processes, start the worker anew when it ends, stop all when the web process does."""
    del settings  # those that are started read them themselves; here they were only checked
    stopping = Stop()
    signal.signal(signal.SIGTERM, stopping.on_signal)
    signal.signal(signal.SIGINT, stopping.on_signal)
    first = {"prepare": start("prepare", *(["--demo"] if demo else []))}
    while first["prepare"].poll() is None:
        if stopping.wait(_LOOK_EVERY):
            stop(first)
            return 0
    if first["prepare"].returncode:
        return ended("Процесс подготовки базы", first["prepare"].returncode)
    running = {name: start(name) for name in PROCESSES}
    try:
        while not stopping.wait(_LOOK_EVERY):
            if running["web"].poll() is not None:
                return ended("Веб-процесс", running["web"].returncode)
            if running["worker"].poll() is not None:
                say("Фоновый процесс остановился, запускаю его снова.")
                if not stopping.wait(_PAUSE_BEFORE_RESTART):
                    running["worker"] = start("worker")
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

    Its standard input ends with the supervisor, and then it ends too (`osm.supervised`).
    """
    command = [sys.executable, "-m", "osm.serve", *name]
    lean = _WITHOUT_DESCRIPTIONS if keeps_copies_without_descriptions() else {}
    environ = {**_MEMORY, **lean, **os.environ, MARK: "1"}
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, env=environ)  # noqa: S603


def keeps_copies_without_descriptions() -> bool:
    """Whether Python keeps its modules, the installed ones and ours compiled so, or can as soon as they are read.

    Else each start would compile a thousand modules anew. Where the program belongs to another user, he makes the
    copies by `python -OO -m osm.serve modules`, as docs/install.md says.
    """
    for name in _LIBRARIES:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            return False
        copy = Path(cache_from_source(spec.origin, optimization=2))
        if not copy.exists() and (sys.dont_write_bytecode or not os.access(copy.parent, os.W_OK)):
            return False
    return True


def read_modules() -> int:
    """Read all that web and worker read at their start, by which Python keeps a compiled copy of each module."""
    from osm import web

    screens = [f"{web.__name__}.{name}" for name in (*web.BASE, *web.SCREENS)]
    for name in ("osm.cli", "osm.jobs.running", "osm.start", "psycopg", "waitress.server", *screens):
        import_module(name)
    return 0


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


def _show_demonstration() -> None:
    """Fill an empty database, else say who can log in."""
    from osm.demo.seed import database_is_empty
    from osm.services.staff.users import demonstration_users

    if database_is_empty():
        subprocess.run([sys.executable, "-m", "flask", "--app", "app", "osm", "demo"], cwd=ROOT, check=False)
        return
    logins = demonstration_users()
    if logins:
        say("Демонстрационные учётные записи (пароль demo- и логин): " + ", ".join(logins))


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def say(words: str) -> None:
    """To the person at the terminal."""
    sys.stderr.write(words + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
