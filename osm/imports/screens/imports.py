"""Imports: upload a file, check and correct its columns, load, read the report; refused and held rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.base.application import current_now
from osm.base.errors import must_exist
from osm.base.numbers import whole
from osm.connectors.base import ConnectorError, IncomingMessage
from osm.files.views import uploads
from osm.flow.acts.clocks import in_force
from osm.flow.queries.clocks import RowClock
from osm.imports.acts import held, mending, runs
from osm.imports.acts import recall as acts_recall
from osm.imports.acts.files import from_payload
from osm.imports.queries import runs as queries_runs
from osm.imports.queries.editions import held_of_message, held_of_run, held_waiting
from osm.imports.queries.runs import waiting
from osm.imports.views import RunPage, progress_view, run_page
from osm.inbox.queries.news import ARRIVAL, HELD_ROW
from osm.inbox.views.rows import show_kind
from osm.messages.queries.parts import Card
from osm.models import Deadline, HeldRow, ImportRun
from osm.regulation.errors import MissingInput, refuse
from osm.regulation.words import ClockKind, Role, SourceKind
from osm.shell import filters, turns
from osm.shell.access import Screens, me
from osm.shell.form_values import Typed, asked_id, number, seen_version, text
from osm.shell.requests import see_other
from osm.shell.run_act import press, run_act

imports_blueprint = Screens("imports", __name__, url_prefix="/imports")

LOADERS = (Role.CURATOR, Role.ADMIN)
KINDS = [(one.value, one.label) for one in SourceKind]
FIELD = "field-"  # How the selects of columns are named in the form: field-text, field-url …


@imports_blueprint.post("", *LOADERS)
@turns.costly
def upload() -> ResponseReturnValue:
    def act(**who: Any) -> ImportRun:
        files = uploads("file")
        refuse("file", not files, "Выберите файл выгрузки: XLSX, XLS, ODS или CSV.")
        try:
            run = runs.upload_file(files[0].filename, files[0].content, source=None, **who, by_hand=True)
        except ConnectorError as error:
            raise MissingInput("file", str(error)) from error
        runs.check_at_once(run.id, **who)
        return run

    return run_act(act, index, lambda run: see_other(url_for("imports.show", run_id=run.id)))


@imports_blueprint.get("/<int:run_id>", *LOADERS)
def show(run_id: int) -> ResponseReturnValue:
    return _shown(run_page(run_id, me(), current_now(), whole="all" in request.args))


@imports_blueprint.get("/<int:run_id>/progress", *LOADERS)
def progress(run_id: int) -> ResponseReturnValue:
    """Polled while the worker is busy; when it is done, and without htmx, the answer is the page."""
    view = must_exist(progress_view(run_id, current_now()), "Загрузка")
    if not view.is_running or "HX-Request" not in request.headers:
        return see_other(url_for("imports.show", run_id=run_id))
    return render_template("imports/_progress.html", progress=view, run_id=run_id)


@imports_blueprint.post("/<int:run_id>/sheet", *LOADERS)
@turns.costly
def sheet(run_id: int) -> ResponseReturnValue:
    """Find the columns again on another sheet or under another header row."""
    return _imports_run(
        run_id, lambda run_id, **_: runs.point_at_header(run_id, sheet=text("sheet"), header_row=number("header_row"))
    )


@imports_blueprint.post("/<int:run_id>/source", *LOADERS)
@turns.costly
def source(run_id: int) -> ResponseReturnValue:
    """Several sources have such files: read it as the one that the person has chosen."""
    return _imports_run(run_id, partial(runs.choose_source, source=text("source")))


@imports_blueprint.post("/<int:run_id>/start", *LOADERS)
def start(run_id: int) -> ResponseReturnValue:
    columns = prefixed(FIELD)
    times, history, dry_run = text("times"), bool(text("history")), text("what") != "load"
    start_run = partial(runs.start_run, columns=columns, source=text("source") or None, kind=text("kind") or None)
    return _imports_run(run_id, partial(start_run, times=times, history=history, dry_run=dry_run))


@imports_blueprint.post("/<int:run_id>/publish", *LOADERS)
def publish(run_id: int) -> ResponseReturnValue:
    history = text("history")
    return _imports_run(run_id, partial(runs.publish_run, history=history == "yes" if history else None))


@imports_blueprint.post("/<int:run_id>/discard", *LOADERS)
def discard(run_id: int) -> ResponseReturnValue:
    notice = "Загрузка отменена, файл удалён. В реестре ничего не изменилось."
    return _imports_run(run_id, runs.discard_run, lambda _: see_other(url_for("imports.index"), notice))


@imports_blueprint.post("/<int:run_id>/recall", *LOADERS)
def recall(run_id: int) -> ResponseReturnValue:
    """Recall the whole load; refused once people have worked on a message of it."""
    return _imports_run(run_id, acts_recall.recall_run)


def prefixed(prefix: str) -> dict[str, str]:
    """The fields of the form whose names begin so, without the prefix."""
    return {name.removeprefix(prefix): value for name, value in request.form.items() if name.startswith(prefix)}


@imports_blueprint.get("", *LOADERS)
def index(typed: Typed | None = None) -> str:
    return render_template(
        "imports/index.html", runs=queries_runs.latest_runs(asked_id("before")), errors=typed.errors if typed else {},
        list_rows=queries_runs.LIST_ROWS,
    )  # fmt: skip


def _shown(page: RunPage) -> str:
    return render_template("imports/run.html", page=page, run=page.run)


def _imports_run(
    run_id: int, act: Callable[..., Any], done: Callable[[Any], ResponseReturnValue] | None = None
) -> ResponseReturnValue:
    """A mistake shows the form with its input; if somebody was quicker, who and when and the present state."""
    return run_act(
        partial(act, run_id),
        lambda typed: _shown(run_page(run_id, me(), current_now(), typed=typed)),
        done or (lambda _: see_other(url_for("imports.show", run_id=run_id))),
        refused=(MissingInput, runs.RunMovedOn, acts_recall.WorkedOn),
    )


# --- A refused row
mending_blueprint = Screens("mending", __name__, url_prefix="/imports")

CELL = "cell-"  # how the fields of cells are named in the form


@mending_blueprint.post("/<int:run_id>/rows/<int:row_no>", *LOADERS)
def mend(run_id: int, row_no: int) -> ResponseReturnValue:
    cells = prefixed(CELL)
    return run_act(
        lambda **who: mending.mend_row(run_id, row_no, cells=cells, **who),
        lambda typed: show_row(run_id, row_no, typed),
        lambda _: see_other(url_for("imports.show", run_id=run_id), f"Строка {row_no} принята."),
        refused=(MissingInput,),
    )


@mending_blueprint.get("/<int:run_id>/rows/<int:row_no>", *LOADERS, endpoint="show")
def show_row(run_id: int, row_no: int, typed: Typed | None = None) -> str:
    row, cells = mending.refused_row(run_id, row_no)
    values = {cell.name: (typed.values if typed else {}).get(CELL + cell.name, cell.value) for cell in cells}
    shown = {"run_id": run_id, "row": row, "cells": cells, "values": values}
    return render_template("imports/row.html", **shown, refused=typed.words if typed else row.reason, typed=typed)


# --- Held rows
held_rows_blueprint = Screens("held_rows", __name__, url_prefix="/imports/held")

INBOX = "/"


@dataclass(frozen=True, slots=True)
class HeldView:
    """One row with its deadline; `may_replace`: the message with this number was not worked on."""

    row: HeldRow
    incoming: IncomingMessage
    chip: filters.Chip | None
    clock: RowClock
    may_replace: bool


@held_rows_blueprint.post("/<int:row_id>/new", Role.CURATOR)
def enter(row_id: int) -> ResponseReturnValue:
    notice = "внесено как новое, идёт срок направления (п. 7)."
    return _run_held(partial(acts_recall.enter_as_new, row_id), lambda done: filters.numbered(done, notice))


@held_rows_blueprint.post("/<int:row_id>/replace", Role.CURATOR)
def replace(row_id: int) -> ResponseReturnValue:
    act = partial(acts_recall.replace, row_id, seen_version())
    return _run_held(act, lambda done: filters.numbered(done, "заменено. Прежний текст остался на карточке."))


@held_rows_blueprint.post("/<int:row_id>/decline", Role.CURATOR)
def decline(row_id: int) -> ResponseReturnValue:
    notice = "Строка не загружена. Если она придёт снова, программа не спросит ещё раз."
    return _run_held(partial(held.decline, row_id), lambda _: notice)


def _run_held(act: Callable[..., Any], notice: Callable[[Any], str]) -> ResponseReturnValue:
    run_id = whole(text("run"))
    return press(act, INBOX if run_id is None else url_for("imports.show", run_id=run_id), notice)


def of_run(run_id: int) -> list[HeldView]:
    return _views(held_of_run(run_id))


def of_card(card: Card) -> list[HeldView]:
    """Rows with the number of this message."""
    is_told = any(entry.action == held.HELD for entry in card.log)
    return _views(held_of_message(card.id)) if is_told else []


def _views(rows: Sequence[HeldRow]) -> list[HeldView]:
    now, calendar = current_now(), in_force().calendar
    views, free = [], acts_recall.replaceable([row.id for row in rows])
    for row in rows:
        term = held.route_term(row.received_at)
        shown = {name: term[name] for name in ("clause", "unit", "explanation")}
        clock = RowClock(Deadline(kind=ClockKind.ROUTE, due_at=row.due_at, blameless=False, **shown))
        chip = filters.running_chip(clock, now, calendar) if row.due_at else None
        views.append(HeldView(row, from_payload(row.payload), chip, clock, row.id in free))
    return views


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(held_of_run=of_run, held_on=of_card, source_kinds=KINDS)
    show_kind(app, ARRIVAL, "imports/_arrival.html", waiting, "run_id")
    show_kind(app, HELD_ROW, "imports/held/_waiting.html", lambda ids: _views(held_waiting(me().roles, ids)), "row.id")
