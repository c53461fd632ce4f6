"""`osm import-comments FILE.jsonl`: comments of the office's pages into the queue of moderation (Пр.2.6)."""

from __future__ import annotations

import json
from pathlib import Path

import click
from flask.cli import with_appcontext

from osm.cli._calls import GivenFile
from osm.clock import current_now
from osm.connectors.comments_file import lines_of
from osm.services.comments.importing import CommentReport, import_comments
from osm.services.errors import ServiceError


@click.command("import-comments", help="Загрузить комментарии FILE: JSONL, по объекту в строке.")
@click.argument("file", type=GivenFile())
@click.option("--json", "as_json", is_flag=True, help="Итог в JSON.")
@with_appcontext
def command(file: Path, as_json: bool) -> None:
    """The worker checks them afterwards; the same file again creates nothing."""
    try:
        with file.open("rb") as stream:
            report = import_comments(lines_of(stream), actor=None, now=current_now())
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
