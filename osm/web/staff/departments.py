"""The departments: telephones, deputies and the duty officer of each (П.3)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Flask, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.regulation.words import Role
from osm.services.errors import NotFound
from osm.services.staff import departments as services
from osm.services.staff.departments import MOST_DEPUTIES
from osm.store.queries.log.edits import edits_of
from osm.store.queries.staff import departments as queries
from osm.store.queries.staff.leaders import people_to_supervise
from osm.web.access import allow
from osm.web.form_values import Form, Typed, number, text
from osm.web.htmx import see_other
from osm.web.run_act import EDIT_REFUSED, run_act, run_edit

blueprint = Blueprint("departments", __name__, url_prefix="/admin/departments")

DEPUTIES = tuple(f"deputy-{place}" for place in range(1, MOST_DEPUTIES + 1))
"""How the lists of deputies are named in the form, in the order in which they are asked."""


@blueprint.get("")
@allow(Role.ADMIN)
def index() -> ResponseReturnValue:
    return render_template("staff/departments/index.html", departments=queries.departments())


@blueprint.get("/new")
@allow(Role.ADMIN)
def new() -> ResponseReturnValue:
    return _new_page(Form({}))


@blueprint.post("")
@allow(Role.ADMIN)
def create() -> ResponseReturnValue:
    return run_act(
        partial(services.create_department, **_given()),
        lambda typed: _new_page(Form({}, typed)),
        lambda department: see_other(url_for("departments.show", department_id=department.id), "Отдел добавлен."),
        refused=EDIT_REFUSED,
    )


@blueprint.get("/<int:department_id>")
@allow(Role.ADMIN)
def show(department_id: int) -> ResponseReturnValue:
    return _page(department_id)


@blueprint.post("/<int:department_id>")
@allow(Role.ADMIN)
def save(department_id: int) -> ResponseReturnValue:
    return _act(department_id, services.edit_department, "Сохранено.", **_given())


@blueprint.post("/<int:department_id>/archive")
@allow(Role.ADMIN)
def archive(department_id: int) -> ResponseReturnValue:
    said = "Отдел убран из списка. В истории сообщений он остался."
    return _act(department_id, services.archive_department, said)


@blueprint.post("/<int:department_id>/restore")
@allow(Role.ADMIN)
def restore(department_id: int) -> ResponseReturnValue:
    said = "Отдел снова можно выбирать."
    return _act(department_id, services.restore_department, said)


def _act(department_id: int, service: Callable[..., Any], said: str, /, **given: Any) -> ResponseReturnValue:
    here = url_for("departments.show", department_id=department_id)
    return run_edit("department", department_id, service, _page, lambda _: see_other(here, said), **given)


def _given() -> dict[str, Any]:
    return {
        "name": text("name"),
        "short_name": text("short_name"),
        "phone": text("phone"),
        "other_phones": text("other_phones"),
        "duty_officer_id": number("duty_officer_id"),
        "supervisor_id": number("supervisor_id"),
        "deputy_ids": [user_id for name in DEPUTIES if (user_id := number(name))],
    }


def _new_page(form: Form) -> str:
    return _rendered(None, form)


def _page(department_id: int, typed: Typed | None = None) -> str:
    department = queries.department(department_id)
    if department is None:
        raise NotFound("Отдел")
    stored = {name: getattr(department, name) for name in ("name", "short_name", "phone", "other_phones")}
    stored["duty_officer_id"] = str(department.duty_officer_id or "")
    stored["supervisor_id"] = str(department.supervisor_id or "")
    stored |= {name: str(user_id) for name, user_id in zip(DEPUTIES, department.deputy_ids, strict=False)}
    return _rendered(department, Form(stored, typed, always="name"))


def _rendered(department: queries.DepartmentDetails | None, form: Form) -> str:
    appointed = (department.duty_officer_id, *department.deputy_ids) if department else ()
    return render_template(
        "staff/departments/department.html",
        department=department,
        form=form,
        edits=edits_of("department", department.id) if department else (),
        deputies=DEPUTIES,
        leaders=people_to_supervise(department.supervisor_id if department else None),
        people=queries.people_to_appoint(appointed),
        executors=queries.people_to_appoint(appointed, Role.EXECUTOR),
    )


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
