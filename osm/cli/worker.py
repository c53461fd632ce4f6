"""`osm worker`: the process that does what is due, round after round; `osm tick`: one round at a given instant."""

from __future__ import annotations

import json
import logging
import signal
import sys
from datetime import datetime
from threading import Event

import click
from flask.cli import with_appcontext

from osm.clock import current_now
from osm.extensions import db
from osm.jobs import run_due

log = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Take up imports and everything else that is due, until the process is told to stop."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    log.info("worker started")
    while not stop.is_set():
        try:
            run_due(current_now())
        except Exception:
            # Already logged by its job; the next round tries again.
            log.info("round failed")
        finally:
            db.session.remove()
        stop.wait(PAUSE_SECONDS)
    log.info("worker stopped")


@click.command("tick")
@click.option("--at", "at", required=True, metavar="ISO", help="Момент с часовым поясом, например 2026-04-30T10:00+10:00.")
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
