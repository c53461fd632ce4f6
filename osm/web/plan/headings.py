"""«Рубрики»: what repeats every week, and next week's ideas in one press (Пр.1.2.4, 2.2)."""

from __future__ import annotations

from datetime import datetime, time
from functools import partial
from typing import Any

from flask import Blueprint, Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.errors import MissingInput
from osm.regulation.words import PRESS_CENTRE
from osm.services.plan import headings
from osm.services.plan.headings import Given, next_monday
from osm.store.queries.plan import grid
from osm.store.queries.plan import headings as queries
from osm.web.access import allow
from osm.web.filters import counted
from osm.web.form_values import Typed, number, seen_version, text
from osm.web.htmx import see_other
from osm.web.run_act import EDIT_REFUSED, run_act

blueprint = Blueprint("headings_of_plan", __name__, url_prefix="/plan/headings")

WEEKDAYS = dict(enumerate(("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")))


@blueprint.get("")
@allow(*PRESS_CENTRE)
def index() -> ResponseReturnValue:
    return headings_page()


@blueprint.post("")
@allow(*PRESS_CENTRE)
def add() -> ResponseReturnValue:
    return _run(lambda **who: headings.add(_given(), **who), lambda _: "Рубрика записана.", "add")


@blueprint.post("/<int:heading_id>")
@allow(*PRESS_CENTRE)
def change(heading_id: int) -> ResponseReturnValue:
    def act(**who: Any) -> object:
        return headings.change(heading_id, seen_version(), given=_given(), **who)

    return _run(act, lambda _: "Сохранено.", f"change-{heading_id}")


@blueprint.post("/<int:heading_id>/remove")
@allow(*PRESS_CENTRE)
def remove(heading_id: int) -> ResponseReturnValue:
    act = partial(headings.remove, heading_id, seen_version())
    return _run(act, lambda _: "Рубрика убрана. Записанные идеи остались.", f"remove-{heading_id}")


@blueprint.post("/ideas")
@allow(*PRESS_CENTRE)
def ideas() -> ResponseReturnValue:
    return _run(headings.make_ideas, _made, "ideas")


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
    pages = [int(value) for value in request.form.getlist("pages") if value.isascii() and value.isdigit()]
    return Given(text("name"), number("weekday"), _hour(text("time")), pages)


def _hour(typed: str) -> time | None:
    """Of <input type="time">. Raises MissingInput."""
    if not typed.strip():
        return None
    try:
        return datetime.strptime(typed.strip()[:5], "%H:%M").time()  # noqa: DTZ007  (an hour of a local day)
    except ValueError:
        raise MissingInput("time", "Время не разобрано. Нужно, например, 09:40.") from None


def _run(act: Any, said: Any, action: str) -> ResponseReturnValue:
    here = url_for("headings_of_plan.index")
    return run_act(act, headings_page, lambda done: see_other(here, said(done)), action=action, refused=EDIT_REFUSED)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
