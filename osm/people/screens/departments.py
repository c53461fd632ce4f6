"""Pages of users, and the departments with telephones, deputies and duty officer (П.3)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Flask, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.extensions import db
from osm.log.queries.edits import edits_of
from osm.people.acts import absences
from osm.people.acts.absences import MOST_DEPUTIES
from osm.people.queries import people
from osm.people.queries.absences import details_of, offered_departments, offered_people
from osm.people.queries.people import people_to_supervise
from osm.regulation.words import POST_LABELS, Role
from osm.services.errors import NotFound
from osm.store.models import Department, User
from osm.web.access import allow, me
from osm.web.form_values import Form, Typed, number, text
from osm.web.htmx import see_other
from osm.web.run_act import EDIT_REFUSED, run_act, run_edit

# --- Pages of users
#: Roles that can be given to people, and what they may do.
GRANTED: dict[Role, str] = {
    Role.CURATOR: "отбирает, направляет, согласует и публикует",
    Role.EXECUTOR: "готовит ответы на сообщения, которые ему направлены",
    Role.MODERATOR: "проверяет тексты, вносит сообщения, исключает по п.\u00a017",
    Role.HEAD: "видит все сообщения и просрочки, ничего не меняет",
    Role.ADMIN: "управляет доступом, отделами, темами и настройками",
}

POSTS = tuple(POST_LABELS.items())


def new_page(form: Form) -> str:
    return render_template(
        "staff/users/new.html", form=form, roles=GRANTED, posts=POSTS, departments=offered_departments()
    )


def user_page(user_id: int, typed: Typed | None = None) -> str:
    """`typed`: a refused form to show again. Raises NotFound."""
    person = db.session.get(User, user_id)
    if person is None:
        raise NotFound("Учётная запись")
    details = details_of(person, current_now())
    form = Form(_stored(person), typed, {"role": [str(role) for role in details.roles]}, always="name")
    return render_template(
        "staff/users/user.html",
        person=person,
        details=details,
        form=form,
        roles=GRANTED,
        posts=POSTS,
        departments=offered_departments(person.department_id),
        edits=edits_of("user", user_id),
        is_me=person.id == me().id,
    )


def _stored(person: User) -> dict[str, str]:
    return {
        "name": person.name,
        "position": person.position,
        "phone": person.phone,
        "department_id": str(person.department_id or ""),
        "post": str(person.post or ""),
    }


# --- Departments
blueprint = Blueprint("departments", __name__, url_prefix="/admin/departments")

DEPUTIES = tuple(f"deputy-{place}" for place in range(1, MOST_DEPUTIES + 1))
"""The form's fields of deputies, in the order in which they are asked."""


@blueprint.get("")
@allow(Role.ADMIN)
def index() -> ResponseReturnValue:
    return render_template("staff/departments/index.html", departments=people.departments())


@blueprint.get("/new")
@allow(Role.ADMIN)
def new() -> ResponseReturnValue:
    return _new_page(Form({}))


@blueprint.post("")
@allow(Role.ADMIN)
def create() -> ResponseReturnValue:
    return run_act(
        partial(absences.create_department, **_given()),
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
    return _act(department_id, absences.edit_department, "Сохранено.", **_given())


@blueprint.post("/<int:department_id>/archive")
@allow(Role.ADMIN)
def archive(department_id: int) -> ResponseReturnValue:
    said = "Отдел убран из списка. В истории сообщений он остался."
    return _act(department_id, absences.archive_department, said)


@blueprint.post("/<int:department_id>/restore")
@allow(Role.ADMIN)
def restore(department_id: int) -> ResponseReturnValue:
    said = "Отдел снова можно выбирать."
    return _act(department_id, absences.restore_department, said)


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
    department = db.session.get(Department, department_id)
    if department is None:
        raise NotFound("Отдел")
    stored = {name: getattr(department, name) for name in ("name", "short_name", "phone", "other_phones")}
    stored["duty_officer_id"] = str(department.duty_officer_id or "")
    stored["supervisor_id"] = str(department.supervisor_id or "")
    stored |= {name: str(user_id) for name, user_id in zip(DEPUTIES, _deputy_ids(department), strict=False)}
    return _rendered(department, Form(stored, typed, always="name"))


def _deputy_ids(department: Department) -> list[int]:
    return [deputy.user_id for deputy in department.deputies]


def _rendered(department: Department | None, form: Form) -> str:
    appointed = (department.duty_officer_id, *_deputy_ids(department)) if department else ()
    return render_template(
        "staff/departments/department.html",
        department=department,
        form=form,
        members=people.members_of(department.id) if department else (),
        topics=people.topics_of(department.id) if department else (),
        edits=edits_of("department", department.id) if department else (),
        deputies=DEPUTIES,
        leaders=people_to_supervise(department.supervisor_id if department else None),
        people=offered_people(appointed),
        executors=offered_people(appointed, roles={Role.EXECUTOR}),
    )


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
