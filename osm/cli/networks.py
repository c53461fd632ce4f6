"""`osm outbox`: what waits to be done in the networks; `osm connect-page`: a page with its keys from standard input."""

import json
import sys
from typing import Any

import click
from flask.cli import with_appcontext

from osm.base.application import current_now, current_settings
from osm.models import OutboxAction
from osm.outbox.queries import every
from osm.pages.acts.connecting import connect_page as connect
from osm.regulation.blacklist import OUTBOX_KIND_LABELS, OutboxState


@click.command("outbox", help="Показать, что ждёт выполнения в соцсетях: удаления, блокировки.")
@click.option("--json", "as_json", is_flag=True, help="Список в JSON, действие в строке.")
@click.option("--all", "all_", is_flag=True, help="И то, что выполнено, отменено или не удалось.")
@with_appcontext
def outbox(as_json: bool, all_: bool) -> None:
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


_TEXTS = ("network", "id", "title", "publish", "moderate", "has_read", "ground")


@click.command("connect-page", help="Подключить страницу в соцсети: JSON с ключами из стандартного ввода.")
@click.option("--json", "as_json", is_flag=True, help="Ответ в JSON.")
@with_appcontext
def connect_page(as_json: bool) -> None:
    given = _given(sys.stdin.read())
    ways = {name: given[name] for name in ("publish", "moderate", "title", "ground") if name in given}
    has_read = given.get("has_read") == "True"
    done = connect(
        given["network"], given["id"], given["keys"], **ways, has_read=has_read, actor=None, now=current_now()
    )
    report = done.report
    if as_json:
        cannot = [{"what": one.what, "why": one.why} for one in report.cannot]
        found = {"account": done.account_id, "can": [str(act) for act in report.can], "cannot": cannot}
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    said = "Страница подключена" if report.can else "Ключи не подошли, страница записана и остановлена"
    click.echo(f"{said}, № {done.account_id}.")
    for why in dict.fromkeys(one.why for one in report.cannot):
        what = ", ".join(one.what for one in report.cannot if one.why == why)
        click.echo(f"Не может: {what}. {why}", err=True)


def _given(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise click.UsageError("на входе нужен JSON: network, id, keys") from None
    keys = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(keys, dict) or not all(isinstance(value, str) for value in keys.values()):
        raise click.UsageError("на входе нужен объект JSON с network, id и keys (имя ключа — ключ)")
    given = {name: str(found[name]) for name in _TEXTS if found.get(name) is not None}
    if missing := [name for name in ("network", "id") if name not in given]:
        raise click.UsageError(f"на входе нет {missing[0]}")
    return {**given, "keys": keys}
