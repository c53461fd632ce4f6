"""A form of one message: its act, and what is shown where somebody else was quicker."""

from collections.abc import Callable
from functools import partial

from flask import Flask, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from osm.base.errors import NotFound
from osm.base.transaction import give_up
from osm.log.queries.history import HistoryLine, message_history, since
from osm.messages.queries.parts import Card
from osm.people import views as roster
from osm.regulation import transitions
from osm.regulation.errors import StaleVersion
from osm.regulation.words import Action, Role
from osm.shell import filters, lost_form, requests
from osm.shell.access import me
from osm.shell.errors import HTTP, Words, answer
from osm.shell.form_values import Typed, seen_version
from osm.shell.run_act import REFUSED, Again, Done, run_act


def run_on_message(
    message_id: int, action: str, act: Callable[..., Done], again: Callable[[int, Typed], ResponseReturnValue],
    done: Callable[[Done], ResponseReturnValue], *, refused: tuple[type[Exception], ...] = REFUSED,
    fragment: Again | None = None,
) -> ResponseReturnValue:  # fmt: skip
    """An act upon one message from its own screen. A person who may not see the message may not know of it."""
    roster.visible_card(message_id, me())
    return run_act(
        partial(act, message_id, seen_version()), partial(again, message_id), done, action=action, refused=refused,
        happened=partial(happened_since, message_id), fragment=fragment,
    )  # fmt: skip


# --- Somebody was quicker: what happened since, the typed text, and a second try where it still makes sense
#: The view that was refused → the act that it does: what may be offered once more. The other screens show themselves.
ONCE_MORE: dict[str, Action] = {"drafting.withdraw": Action.WITHDRAW_DRAFT, "approvals.revoke": Action.REVOKE_APPROVAL}


_NOT_SENT_ON = frozenset({"csrf_token", "version"})


def happened_since(message_id: int, version: int) -> list[HistoryLine]:
    return since(message_history(message_id, filters.day_and_time), version)


def on_stale(error: StaleVersion) -> AnyResponse:
    """The page for every form without a screen to show it again; for htmx a notice of what happened."""
    give_up()
    card = _card()
    if card is None or request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return answer(409, Words(HTTP[409].title, str(error)), kind="StaleVersion")
    values = {"card": card, "error": error, "happened": happened_since(card.id, error.seen)}
    if requests.is_htmx():
        return make_response(requests.in_place(render_template("_stale.html", **values), "#notices"), 409)
    fields = lost_form.fields_of(request.form.items(multi=True), _NOT_SENT_ON)
    return make_response(render_template("stale.html", fields=fields, again=_once_more(card), **values), 409)


def _card() -> Card | None:
    message_id = (request.view_args or {}).get("message_id")
    if message_id is None or not current_user.is_authenticated:
        return None
    try:
        return roster.visible_card(message_id, me())
    except NotFound:
        return None


def _once_more(card: Card) -> Action | None:
    """The act, if the table still allows it to this person; the rest is decided when it is sent."""
    action = ONCE_MORE.get(request.endpoint or "")
    person = me()
    if action not in transitions.available_actions(card.status, person.roles, set(transitions.Condition)):
        return None
    mine = person.has(Role.CURATOR) or any(worker.person.id == person.id for worker in card.active)
    return action if mine else None


def init_app(app: Flask) -> None:
    app.register_error_handler(StaleVersion, on_stale)
