"""«Сведения отделу»: facts of an excluded message for a department, and what it has done (П.17)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Flask, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.regulation.words import PRESS_CENTRE, Role
from osm.services.errors import NotFound
from osm.services.messages import telling_facts
from osm.store.queries.control import facts as queries
from osm.store.queries.control.facts import FactsRow
from osm.store.queries.inbox.beside import FACTS
from osm.store.queries.messages.card_parts import Card
from osm.web.access import allow, me
from osm.web.control.view import stands_in_for
from osm.web.form_values import Typed, seen_version, text
from osm.web.htmx import see_other
from osm.web.run_act import EDIT_REFUSED, run_act

blueprint = Blueprint("facts", __name__, url_prefix="/facts")

READERS = (*PRESS_CENTRE, Role.EXECUTOR, Role.HEAD)


@blueprint.get("/<int:facts_id>")
@allow(*READERS)
def show(facts_id: int) -> ResponseReturnValue:
    return facts_page(facts_id)


@blueprint.post("/<int:facts_id>/done")
@allow(Role.EXECUTOR)
def done(facts_id: int) -> ResponseReturnValue:
    absent = stands_in_for(me())
    return _run(facts_id, telling_facts.note_done, "Отмечено: пресс-центр видит, что сделано.",
                outcome=text("done"), absent=absent)  # fmt: skip


@blueprint.post("/<int:facts_id>/withdraw")
@allow(*PRESS_CENTRE)
def withdraw(facts_id: int) -> ResponseReturnValue:
    return _run(facts_id, telling_facts.withdraw, "Отозвано: отдел об этом больше не просят.", reason=text("reason"))


def facts_page(facts_id: int, typed: Typed | None = None) -> str:
    """The screen; `typed`: one of its forms was refused."""
    row, person = _known(facts_id), me()
    waits = row.id in {one.id for one in queries.waiting(person, stands_in_for(person))}
    mine = person.has(Role.EXECUTOR) and waits and not row.is_unseen
    return render_template(
        "control/facts/facts.html", row=row, typed=typed, may_note=mine,
        may_open=person.has(*PRESS_CENTRE, Role.HEAD), may_withdraw=row.is_open and person.has(*PRESS_CENTRE),
    )  # fmt: skip


def facts_waiting() -> list[FactsRow]:
    """Those that wait for the person behind the request."""
    person, places = me(), g.get("osm_places")
    if not person.has(Role.EXECUTOR, Role.CURATOR) or (
        places is not None and not any(place.duty == FACTS for place in places)
    ):
        return []
    return queries.waiting(person, stands_in_for(person))


def facts_of(card: Card) -> list[FactsRow]:
    """Those of a card; without a statement where the message was never excluded."""
    return queries.of_message(card.id) if any(one.ground for one in card.closures) else []


def _known(facts_id: int) -> FactsRow:
    row = queries.one(facts_id, me(), stands_in_for(me()))
    if row is None:
        raise NotFound("Сведения")
    return row


def _run(facts_id: int, service: Callable[..., Any], said: str, /, **given: Any) -> ResponseReturnValue:
    _known(facts_id)
    return run_act(
        partial(service, facts_id, seen_version(), **given),
        partial(facts_page, facts_id),
        lambda _: see_other(url_for("facts.show", facts_id=facts_id), said),
        action=(request.endpoint or "").removeprefix("facts."),
        refused=EDIT_REFUSED,
    )


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.add_template_global(facts_waiting)
    app.add_template_global(facts_of)
    app.add_template_global(queries.departments_that_help, "department_choices")
