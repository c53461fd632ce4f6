"""Log-ins that are throttled after failed attempts, for the administrator: who waits, and how he lets them in."""

from __future__ import annotations

from flask import Blueprint, Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.words import Role
from osm.services.staff import throttled as services
from osm.services.staff.attempts import LONGEST_ADDRESS
from osm.web.access import allow
from osm.web.form_values import text
from osm.web.htmx import see_other
from osm.web.run_act import who

blueprint = Blueprint("throttled", __name__, url_prefix="/admin/logins")


@blueprint.get("")
@allow(Role.ADMIN)
def index() -> ResponseReturnValue:
    now = current_now()
    return render_template(
        "staff/throttled.html",
        people=services.throttled_people(now),
        addresses=services.throttled_addresses(now),
        own_address=request.remote_addr,
    )


@blueprint.post("/people/<int:user_id>")
@allow(Role.ADMIN)
def let_person_in(user_id: int) -> ResponseReturnValue:
    user = services.let_person_in(user_id, **who())
    return see_other(url_for("throttled.index"), f"{user.name}: можно снова пробовать войти.")


@blueprint.post("/addresses")
@allow(Role.ADMIN)
def let_address_in() -> ResponseReturnValue:
    address = text("address")[:LONGEST_ADDRESS]
    services.let_address_in(address, **who())
    return see_other(url_for("throttled.index"), f"С адреса {address} можно снова пробовать войти.")


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
