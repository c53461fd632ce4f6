"""Publishing by hand: copy the text, place it in the network, paste the link and the time. Once only."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from osm.clock import current_now
from osm.regulation.words import Action, Role, Status
from osm.services.answers import publication
from osm.services.answers.publication import PUBLISH
from osm.store.models import Reply
from osm.store.queries.groups.groups import unfinished_group
from osm.store.queries.inbox.inbox import next_waiting
from osm.web.access import allow, me
from osm.web.answers.promises import controls_of_form, controls_shown
from osm.web.answers.publishing_view import publishing_view
from osm.web.filters import numbered
from osm.web.form_values import Typed, moment, text
from osm.web.htmx import see_other
from osm.web.roster import asker_of
from osm.web.run_act import run_on_message, typed_form
from osm.web.visible import visible_card

blueprint = Blueprint("publishing", __name__, url_prefix="/messages")


@blueprint.get("/<int:message_id>/publish")
@allow(Role.CURATOR, Role.EXECUTOR)
def show(message_id: int) -> ResponseReturnValue:
    return publishing_page(message_id)


@blueprint.post("/<int:message_id>/publish")
@allow(Role.CURATOR, Role.EXECUTOR)
def publish(message_id: int) -> ResponseReturnValue:
    visible_card(message_id, me())
    if text("add_control"):
        return publishing_page(message_id, typed_form(Action.PUBLISH_FINAL))

    def act(message_id: int, version: int, **who: Any) -> Reply:
        at, controls = moment("published_at"), controls_of_form()
        return publication.publish_by_hand(
            message_id, version, url=text("url"), published_at=at, controls=controls,
            confirmed=text("elsewhere"), **who,
        )  # fmt: skip

    return run_on_message(message_id, Action.PUBLISH_FINAL, act, publishing_page, _published)


def publishing_page(message_id: int, typed: Typed | None = None) -> str:
    """The screen; `typed`: its form was refused."""
    person = me()
    view = publishing_view(visible_card(message_id, person), person, current_now())
    controls = controls_shown(view)
    return render_template("answers/publishing/publishing.html", view=view, typed=typed, controls=controls)


def _published(reply: Reply) -> Response:
    """To the rest of a common answer, else to the next answer that this person is to publish."""
    group_id, said = unfinished_group(reply.id), numbered(reply.message, DONE[PUBLISH[reply.kind]])
    if group_id:
        return see_other(url_for("groups.show", group_id=group_id), said)
    following = next_waiting(asker_of(me(), current_now()), (Status.APPROVED,))
    if following is None:
        return see_other("/", said + Markup(" Больше публиковать нечего."))
    said += Markup(" Дальше: № {}.").format(following[1])
    return see_other(url_for("publishing.show", message_id=following[0]), said)


#: What is said after it.
DONE: dict[Action, str] = {
    Action.PUBLISH_FINAL: "ответ отмечен опубликованным. Работа с сообщением закончена.",
    Action.PUBLISH_INTERIM: "промежуточный ответ отмечен опубликованным. Идёт срок окончательного.",
    Action.PUBLISH_CLARIFICATION: "запрос отмечен опубликованным. Ждём ответа автора.",
}


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
