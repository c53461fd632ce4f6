"""`osm import FILE`: an export of «Инцидент Менеджмент»; `osm import-comments FILE`: comments to check (Пр.2.6)."""

import json
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from osm.base.application import current_now
from osm.base.database import db
from osm.base.errors import ServiceError
from osm.base.transaction import in_background
from osm.cli import GivenFile
from osm.comments.acts.importing import CommentReport
from osm.comments.acts.importing import import_file as read_comments
from osm.connectors.base import ConnectorError
from osm.connectors.incident_file import Mapping as Columns
from osm.connectors.incident_file.book import FileRefused
from osm.files.acts.scanning import refuse_infected
from osm.imports.acts import files, runs, work
from osm.imports.queries.runs import RunReport, likeness, portals_among, run_report
from osm.jobs.lease import PROCESS
from osm.models import ImportRun, ImportState
from osm.regulation.errors import MissingInput
from osm.regulation.words import SourceKind


@click.command("import", help="Загрузить выгрузку FILE: XLSX, XLS, ODS или CSV.")
@click.argument("file", type=GivenFile())
@click.option("--source", default="", metavar="NAME", help="Источник, чьё соответствие столбцов взять и запомнить.")
@click.option(
    "--kind", type=click.Choice([one.value for one in SourceKind]), help="Что за сообщения у нового источника."
)
@click.option("--times", type=click.Choice(runs.TIMES), help="По какому времени даты в файле.")
@click.option("--dry-run", is_flag=True, help="Только показать, что будет загружено.")
@click.option("--history", is_flag=True, help="Старые сообщения: сроки по ним не идут.")
@click.option("--json", "as_json", is_flag=True, help="Итог в JSON.")
@with_appcontext
def import_file(
    file: Path, source: str, kind: str | None, times: str | None, dry_run: bool, history: bool, as_json: bool
) -> None:
    """One run from the file to its report, carried out by this process under its own lease."""
    refuse_infected(file, file.name)
    try:
        run_id = _uploaded(file, source, times)
    except ConnectorError as error:
        raise ServiceError(str(error)) from error
    try:
        _must_be_of_networks(run_id, kind)
        runs.start_run(
            run_id, columns={}, times=times or db.session.get_one(ImportRun, run_id).times, history=history,
            dry_run=dry_run, actor=None, now=current_now(), owner=PROCESS, kind=kind,
        )  # fmt: skip
    except (MissingInput, ServiceError):
        _forget(run_id)
        raise
    with in_background():
        work.carry_out(run_id, PROCESS, current_now)
    run = db.session.get_one(ImportRun, run_id)
    if run.state is ImportState.FAILED:
        reason = run.error
        _forget(run_id)
        raise ServiceError(reason)
    if run.state in (ImportState.STAGING, ImportState.PUBLISHING):
        raise ServiceError("Загрузку продолжает фоновый процесс. Её ход и итог — на странице «Загрузки».")
    report = run_report(run_id)
    if dry_run:
        _forget(run_id)
    click.echo(json.dumps(_as_json(report), ensure_ascii=False) if as_json else _in_words(report, dry_run))


def _must_be_of_networks(run_id: int, kind: str | None) -> None:
    """Or be said to be of ПОС: nobody is asked, and its rows must not become messages of the register. Raises
    ServiceError."""
    run = db.session.get_one(ImportRun, run_id)
    if kind is not None or not run.source.regime.by_regulation:
        return
    found = likeness(run)
    portals = () if found.is_as_before else portals_among(found.rivals)
    ServiceError.when(
        bool(portals), f"Такие столбцы — у ПОС: укажите --source «{'», «'.join(portals)}». Ничего не загружено."
    )
    if not any(Columns.from_json(run.mapping).column(name) is not None for name in ("network", "url")):
        click.echo(
            "В файле нет ни соцсетей, ни ссылок. Если это ПОС, отзовите загрузку: нужно --kind portal.", err=True
        )


def _uploaded(file: Path, source: str, times: str | None) -> int:
    """The new run; its file is not even opened where it is too big. Raises ConnectorError."""
    try:
        if file.stat().st_size > files.MAX_BYTES:
            raise FileRefused("file_too_big", megabytes=files.MAX_BYTES // 1024 // 1024)
        content = file.read_bytes()
    except OSError as error:
        raise FileRefused("unreadable") from error
    return runs.upload_file(file.name, content, source=source, actor=None, now=current_now(), times=times).id


def _forget(run_id: int) -> None:
    runs.discard_run(run_id, actor=None, now=current_now())


def _as_json(report: RunReport) -> dict[str, Any]:
    """The stable form (design §9)."""
    return {
        "created": report.counts["created"], "updated": report.counts["updated"],
        "unchanged": report.counts["unchanged"], "duplicates": report.counts["duplicate"],
        "held": [{"row": row.number, "reason": row.reason} for row in report.held],
        "rejected": [{"row": row.number, "reason": row.reason} for row in report.rejected],
        "warnings": [{"row": row.number, "reason": row.reason} for row in report.warnings],
    }  # fmt: skip


_CHANGES = {"text": "текст", "url": "ссылка", "author": "автор", "published_at": "время публикации"}


def _in_words(report: RunReport, dry_run: bool) -> str:
    lines = ["Проверка, ничего не записано." if dry_run else "Загружено."]
    counts = report.counts
    lines.append(
        f"Новых {counts['created']}, обновлено {counts['updated']}, без изменений {counts['unchanged']}, "
        f"повторов в файле {counts['duplicate']}, не принято {counts['rejected']}."
    )
    if dry_run and report.changes:
        named = ", ".join(f"{_CHANGES[name]}: {number}" for name, number in report.changes.items())
        lines.append(f"В прежних сообщениях изменится {named}.")
    lines += [f"строка {row.number}: не принята: {row.reason}" for row in report.rejected]
    lines += [f"строка {row.number}: ждёт решения: {row.reason}" for row in report.held]
    lines += [f"строка {row.number}: {row.reason}" for row in (*report.duplicates, *report.warnings)]
    return "\n".join(lines)


@click.command("import-comments", help="Загрузить комментарии FILE: таблица XLSX, XLS, ODS, CSV или JSONL.")
@click.argument("file", type=GivenFile())
@click.option("--times", type=click.Choice(runs.TIMES), default=runs.TIMES[0], help="По какому времени даты в таблице.")
@click.option("--json", "as_json", is_flag=True, help="Итог в JSON.")
@with_appcontext
def import_comments(file: Path, times: str, as_json: bool) -> None:
    """The worker checks them afterwards; the same file again creates nothing."""
    refuse_infected(file, file.name)
    try:
        report = read_comments(file, times, actor=None, now=current_now())
    except ConnectorError as error:
        raise ServiceError(str(error)) from error
    except OSError as error:
        raise ServiceError("Файл не читается. Ничего не загружено из непрочитанного.") from error
    click.echo(json.dumps(report.as_dict(), ensure_ascii=False) if as_json else _comments_in_words(report))


def _comments_in_words(report: CommentReport) -> str:
    counts = (
        f"Новых {report.created}, изменено {report.updated}, без изменений {report.unchanged}, "
        f"повторов в файле {report.duplicates}, не принято {len(report.rejected)}."
    )
    lines = [f"строка {one.row}: не принята: {one.reason}" for one in report.rejected]
    return "\n".join([counts, *lines])
