"""The calendar of the office: a year in months, acts on single days, schedules, decrees; each change is shown first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask import Blueprint, Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.numbers import whole
from osm.regulation.durations import WEEKDAYS, plural
from osm.regulation.words import Role
from osm.services.calendar import changes
from osm.services.calendar.changes import Decided, Preview, decided_now
from osm.services.errors import NotFound
from osm.store.models import User
from osm.store.queries.calendar.calendar import CALENDAR_WORDS, editions_since
from osm.web.access import allow, may, me
from osm.web.calendar import forms
from osm.web.calendar.preview import preview_page
from osm.web.calendar.view import year_form, year_page
from osm.web.form_values import Typed, number, seen_version, text, typed_values
from osm.web.htmx import see_other
from osm.web.run_act import run_act, typed_form
from osm.web.visible import READERS

blueprint = Blueprint("calendar", __name__, url_prefix="/admin/calendar")

_FORMS = frozenset({"act", "schedule", "year"})
"""What has a form of its own; where the rest is refused, a page says so."""


@blueprint.get("")
@allow(Role.ADMIN)
def index() -> ResponseReturnValue:
    page = year_page(request.args.get("year", type=int), current_now())
    return render_template("calendar/index.html", page=page, weekdays=WEEKDAYS, actions=CALENDAR_WORDS)


@blueprint.get("/acts/new")
@allow(Role.ADMIN)
def new_act() -> ResponseReturnValue:
    return _form("act", {"first": request.args.get("day", ""), "mode": "off", "layer": "local"})


@blueprint.get("/acts/<int:act_number>")
@allow(Role.ADMIN)
def act(act_number: int) -> ResponseReturnValue:
    found = decided_now()[1].act(act_number)
    if found is None:
        raise NotFound("Акт")
    return _form("act", {"number": str(act_number), **forms.act_values(found)})


@blueprint.get("/schedules/new")
@allow(Role.ADMIN)
def new_schedule() -> ResponseReturnValue:
    return _form("schedule", forms.schedule_values(None))


@blueprint.get("/schedules/<int:schedule_number>")
@allow(Role.ADMIN)
def schedule(schedule_number: int) -> ResponseReturnValue:
    found = decided_now()[1].own_schedule(schedule_number)
    if found is None:
        raise NotFound("Расписание")
    return _form("schedule", {"number": str(schedule_number), **forms.schedule_values(found)})


@blueprint.get("/years/<int:year>")
@allow(Role.ADMIN)
def decree(year: int) -> ResponseReturnValue:
    return _form("year", forms.year_values(decided_now()[1], year))


@blueprint.post("/change")
@allow(Role.ADMIN)
def change() -> ResponseReturnValue:
    """Look at what would move (`step=look`), do it (`do`), or go back to the form (`edit`)."""
    if text("step") == "edit":
        return _form(text("what"), typed_values(), typed_form(text("what")))

    def act(actor: User, now: datetime) -> Decided | Preview:
        decision = forms.decision_from_form()
        if text("step") == "do":
            return changes.decide(decision, seen_version(), actor=actor, now=now)
        return changes.preview(decision, seen_version(), now)

    return run_act(act, _again, _done, action=text("what"), happened=editions_since)


def _done(done: Decided | Preview) -> ResponseReturnValue:
    if isinstance(done, Preview):
        page = preview_page(done, typed_values(), reads_cards=may(frozenset(READERS), me()))
        return render_template("calendar/preview.html", page=page)
    said = [f"Сохранено. {_moved(done.moved)}"]
    if done.goes_on:
        said.append("Остальные сроки досчитает фоновая программа в ближайшие минуты.")
    elif (told := number("told")) is not None and told != done.moved:
        said.append(f"При просмотре было {told}: тем временем в системе работали.")
    return see_other(url_for("calendar.index", year=forms.year_of(typed_values())), " ".join(said))


def _moved(count: int) -> str:
    if not count:
        return "Идущие сроки не сдвинулись."
    return f"{plural(count, 'Сдвинут', 'Сдвинуто', 'Сдвинуто')} {count} {plural(count, 'срок', 'срока', 'сроков')}."


def _again(typed: Typed) -> ResponseReturnValue:
    """The form with what was typed and why it was refused; with what others decided meanwhile."""
    if typed.action not in _FORMS and typed.why:
        raise typed.why
    return _form(typed.action, typed.values, typed)


def _form(what: str, values: Mapping[str, str], typed: Typed | None = None) -> ResponseReturnValue:
    """`typed`: the form comes back. It keeps the edition that the person saw, unless others have decided since."""
    year = whole(values.get("year", ""), digits=4)
    if what not in _FORMS or (what == "year" and year is None):
        return see_other(url_for("calendar.index"))
    return render_template(
        f"calendar/{what}.html",
        what=what,
        values=values,
        errors=typed.errors if typed else {},
        notice=typed.words if typed else "",
        since=typed.since if typed else (),
        edition=typed.seen if typed and not typed.stale else decided_now()[0],
        week=list(zip(forms.WEEK, forms.WEEK_LABELS, strict=True)),
        moves=forms.MOVES,
        year=year_form(year) if what == "year" and year is not None else None,
        actions=CALENDAR_WORDS,
    )


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
