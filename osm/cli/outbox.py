"""`osm outbox`: what is to be done in the networks and waits."""

from __future__ import annotations

import json

import click
from flask.cli import with_appcontext

from osm.comments.queries.outbox import every
from osm.extensions import current_settings
from osm.regulation.comment_words import OUTBOX_KIND_LABELS, OutboxState
from osm.store.models import OutboxAction


@click.command("outbox", help="Показать, что ждёт выполнения в соцсетях: удаления, блокировки.")
@click.option("--json", "as_json", is_flag=True, help="Список в JSON, действие в строке.")
@click.option("--all", "all_", is_flag=True, help="И то, что выполнено, отменено или не удалось.")
@with_appcontext
def command(as_json: bool, all_: bool) -> None:
    states = tuple(OutboxState) if all_ else (OutboxState.PENDING,)
    if not as_json:
        for row in every(states):
            click.echo(_in_words(row))
        return
    click.echo("[", nl=False)
    for place, row in enumerate(every(states)):
        click.echo((",\n" if place else "\n") + json.dumps(_as_dict(row), ensure_ascii=False), nl=False)
    click.echo("\n]")


def _as_dict(row: OutboxAction) -> dict[str, object]:
    return {
        "id": row.id,
        "kind": row.kind,
        "network": row.network,
        "state": row.state,
        "url": row.address,
        "comment": row.comment_id,
        "author": row.author_id,
        "ban_until": row.ban_until.isoformat() if row.ban_until else None,
        "not_before": row.not_before.isoformat(),
        "created_at": row.created_at.isoformat(),
        "message": row.message_id,
        "attempts": row.attempts,
        "for_person": row.for_person,
        "error": row.error,
        "settled_at": row.settled_at.isoformat() if row.settled_at else None,
    }


def _in_words(row: OutboxAction) -> str:
    since = row.created_at.astimezone(current_settings().time_zone)
    return f"{row.id}: {OUTBOX_KIND_LABELS[row.kind]}, {row.address or row.author_name}, с {since:%d.%m %H:%M}"
