"""`osm import-comments FILE`: comments of the office's pages into the queue of moderation (Пр.2.6)."""

from __future__ import annotations

import json
from pathlib import Path

import click
from flask.cli import with_appcontext

from osm.cli._calls import GivenFile
from osm.clock import current_now
from osm.comments.acts.importing import CommentReport, import_file
from osm.connectors.base import ConnectorError
from osm.imports.acts.runs import TIMES
from osm.services.errors import ServiceError


@click.command("import-comments", help="Загрузить комментарии FILE: таблица XLSX, XLS, ODS, CSV или JSONL.")
@click.argument("file", type=GivenFile())
@click.option("--times", type=click.Choice(TIMES), default=TIMES[0], help="По какому времени даты в таблице.")
@click.option("--json", "as_json", is_flag=True, help="Итог в JSON.")
@with_appcontext
def command(file: Path, times: str, as_json: bool) -> None:
    """The worker checks them afterwards; the same file again creates nothing."""
    try:
        report = import_file(file, times, actor=None, now=current_now())
    except ConnectorError as error:
        raise ServiceError(str(error)) from error
    except OSError as error:
        raise ServiceError("Файл не читается. Ничего не загружено из непрочитанного.") from error
    click.echo(json.dumps(report.as_dict(), ensure_ascii=False) if as_json else _in_words(report))


def _in_words(report: CommentReport) -> str:
    counts = (
        f"Новых {report.created}, изменено {report.updated}, без изменений {report.unchanged}, "
        f"повторов в файле {report.duplicates}, не принято {len(report.rejected)}."
    )
    lines = [f"строка {one.row}: не принята: {one.reason}" for one in report.rejected]
    return "\n".join([counts, *lines])
