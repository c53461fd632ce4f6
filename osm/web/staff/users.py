"""Users: the list, a new one, and what can be done with each of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.words import Role
from osm.services.staff import administration
from osm.services.staff import users as own
from osm.store.models import User
from osm.store.queries.staff.users import Standing, users
from osm.web.access import allow
from osm.web.acting import me, number, seen_version, text
from osm.web.editing import Form, attempt, refused_form, saved, who
from osm.web.htmx import render
from osm.web.roster import roster_today
from osm.web.staff.sessions import current_session
from osm.web.staff.users_view import GRANTED, new_page, user_page

blueprint = Blueprint("users", __name__, url_prefix="/admin/users")

STANDINGS = {Standing.ACTIVE: "Работают", Standing.BLOCKED: "Заблокированы", Standing.ALL: "Все"}


@blueprint.get("")
@allow(Role.ADMIN)
def index() -> ResponseReturnValue:
    search = request.args.get("q", "").strip()[:100]
    asked = request.args.get("show", "")
    standing = Standing(asked) if asked in STANDINGS else Standing.ACTIVE
    return render(
        "staff/users/index.html",
        "staff/users/_list.html",
        people=users(search, standing, roster_today()),
        search=search,
        standing=standing,
        standings=STANDINGS,
    )


@blueprint.get("/new")
@allow(Role.ADMIN)
def new() -> ResponseReturnValue:
    return new_page(Form({}))


@blueprint.post("")
@allow(Role.ADMIN)
def create() -> ResponseReturnValue:
    password = own.first_password()
    return attempt(
        lambda: own.create_user(
            text("login"), password=password, must_change_password=True, **_given(), actor=me(), now=current_now()
        ),
        lambda user: _told_once(user, password, is_new=True),
        lambda error, status: new_page(refused_form(error, {}, ("role",)), status),
    )


@blueprint.get("/<int:user_id>")
@allow(Role.ADMIN)
def show(user_id: int) -> ResponseReturnValue:
    return user_page(user_id)


@blueprint.post("/<int:user_id>")
@allow(Role.ADMIN)
def save(user_id: int) -> ResponseReturnValue:
    return _act(user_id, lambda: administration.edit_user(user_id, seen_version(), **_given(), **who()), "Сохранено.")


@blueprint.post("/<int:user_id>/block")
@allow(Role.ADMIN)
def block(user_id: int) -> ResponseReturnValue:
    said = "Заблокировано, сеансы завершены. Всё, что сделал сотрудник, осталось под его именем."
    return _act(user_id, lambda: administration.block_user(user_id, seen_version(), **who()), said)


@blueprint.post("/<int:user_id>/unblock")
@allow(Role.ADMIN)
def unblock(user_id: int) -> ResponseReturnValue:
    said = "Разблокировано, пароль прежний. Если он забыт, выдайте новый."
    return _act(user_id, lambda: administration.unblock_user(user_id, seen_version(), **who()), said)


@blueprint.post("/<int:user_id>/end-sessions")
@allow(Role.ADMIN)
def end_sessions(user_id: int) -> ResponseReturnValue:
    current = current_session()
    keep = current.id_hash if current and current.user.id == user_id else ""
    return _act(
        user_id,
        lambda: administration.end_sessions(user_id, seen_version(), **who(), keep_session=keep),
        "Сеансы завершены." if not keep else "Сеансы на других устройствах завершены.",
    )


@blueprint.post("/<int:user_id>/reset-password")
@allow(Role.ADMIN)
def reset_password(user_id: int) -> ResponseReturnValue:
    password = own.first_password()
    return attempt(
        lambda: administration.reset_password(user_id, seen_version(), password=password, **who()),
        lambda user: _told_once(user, password, is_new=False),
        lambda error, status: user_page(user_id, error, status),
    )


def _act(user_id: int, act: Callable[[], Any], said: str) -> ResponseReturnValue:
    """An act upon one user: done, its page says so; refused, the page comes back with what was typed and why."""

    return attempt(
        act,
        lambda _: saved(said, url_for("users.show", user_id=user_id)),
        lambda error, status: user_page(user_id, error, status),
    )


def _given() -> dict[str, Any]:
    """What the form says of somebody; a role that no form offers is none."""
    return {
        "name": text("name"),
        "position": text("position"),
        "phone": text("phone"),
        "department_id": number("department_id"),
        "roles": [role for role in GRANTED if role in request.form.getlist("role")],
    }


def _told_once(user: User, password: str, *, is_new: bool) -> Response:
    """The first password stands on this answer and nowhere else: no browser keeps it."""
    page = render_template("staff/users/first_password.html", person=user, password=password, is_new=is_new)
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
