"""«Памятные даты»: those that the product knows, and the own list of the press centre (Пр.1.2.4)."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from flask import Blueprint, Flask, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.plan.memorable import between, known_days
from osm.regulation.words import PRESS_CENTRE
from osm.services.plan import memorable
from osm.store.models import MemorableDay
from osm.store.queries.plan import memorable as queries
from osm.web.access import allow, me
from osm.web.days import day_of
from osm.web.form_values import Typed, is_set, seen_version, text
from osm.web.htmx import see_other
from osm.web.plan.plan import READERS
from osm.web.plan.view import zone
from osm.web.run_act import EDIT_REFUSED, run_act

blueprint = Blueprint("memorable_of_plan", __name__, url_prefix="/plan/dates")

YEAR = timedelta(days=364)


@blueprint.get("")
@allow(*READERS)
def index() -> ResponseReturnValue:
    return dates_page()


@blueprint.post("")
@allow(*PRESS_CENTRE)
def add() -> ResponseReturnValue:
    return _run(partial(memorable.add, **_given()), "Дата записана: она видна в плане.", "add")


@blueprint.post("/<int:day_id>")
@allow(*PRESS_CENTRE)
def change(day_id: int) -> ResponseReturnValue:
    act = partial(memorable.change, day_id, seen_version(), **_given())
    return _run(act, "Сохранено.", f"change-{day_id}")


@blueprint.post("/<int:day_id>/remove")
@allow(*PRESS_CENTRE)
def remove(day_id: int) -> ResponseReturnValue:
    return _run(partial(memorable.remove, day_id, seen_version()), "Дата убрана.", f"remove-{day_id}")


def dates_page(typed: Typed | None = None) -> str:
    """Both lists; `typed`: a form that was refused."""
    today = current_now().astimezone(zone()).date()
    rows: list[MemorableDay] = list(queries.own())
    return render_template(
        "plan/dates.html", rows=rows, known=sorted(between(today, today + YEAR, known_days())), typed=typed,
        may_write=me().has(*PRESS_CENTRE),
    )  # fmt: skip


def _given() -> dict[str, Any]:
    return {"title": text("title"), "day": day_of(text("day")), "every_year": is_set("every_year")}


def _run(act: Any, said: str, action: str) -> ResponseReturnValue:
    here = url_for("memorable_of_plan.index")
    return run_act(act, dates_page, lambda _: see_other(here, said), action=action, refused=EDIT_REFUSED)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
