"""Signs of danger to life (П.9, П.20): taken on, reported to the head or called none, each by one press."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Flask, g, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from osm.regulation.errors import MissingInput
from osm.regulation.words import PRESS_CENTRE, Role
from osm.services.control import danger
from osm.store.models import Danger
from osm.store.queries.control import dangers as queries
from osm.store.queries.inbox.beside import DANGER
from osm.store.queries.inbox.inbox import Place
from osm.store.queries.messages.card_parts import Card
from osm.web.access import allow, me
from osm.web.control.prefill import told_of
from osm.web.form_values import seen_version, text
from osm.web.run_act import press
from osm.web.visible import visible_card

blueprint = Blueprint("danger", __name__)


@blueprint.post("/messages/<int:message_id>/danger")
@allow(*PRESS_CENTRE)
def decide(message_id: int) -> ResponseReturnValue:
    card, version = visible_card(message_id, me()), seen_version()
    there = "/" if text("back") == "inbox" else url_for("card.show", message_id=card.id)
    match text("reply"):
        case "seen":
            return press(partial(danger.see, card.id, version), there, lambda _: "Принято: вы занимаетесь.")
        case "report":
            act = partial(danger.report, card.id, version, told=told_of(card))
            return press(act, there, lambda row: f"Важность повышенная, главе отправлен доклад № {row.id}.")
        case "none":
            return press(partial(danger.dismiss, card.id, version), there, lambda _: "Отмечено: угрозы нет.")
        case _:
            raise MissingInput("reply", "Выберите: «Доложить главе», «Принято» или «Угрозы нет».")


def dangers_waiting() -> list[Danger]:
    """For «Ждёт меня», which has read already whether there are any."""
    places: list[Place] = g.get("osm_places") or []
    return queries.waiting() if any(place.duty == DANGER for place in places) else []


def danger_of(card: Card) -> Danger | None:
    """For the card; asked only where its log says that there was one."""
    if not current_user.has(*PRESS_CENTRE, Role.HEAD) or not any(one.action == "danger_noted" for one in card.log):
        return None
    return queries.of_message(card.id)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.add_template_global(dangers_waiting)
    app.add_template_global(danger_of)
    app.jinja_env.filters["danger_words"] = queries.words_of
