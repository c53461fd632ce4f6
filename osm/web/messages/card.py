"""The card of one message: what was said on the left, the work on the right, the clocks, the history."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, make_response, render_template
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.words import GROUND_LABELS, Role
from osm.services.messages.routing import mark_opened
from osm.services.reading.verdicts import digest
from osm.store.models import User
from osm.store.queries.answers.earlier_answers import earlier_answers
from osm.store.queries.messages.card_parts import Card
from osm.store.queries.reading.verdicts import verdict_on
from osm.web.access import allow
from osm.web.acting import Typed, me
from osm.web.messages.card_view import card_view
from osm.web.messages.copied import copied
from osm.web.messages.linked import linked_with
from osm.web.visible import READERS, executes_only, visible_card

blueprint = Blueprint("card", __name__, url_prefix="/messages")


@blueprint.get("/<int:message_id>")
@allow(*READERS)
def show(message_id: int) -> ResponseReturnValue:
    person, now = me(), current_now()
    card = visible_card(message_id, person)
    if any(worker.person.id == person.id and worker.opened_at is None for worker in card.active):
        mark_opened(message_id, actor=person, now=now)
    return card_page(card, person)


def card_page(card: Card, person: User, typed: Typed | None = None, status: int = 200) -> Response:
    """The page; `typed`: a form on it that was refused."""
    view = card_view(card, person, current_now())
    page = render_template(
        "messages/card.html",
        view=view,
        card=card,
        typed=typed,
        grounds=list(GROUND_LABELS.items()),
        linked=linked_with(card.id, person),
        copied=copied(card.id, person),
        earlier=earlier_answers(card.id),
        checked=None if executes_only(person) else verdict_on(card.id, card.text, digest(card.text)),
        may_judge=person.has(Role.CURATOR) or person.has(Role.MODERATOR),
    )
    return make_response(page, status)


def step_again(card: Card, person: User, typed: Typed, status: int) -> Response:
    """For htmx: the form of the refused step alone, so that whatever else is typed on the page stays."""
    view = card_view(card, person, current_now())
    response = make_response(
        render_template(
            "messages/_step_again.html", view=view, card=card, typed=typed, grounds=list(GROUND_LABELS.items())
        ),
        status,
    )
    response.headers["HX-Retarget"] = f"#step-{typed.action}"
    response.headers["HX-Reswap"] = "outerHTML"
    return response


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
