"""«Рубрики»: what repeats every week, and next week's ideas in one press (Пр.1.2.4, 2.2)."""

from __future__ import annotations

from flask import Blueprint, Flask, render_template, request
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.numbers import all_whole
from osm.regulation.words import PRESS_CENTRE
from osm.services.plan import headings
from osm.services.plan.headings import Given, next_monday
from osm.store.queries.plan import grid
from osm.store.queries.plan import headings as queries
from osm.web.access import allow
from osm.web.days import hour_of
from osm.web.filters import counted
from osm.web.form_values import Typed, number, text
from osm.web.plan.kept_list import keep_list, run_list

blueprint = Blueprint("headings_of_plan", __name__, url_prefix="/plan/headings")

WEEKDAYS = dict(enumerate(("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")))


@blueprint.get("")
@allow(*PRESS_CENTRE)
def index() -> ResponseReturnValue:
    return headings_page()


@blueprint.post("/ideas")
@allow(*PRESS_CENTRE)
def ideas() -> ResponseReturnValue:
    return run_list(blueprint, headings.make_ideas, headings_page, _made, "ideas")


def headings_page(typed: Typed | None = None) -> str:
    """The list with its forms; `typed`: one of them was refused."""
    monday = next_monday(current_now())
    return render_template(
        "plan/headings.html", rows=queries.weekly(), made=queries.made_of(monday), monday=monday, typed=typed,
        pages=grid.pages(), weekdays=WEEKDAYS, hour=lambda minute: "" if minute is None else _words(minute),
    )  # fmt: skip


def _words(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _made(count: int) -> str:
    if not count:
        return "Все идеи следующей недели уже записаны."
    return f"На следующую неделю записано: {counted(count, 'идея', 'идеи', 'идей')}."


def _given() -> Given:
    pages = all_whole(request.form.getlist("pages"))
    return Given(text("name"), number("weekday"), hour_of(text("time")), pages)


keep_list(
    blueprint, headings.HEADINGS, _given, headings_page, "Рубрика записана.",
    "Рубрика убрана. Записанные идеи остались.",
)  # fmt: skip


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
