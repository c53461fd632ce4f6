"""`osm purge`: what has outlived its term of keeping (152-ФЗ)."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from osm.clock import current_now
from osm.retention import queries
from osm.retention.rules import TERMS
from osm.services.errors import ServiceError

_BY_A_PERSON = (
    "Уничтожает фоновая программа: первый раз по кнопке администратора («Управление» → «Сроки хранения»), потом каждую "
    "ночь. Посмотреть, что будет уничтожено: osm purge --dry-run. Ничего не изменено."
)


@click.command("purge", help="Показать, у чего истёк срок хранения (152-ФЗ). Уничтожает фоновая программа.")
@click.option("--dry-run", is_flag=True, help="Только показать.")
@with_appcontext
def purge(dry_run: bool) -> None:
    ServiceError.when(not dry_run, _BY_A_PERSON)
    counts = queries.due_counts(current_now())
    for kept, count in counts.items():
        click.echo(f"{TERMS[kept].label}: {count}")
    if not counts:
        click.echo("Сроки хранения ещё ни у чего не истекли.")
