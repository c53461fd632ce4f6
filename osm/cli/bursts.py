"""`osm bursts`: heightened activity as far as it is known (П.20)."""

from __future__ import annotations

import json

import click
from flask.cli import with_appcontext

from osm.bursts.queries import BurstRow, all_bursts
from osm.extensions import current_settings


@click.command("bursts", help="Показать всплески: когда об одной теме или одном месте пишут многие (п. 20).")
@click.option("--json", "as_json", is_flag=True, help="Всплеск в строке, объектом JSON.")
@with_appcontext
def command(as_json: bool) -> None:
    """The earliest known first. `count`: how many there are by now; `numbers`: of its messages, without comments."""
    for row, numbers in all_bursts():
        click.echo(json.dumps(_as_dict(row, numbers), ensure_ascii=False) if as_json else _in_words(row, numbers))


def _as_dict(row: BurstRow, numbers: list[str]) -> dict[str, object]:
    return {
        "kind": row.kind.value,
        "name": row.name,
        "since": row.since.isoformat(),
        "known_at": row.known_at.isoformat(),
        "count": row.count,
        "usual": row.usual,
        "numbers": numbers,
    }


def _in_words(row: BurstRow, numbers: list[str]) -> str:
    zone = current_settings().time_zone
    named = f", № {', '.join(numbers)}" if numbers else ""
    return f"{row.title}, {row.against}, с {row.since.astimezone(zone):%d.%m %H:%M}{named}"
