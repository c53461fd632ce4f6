"""`osm openapi`: the description of the API for other systems, as docs/openapi.json has it."""

import json

import click

from osm.integrators.views import document


@click.command("openapi", help="Напечатать описание программного интерфейса (OpenAPI 3.1).")
def openapi() -> None:
    click.echo(json.dumps(document(), ensure_ascii=False, indent=2))
