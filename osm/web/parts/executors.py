"""Several executors (П.14): directed at once, added, removed, put into another order."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.numbers import whole
from osm.regulation.errors import MissingInput
from osm.regulation.words import Action, Role
from osm.regulation.workflow import available_actions
from osm.services.messages import co_executors, routing
from osm.services.messages.co_executors import PartOrder
from osm.store.models import Message
from osm.store.queries.staff.people import routing_choices
from osm.web.access import allow, me
from osm.web.filters import numbered
from osm.web.form_values import Typed, is_set, number, typed_values
from osm.web.htmx import is_htmx, see_other
from osm.web.just_done import note_done
from osm.web.parts.executors_view import (
    FIRST_ROWS,
    later_than_draft,
    minutes_choices,
    order_of,
    rows_of,
    rows_of_workers,
    times,
    usual_times,
)
from osm.web.parts.view import part_lines
from osm.web.roster import roster_today
from osm.web.run_act import run_on_message
from osm.web.topics.hints import hint_for
from osm.web.visible import visible_card

blueprint = Blueprint("executors", __name__, url_prefix="/messages")


@blueprint.get("/<int:message_id>/executors")
@allow(Role.CURATOR)
def show(message_id: int) -> ResponseReturnValue:
    return executors_page(message_id)


@blueprint.post("/<int:message_id>/executors")
@allow(Role.CURATOR)
def route(message_id: int) -> ResponseReturnValue:
    def act(message_id: int, version: int, **who: Any) -> Message:
        topic_id, marked_seen = number("topic_id"), is_set("marked_seen")
        return routing.route_to_several(
            message_id, version, orders=_orders(), topic_id=topic_id, marked_seen=marked_seen, **who
        )

    return run_on_message(message_id, Action.ROUTE, act, executors_page, _done("Направлено нескольким исполнителям."))


@blueprint.post("/<int:message_id>/executors/rows")
@allow(Role.CURATOR)
def more_rows(message_id: int) -> ResponseReturnValue:
    """One more row with everything that was typed, and the times anew; nothing is stored."""
    typed = Typed(Action.ROUTE, {**typed_values(), "rows": str((number("rows") or FIRST_ROWS) + 1)})
    return executors_page(message_id, typed, template="parts/_rows.html" if is_htmx() else "")


@blueprint.post("/<int:message_id>/executors/times")
@allow(Role.CURATOR)
def check_times(message_id: int) -> ResponseReturnValue:
    """Whether the times fit before the draft, as the form stands; nothing is stored."""
    typed = Typed(Action.ROUTE, typed_values())
    return executors_page(message_id, typed, template="parts/_times.html" if is_htmx() else "")


@blueprint.post("/<int:message_id>/executors/add")
@allow(Role.CURATOR)
def add(message_id: int) -> ResponseReturnValue:
    def act(message_id: int, version: int, **who: Any) -> Message:
        order = order_of(typed_values(), "") or PartOrder(None)
        return co_executors.add_executor(message_id, version, order=order, **who)

    return run_on_message(message_id, Action.ADD_EXECUTOR, act, executors_page, _done("Исполнитель добавлен."))


@blueprint.post("/<int:message_id>/executors/<int:assignment_id>/remove")
@allow(Role.CURATOR)
def remove(message_id: int, assignment_id: int) -> ResponseReturnValue:
    def act(message_id: int, version: int, **who: Any) -> Message:
        return co_executors.remove_executor(message_id, version, assignment_id=assignment_id, **who)

    done = _done("Исполнитель снят, его срок закрыт без нарушения.")
    return run_on_message(message_id, Action.REMOVE_EXECUTOR, act, executors_page, done)


@blueprint.post("/<int:message_id>/executors/arrange")
@allow(Role.CURATOR)
def arrange(message_id: int) -> ResponseReturnValue:
    def act(message_id: int, version: int, **who: Any) -> Message:
        ids = [worker.id for worker in visible_card(message_id, who["actor"]).active]
        values = typed_values()
        found = {i: order_of({**values, f"executor_id-{i}": "1"}, f"-{i}") for i in ids if f"order_no-{i}" in values}
        orders = {i: order for i, order in found.items() if order}
        return co_executors.arrange_executors(message_id, version, orders=orders, **who)

    done = _done("Порядок и сроки изменены.")
    return run_on_message(message_id, Action.ARRANGE_EXECUTORS, act, executors_page, done)


def executors_page(message_id: int, typed: Typed | None = None, *, template: str = "") -> str:
    """The screen; `typed`: one of its forms was refused or asked for another row."""
    person, now = me(), current_now()
    card = visible_card(message_id, person)
    offered, choices = available_actions(card.status, person.roles), routing_choices(roster_today())
    values = typed.values if typed else {}
    new = Action.ROUTE in offered
    hint = hint_for(card.text) if new else None
    suggested = choices.executor_for(card.topic_id or (hint.topic_id if hint else None)) if new else None
    first = times(card, _typed_orders(values) if new else [], now)
    first = first if first.stages else usual_times(card, now)
    rows = rows_of(values, typed.errors if typed else {}, _count(values), None if values else first.proposed, suggested)
    return render_template(
        template or "parts/executors.html",
        card=card,
        typed=typed,
        new=new,
        rows=rows,
        times=first,
        workers=rows_of_workers(card, typed),
        lines=part_lines(card, now),
        offered=offered,
        choices=choices.beginning_with(suggested),
        topics=[(topic.id, topic.name) for topic in choices.topics],
        minutes=minutes_choices([r.minutes for r in (*rows, *rows_of_workers(card, typed))] + [str(first.proposed)]),
        too_late=[] if new else later_than_draft(card, first.draft_due),
        topic_hint=hint,
    )


def _orders() -> list[PartOrder]:
    values = typed_values()
    orders = [order_of(values, str(n)) for n in range(1, _count(values) + 1)]
    return [order for order in orders if order]


def _typed_orders(values: Any) -> list[PartOrder]:
    """For the times beside the form: rows that are not right yet are left out."""
    orders = []
    for n in range(1, _count(values) + 1):
        try:
            order = order_of(values, str(n))
        except MissingInput:
            continue
        if order:
            orders.append(order)
    return orders


def _count(values: Any) -> int:
    typed = whole(str(values.get("rows", "")), digits=3)
    return FIRST_ROWS if typed is None else min(typed, co_executors.MOST)


def _done(words: str) -> Any:
    def lead_on(message: Message) -> Response:
        if request.endpoint == "executors.route":
            note_done()
        screen = "card.show" if request.endpoint == "executors.route" else "executors.show"
        return see_other(url_for(screen, message_id=message.id), numbered(message, words))

    return lead_on


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
