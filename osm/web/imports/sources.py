"""The sources of imports: names, the time of their files, and which column holds what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.connectors.incident_file import FIELDS, HOW, Mapping
from osm.regulation.words import Role
from osm.services.errors import NotFound
from osm.services.imports import sources as services
from osm.store.queries.imports import sources as queries
from osm.store.queries.imports.sources import SourceLine
from osm.store.queries.log.edits import edits_of
from osm.web.access import allow
from osm.web.acting import me, seen_version, text
from osm.web.editing import Form, Refusal, attempt, refused_form
from osm.web.htmx import see_other

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

    def edit() -> object:
        given = {"name": text("name"), "times": text("times")}
        return services.edit_source(source_id, seen_version(), **given, columns=columns, actor=me(), now=current_now())

    return _act(source_id, edit, "Сохранено. Следующий файл этого источника будет прочитан так.")


@blueprint.post("/<int:source_id>/forget")
@allow(Role.ADMIN)
def forget(source_id: int) -> ResponseReturnValue:
    return _act(
        source_id,
        lambda: services.forget_columns(source_id, seen_version(), actor=me(), now=current_now()),
        "Столбцы забыты: в следующем файле система найдёт их заново и покажет вам.",
    )


def mapping_of(line: SourceLine) -> Mapping | None:
    """The kept columns; None where there are none, or an older program kept them in a form that is gone."""
    try:
        return Mapping.from_json(line.mapping) if line.mapping else None
    except ValueError:
        return None


def _act(source_id: int, act: Callable[[], Any], said: str) -> ResponseReturnValue:
    def done(_: object) -> ResponseReturnValue:
        flash(said, "success")
        return see_other(url_for("sources.show", source_id=source_id))

    return attempt(act, done, lambda error, status: _page(source_id, error, status))


def _page(source_id: int, error: Refusal | None = None, status: int = 200) -> ResponseReturnValue:
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
    form = refused_form(error, stored, of=("import_source", source_id)) if error else Form(stored)
    page = render_template(
        "imports/sources/source.html",
        source=line,
        mapping=mapping,
        rows=sorted(rows, key=lambda row: not stored[FIELD + row.name]),
        form=form,
        times=TIMES,
        edits=edits_of("import_source", source_id),
    )
    return page, status


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
