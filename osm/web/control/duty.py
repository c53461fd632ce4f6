"""«График дежурств»: who is on duty when, with telephone; the curator keeps it (П.20)."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Flask, g, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.words import PRESS_CENTRE, Role
from osm.services.control import duty
from osm.services.control.duty import Given
from osm.store.queries.control import duty as queries
from osm.store.queries.inbox.beside import LOADING
from osm.store.queries.inbox.inbox import Place
from osm.store.queries.staff.leaders import office
from osm.web.access import allow, me
from osm.web.days import day_given
from osm.web.filters import local
from osm.web.form_values import Form, Typed, number, text
from osm.web.htmx import see_other
from osm.web.run_act import EDIT_REFUSED, run_act

blueprint = Blueprint("duty", __name__, url_prefix="/duty")
READERS = (*PRESS_CENTRE, Role.HEAD)


@blueprint.get("")
@allow(*READERS)
def index() -> ResponseReturnValue:
    return duty_page()


@blueprint.post("")
@allow(Role.CURATOR)
def enter() -> ResponseReturnValue:
    act = lambda **who: duty.enter_turns(_given(), **who)  # noqa: E731
    done = lambda _: see_other(url_for("duty.index"), "Внесено в график.")  # noqa: E731
    return run_act(act, duty_page, done, action="enter", refused=EDIT_REFUSED)


@blueprint.post("/<int:turn_id>/remove")
@allow(Role.CURATOR)
def remove(turn_id: int) -> ResponseReturnValue:
    done = lambda _: see_other(url_for("duty.index"), "Убрано из графика.")  # noqa: E731
    return run_act(partial(duty.remove_turn, turn_id), duty_page, done, action="remove", refused=EDIT_REFUSED)


def _given() -> Given:
    """What the form says. MissingInput at a day that is none."""
    days = day_given("first_day"), day_given("last_day")
    return Given(number("person_id"), *days, text("begins"), text("ends"), text("phone"), bool(text("loads_exports")))


def duty_page(typed: Typed | None = None) -> str:
    """The roster; `typed`: its form was refused."""
    now, person = current_now(), me()
    proposed = {"first_day": f"{local(now):%Y-%m-%d}", "begins": "18:00", "ends": "09:00"}
    return render_template(
        "control/shift/duty.html", rows=queries.coming(now), passed=queries.passed(now), now=now,
        form=Form(proposed, typed, always="begins"), people=queries.people(), may_keep=person.has(Role.CURATOR),
        officer=duty.duty_officer(now), duty_phones=office().duty_phones.splitlines(),
    )  # fmt: skip


def loading_now() -> bool:
    """Whether the person behind the request loads exports today; «Ждёт меня» has read it already."""
    places: list[Place] = g.get("osm_places") or []
    return any(place.duty == LOADING for place in places)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.add_template_global(loading_now)
    app.add_template_global(lambda: duty.loading_ahead(me(), current_now()), "loading_ahead")
