"""The log: who did what and when, who has read personal data, whether the seals hold; as pages and as a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import tzinfo

from flask import Blueprint, Flask, Response, current_app, flash, request, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.documents.tables import Cell, Column
from osm.regulation.clause_words import clause_words
from osm.regulation.words import Role
from osm.services.log.audit import verify_log
from osm.services.log.readings_log import Reading, record_reading
from osm.services.log.report import log_check
from osm.settings import Settings
from osm.store.queries.log import page as queries
from osm.store.queries.log.act_words import GROUPS, action_words
from osm.store.queries.log.page import LogRow
from osm.store.queries.log.seals import read_seals
from osm.store.queries.log.when import in_full
from osm.web.access import allow, me
from osm.web.downloads import table_file
from osm.web.filters import day_and_time, local
from osm.web.form_values import asked_id
from osm.web.htmx import render, see_other
from osm.web.log.view import SHOWN, Asked, asked
from osm.web.turns import costly

blueprint = Blueprint("log", __name__, url_prefix="/admin/log")

LARGEST_EXPORT = 100_000
"""Rows. Nobody reads more, and writing them keeps the server busy."""

COLUMNS = (
    Column("Запись №", 10),
    Column("Когда", 17),
    Column("Кто", 24),
    Column("Что произошло", 48),
    Column("Сообщение №", 14),
    Column("Объект", 30),
    Column("Изменения", 48),
    Column("Примечание", 36),
    Column("Пункт", 10),
    Column("Код действия", 20),
)


@blueprint.get("")
@allow(Role.ADMIN)
def index() -> ResponseReturnValue:
    now = current_now()
    record_reading(Reading.LOG, actor=me(), now=now)
    return _page(asked(request.args, _zone()), asked_id("before"))


@blueprint.get("/export")
@allow(Role.ADMIN)
@costly
def export() -> ResponseReturnValue:
    """What is filtered, as XLSX or CSV."""
    question, now = asked(request.args, _zone()), current_now()
    count = queries.log_count(question.wanted, LARGEST_EXPORT + 1)
    if question.errors or count > LARGEST_EXPORT:
        return _page(question, None, too_many=count > LARGEST_EXPORT, status=422)
    details = {"rows": count, "from": question.wanted.begin, "to": question.wanted.end}
    record_reading(Reading.LOG_EXPORT, actor=me(), now=now, details=details)
    kind = "csv" if request.args.get("format") == "csv" else "xlsx"
    rows = _cells(queries.log_rows(question.wanted, in_full(_zone())))
    return table_file(f"Журнал действий {local(now):%Y-%m-%d %H-%M}", COLUMNS, rows, kind=kind, sheet="Журнал")


@blueprint.post("/verify")
@allow(Role.ADMIN)
@costly
def verify() -> ResponseReturnValue:
    """Compare the whole log with its seals now."""
    now = current_now()
    report = verify_log(now)
    log_check(report, me(), now)
    if report.is_other_key:
        flash("Журнал проверен не весь: часть записей запечатана другим ключом.", "danger")
    elif report.is_unsealed:
        flash("Журнал проверен не весь: у части записей нет печати.", "danger")
    elif report.faults:
        flash("Журнал изменён в обход программы. Что найдено, написано ниже.", "danger")
    else:
        flash("Журнал цел: все запечатанные записи на месте и не изменены.", "success")
    return see_other(url_for("log.index"))


def _page(question: Asked, before: int | None, *, too_many: bool = False, status: int = 200) -> Response:
    wanted = question.wanted
    nothing = queries.LogPage((), False)
    return render(
        "log/index.html",
        "log/_list.html",
        status=422 if question.errors else status,
        page=nothing if question.errors else queries.log_page(wanted, day_and_time, before),
        asked=question,
        before=before,
        too_many=LARGEST_EXPORT if too_many else 0,
        unknown_number=bool(wanted.number) and not queries.is_number_known(wanted.number),
        object_name=queries.object_shown(wanted.object_kind, wanted.object_id) if wanted.object_id else "",
        people=queries.people_in_log(),
        groups=[(name, [(code, action_words(code, "")) for code in codes]) for name, codes in GROUPS.items()],
        shown=SHOWN,
        seals=read_seals(),
    )


def _cells(rows: Iterable[LogRow]) -> Iterator[tuple[Cell, ...]]:
    for row in rows:
        yield (
            row.id,
            row.at,
            row.actor,
            row.sentence,
            row.message_number,
            row.object_name,
            "\n".join(row.changes),
            "(удалено)" if row.note is None else row.note,
            clause_words(row.clause),
            row.action,
        )


def _zone() -> tzinfo:
    settings: Settings = current_app.extensions["osm_settings"]
    return settings.time_zone


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
