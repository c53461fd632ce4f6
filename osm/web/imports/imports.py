"""Imports: upload a file, see what its columns were taken for, correct, check, load, read the report."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.connectors.base import ConnectorError
from osm.regulation.errors import MissingInput
from osm.regulation.words import Role
from osm.services.errors import NotFound
from osm.services.imports import runs
from osm.services.imports.recall import WorkedOn, recall_run
from osm.services.imports.runs import RunMovedOn
from osm.store.models import ImportRun
from osm.store.queries.imports import imports as queries
from osm.web.access import allow, me
from osm.web.form_values import Typed, asked_id, number, text, uploads
from osm.web.htmx import see_other
from osm.web.imports.view import STATE_LABELS, RunPage, progress_view, run_page
from osm.web.run_act import run_act
from osm.web.turns import costly

blueprint = Blueprint("imports", __name__, url_prefix="/imports")

LOADERS = (Role.CURATOR, Role.ADMIN)
FIELD = "field-"
"""How the selects of columns are named in the form: field-text, field-url …"""


@blueprint.get("")
@allow(*LOADERS)
def index() -> ResponseReturnValue:
    return _index()


@blueprint.post("")
@allow(*LOADERS)
@costly
def upload() -> ResponseReturnValue:
    def act(**who: Any) -> ImportRun:
        files = uploads("file")
        if not files:
            raise MissingInput("file", "Выберите файл выгрузки: XLSX, XLS, ODS или CSV.")
        try:
            run = runs.upload_file(files[0].filename, files[0].content, source=text("source"), **who, by_hand=True)
        except ConnectorError as error:
            raise MissingInput("file", str(error)) from error
        if text("what") == "check":
            runs.check_at_once(run.id, **who)
        return run

    return run_act(act, _index, lambda run: see_other(url_for("imports.show", run_id=run.id)))


@blueprint.get("/<int:run_id>")
@allow(*LOADERS)
def show(run_id: int) -> ResponseReturnValue:
    return _shown(run_page(run_id, me(), current_now(), whole="all" in request.args))


@blueprint.get("/<int:run_id>/progress")
@allow(*LOADERS)
def progress(run_id: int) -> ResponseReturnValue:
    """Polled while the worker is busy; afterwards, and without htmx, the page itself is the answer."""
    view = progress_view(run_id, current_now())
    if view is None:
        raise NotFound("Загрузка")
    if not view.is_running or "HX-Request" not in request.headers:
        return see_other(url_for("imports.show", run_id=run_id))
    return render_template("imports/_progress.html", progress=view, run_id=run_id)


@blueprint.post("/<int:run_id>/sheet")
@allow(*LOADERS)
@costly
def sheet(run_id: int) -> ResponseReturnValue:
    """Another sheet, or another row with the headings: the columns are found anew."""
    return _run(
        run_id, lambda run_id, **_: runs.point_at_header(run_id, sheet=text("sheet"), header_row=number("header_row"))
    )


@blueprint.post("/<int:run_id>/start")
@allow(*LOADERS)
def start(run_id: int) -> ResponseReturnValue:
    columns = {name.removeprefix(FIELD): value for name, value in request.form.items() if name.startswith(FIELD)}
    times, history, dry_run = text("times"), bool(text("history")), text("what") != "load"
    return _run(run_id, partial(runs.start_run, columns=columns, times=times, history=history, dry_run=dry_run))


@blueprint.post("/<int:run_id>/publish")
@allow(*LOADERS)
def publish(run_id: int) -> ResponseReturnValue:
    history = text("history")
    return _run(run_id, partial(runs.publish_run, history=history == "yes" if history else None))


@blueprint.post("/<int:run_id>/discard")
@allow(*LOADERS)
def discard(run_id: int) -> ResponseReturnValue:
    said = "Загрузка отменена, файл удалён. В реестре ничего не изменилось."
    return _run(run_id, runs.discard_run, lambda _: see_other(url_for("imports.index"), said))


@blueprint.post("/<int:run_id>/recall")
@allow(*LOADERS)
def recall(run_id: int) -> ResponseReturnValue:
    """Taken back as a whole, until somebody has worked on a message of it."""
    return _run(run_id, recall_run)


def _index(typed: Typed | None = None) -> str:
    return render_template(
        "imports/index.html",
        runs=queries.latest_runs(asked_id("before")),
        sources=queries.source_names(),
        default_source=runs.DEFAULT_SOURCE,
        source=text("source"),
        errors=typed.errors if typed else {},
        labels=STATE_LABELS,
        list_rows=queries.LIST_ROWS,
    )


def _shown(page: RunPage) -> str:
    return render_template("imports/run.html", page=page, run=page.run, labels=STATE_LABELS)


def _run(
    run_id: int, act: Callable[..., Any], done: Callable[[Any], ResponseReturnValue] | None = None
) -> ResponseReturnValue:
    """A mistake shows the form with what was chosen; somebody was quicker: who, when, and how the run stands now."""
    return run_act(
        partial(act, run_id),
        lambda typed: _shown(run_page(run_id, me(), current_now(), typed=typed)),
        done or (lambda _: see_other(url_for("imports.show", run_id=run_id))),
        refused=(MissingInput, RunMovedOn, WorkedOn),
    )


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
