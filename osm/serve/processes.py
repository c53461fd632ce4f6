"""What `python -m osm.serve` starts: the web process, the worker, and before both the set-up of the database."""

import gc
import logging
import signal
import socket
import tempfile
from types import FrameType
from typing import Any

from flask import Flask

from osm import create_app
from osm.base import supervised
from osm.base.supervised import (
    NO_ROOM,
    Stop,
    end_with_supervisor,
    is_supervised,
    say,
    tell_supervisor,
    wait_for_the_database,
    why,
)
from osm.jobs import running
from osm.people.acts.users import demonstration_users
from osm.serve.start import prepare
from osm.serve.web_server import address_of, listen, make_server, passed_on, serve
from osm.settings import Settings, SettingsError, load_settings


def run(name: str, *, demo: bool) -> int:
    """Be this process until it ends; the answer is the exit status."""
    supervised.configure(logging.WARNING)
    if name != "prepare":
        wait_for_the_database()
    try:
        settings = load_settings()
        try:  # now and once: on a full disk Python would take another folder, or find that there is none at all
            tempfile.gettempdir()
        except FileNotFoundError as error:
            raise SettingsError(NO_ROOM) from error
        if name == "web":
            serve_web(settings)
        elif name == "worker":
            serve_worker(settings)
        else:
            set_up(settings, demo=demo)
    except SettingsError as error:
        say(f"ОСМ не запущена. {error}")
        return 1
    return 0


def serve_web(settings: Settings) -> None:
    """Answer over HTTP until stopped; after SIGUSR1 until the last connection has ended."""
    end_with_supervisor()
    leaving = Stop()
    signal.signal(signal.SIGUSR1, leaving.on_signal)
    supervised.configure(logging.INFO if settings.is_production else logging.WARNING)
    app = create_app(settings)
    prepare(app)
    gc.freeze()
    server = make_server(
        app, sockets=passed_on() or _listen(settings), threads=settings.threads,
        url_scheme="https" if settings.https else "http", **proxy_options(settings),
    )  # fmt: skip
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop_once)
    if is_supervised():
        tell_supervisor({"ready": True})
    else:
        say(f"ОСМ работает: {address_of(settings)}")
    serve(server, leaving)


def _stop_once(_number: int, _frame: FrameType | None) -> None:
    """The first signal stops the server; systemd and the supervisor both send one, and the second must not cut it off
    while it ends what it has begun."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _listen(settings: Settings) -> list[socket.socket]:
    """SettingsError where the address is taken or is none."""
    try:
        return listen(settings.host, settings.port)
    except socket.gaierror as error:
        raise SettingsError(f"HOST = «{settings.host}»: такого адреса нет. Пример: 127.0.0.1.") from error
    except OSError as error:
        raise SettingsError(
            f"Адрес {settings.host}:{settings.port} занят или недоступен ({why(error)}). "
            "Остановите другую программу или задайте другие HOST и PORT."
        ) from error


def proxy_options(settings: Settings) -> dict[str, Any]:
    """The proxy that is believed about the address of a visitor: it adds the address last."""
    if not settings.trusted_proxy:
        return {}
    return {"trusted_proxy": settings.trusted_proxy, "trusted_proxy_headers": "x-forwarded-for x-forwarded-proto"}


def serve_worker(settings: Settings) -> None:
    app = create_app(settings, with_web=False)
    prepare(app)
    gc.freeze()  # what was loaded stays: looking for garbage in it costs a tenth of an import
    with app.app_context():
        running.run(app)


def set_up(settings: Settings, *, demo: bool) -> None:
    """Make the database ready and listen for all web processes: the supervisor holds the sockets."""
    app = create_app(settings, with_web=False)
    prepare(app)
    if demo and not settings.is_production:
        _demonstrate(app)
    if is_supervised():
        tell_supervisor({"address": address_of(settings), "processes": settings.web_processes}, _listen(settings))


def _demonstrate(app: Flask) -> None:
    """Fill an empty database with the demonstration, else say who can log in."""
    from osm.cli.office import fill  # web and worker have no use for the demonstration
    from osm.demo.office import SeedRefused, database_is_empty

    with app.app_context():
        if database_is_empty():
            try:
                fill()
            except SeedRefused as error:
                say(str(error))
        elif logins := demonstration_users():
            say("Демонстрационные учётные записи (пароль demo- и логин): " + ", ".join(logins))
