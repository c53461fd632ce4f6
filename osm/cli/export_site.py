"""`osm export-site DIR`: the register of official pages as files, for sites that only take files (Пр.1.3)."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from osm.clock import current_now
from osm.documents.site.register import Places
from osm.extensions import current_settings
from osm.pages.acts.profile import export_files, public_register, site_files
from osm.settings.site import origin_of


@click.command("export-site", help="Записать в DIR реестр страниц для официального сайта: HTML, JSON, открытые данные.")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--url", default="", metavar="URL", help="По какому адресу эта папка видна на сайте: https://…/pages/")
@with_appcontext
def command(folder: Path, url: str) -> None:
    """Only what changed is written; what is no longer made is taken away."""
    if url and not origin_of(url):
        raise click.BadParameter(
            "нужен адрес папки на сайте, например https://priozerny.example/pages/", param_hint="--url"
        )
    settings = current_settings()
    today = current_now().astimezone(settings.time_zone).date()
    register = public_register(settings.time_zone, today, show_forbidden=settings.site.show_forbidden)
    files = site_files(register, Places(f"{url.rstrip('/')}/" if url else ""))
    done = export_files(files, folder)
    click.echo(f"Записано: {done.written}, без изменений: {done.unchanged}, убрано: {done.removed}. Папка: {folder}")
    if not register.inn:
        click.echo("ИНН администрации не указан: без него открытых данных нет.", err=True)
