"""Absences and substitutes (П.3): the curator and an administrator enter anybody's, everybody who works his own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, url_for
from flask.typing import ResponseReturnValue

from osm.regulation.errors import MissingInput
from osm.regulation.words import Role
from osm.services.staff import absences as services
from osm.services.staff.absences import Given
from osm.web.access import allow
from osm.web.acting import asked_id, me, number, seen_version, text
from osm.web.days import day_of
from osm.web.editing import Form, attempt, refused_form, saved, who
from osm.web.staff.absences_effects import possible_effects
from osm.web.staff.absences_view import absence_page, effects_page, list_page, new_page, visible

blueprint = Blueprint("absences", __name__, url_prefix="/admin/absences")

WORKING = (Role.CURATOR, Role.ADMIN, Role.EXECUTOR, Role.MODERATOR)


@blueprint.get("")
@allow(*WORKING)
def index() -> ResponseReturnValue:
    return list_page()


@blueprint.get("/new")
@allow(*WORKING)
def new() -> ResponseReturnValue:
    chosen = asked_id("person")
    return new_page(Form({"person_id": str(chosen or "")}))


@blueprint.post("")
@allow(*WORKING)
def create() -> ResponseReturnValue:
    return attempt(
        lambda: services.enter_absence(_person_id(), _given(), **who()),
        lambda row: saved("Отсутствие внесено.", url_for("absences.show", absence_id=row.id)),
        lambda error, status: new_page(refused_form(error, {}), status),
    )


@blueprint.post("/effects")
@allow(*WORKING)
def effects() -> ResponseReturnValue:
    """What the absence in the form would bring, nothing of it is saved."""
    absence_id = number("absence_id")
    row = visible(absence_id) if absence_id else None
    try:
        found = possible_effects(row.person_id if row else _person_id(), _given(), besides=absence_id)
    except MissingInput as error:
        return effects_page(row, (), error)
    return effects_page(row, found, None)


@blueprint.get("/<int:absence_id>")
@allow(*WORKING)
def show(absence_id: int) -> ResponseReturnValue:
    return absence_page(absence_id)


@blueprint.post("/<int:absence_id>")
@allow(*WORKING)
def save(absence_id: int) -> ResponseReturnValue:
    return _act(absence_id, lambda: services.edit_absence(absence_id, seen_version(), _given(), **who()), "Сохранено.")


@blueprint.post("/<int:absence_id>/end")
@allow(*WORKING)
def end(absence_id: int) -> ResponseReturnValue:
    said = "Отсутствие завершено: сотрудник снова на месте."
    return _act(absence_id, lambda: services.end_absence(absence_id, seen_version(), **who()), said)


def _act(absence_id: int, act: Callable[[], Any], said: str) -> ResponseReturnValue:
    visible(absence_id)
    return attempt(
        act,
        lambda _: saved(said, url_for("absences.show", absence_id=absence_id)),
        lambda error, status: absence_page(absence_id, error, status),
    )


def _person_id() -> int | None:
    """Whoever may enter only his own is not asked whose it is."""
    return number("person_id") if me().has(*services.ENTER_ANYBODYS) else me().id


def _given() -> Given:
    return Given(text("reason"), day_of(text("first_day")), day_of(text("last_day")), number("substitute_id"))


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
