"""`osm directory`: does the directory answer, and what does it say of a person?"""

import json

import click

from osm.clock import current_now
from osm.directory.acts.checking import check
from osm.extensions import current_settings


@click.command(
    "directory", help="Проверить вход через каталог и единый вход; с LOGIN — что каталог говорит о человеке."
)
@click.argument("login", default="")
@click.option("--json", "as_json", is_flag=True, help="Строки {ok, what, say}.")
@click.pass_context
def directory(ctx: click.Context, login: str, as_json: bool) -> None:
    lines = check(current_settings().directory, login, current_now())
    for line in lines:
        told = {"ok": line.ok, "what": line.what, "say": line.say}
        mark = "есть" if line.ok else "НЕТ "
        click.echo(json.dumps(told, ensure_ascii=False) if as_json else f"{mark} {line.what}: {line.say}")
    ctx.exit(0 if all(line.ok for line in lines) else 1)
