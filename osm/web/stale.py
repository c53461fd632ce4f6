"""Somebody was quicker: what happened meanwhile beside what was typed, and once more where it still makes sense."""

from __future__ import annotations

from flask import Flask, make_response, render_template, request
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from osm.log.queries.history import HistoryLine, message_history, since
from osm.messages.queries.parts import Card
from osm.regulation.errors import StaleVersion
from osm.regulation.words import Action, Role
from osm.regulation.workflow import Condition, available_actions
from osm.services.errors import NotFound
from osm.store.transaction import give_up
from osm.web.access import me
from osm.web.errors import HTTP, Words, answer
from osm.web.filters import day_and_time
from osm.web.htmx import in_place, is_htmx
from osm.web.lost_form import fields_of
from osm.web.visible import visible_card

#: The view that was refused → the act that it does: what may be offered once more. The other screens show themselves.
ONCE_MORE: dict[str, Action] = {
    "drafting.withdraw": Action.WITHDRAW_DRAFT,
    "approvals.revoke": Action.REVOKE_APPROVAL,
}

_NOT_SENT_ON = frozenset({"csrf_token", "version"})


def happened_since(message_id: int, version: int) -> list[HistoryLine]:
    """Acts upon the message after this version of it was seen."""
    return since(message_history(message_id, day_and_time), version)


def on_stale(error: StaleVersion) -> AnyResponse:
    """The page for every form that has no screen of its own to come back to; for htmx what happened, as a notice."""
    give_up()
    card = _card()
    if card is None or request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return answer(409, Words(HTTP[409].title, str(error)), kind="StaleVersion")
    values = {"card": card, "error": error, "happened": happened_since(card.id, error.seen)}
    if is_htmx():
        return make_response(in_place(render_template("_stale.html", **values), "#notices"), 409)
    fields = fields_of(request.form.items(multi=True), _NOT_SENT_ON)
    return make_response(render_template("stale.html", fields=fields, again=_once_more(card), **values), 409)


def _card() -> Card | None:
    message_id = (request.view_args or {}).get("message_id")
    if message_id is None or not current_user.is_authenticated:
        return None
    try:
        return visible_card(message_id, me())
    except NotFound:
        return None


def _once_more(card: Card) -> Action | None:
    """The act, if the table still allows it to this person; how the rest stands is decided when it is sent."""
    action = ONCE_MORE.get(request.endpoint or "")
    person = me()
    if action not in available_actions(card.status, person.roles, set(Condition)):
        return None
    mine = person.has(Role.CURATOR) or any(worker.person.id == person.id for worker in card.active)
    return action if mine else None


def init_app(app: Flask) -> None:
    app.register_error_handler(StaleVersion, on_stale)
