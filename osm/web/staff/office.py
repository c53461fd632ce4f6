"""What the administration says of itself: name, ИНН, letterhead, site, responsible person, telephones."""

from __future__ import annotations

from flask import Blueprint, Flask, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.regulation.words import Role
from osm.services.staff.office import edit_office
from osm.store.queries.log.edits import edits_of
from osm.store.queries.staff import leaders as queries
from osm.web.access import allow
from osm.web.form_values import Form, Typed, text
from osm.web.htmx import see_other
from osm.web.run_act import run_edit

blueprint = Blueprint("office", __name__, url_prefix="/admin/office")


@blueprint.get("")
@allow(Role.ADMIN, Role.CURATOR)
def show() -> ResponseReturnValue:
    return _page(queries.OFFICE_ID)


@blueprint.post("")
@allow(Role.ADMIN, Role.CURATOR)
def save() -> ResponseReturnValue:
    return run_edit(
        "office",
        queries.OFFICE_ID,
        lambda _, version, **given: edit_office(version, **given),
        _page,
        lambda _: see_other(url_for("office.show"), "Сохранено."),
        **{name: text(name) for name in queries.DETAILS},
    )


def _page(office_id: int, typed: Typed | None = None) -> str:
    office = queries.office()
    people = queries.leaders()
    return render_template(
        "staff/office.html",
        office=office,
        form=Form({name: getattr(office, name) for name in queries.DETAILS}, typed),
        leaders=people,
        chief=queries.chief_of_staff(people),
        unsupervised=queries.unsupervised(),
        edits=edits_of("office", office_id),
    )


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
