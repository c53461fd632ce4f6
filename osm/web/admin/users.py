"""The accounts of people: the list, and what can be done with each of them."""

from __future__ import annotations

from flask import Blueprint, Flask, request
from flask.typing import ResponseReturnValue

from osm.regulation.words import Role
from osm.store.queries.accounts import Standing, accounts
from osm.web.access import allow
from osm.web.htmx import render

blueprint = Blueprint("users", __name__, url_prefix="/admin/users")

STANDINGS = {Standing.ACTIVE: "Работают", Standing.BLOCKED: "Заблокированы", Standing.ALL: "Все"}


@blueprint.get("")
@allow(Role.ADMIN)
def index() -> ResponseReturnValue:
    search = request.args.get("q", "").strip()[:100]
    asked = request.args.get("show", "")
    standing = Standing(asked) if asked in STANDINGS else Standing.ACTIVE
    return render(
        "admin/users/index.html",
        "admin/users/_list.html",
        people=accounts(search, standing),
        search=search,
        standing=standing,
        standings=STANDINGS,
    )


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
