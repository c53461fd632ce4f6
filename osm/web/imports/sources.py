"""The sources of imports: names, the time of their files, and which column holds what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.connectors.incident_file import FIELDS, HOW, Mapping
from osm.regulation.words import Role
from osm.services.errors import NotFound
from osm.services.imports import sources as services
from osm.store.queries.imports import sources as queries
from osm.store.queries.imports.sources import SourceLine
from osm.store.queries.log.edits import edits_of
from osm.web.access import allow
from osm.web.form_values import Form, Typed, text
from osm.web.htmx import see_other
from osm.web.run_act import run_edit

blueprint = Blueprint("sources", __name__, url_prefix="/admin/sources")

TIMES = {"local": "местное", "moscow": "московское"}
FIELD = "field-"
"""How the selects of columns are named in the form: field-text, field-url …"""


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field of a message: the column that it is taken from, and how that was found."""

    name: str
    label: str
    how: str


@blueprint.get("")
@allow(Role.ADMIN)
def index() -> ResponseReturnValue:
    lines = [(line, mapping_of(line)) for line in queries.sources()]
    return render_template("imports/sources/index.html", sources=lines, times=TIMES)


@blueprint.get("/<int:source_id>")
@allow(Role.ADMIN)
def show(source_id: int) -> ResponseReturnValue:
    return _page(source_id)


@blueprint.post("/<int:source_id>")
@allow(Role.ADMIN)
def save(source_id: int) -> ResponseReturnValue:
    columns = {name.removeprefix(FIELD): value for name, value in request.form.items() if name.startswith(FIELD)}

    said = "Сохранено. Следующий файл этого источника будет прочитан так."
    return _act(source_id, services.edit_source, said, name=text("name"), times=text("times"), columns=columns)


@blueprint.post("/<int:source_id>/forget")
@allow(Role.ADMIN)
def forget(source_id: int) -> ResponseReturnValue:
    said = "Столбцы забыты: в следующем файле система найдёт их заново и покажет вам."
    return _act(source_id, services.forget_columns, said)


def mapping_of(line: SourceLine) -> Mapping | None:
    """The kept columns; None where there are none, or an older program kept them in a form that is gone."""
    try:
        return Mapping.from_json(line.mapping) if line.mapping else None
    except ValueError:
        return None


def _act(source_id: int, service: Callable[..., Any], said: str, /, **given: Any) -> ResponseReturnValue:
    here = url_for("sources.show", source_id=source_id)
    return run_edit("import_source", source_id, service, _page, lambda _: see_other(here, said), **given)


def _page(source_id: int, typed: Typed | None = None) -> str:
    line = queries.source(source_id)
    if line is None:
        raise NotFound("Источник")
    mapping = mapping_of(line)
    stored = {"name": line.name, "times": line.times}
    rows = []
    for name, field in FIELDS.items() if mapping else ():
        choice = mapping.choices.get(name) if mapping else None
        stored[FIELD + name] = "" if choice is None or choice.column is None else str(choice.column)
        rows.append(FieldRow(name, field.label, HOW[choice.found_by] if choice else "не найдено"))
    return render_template(
        "imports/sources/source.html",
        source=line,
        mapping=mapping,
        rows=sorted(rows, key=lambda row: not stored[FIELD + row.name]),
        form=Form(stored, typed),
        times=TIMES,
        edits=edits_of("import_source", source_id),
    )


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
