"""«Поручения»: what leaders asked for; the report of whoever has one, and what who gave it says of that."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.regulation.words import PRESS_CENTRE, Role
from osm.services.control import instructions
from osm.services.errors import NotFound
from osm.store.models import InstructionState
from osm.store.queries.control import instructions as queries
from osm.store.queries.control import memos as memo_queries
from osm.store.queries.control import urgent as urgent_queries
from osm.store.queries.control.instructions import InstructionRow
from osm.web.access import allow, me
from osm.web.control.view import stands_in_for
from osm.web.form_values import Typed, seen_version, text
from osm.web.htmx import see_other
from osm.web.roster import heads, roster_today
from osm.web.run_act import EDIT_REFUSED, run_act

blueprint = Blueprint("instructions", __name__, url_prefix="/instructions")


@blueprint.get("")
@allow(*Role)
def index() -> ResponseReturnValue:
    live = request.args.get("show") != "all"
    rows = queries.listed(me(), stands_in_for(me()), live=live)
    return render_template("control/instructions/index.html", rows=rows, live=live)


@blueprint.get("/<int:instruction_id>")
@allow(*Role)
def show(instruction_id: int) -> ResponseReturnValue:
    return instruction_page(instruction_id)


@blueprint.post("/<int:instruction_id>/report")
@allow(*Role)
def report(instruction_id: int) -> ResponseReturnValue:
    said = "Доложено: решает тот, кто дал поручение."
    return _run(instruction_id, instructions.report, said, report=text("report"), roster=roster_today())


@blueprint.post("/<int:instruction_id>/accept")
@allow(Role.HEAD)
def accept(instruction_id: int) -> ResponseReturnValue:
    return _run(instruction_id, instructions.accept, "Принято, контроль снят.")


@blueprint.post("/<int:instruction_id>/give-back")
@allow(Role.HEAD)
def give_back(instruction_id: int) -> ResponseReturnValue:
    return _run(instruction_id, instructions.give_back, "Возвращено.", remarks=text("remarks"))


@blueprint.post("/<int:instruction_id>/drop")
@allow(Role.HEAD)
def drop(instruction_id: int) -> ResponseReturnValue:
    return _run(instruction_id, instructions.drop, "Поручение снято.", reason=text("reason"))


def instruction_page(instruction_id: int, typed: Typed | None = None) -> str:
    """The screen; `typed`: one of its forms was refused."""
    row, person = _known(instruction_id), me()
    mine = row.to_id in {person.id, *stands_in_for(person)}
    decides = person.has(Role.HEAD) and instructions.may_decide(person, row.given_by_id)
    source = urgent_queries.one(row.urgent_report_id) if row.urgent_report_id else None
    return render_template(
        "control/instructions/instruction.html", row=row, typed=typed, source=source,
        memo=memo_queries.one(row.memo_id, person, heads=heads(person)) if row.memo_id else None,
        may_open=person.has(*PRESS_CENTRE, Role.HEAD),
        may_report=mine and row.state is InstructionState.OPEN,
        may_accept=decides and row.state is InstructionState.REPORTED, may_drop=decides and row.is_live,
        history=queries.history_of(instruction_id),
    )  # fmt: skip


def _known(instruction_id: int) -> InstructionRow:
    row = queries.one(instruction_id, me(), stands_in_for(me()))
    if row is None:
        raise NotFound("Поручение")
    return row


def _run(instruction_id: int, service: Callable[..., Any], said: str, /, **given: Any) -> ResponseReturnValue:
    """Done leads back to the instruction; refused shows the form, which the endpoint names, again."""
    _known(instruction_id)
    return run_act(
        partial(service, instruction_id, seen_version(), **given),
        partial(instruction_page, instruction_id),
        lambda _: see_other(url_for("instructions.show", instruction_id=instruction_id), said),
        action=(request.endpoint or "").removeprefix("instructions."),
        refused=EDIT_REFUSED,
    )


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
