"""«План»: the week and the month, an idea from any screen, a whole week shifted (Пр.1.2.4, 2.2)."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from flask import Blueprint, Flask, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.plan.words import FORMAT_LABELS, STATE_LABELS
from osm.regulation.words import PRESS_CENTRE, Role
from osm.services.plan import planning, writing
from osm.store.models import Publication, User
from osm.store.queries.plan.waiting import NOTHING, Waiting, waiting_for
from osm.web.access import allow, me
from osm.web.days import day_of
from osm.web.errors import came_from
from osm.web.filters import counted
from osm.web.form_values import Typed, seen_rows, text
from osm.web.htmx import is_htmx, see_other
from osm.web.nav import count_at
from osm.web.plan.view import asked, count_words, read_grid, zone
from osm.web.run_act import EDIT_REFUSED, run_act

blueprint = Blueprint("plan", __name__, url_prefix="/plan")

READERS = (*PRESS_CENTRE, Role.HEAD)
_WEEK = timedelta(days=7)


@blueprint.get("")
@allow(*READERS)
def index() -> ResponseReturnValue:
    return grid_page()


@blueprint.post("/ideas")
@allow(*PRESS_CENTRE)
def idea() -> ResponseReturnValue:
    act = partial(writing.add_idea, text("title"), day_of(text("day")))
    return run_act(act, grid_page, _noted, action="idea", refused=EDIT_REFUSED, fragment=_not_noted)


@blueprint.post("/shift")
@allow(*PRESS_CENTRE)
def shift() -> ResponseReturnValue:
    """The rows of the form one week on or back."""
    days = -7 if text("to") == "back" else 7
    return run_act(
        partial(planning.shift, seen_rows(), days),
        grid_page,
        lambda done: see_other(url_for("plan.index", **_after(days)), *_shifted(*done)),
        action="shift",
        refused=EDIT_REFUSED,
    )


def grid_page(typed: Typed | None = None) -> str:
    """The grid of the address; `typed`: a form of it that was refused."""
    return render_template(
        "plan/index.html", grid=read_grid(current_now()), typed=typed, asked=asked(), states=STATE_LABELS,
        formats=FORMAT_LABELS, count_words=count_words, may_write=me().has(*PRESS_CENTRE),
        focus=request.args.get("focus", ""),
    )  # fmt: skip


def _after(days: int) -> dict[str, Any]:
    """The week to which they went."""
    here = asked()
    day = day_of(here.get("day", "")) or current_now().astimezone(zone()).date()
    return {**here, "day": (day + timedelta(days=days)).isoformat()}


def _shifted(moved: int, left: int) -> tuple[str, str]:
    words = f"Перенесено: {counted(moved, 'публикация', 'публикации', 'публикаций')}."
    if left:
        words += f" Осталось на месте: {left} — их уже разместили или изменили, либо новый день прошёл."
    return words, "warning" if left else "success"


def _noted(row: Publication) -> ResponseReturnValue:
    said = f"Идея записана на {row.day:%d.%m}: «{row.title}»."
    if is_htmx():
        return render_template("_notice.html", category="success", text=said)
    return see_other(came_from(), said)


def _not_noted(typed: Typed) -> str:
    return render_template("_notice.html", category="danger", text=typed.words)


def counts(user: User) -> Waiting:
    """What stands beside three entries of the menu: one statement for a request."""
    if not user.has(*PRESS_CENTRE):
        return NOTHING
    if "osm_plan_counts" not in g:
        g.osm_plan_counts = waiting_for(curator=user.has(Role.CURATOR))
    found: Waiting = g.osm_plan_counts
    return found


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    count_at(app, "/plan", lambda user, _now: counts(user).publications)
    app.context_processor(lambda: {"idea_day": lambda: current_now().astimezone(zone()).date()})
