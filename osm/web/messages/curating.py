"""The steps of the card carried out, on the card and in the list: plain forms with the version that was seen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import Blueprint, Flask, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from osm.clock import current_now
from osm.regulation.words import Action, Status
from osm.store.queries.clocks.duties import TO_ROUTE
from osm.store.queries.inbox.inbox import next_waiting
from osm.store.queries.inbox.just_done import CLOSINGS
from osm.store.queries.messages.card_parts import Card
from osm.web.access import allow, me
from osm.web.filters import numbered
from osm.web.form_values import Typed, seen_version, text
from osm.web.htmx import is_htmx, see_other
from osm.web.inbox.inbox import row_again
from osm.web.inbox.rows import INBOX
from osm.web.just_done import note_done
from osm.web.messages.card import card_page, step_again
from osm.web.messages.card_steps import STEPS, card_step, of_view, step_button
from osm.web.messages.trail import came_by, trail_of
from osm.web.roster import asker_of
from osm.web.run_act import run_act
from osm.web.stale import happened_since
from osm.web.visible import visible_card

blueprint = Blueprint("curating", __name__, url_prefix="/messages")

#: With these the first look at a message is over: the curator goes on to the next one.
_LEADS_ON = frozenset(
    {
        Action.ROUTE,
        Action.DISMISS,
        Action.REDIRECT,
        Action.EXCLUDE,
        Action.MARK_WITHDRAWN,
        Action.MARK_UNANSWERABLE,
    }
)


def _view_of(action: Action) -> Callable[[int], ResponseReturnValue]:
    """The view that takes the form of this step."""
    step = STEPS[action]

    def view(message_id: int) -> ResponseReturnValue:
        was = visible_card(message_id, me()).status
        return run_act(
            lambda **who: step.service(message_id, seen_version(), **step.given(), **who),
            lambda typed: card_page(visible_card(message_id, me()), me(), typed),
            lambda _: _lead_on(visible_card(message_id, me()), action, was),
            action=action,
            happened=partial(happened_since, message_id),
            fragment=lambda typed: _fragment(message_id, typed),
        )

    return allow(*step.roles)(view)


def _lead_on(card: Card, action: Action, was: Status) -> ResponseReturnValue:
    """To the next message that waits, where the first look at this one is over; else back to its card."""
    from_list = text("back") == INBOX
    said, following = numbered(card, _words(card, action)), None
    first_look = action in _LEADS_ON and was in TO_ROUTE
    can_undo = first_look and action in (Action.ROUTE, *CLOSINGS)
    if can_undo:
        note_done()
    trail = trail_of(card.id, me(), current_now()) if first_look and not from_list else None
    if trail and not trail.is_inbox:
        said += " Дальше — следующее из «Сообщений»." if trail.behind else " Это было последнее в списке."
        return see_other(trail.behind or trail.back, said)
    if first_look:
        following = next_waiting(asker_of(me(), current_now()), TO_ROUTE)
        leads = Markup(" Дальше: № {}.").format(following[1]) if following else " Больше направлять нечего."
        said += "" if following and from_list and is_htmx() else leads  # the list goes on at the next row
    if from_list and is_htmx():
        return render_template("inbox/_done.html", said=said, card=card, can_undo=can_undo)
    if from_list:
        return see_other(url_for("inbox.show", _anchor=f"m-{following[0]}" if following else None), said)
    if first_look:
        came = came_by(card.id)
        return see_other(
            url_for("card.show", message_id=following[0], **came) if following else url_for("inbox.show"), said
        )
    return see_other(url_for("card.show", message_id=card.id), said)


def _words(card: Card, action: Action) -> str:
    said = STEPS[action].said
    if action not in (Action.ROUTE, Action.REROUTE) or not card.active:
        return said
    worker = card.active[0]
    to_whom = f"{worker.person.name} ({worker.department})" if worker.department else worker.person.name
    return said.replace(".", f": {to_whom}.", 1)


def _fragment(message_id: int, typed: Typed) -> ResponseReturnValue:
    """For htmx the form with what was typed or, in the list, its row alone."""
    if text("back") == INBOX:
        return row_again(message_id, typed)
    return step_again(visible_card(message_id, me()), me(), typed)


for _action, _step in STEPS.items():
    _path = _step.path or _action.replace("_", "-")
    blueprint.add_url_rule(f"/<int:message_id>/{_path}", _action, _view_of(_action), methods=["POST"])


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.filters.update(card_step=card_step, step_button=step_button, of_view=of_view)
