"""Imports: upload a file, see what its columns were taken for, correct, check, load, read the report."""

from __future__ import annotations

from flask import Blueprint, Flask, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.connectors.base import ConnectorError
from osm.regulation.errors import MissingInput
from osm.regulation.words import Role
from osm.services.errors import NotFound
from osm.services.imports import runs
from osm.services.imports.runs import RunMovedOn
from osm.store.queries.imports import imports as queries
from osm.web.access import allow
from osm.web.acting import asked_id, me, number, text, typed_values, uploads
from osm.web.htmx import see_other
from osm.web.imports.view import STATE_LABELS, RunPage, progress_view, run_page

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
def upload() -> ResponseReturnValue:
    files = uploads("file")
    if not files:
        return _index({"file": "Выберите файл выгрузки: XLSX, XLS, ODS или CSV."}, 422)
    try:
        run = runs.upload_file(
            files[0].filename, files[0].content, source=text("source"), actor=me(), now=current_now(), by_hand=True
        )
    except ConnectorError as error:
        return _index({"file": str(error)}, 422)
    except MissingInput as error:
        return _index({error.field: str(error)}, 422)
    return see_other(url_for("imports.show", run_id=run.id))


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
def sheet(run_id: int) -> ResponseReturnValue:
    """Another sheet, or another row with the headings: the columns are found anew."""
    try:
        runs.point_at_header(run_id, sheet=text("sheet"), header_row=number("header_row"))
    except MissingInput as error:
        return _again(run_id, error)
    except RunMovedOn as error:
        return _moved_on(run_id, error)
    return see_other(url_for("imports.show", run_id=run_id))


@blueprint.post("/<int:run_id>/start")
@allow(*LOADERS)
def start(run_id: int) -> ResponseReturnValue:
    columns = {name.removeprefix(FIELD): value for name, value in request.form.items() if name.startswith(FIELD)}
    try:
        runs.start_run(
            run_id,
            columns=columns,
            times=text("times"),
            history=bool(text("history")),
            dry_run=text("what") != "load",
            actor=me(),
            now=current_now(),
        )
    except MissingInput as error:
        return _again(run_id, error)
    except RunMovedOn as error:
        return _moved_on(run_id, error)
    return see_other(url_for("imports.show", run_id=run_id))


@blueprint.post("/<int:run_id>/publish")
@allow(*LOADERS)
def publish(run_id: int) -> ResponseReturnValue:
    try:
        runs.publish_run(run_id, actor=me(), now=current_now())
    except RunMovedOn as error:
        return _moved_on(run_id, error)
    return see_other(url_for("imports.show", run_id=run_id))


@blueprint.post("/<int:run_id>/discard")
@allow(*LOADERS)
def discard(run_id: int) -> ResponseReturnValue:
    try:
        runs.discard_run(run_id, actor=me(), now=current_now())
    except RunMovedOn as error:
        return _moved_on(run_id, error)
    flash("Загрузка отменена, файл удалён. В реестре ничего не изменилось.", "success")
    return see_other(url_for("imports.index"))


def _index(errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "imports/index.html",
        runs=queries.latest_runs(asked_id("before")),
        sources=queries.source_names(),
        default_source=runs.DEFAULT_SOURCE,
        source=text("source"),
        errors=errors or {},
        labels=STATE_LABELS,
        list_rows=queries.LIST_ROWS,
    )
    return page, status


def _shown(page: RunPage, status: int = 200) -> ResponseReturnValue:
    return make_response(render_template("imports/run.html", page=page, run=page.run, labels=STATE_LABELS), status)


def _again(run_id: int, error: MissingInput) -> ResponseReturnValue:
    """The same form with what was chosen and the reason at its field."""
    page = run_page(run_id, me(), current_now(), typed=typed_values(), errors={error.field: str(error)})
    return _shown(page, 422)


def _moved_on(run_id: int, error: RunMovedOn) -> ResponseReturnValue:
    """Somebody was quicker: who, when, and how the run stands now."""
    return _shown(run_page(run_id, me(), current_now(), notice=str(error)), 409)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
