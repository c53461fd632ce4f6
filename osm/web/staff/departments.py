"""The departments: telephones, deputies and the duty officer of each (П.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.regulation.words import Role
from osm.services.errors import NotFound
from osm.services.staff import departments as services
from osm.services.staff.departments import MOST_DEPUTIES
from osm.store.queries.log.edits import edits_of
from osm.store.queries.staff import departments as queries
from osm.web.access import allow
from osm.web.acting import number, seen_version, text
from osm.web.editing import Form, Refusal, attempt, refused_form, saved, who

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
    return attempt(
        lambda: services.create_department(**_given(), **who()),
        lambda department: _saved("Отдел добавлен.", department.id),
        lambda error, status: _new_page(refused_form(error, {}), status),
    )


@blueprint.get("/<int:department_id>")
@allow(Role.ADMIN)
def show(department_id: int) -> ResponseReturnValue:
    return _page(department_id)


@blueprint.post("/<int:department_id>")
@allow(Role.ADMIN)
def save(department_id: int) -> ResponseReturnValue:
    return _act(
        department_id,
        lambda: services.edit_department(department_id, seen_version(), **_given(), **who()),
        "Сохранено.",
    )


@blueprint.post("/<int:department_id>/archive")
@allow(Role.ADMIN)
def archive(department_id: int) -> ResponseReturnValue:
    said = "Отдел убран из списка. В истории сообщений он остался."
    return _act(department_id, lambda: services.archive_department(department_id, seen_version(), **who()), said)


@blueprint.post("/<int:department_id>/restore")
@allow(Role.ADMIN)
def restore(department_id: int) -> ResponseReturnValue:
    said = "Отдел снова можно выбирать."
    return _act(department_id, lambda: services.restore_department(department_id, seen_version(), **who()), said)


def _act(department_id: int, act: Callable[[], Any], said: str) -> ResponseReturnValue:
    return attempt(
        act, lambda _: _saved(said, department_id), lambda error, status: _page(department_id, error, status)
    )


def _saved(said: str, department_id: int) -> ResponseReturnValue:
    return saved(said, url_for("departments.show", department_id=department_id))


def _given() -> dict[str, Any]:
    return {
        "name": text("name"),
        "short_name": text("short_name"),
        "phone": text("phone"),
        "other_phones": text("other_phones"),
        "duty_officer_id": number("duty_officer_id"),
        "deputy_ids": [user_id for name in DEPUTIES if (user_id := number(name))],
    }


def _new_page(form: Form, status: int = 200) -> Response:
    return _rendered(None, form, (), status)


def _page(department_id: int, refusal: Refusal | None = None, status: int = 200) -> Response:
    department = queries.department(department_id)
    if department is None:
        raise NotFound("Отдел")
    stored = {name: getattr(department, name) for name in ("name", "short_name", "phone", "other_phones")}
    stored["duty_officer_id"] = str(department.duty_officer_id or "")
    stored |= {name: str(user_id) for name, user_id in zip(DEPUTIES, department.deputy_ids, strict=False)}
    form = refused_form(refusal, stored, of=("department", department_id)) if refusal else Form(stored)
    return _rendered(department, form.whole("name"), edits_of("department", department_id), status)


def _rendered(department: queries.DepartmentDetails | None, form: Form, edits: Any, status: int) -> Response:
    appointed = (department.duty_officer_id, *department.deputy_ids) if department else ()
    page = render_template(
        "staff/departments/department.html",
        department=department,
        form=form,
        edits=edits,
        deputies=DEPUTIES,
        people=queries.people_to_appoint(appointed),
        executors=queries.people_to_appoint(appointed, Role.EXECUTOR),
    )
    return make_response(page, status)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
