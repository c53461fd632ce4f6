"""`osm copy-database`: everything in the database into another one, usually from SQLite to PostgreSQL."""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from sqlalchemy import make_url

from osm.clock import SystemClock
from osm.jobs.lease import is_gone
from osm.keeping.acts.nightly import copy_database


@click.command("copy-database", help="Перенести данные в другую базу: postgresql://имя@узел/osm или sqlite:////путь.")
@click.argument("address")
@click.option("--force", is_flag=True, help="Заменить данные, которые там уже есть.")
@with_appcontext
def command(address: str, force: bool) -> None:
    # Leases use the computer's clock, also with OSM_NOW.
    done = copy_database(address, SystemClock().now(), force=force, is_gone=is_gone)
    click.echo(
        f"Перенесено таблиц {done.tables}, строк {done.rows}; каждая строка сверена. Прежняя база осталась как была. "
        f"Чтобы работать с новой, задайте OSM_DATABASE_URL={make_url(address).render_as_string()} (с паролем, если он "
        "нужен) и запустите ОСМ. Файлы остаются в OSM_DATA_DIR."
    )
