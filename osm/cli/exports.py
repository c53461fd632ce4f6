"""What is taken out: answers not yet in ИМ, the register for the site (Пр.1.3), the API; figures, bursts, repeats."""

import json
import os
import tempfile
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from pathlib import Path

import click
from flask.cli import with_appcontext

from osm.base.application import current_now, current_settings, local_zone
from osm.base.errors import ServiceError
from osm.base.supervised import why
from osm.base.types import Span
from osm.bursts.queries import BurstRow, all_bursts
from osm.check.acts import repeats as found_repeats
from osm.check.acts.copies import nearest_messages
from osm.documents.public_register import Places
from osm.documents.tables import Cell, csv_lines, write_xlsx
from osm.flow.acts.clocks import in_force
from osm.imports.acts.mending import COLUMNS, SHEET, answer_rows
from osm.integrators.views import document
from osm.log.acts.record import Reading, record_reading
from osm.messages.queries.parts import Proposals, all_proposals, numbers_of
from osm.pages.acts.profile import export_files, public_register, site_files
from osm.regulation.working_time.worktime import fraction
from osm.reports.queries import definitions, streets
from osm.reports.queries.counting import EVERYTHING, read_clocks
from osm.reports.queries.figures import Figures, figures_of
from osm.settings import Settings
from osm.settings.environment import origin_of

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


# --- `osm figures`, `osm bursts` (П.20), `osm repeats` (П.15): what is counted and found in messages
PLAIN = ("received", "answered", "returned", "excluded", "repeats")


def _day(_context: click.Context, option: click.Parameter, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter("нужна дата, например 2026-11-25", param=option) from None


@click.command("figures", help="Показатели за дни: поступило, отвечено, в срок по пунктам, по отделам.")
@click.option("--from", "first", callback=_day, metavar="ДАТА", required=True, help="Первый день, местная дата.")
@click.option("--to", "last", callback=_day, metavar="ДАТА", required=True, help="Последний день, входит в период.")
@click.option("--json", "as_json", is_flag=True, help="Одним объектом JSON.")
@with_appcontext
def figures(first: date, last: date, as_json: bool) -> None:
    """Both days included; a term that runs past its end counts as missed at this instant."""
    if last < first:
        raise click.BadParameter("последний день раньше первого", param_hint="--to")
    now, calendar = current_now(), in_force().calendar
    span = Span(first, last, calendar.tz)
    clocks = read_clocks(span, now, EVERYTHING)
    found = figures_of(span, now, calendar, clocks=clocks)
    departments = {
        row.name: {"answered": row.answered, "in_time": [row.kept, row.owed]}
        for row in streets.breakdowns_of(span, now, EVERYTHING, clocks)[streets.By.DEPARTMENT]
        if row.answered or row.owed
    }
    in_time = {clause: list(found.in_time(number)) for number, (clause, _) in definitions.CLAUSES.items()}
    if as_json:
        plain = {code: found.counts.get(code, 0) for code in PLAIN}
        click.echo(json.dumps({**plain, "in_time": in_time, "by_department": departments}, ensure_ascii=False))
    else:
        _in_words(span, found)


def _in_words(span: Span, found: Figures) -> None:
    counts = found.counts
    click.echo(f"{span.first:%d.%m.%Y}–{span.last:%d.%m.%Y}: поступило {counts['received']}, из них повторных "
               f"{counts['repeats']}; отвечено {counts['answered']}; возвращено {counts['returned']}; исключено "
               f"{counts['excluded']}")  # fmt: skip
    for number, (clause, done) in definitions.CLAUSES.items():
        kept, owed = found.in_time(number)
        click.echo(f"{clause} — {done}: в срок {fraction(kept, owed)}")


@click.command("bursts", help="Показать всплески: когда об одной теме или одном месте пишут многие (п. 20).")
@click.option("--json", "as_json", is_flag=True, help="Всплеск в строке, объектом JSON.")
@with_appcontext
def bursts(as_json: bool) -> None:
    """The earliest known first. `count`: how many there are by now; `numbers`: of its messages, without comments."""
    zone = local_zone()
    for row, numbers in all_bursts():
        if as_json:
            click.echo(json.dumps(_burst_as_dict(row, numbers), ensure_ascii=False))
            continue
        named = f", № {', '.join(numbers)}" if numbers else ""
        click.echo(f"{row.title}, {row.against}, с {row.since.astimezone(zone):%d.%m %H:%M}{named}")


def _burst_as_dict(row: BurstRow, numbers: list[str]) -> dict[str, object]:
    return {
        "kind": row.kind.value, "name": row.name, "since": row.since.isoformat(),
        "known_at": row.known_at.isoformat(), "count": row.count, "usual": row.usual, "numbers": numbers,
    }  # fmt: skip


@click.command("repeats", help="Показать повторные сообщения (п. 15) и сообщения других о том же.")
@click.option("--json", "as_json", is_flag=True, help="По строке JSON на сообщение.")
@click.option("--near", is_flag=True, help="И ближайшие по словам, как на карточке: до пяти на сообщение.")
@with_appcontext
def repeats(as_json: bool, near: bool) -> None:
    # What the worker has not read yet is read here, so that the answer does not depend on its last round.
    found_repeats.read_due(current_now())
    for proposals in all_proposals():
        nearest = numbers_of(nearest_messages(proposals.message_id) or []) if near else None
        if line := _repeat_in_words(proposals, nearest, as_json):
            click.echo(line)


def _repeat_in_words(found: Proposals, nearest: list[str] | None, as_json: bool) -> str:
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
