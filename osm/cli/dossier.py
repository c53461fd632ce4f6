"""`osm dossier-check`: is this file of a message as the program made it, and the log as it was then?"""

import hashlib
from pathlib import Path

import click
from flask.cli import with_appcontext

from osm.base.application import current_settings
from osm.base.database import db
from osm.base.errors import ServiceError
from osm.cli._calls import GivenFile
from osm.dossier.acts import faults_of, made_file
from osm.models import Message


@click.command("dossier-check", help="Проверить дело сообщения FILE: тот ли это файл, не изменён ли с тех пор журнал.")
@click.argument("file", type=GivenFile())
@with_appcontext
@click.pass_context
def dossier_check(ctx: click.Context, file: Path) -> None:
    made = made_file(hashlib.sha256(file.read_bytes()).hexdigest())
    if made is None:
        raise ServiceError("Такого файла программа не выдавала: он изменён или собран не здесь.")
    message = db.session.get(Message, made.event.message_id)
    at = made.event.at.astimezone(current_settings().time_zone)
    click.echo(f"Дело сообщения № {message.number if message else '?'}: собрано {at:%d.%m.%Y %H:%M}, {made.person}.")
    faults = list(faults_of(made))
    for fault in faults:
        click.echo(f"НЕ СХОДИТСЯ: {fault}.", err=True)
    if not faults:
        click.echo("Файл не изменён, записи журнала о сообщении те же. Весь журнал проверяет osm audit-verify.")
    ctx.exit(1 if faults else 0)
