"""`osm repeats`: which messages repeat earlier ones (П.15), a line a message."""

from __future__ import annotations

import json

import click
from flask.cli import with_appcontext

from osm.check.acts import repeats
from osm.check.acts.copies import nearest_messages
from osm.clock import current_now
from osm.messages.queries.links import Proposals, all_proposals, numbers_of


@click.command("repeats", help="Показать повторные сообщения (п. 15) и сообщения других о том же.")
@click.option("--json", "as_json", is_flag=True, help="По строке JSON на сообщение.")
@click.option("--near", is_flag=True, help="И ближайшие по словам, как на карточке: до пяти на сообщение.")
@with_appcontext
def command(as_json: bool, near: bool) -> None:
    # What the worker has not read yet is read here, so that the answer does not depend on its last round.
    repeats.read_due(current_now())
    for proposals in all_proposals():
        nearest = numbers_of(nearest_messages(proposals.message_id) or []) if near else None
        if line := _line(proposals, nearest, as_json):
            click.echo(line)


def _line(found: Proposals, nearest: list[str] | None, as_json: bool) -> str:
    if as_json:
        data = {"number": found.number, "proposals": found.repeats, "same_matter": found.same_matter}
        return json.dumps(data if nearest is None else {**data, "near": nearest}, ensure_ascii=False)
    parts = []
    if found.repeats:
        parts.append(f"повторяет {_numbers(found.repeats)}")
    if found.same_matter:
        parts.append(f"о том же {_numbers(found.same_matter)}")
    if nearest:
        parts.append(f"похоже на {_numbers(nearest)}")
    return f"№ {found.number}: {'; '.join(parts)}" if parts else ""


def _numbers(numbers: list[str]) -> str:
    return ", ".join(f"№ {number}" for number in numbers)
