"""`osm worker`: the process that does what is due, round after round; `osm tick`: one round at a given instant."""

import json
import sys
from datetime import datetime

import click
from flask import current_app
from flask.cli import with_appcontext

from osm.jobs.running import run, run_due


@click.command("worker", help="Фоновый процесс: загружает выгрузки и делает всё, чему пришёл срок.")
@with_appcontext
def worker() -> None:
    """The process alone; a second one waits while this one works."""
    run(current_app._get_current_object())  # type: ignore[attr-defined]


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
        # Its words may quote what people have written.
        click.echo(f"Круг не закончен: {type(error).__name__}. Где ошибка, сказано строкой выше.", err=True)
        sys.exit(1)
