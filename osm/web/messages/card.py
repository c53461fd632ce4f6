"""The card of one message: what was said on the left, the work on the right, the clocks, the history."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.words import GROUND_LABELS, Role
from osm.services.messages.routing import mark_opened
from osm.services.reading.verdicts import digest
from osm.store.models import User
from osm.store.queries.answers.earlier_answers import earlier_answers
from osm.store.queries.messages.card_parts import Card
from osm.store.queries.reading.verdicts import verdict_on
from osm.web.access import allow, me
from osm.web.form_values import Typed
from osm.web.htmx import in_place
from osm.web.messages.card_view import card_view
from osm.web.messages.copied import copied
from osm.web.messages.linked import linked_with
from osm.web.messages.trail import came_by, trail_of
from osm.web.talk.view import see_notes
from osm.web.visible import READERS, executes_only, visible_card

blueprint = Blueprint("card", __name__, url_prefix="/messages")


@blueprint.get("/<int:message_id>")
@allow(*READERS)
def show(message_id: int) -> ResponseReturnValue:
    person, now = me(), current_now()
    came = came_by(message_id)
    if came and "from" not in request.args:
        return redirect(url_for("card.show", message_id=message_id, **came), 303)  # an act upon the card led back to it
    card = visible_card(message_id, person)
    if any(worker.person.id == person.id and worker.opened_at is None for worker in card.active):
        mark_opened(message_id, actor=person, now=now)
    see_notes(card, person)
    return card_page(card, person)


def card_page(card: Card, person: User, typed: Typed | None = None) -> str:
    """The page; `typed`: a form on it that was refused."""
    view = card_view(card, person, current_now())
    return render_template(
        "messages/card.html",
        view=view,
        card=card,
        typed=typed,
        trail=trail_of(card.id, person, view.now),
        grounds=list(GROUND_LABELS.items()),
        linked=linked_with(card.id, person),
        copied=copied(card.id, person),
        earlier=earlier_answers(card.id),
        checked=None if executes_only(person) else verdict_on(card.id, card.text, digest(card.text)),
        may_judge=person.has(Role.CURATOR) or person.has(Role.MODERATOR),
    )


def step_again(card: Card, person: User, typed: Typed) -> Response:
    """For htmx: the form of the refused step alone, so that whatever else is typed on the page stays."""
    view, grounds = card_view(card, person, current_now()), list(GROUND_LABELS.items())
    page = render_template("messages/_step_again.html", view=view, card=card, typed=typed, grounds=grounds)
    return in_place(page, f"#step-{typed.action}", "outerHTML")


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
