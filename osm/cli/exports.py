"""Answers not yet in ИМ, the register of pages for the site (Пр.1.3), the description of the API, as files."""

import json
import os
import tempfile
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from pathlib import Path

import click
from flask.cli import with_appcontext

from osm.base.application import current_now, current_settings
from osm.base.errors import ServiceError
from osm.base.supervised import why
from osm.documents.site.register import Places
from osm.documents.tables import Cell, csv_lines, write_xlsx
from osm.imports.acts.mending import COLUMNS, SHEET, answer_rows
from osm.integrators.views import document
from osm.log.acts.record import Reading, record_reading
from osm.pages.acts.profile import export_files, public_register, site_files
from osm.settings import Settings
from osm.settings.site import origin_of

DAY = click.DateTime(["%Y-%m-%d", "%d.%m.%Y"])


@click.command("export-answers", help="Записать в FILE (XLSX или CSV) ответы, которых ещё нет в ИМ.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--from", "begin", type=DAY, metavar="ДАТА", help="Все ответы, опубликованные с этого дня.")
@click.option("--to", "end", type=DAY, metavar="ДАТА", help="Все ответы, опубликованные по этот день включительно.")
@with_appcontext
def export_answers(file: Path, begin: datetime | None, end: datetime | None) -> None:
    """With a period all answers of it, entered or not; the file appears whole or not at all."""
    if file.suffix.lower() not in (".xlsx", ".csv"):
        raise click.BadParameter("имя файла должно кончаться на .xlsx или .csv", param_hint="FILE")
    if begin and end and end < begin:
        raise click.BadParameter("конец периода раньше начала", param_hint="--to")
    settings = current_settings()
    bounds = [
        datetime.combine(day, time(), settings.time_zone) if day else None
        for day in (begin, end + timedelta(days=1) if end else None)
    ]
    entered_too = begin is not None or end is not None
    details = {"from": bounds[0], "to": bounds[1], "entered_too": entered_too}
    record_reading(Reading.ANSWERS_EXPORT, actor=None, now=current_now(), details=details)
    count = _write(file, answer_rows(bounds[0], bounds[1], entered_too=entered_too), settings)
    click.echo(f"Ответов: {count}. Файл: {file}")


def _write(file: Path, rows: Iterable[tuple[Cell, ...]], settings: Settings) -> int:
    try:
        with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", delete=False) as part:
            try:
                if file.suffix.lower() == ".xlsx":
                    count = write_xlsx(part, COLUMNS, rows, zone=settings.time_zone, sheet=SHEET)
                else:
                    count = -1
                    for line in csv_lines(COLUMNS, rows, zone=settings.time_zone):
                        part.write(line.encode())
                        count += 1
                part.flush()
                os.fsync(part.fileno())
                Path(part.name).replace(file)
            except BaseException:
                Path(part.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise ServiceError(f"Файл {file} не удалось записать: {why(error)}. Ничего не изменено.") from error
    return count


@click.command("export-site", help="Записать в DIR реестр страниц для официального сайта: HTML, JSON, открытые данные.")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--url", default="", metavar="URL", help="По какому адресу эта папка видна на сайте: https://…/pages/")
@with_appcontext
def export_site(folder: Path, url: str) -> None:
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


# --- The description of the API for other systems, as docs/openapi.json has it
@click.command("openapi", help="Напечатать описание программного интерфейса (OpenAPI 3.1).")
def openapi() -> None:
    click.echo(json.dumps(document(), ensure_ascii=False, indent=2))
