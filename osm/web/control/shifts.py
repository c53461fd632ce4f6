"""«Смена»: the day handed over with what is open, and taken by whoever comes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Flask, g, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from osm.clock import current_now
from osm.regulation.words import PRESS_CENTRE, Role
from osm.services.clocks.clocks import in_force
from osm.services.control import shifts
from osm.services.control.duty import duty_officer
from osm.services.errors import NotFound
from osm.store.models import User
from osm.store.queries.control import shifts as queries
from osm.store.queries.control.shift_content import COMMENTS, open_now, parts_of
from osm.store.queries.control.shifts import ShiftRow
from osm.store.queries.inbox.beside import SHIFT
from osm.store.queries.inbox.inbox import Place
from osm.web.access import allow, me
from osm.web.form_values import Typed, seen_version, text
from osm.web.htmx import see_other
from osm.web.run_act import EDIT_REFUSED, run_act

blueprint = Blueprint("shifts", __name__, url_prefix="/shift")
READERS = (*PRESS_CENTRE, Role.HEAD)

#: Section → where one thing of it stands.
ADDRESSES: dict[str, str] = {
    "urgent": "/reports/urgent/", "bursts": "/reports/bursts/", "instructions": "/instructions/",
    "press": "/messages/", "late": "/messages/", "promises": "/promises/",
}  # fmt: skip


@blueprint.get("")
@allow(*READERS)
def index() -> ResponseReturnValue:
    return shift_page()


@blueprint.post("")
@allow(*PRESS_CENTRE)
def give() -> ResponseReturnValue:
    done = partial(_to, said="Смена сдана. Её видит весь пресс-центр, пока кто-нибудь не примет.")
    return run_act(partial(shifts.give, note=text("note")), shift_page, done, action="give", refused=EDIT_REFUSED)


@blueprint.get("/<int:shift_id>")
@allow(*READERS)
def show(shift_id: int) -> ResponseReturnValue:
    return given_page(shift_id)


@blueprint.post("/<int:shift_id>/take")
@allow(*PRESS_CENTRE)
def take(shift_id: int) -> ResponseReturnValue:
    return _run(shift_id, shifts.take, "Смена принята.")


@blueprint.post("/<int:shift_id>/withdraw")
@allow(*PRESS_CENTRE)
def withdraw(shift_id: int) -> ResponseReturnValue:
    return _run(shift_id, shifts.withdraw, "Сдача отменена: смена ваша.")


def shift_page(typed: Typed | None = None) -> str:
    """What is open now, to be handed over; who waits to be relieved; the shifts before."""
    now, person = current_now(), me()
    content = open_now(now, in_force().calendar.tz)
    return render_template(
        "control/shift/index.html", parts=parts_of(content, person), comments=content[COMMENTS], typed=typed,
        waiting=queries.waiting(), rows=queries.listed(), officer=duty_officer(now), addresses=ADDRESSES,
        may_give=person.has(*PRESS_CENTRE), may_see_promises=may_see_promises(person),
    )  # fmt: skip


def given_page(shift_id: int, typed: Typed | None = None) -> str:
    """One that was handed over, each thing as it stands now."""
    row, person = _known(shift_id), me()
    press = person.has(*PRESS_CENTRE)
    return render_template(
        "control/shift/shift.html", row=row, typed=typed, parts=parts_of(row.content, person),
        comments=row.content.get(COMMENTS, 0), addresses=ADDRESSES, may_see_promises=may_see_promises(person),
        may_take=row.waits and press and row.given_by_id != person.id,
        may_withdraw=row.waits and row.given_by_id == person.id,
    )  # fmt: skip


def may_see_promises(person: User) -> bool:
    return person.has(Role.CURATOR, Role.HEAD)


def shift_waiting() -> ShiftRow | None:
    """The shift that the person behind the request is asked to take; «Ждёт меня» has read whether there is one."""
    places: list[Place] = g.get("osm_places") or []
    row = queries.waiting() if any(place.duty == SHIFT for place in places) else None
    return row if row and row.given_by_id != current_user.id else None


def _known(shift_id: int) -> ShiftRow:
    row = queries.one(shift_id)
    if row is None:
        raise NotFound("Сдача смены")
    return row


def _run(shift_id: int, service: Callable[..., Any], said: str) -> ResponseReturnValue:
    _known(shift_id)
    return run_act(
        partial(service, shift_id, seen_version()), partial(given_page, shift_id), partial(_to, said=said),
        refused=EDIT_REFUSED,
    )  # fmt: skip


def _to(row: Any, *, said: str) -> ResponseReturnValue:
    return see_other(url_for("shifts.show", shift_id=row.id), said)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.add_template_global(shift_waiting)
