"""Absences and substitutes (П.3): the curator and an administrator enter anybody's, everybody who works his own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Flask, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.regulation.errors import MissingInput
from osm.regulation.words import Role
from osm.services.errors import NotYours
from osm.services.staff import absences as services
from osm.services.staff.absences import Given
from osm.web.access import allow, me
from osm.web.days import day_of
from osm.web.form_values import Form, asked_id, number, text
from osm.web.htmx import is_htmx, see_other
from osm.web.run_act import EDIT_REFUSED, run_act, run_edit, typed_form
from osm.web.staff.absences_effects import possible_effects
from osm.web.staff.absences_view import absence_page, list_page, new_page, visible

blueprint = Blueprint("absences", __name__, url_prefix="/admin/absences")

WORKING = (Role.CURATOR, Role.ADMIN, Role.EXECUTOR, Role.MODERATOR, Role.HEAD)


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
    return run_act(
        partial(services.enter_absence, _person_id(), _given()),
        lambda typed: new_page(Form({}, typed)),
        lambda row: see_other(url_for("absences.show", absence_id=row.id), "Отсутствие внесено."),
        refused=EDIT_REFUSED,
    )


@blueprint.post("/effects")
@allow(*WORKING)
def effects() -> ResponseReturnValue:
    """What the absence in the form would bring, nothing of it is saved."""
    absence_id = number("absence_id")
    row = visible(absence_id) if absence_id else None
    found, typed = [], typed_form("effects")
    try:
        found = possible_effects(row.person_id if row else _person_id(), _given(), besides=absence_id)
    except (MissingInput, NotYours) as error:
        typed = typed_form("effects", error)
    if is_htmx():
        return render_template("staff/absences/_effects.html", effects=found, refusal=typed.words)
    page = absence_page(row.id, typed, found) if row else new_page(Form({}, typed), found)
    return page, 422 if typed.why else 200


@blueprint.get("/<int:absence_id>")
@allow(*WORKING)
def show(absence_id: int) -> ResponseReturnValue:
    return absence_page(absence_id)


@blueprint.post("/<int:absence_id>")
@allow(*WORKING)
def save(absence_id: int) -> ResponseReturnValue:
    return _act(absence_id, services.edit_absence, "Сохранено.", given=_given())


@blueprint.post("/<int:absence_id>/end")
@allow(*WORKING)
def end(absence_id: int) -> ResponseReturnValue:
    said = "Отсутствие завершено: сотрудник снова на месте."
    return _act(absence_id, services.end_absence, said)


def _act(absence_id: int, service: Callable[..., Any], said: str, /, **given: Any) -> ResponseReturnValue:
    visible(absence_id)
    here = url_for("absences.show", absence_id=absence_id)
    return run_edit("absence", absence_id, service, absence_page, lambda _: see_other(here, said), **given)


def _person_id() -> int | None:
    """Whoever may enter only his own is not asked whose it is."""
    return number("person_id") if me().has(*services.ENTER_ANYBODYS) else me().id


def _given() -> Given:
    return Given(
        text("reason"), day_of(text("first_day")), day_of(text("last_day")), number("substitute_id"),
        number("acting_id"), text("act"),
    )  # fmt: skip


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
