"""«Доложить главе» of a burst (П.20): the same form as of a message, filled in from what was counted."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Flask, url_for
from flask.typing import ResponseReturnValue

from osm.regulation.words import PRESS_CENTRE
from osm.services.control import urgent
from osm.services.errors import NotFound
from osm.store.queries.control import bursts
from osm.store.queries.control.bursts import BurstRow
from osm.store.queries.control.urgent import of_bursts
from osm.web.access import allow
from osm.web.control.prefill import told_of_burst
from osm.web.control.urgent import report_form, told_so, typed_told
from osm.web.form_values import Typed
from osm.web.run_act import EDIT_REFUSED, run_act

blueprint = Blueprint("burst_report", __name__, url_prefix="/reports/bursts/<int:burst_id>/urgent")


@blueprint.get("")
@allow(*PRESS_CENTRE)
def new(burst_id: int) -> ResponseReturnValue:
    return _form(burst_id)


@blueprint.post("")
@allow(*PRESS_CENTRE)
def send(burst_id: int) -> ResponseReturnValue:
    def act(**who: Any) -> object:
        return urgent.send(typed_told(), burst_id=burst_id, **who)

    return run_act(act, partial(_form, burst_id), told_so, refused=EDIT_REFUSED)


def _form(burst_id: int, typed: Typed | None = None) -> str:
    row = _known(burst_id)
    return report_form(
        told_of_burst(row), typed, of_bursts([row.id]).get(row.id, []),
        send_to=url_for("burst_report.send", burst_id=row.id),
        back=(url_for("bursts.show", burst_id=row.id), row.title), source="всплеску",
    )  # fmt: skip


def _known(burst_id: int) -> BurstRow:
    row = bursts.one(burst_id)
    if row is None:
        raise NotFound("Всплеск")
    return row


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
