"""«Памятные даты»: those that the product knows, and the own list of the press centre (Пр.1.2.4)."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Flask, render_template
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.plan.memorable import between, known_days
from osm.regulation.words import PRESS_CENTRE
from osm.services.plan.memorable import DAYS, Given
from osm.store.models import MemorableDay
from osm.store.queries.plan import memorable as queries
from osm.web.access import allow, me
from osm.web.days import day_of
from osm.web.form_values import Typed, is_set, text
from osm.web.plan.kept_list import keep_list
from osm.web.plan.plan import READERS
from osm.web.plan.view import zone

blueprint = Blueprint("memorable_of_plan", __name__, url_prefix="/plan/dates")

YEAR = timedelta(days=364)


@blueprint.get("")
@allow(*READERS)
def index() -> ResponseReturnValue:
    return dates_page()


def dates_page(typed: Typed | None = None) -> str:
    """Both lists; `typed`: a form that was refused."""
    today = current_now().astimezone(zone()).date()
    rows: list[MemorableDay] = list(queries.own())
    return render_template(
        "plan/dates.html", rows=rows, known=sorted(between(today, today + YEAR, known_days())), typed=typed,
        may_write=me().has(*PRESS_CENTRE),
    )  # fmt: skip


def _given() -> Given:
    return Given(text("title"), day_of(text("day")), every_year=is_set("every_year"))


keep_list(blueprint, DAYS, _given, dates_page, "Дата записана: она видна в плане.", "Дата убрана.")


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
