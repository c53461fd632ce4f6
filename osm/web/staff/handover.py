"""The one press by which open work goes over to a substitute, comes back, or stays where it is (П.3)."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, flash, make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.durations import plural
from osm.regulation.errors import MissingInput
from osm.regulation.words import Role
from osm.services.staff import handover as services
from osm.services.staff.handover import OfferChanged
from osm.store.models import User
from osm.store.queries.staff.handovers import Offer
from osm.web.access import allow
from osm.web.acting import me, number, text
from osm.web.htmx import see_other
from osm.web.inbox.view import inbox_page
from osm.web.roster import forget_roster

blueprint = Blueprint("handover", __name__, url_prefix="/handover")


@blueprint.post("/<int:holder_id>/<int:owner_id>")
@allow(Role.CURATOR)
def give(holder_id: int, owner_id: int) -> ResponseReturnValue:
    try:
        offer, target = services.hand_over(
            holder_id, owner_id, text("seen"), target_id=number("target_id"), actor=me(), now=current_now()
        )
    except MissingInput as error:
        return _again(str(error), f"{holder_id}-{owner_id}", 422)
    except OfferChanged as error:
        return _again(str(error), "", 409)
    return _done(_given(offer, target))


@blueprint.post("/<int:holder_id>/<int:owner_id>/keep")
@allow(Role.CURATOR)
def keep(holder_id: int, owner_id: int) -> ResponseReturnValue:
    try:
        offer = services.keep(holder_id, owner_id, text("seen"), actor=me(), now=current_now())
    except OfferChanged as error:
        return _again(str(error), "", 409)
    return _done(f"{offer.holder} заканчивает начатое: {_messages(offer.count)}.")


def _given(offer: Offer, target: User) -> str:
    return f"Передано {_messages(offer.count)}: {offer.holder} → {target.name}. Сроки не изменились."


def _messages(count: int) -> str:
    return f"{count} {plural(count, 'сообщение', 'сообщения', 'сообщений')}"


def _done(said: str) -> ResponseReturnValue:
    flash(said, "success")
    return see_other(url_for("inbox.show"))


def _again(words: str, key: str, status: int) -> Response:
    """The list as it stands now; `key`: at which offer the words belong, empty for none of them."""
    forget_roster()
    page = inbox_page(me(), current_now())
    return make_response(render_template("inbox/inbox.html", page=page, refused={"key": key, "words": words}), status)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
