"""`osm connect-page`: the keys of a page come on standard input, never on the command line."""

from __future__ import annotations

import json
import sys
from typing import Any

import click
from flask.cli import with_appcontext

from osm.accounts.acts.connecting import connect_page
from osm.clock import current_now

_TEXTS = ("network", "id", "title", "publish", "moderate", "has_read")


@click.command("connect-page", help="Подключить страницу в соцсети: JSON с ключами из стандартного ввода.")
@click.option("--json", "as_json", is_flag=True, help="Ответ в JSON.")
@with_appcontext
def command(as_json: bool) -> None:
    given = _given(sys.stdin.read())
    ways = {name: given[name] for name in ("publish", "moderate", "title") if name in given}
    has_read = given.get("has_read") == "True"
    done = connect_page(
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
