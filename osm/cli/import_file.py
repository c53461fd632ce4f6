"""`osm import FILE`: an export of «Инцидент Менеджмент» into the register, without a question asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from osm.clock import current_now
from osm.connectors.base import ConnectorError
from osm.extensions import db
from osm.jobs import PROCESS
from osm.services import import_runs
from osm.services.errors import ServiceError
from osm.store.models import ImportRow, ImportRun, ImportState, RowOutcome


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", default="", metavar="NAME", help="Источник, чьё соответствие столбцов взять и запомнить.")
@click.option("--times", type=click.Choice(import_runs.TIMES), help="По какому времени даты в файле.")
@click.option("--dry-run", is_flag=True, help="Только показать, что будет загружено.")
@click.option("--history", is_flag=True, help="Старые сообщения: сроки по ним не идут.")
@click.option("--json", "as_json", is_flag=True, help="Итог в JSON.")
@with_appcontext
def import_file(file: Path, source: str, times: str | None, dry_run: bool, history: bool, as_json: bool) -> None:
    """Загрузить выгрузку FILE: XLSX, XLS, ODS или CSV."""
    try:
        run = import_runs.upload_file(
            file.name, file.read_bytes(), source=source, actor=None, now=current_now(), times=times
        )
    except ConnectorError as error:
        raise ServiceError(str(error)) from error
    run_id = run.id
    import_runs.start_run(
        run_id, columns={}, times=run.times, history=history, dry_run=dry_run, actor=None, now=current_now(), owner=PROCESS
    )
    import_runs.carry_out(run_id, PROCESS, current_now)
    run = db.session.get_one(ImportRun, run_id)
    if run.state is ImportState.FAILED:
        raise ServiceError(run.error)
    report = _report(run)
    if dry_run:
        import_runs.discard_run(run_id, actor=None, now=current_now())
    click.echo(json.dumps(report, ensure_ascii=False) if as_json else _in_words(report, dry_run))


def _report(run: ImportRun) -> dict[str, Any]:
    rows = db.session.execute(
        select(ImportRow.row_no, ImportRow.outcome, ImportRow.reason, ImportRow.warning)
        .where(ImportRow.run_id == run.id)
        .order_by(ImportRow.row_no)
    ).all()
    return {
        "created": run.counts["created"],
        "updated": run.counts["updated"],
        "unchanged": run.counts["unchanged"],
        "duplicates": run.counts["duplicate"],
        "rejected": [
            {"row": number, "reason": reason} for number, outcome, reason, _ in rows if outcome is RowOutcome.REJECTED
        ],
        "warnings": [{"row": number, "reason": line} for number, _, _, text in rows for line in text.splitlines()],
    }


def _in_words(report: dict[str, Any], dry_run: bool) -> str:
    lines = ["Проверка, ничего не записано." if dry_run else "Загружено."]
    lines.append(
        f"Новых {report['created']}, обновлено {report['updated']}, без изменений {report['unchanged']}, "
        f"повторов в файле {report['duplicates']}, не принято {len(report['rejected'])}."
    )
    lines += [f"строка {item['row']}: не принята: {item['reason']}" for item in report["rejected"]]
    lines += [f"строка {item['row']}: {item['reason']}" for item in report["warnings"]]
    return "\n".join(lines)


COMMANDS = [import_file]
