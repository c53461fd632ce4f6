"""«Повторное?»: the curator confirms or rejects what the worker proposes, by one button each."""

from __future__ import annotations

from flask import Blueprint, Flask, flash, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.networks.authors import Sameness
from osm.regulation.errors import StaleVersion
from osm.regulation.words import Role
from osm.services.errors import NotFound
from osm.services.messages.linking import decide_link
from osm.services.reading.nearest import nearest_messages
from osm.store.models import LinkKind, LinkState
from osm.store.queries.messages.links import near as messages_near
from osm.store.queries.staff.visibility import SEE_EVERYTHING
from osm.web.access import allow, me
from osm.web.form_values import seen_version, text
from osm.web.htmx import is_htmx, render, see_other
from osm.web.messages.linked import excerpt, linked_with
from osm.web.visible import visible_card

blueprint = Blueprint("linking", __name__, url_prefix="/messages")

SAID: dict[tuple[LinkKind, LinkState], str] = {
    (LinkKind.REPEAT, LinkState.CONFIRMED): "Отмечено: повторное (п. 15). Прежний ответ стоит рядом с полем ответа.",
    (LinkKind.SAME_MATTER, LinkState.CONFIRMED): "Отмечено: сообщения о том же. Ответы видны из обоих.",
    (LinkKind.REPEAT, LinkState.REJECTED): "Отмечено: это другой вопрос, сообщения не связаны.",
    (LinkKind.SAME_MATTER, LinkState.REJECTED): "Отмечено: это другой вопрос, сообщения не связаны.",
}

SAMENESS = {Sameness.PROFILE: "тот же автор", Sameness.NAME: "тот же автор по имени"}
"""The same name alone does not prove that it is the same person, so the words say what was compared."""

CHANGED = "Не выполнено: об этой паре уже решили или тексты изменились. Здесь то, что есть теперь."


@blueprint.post("/<int:message_id>/links/<int:other_id>")
@allow(Role.CURATOR)
def decide(message_id: int, other_id: int) -> ResponseReturnValue:
    card = visible_card(message_id, me())
    try:
        link = decide_link(
            card.id, other_id, seen_version(), confirmed=text("answer") == "yes", actor=me(), now=current_now()
        )
        said = SAID[link.kind, link.state]
    except (StaleVersion, NotFound):
        said = CHANGED
    if is_htmx():
        linked = linked_with(card.id, me())
        return render_template("messages/_linked.html", card=card, linked=linked, said=said, refused=said == CHANGED)
    flash(said, "danger" if said == CHANGED else "success")
    return see_other(url_for("card.show", message_id=card.id, _anchor="linked"))


@blueprint.get("/<int:message_id>/near")
@allow(*SEE_EVERYTHING)
def near(message_id: int) -> ResponseReturnValue:
    """Loaded after the card, which does not wait for it; a page of its own without JavaScript."""
    card = visible_card(message_id, me())
    ids = nearest_messages(card.id)
    found = None if ids is None else messages_near(card.id, ids)
    may_decide = me().has(Role.CURATOR)
    return render("messages/near.html", "messages/_near.html", card=card, found=found, may_decide=may_decide)


def init_app(app: Flask) -> None:
    app.jinja_env.filters["excerpt"] = excerpt
    app.jinja_env.filters["sameness_words"] = SAMENESS.__getitem__
    app.register_blueprint(blueprint)
