"""`osm repeats`: which messages repeat earlier ones (П.15), a line a message."""

from __future__ import annotations

import json

import click
from flask.cli import with_appcontext

from osm.clock import current_now
from osm.services.reading import repeats
from osm.store.queries.messages.links import Proposals, all_proposals


@click.command("repeats", help="Показать повторные сообщения (п. 15) и сообщения других о том же.")
@click.option("--json", "as_json", is_flag=True, help="По строке JSON на сообщение.")
@with_appcontext
def command(as_json: bool) -> None:
    # What the worker has not read yet is read here, so that the answer does not depend on its last round.
    repeats.read_due(current_now())
    for proposals in all_proposals():
        if line := _line(proposals, as_json):
            click.echo(line)


def _line(found: Proposals, as_json: bool) -> str:
    if as_json:
        data = {"number": found.number, "proposals": found.repeats, "same_matter": found.same_matter}
        return json.dumps(data, ensure_ascii=False)
    parts = []
    if found.repeats:
        parts.append(f"повторяет {_numbers(found.repeats)}")
    if found.same_matter:
        parts.append(f"о том же {_numbers(found.same_matter)}")
    return f"№ {found.number}: {'; '.join(parts)}" if parts else ""


def _numbers(numbers: list[str]) -> str:
    return ", ".join(f"№ {number}" for number in numbers)
