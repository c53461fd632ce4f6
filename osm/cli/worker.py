"""`osm worker`: the process that does what is due, round after round; `osm tick`: one round at a given instant."""

from __future__ import annotations

import json
import logging
import signal
import sys
from datetime import datetime
from threading import Event

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from osm import logs
from osm.cli._lease import WorkerLease
from osm.clock import current_now
from osm.extensions import db
from osm.jobs import beat, is_gone, run_due
from osm.services.pace import Pace
from osm.services.reading import comment_checks, due, repeats, verdicts
from osm.supervised import end_with_supervisor

log = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0
ROUND_SECONDS = 5.0
"""What a long import may take before the other jobs have their turn."""


@click.command("worker", help="Фоновый процесс: загружает выгрузки и делает всё, чему пришёл срок.")
@with_appcontext
def worker() -> None:
    """The process by itself; a second one waits while this one works."""
    run(current_app._get_current_object())  # type: ignore[attr-defined]


def run(app: Flask) -> None:
    """Do what is due until the process is told to stop, inside an application context."""
    end_with_supervisor()
    logs.configure(logging.INFO if app.extensions["osm_settings"].is_production else logging.WARNING)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    log.info("worker started")
    verdicts.owe_outdated()  # the program may be another edition than that which judged and read before
    comment_checks.owe_outdated()
    repeats.owe_outdated()
    with WorkerLease(app) as lease:
        work(lease, stop)
    log.info("worker stopped")


def work(lease: WorkerLease, stop: Event) -> None:
    """Round after round while the lease is held."""

    def goes_on() -> bool:
        beat(current_now())
        return lease.held and not stop.is_set()

    pace = Pace(goes_on=goes_on, is_gone=is_gone, seconds=ROUND_SECONDS)
    had = False
    while not stop.is_set():
        busy = False
        try:
            has = lease.held  # asked once: its thread renews it meanwhile
            if has and not had:
                due.release_all()
            had = has
            busy = has and any(run_due(current_now(), pace).values())
        except Exception:
            # Already logged by its job; the next round tries again.
            log.info("round failed")
        finally:
            db.session.remove()
        stop.wait(0 if busy else PAUSE_SECONDS)


@click.command("tick", help="Один круг фоновой работы на заданный момент.")
@click.option("--at", "at", required=True, metavar="ISO", help="Момент с поясом, например 2026-04-30T10:00+10:00.")
@with_appcontext
def tick(at: str) -> None:
    """Do one round of all jobs as if it were this instant, and print what was done."""
    try:
        instant = datetime.fromisoformat(at)
    except ValueError:
        raise click.BadParameter("нужен момент вида 2026-04-30T10:00+10:00", param_hint="--at") from None
    if instant.tzinfo is None:
        raise click.BadParameter("нет часового пояса, пример: 2026-04-30T10:00+10:00", param_hint="--at")
    try:
        click.echo(json.dumps(run_due(instant), ensure_ascii=False))
    except Exception as error:
        click.echo(f"Круг не закончен: {error}", err=True)
        sys.exit(1)


COMMANDS = [worker, tick]
