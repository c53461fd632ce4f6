"""The calendar of the office: a year in months, acts on single days, schedules, decrees; each change is shown first."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Flask, flash, request, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.durations import WEEKDAYS, plural
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import Role
from osm.services.calendar import changes
from osm.services.calendar.changes import Decided, decided_now
from osm.services.errors import NotFound
from osm.store.queries.calendar.calendar import CALENDAR_WORDS, editions_since
from osm.web.access import allow, may
from osm.web.acting import me, number, seen_version, text, typed_values
from osm.web.calendar import forms
from osm.web.calendar.preview import preview_page
from osm.web.calendar.view import year_form, year_page
from osm.web.htmx import render, see_other
from osm.web.visible import READERS

blueprint = Blueprint("calendar", __name__, url_prefix="/admin/calendar")

_FORMS = frozenset({"act", "schedule", "year"})
"""What has a form of its own; where the rest is refused, a page says so."""


@blueprint.get("")
@allow(Role.ADMIN)
def index() -> ResponseReturnValue:
    page = year_page(request.args.get("year", type=int), current_now())
    return render("calendar/index.html", page=page, weekdays=WEEKDAYS, actions=CALENDAR_WORDS)


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
    try:
        if text("step") == "edit":
            return _form(text("what"), typed_values(), edition=seen_version())
        decision = forms.decision_from_form()
        if text("step") == "do":
            return _done(changes.decide(decision, seen_version(), actor=me(), now=current_now()))
        told = changes.preview(decision, seen_version(), current_now())
    except MissingInput as error:
        return _again(error, {error.field: str(error)}, 422)
    except StaleVersion as error:
        return _again(error, {}, 409)
    page = preview_page(told, typed_values(), reads_cards=may(frozenset(READERS), me()))
    return render("calendar/preview.html", page=page)


def _done(done: Decided) -> ResponseReturnValue:
    said = [f"Сохранено. {_moved(done.moved)}"]
    if done.goes_on:
        said.append("Остальные сроки досчитает фоновая программа в ближайшие минуты.")
    elif (told := number("told")) is not None and told != done.moved:
        said.append(f"При просмотре было {told}: тем временем в системе работали.")
    flash(" ".join(said), "success")
    return see_other(url_for("calendar.index", year=forms.year_of(typed_values())))


def _moved(count: int) -> str:
    if not count:
        return "Идущие сроки не сдвинулись."
    return f"{plural(count, 'Сдвинут', 'Сдвинуто', 'Сдвинуто')} {count} {plural(count, 'срок', 'срока', 'сроков')}."


def _again(error: Exception, errors: Mapping[str, str], status: int) -> ResponseReturnValue:
    """The form with what was typed and why it was refused; with what others decided meanwhile."""
    if text("what") not in _FORMS:
        raise error
    if not isinstance(error, StaleVersion):
        # Nothing was shown of what others decided since: the form goes on standing upon what the person saw.
        return _form(text("what"), typed_values(), errors, status, edition=seen_version(), notice=str(error), since=())
    return _form(text("what"), typed_values(), errors, status, notice=str(error), since=editions_since(seen_version()))


def _form(
    what: str,
    values: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
    status: int = 200,
    edition: int | None = None,
    **more: object,
) -> ResponseReturnValue:
    """`edition`: the one that the person has seen, where the form comes back; the present one otherwise."""
    if what not in _FORMS or (what == "year" and not values.get("year", "").isdecimal()):
        return see_other(url_for("calendar.index"))
    return render(
        f"calendar/{what}.html",
        status=status,
        what=what,
        values=values,
        errors=errors or {},
        edition=decided_now()[0] if edition is None else edition,
        week=list(zip(forms.WEEK, forms.WEEK_LABELS, strict=True)),
        moves=forms.MOVES,
        year=year_form(int(values["year"])) if what == "year" else None,
        actions=CALENDAR_WORDS,
        **more,
    )


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
