"""Users: the list, a new one, and what can be done with each of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Flask, Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.regulation.words import POST_LABELS, Post, Role
from osm.services.guarding import leaving
from osm.services.staff import administration
from osm.services.staff import users as own
from osm.store.models import User
from osm.store.queries.staff.users import Standing, users
from osm.web.access import allow
from osm.web.form_values import Form, number, text
from osm.web.htmx import render, see_other
from osm.web.roster import roster_today
from osm.web.run_act import EDIT_REFUSED, run_act, run_edit
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
    return run_act(
        partial(own.create_user, text("login"), password=password, must_change_password=True, **_given()),
        lambda typed: new_page(Form({}, typed)),
        lambda user: _told_once(user, password, is_new=True),
        refused=EDIT_REFUSED,
    )


@blueprint.get("/<int:user_id>")
@allow(Role.ADMIN)
def show(user_id: int) -> ResponseReturnValue:
    return user_page(user_id)


@blueprint.post("/<int:user_id>")
@allow(Role.ADMIN)
def save(user_id: int) -> ResponseReturnValue:
    return _act(user_id, administration.edit_user, "Сохранено.", **_given())


@blueprint.post("/<int:user_id>/block")
@allow(Role.ADMIN)
def block(user_id: int) -> ResponseReturnValue:
    return run_edit("user", user_id, leaving.switch_off, user_page, partial(_blocked, user_id))


@blueprint.post("/<int:user_id>/unblock")
@allow(Role.ADMIN)
def unblock(user_id: int) -> ResponseReturnValue:
    said = "Разблокировано, пароль прежний. Если он забыт, выдайте новый."
    return _act(user_id, administration.unblock_user, said)


@blueprint.post("/<int:user_id>/end-sessions")
@allow(Role.ADMIN)
def end_sessions(user_id: int) -> ResponseReturnValue:
    current = current_session()
    keep = current.id_hash if current and current.user.id == user_id else ""
    said = "Сеансы завершены." if not keep else "Сеансы на других устройствах завершены."
    return _act(user_id, administration.end_sessions, said, keep_session=keep)


@blueprint.post("/<int:user_id>/reset-password")
@allow(Role.ADMIN)
def reset_password(user_id: int) -> ResponseReturnValue:
    password = own.first_password()
    told = partial(_told_once, password=password, is_new=False)
    return run_edit("user", user_id, administration.reset_password, user_page, told, password=password)


def _blocked(user_id: int, tasks: int) -> ResponseReturnValue:
    said = "Заблокировано, сеансы завершены. Всё, что сделал сотрудник, осталось под его именем."
    words = f" Страницы и ключи, доступ к которым надо закрыть: {tasks}, они в «Ждёт меня»." if tasks else ""
    return see_other(url_for("users.show", user_id=user_id), said + words)


def _act(user_id: int, service: Callable[..., Any], said: str, /, **given: Any) -> ResponseReturnValue:
    here = url_for("users.show", user_id=user_id)
    return run_edit("user", user_id, service, user_page, lambda _: see_other(here, said), **given)


def _given() -> dict[str, Any]:
    """What the form says of somebody; a role that no form offers is none."""
    return {
        "name": text("name"),
        "position": text("position"),
        "phone": text("phone"),
        "department_id": number("department_id"),
        "post": Post(chosen) if (chosen := text("post")) in POST_LABELS else None,
        "roles": [role for role in GRANTED if role in request.form.getlist("role")],
    }


def _told_once(user: User, password: str, is_new: bool) -> Response:
    """The first password stands on this answer and nowhere else: no browser keeps it."""
    page = render_template("staff/users/first_password.html", person=user, password=password, is_new=is_new)
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
