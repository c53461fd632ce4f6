"""A row that was refused: what stood in it, mended in place and taken again."""

from __future__ import annotations

from flask import Blueprint, Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.regulation.errors import MissingInput
from osm.services.imports import mending
from osm.web.access import allow
from osm.web.form_values import Typed
from osm.web.htmx import see_other
from osm.web.imports.imports import LOADERS
from osm.web.run_act import run_act

blueprint = Blueprint("mending", __name__, url_prefix="/imports")

CELL = "cell-"
"""How the fields of cells are named in the form."""


@blueprint.get("/<int:run_id>/rows/<int:row_no>")
@allow(*LOADERS)
def show(run_id: int, row_no: int) -> ResponseReturnValue:
    return _page(run_id, row_no)


@blueprint.post("/<int:run_id>/rows/<int:row_no>")
@allow(*LOADERS)
def mend(run_id: int, row_no: int) -> ResponseReturnValue:
    cells = {name.removeprefix(CELL): value for name, value in request.form.items() if name.startswith(CELL)}
    return run_act(
        lambda **who: mending.mend_row(run_id, row_no, cells=cells, **who),
        lambda typed: _page(run_id, row_no, typed),
        lambda _: see_other(url_for("imports.show", run_id=run_id), f"Строка {row_no} принята."),
        refused=(MissingInput,),
    )


def _page(run_id: int, row_no: int, typed: Typed | None = None) -> str:
    row, cells = mending.refused_row(run_id, row_no)
    values = {cell.name: (typed.values if typed else {}).get(CELL + cell.name, cell.value) for cell in cells}
    shown = {"run_id": run_id, "row": row, "cells": cells, "values": values}
    return render_template("imports/row.html", **shown, refused=typed.words if typed else row.reason, typed=typed)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
