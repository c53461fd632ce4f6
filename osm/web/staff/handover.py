"""The one press by which open work goes over to a substitute, comes back, or stays where it is (П.3)."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Flask, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.durations import plural
from osm.regulation.errors import MissingInput
from osm.regulation.words import Role
from osm.services.staff import handover as services
from osm.services.staff.handover import OfferChanged
from osm.store.models import User
from osm.store.queries.staff.handovers import Offer
from osm.web.access import allow, me
from osm.web.form_values import Typed, number, text
from osm.web.htmx import see_other
from osm.web.inbox.view import inbox_page
from osm.web.roster import forget_roster
from osm.web.run_act import run_act

blueprint = Blueprint("handover", __name__, url_prefix="/handover")


@blueprint.post("/<int:holder_id>/<int:owner_id>")
@allow(Role.CURATOR)
def give(holder_id: int, owner_id: int) -> ResponseReturnValue:
    return run_act(
        partial(services.hand_over, holder_id, owner_id, text("seen"), target_id=number("target_id")),
        _again,
        lambda given: see_other(url_for("inbox.show"), _given(*given)),
        action=f"{holder_id}-{owner_id}",
        refused=(MissingInput, OfferChanged),
    )


@blueprint.post("/<int:holder_id>/<int:owner_id>/keep")
@allow(Role.CURATOR)
def keep(holder_id: int, owner_id: int) -> ResponseReturnValue:
    def done(offer: Offer) -> ResponseReturnValue:
        return see_other(url_for("inbox.show"), f"{offer.holder} заканчивает начатое: {_messages(offer.count)}.")

    keeping = partial(services.keep, holder_id, owner_id, text("seen"))
    return run_act(keeping, _again, done, refused=(OfferChanged,))


def _given(offer: Offer, target: User) -> str:
    return f"Передано {_messages(offer.count)}: {offer.holder} → {target.name}. Сроки не изменились."


def _messages(count: int) -> str:
    return f"{count} {plural(count, 'сообщение', 'сообщения', 'сообщений')}"


def _again(typed: Typed) -> str:
    """The list as it stands now; what is wrong with an offer is said beside it, that it changed above all of them."""
    forget_roster()
    return render_template("inbox/inbox.html", page=inbox_page(me(), current_now()), refused=typed)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
