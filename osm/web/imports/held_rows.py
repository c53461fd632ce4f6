"""«Под этим номером другое сообщение»: «Это новое», «Заменить», «Не загружать»; in the list and on a load's page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Blueprint, Flask, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.connectors.base import IncomingMessage
from osm.numbers import whole
from osm.regulation.clocks import ClockKind
from osm.regulation.words import Role
from osm.services.clocks.clocks import in_force
from osm.services.imports import held_decisions, held_rows
from osm.services.imports.source_values import from_payload
from osm.store.queries.clocks.rows import RowClock
from osm.store.queries.imports.held_rows import SHOWN, Held, count_held, held_of_message, held_of_run, held_waiting
from osm.store.queries.messages.card_parts import Card
from osm.web.access import allow, me
from osm.web.filters import numbered
from osm.web.form_values import seen_version, text
from osm.web.run_act import press
from osm.web.terms import Chip, running_chip

blueprint = Blueprint("held_rows", __name__, url_prefix="/imports/held")

INBOX = "/"


@dataclass(frozen=True, slots=True)
class HeldView:
    """One row with its term; `may_replace`: the message that has the number was not worked on."""

    row: Held
    incoming: IncomingMessage
    chip: Chip | None
    clock: RowClock
    may_replace: bool


@blueprint.post("/<int:row_id>/new")
@allow(Role.CURATOR)
def enter(row_id: int) -> ResponseReturnValue:
    said = "внесено как новое, идёт срок направления (п. 7)."
    return _run(partial(held_decisions.enter_as_new, row_id), lambda done: numbered(done, said))


@blueprint.post("/<int:row_id>/replace")
@allow(Role.CURATOR)
def replace(row_id: int) -> ResponseReturnValue:
    act = partial(held_decisions.replace, row_id, seen_version())
    return _run(act, lambda done: numbered(done, "заменено. Прежний текст остался на карточке."))


@blueprint.post("/<int:row_id>/decline")
@allow(Role.CURATOR)
def decline(row_id: int) -> ResponseReturnValue:
    said = "Строка не загружена. Если она придёт снова, программа не спросит ещё раз."
    return _run(partial(held_rows.decline, row_id), lambda _: said)


def _run(act: Callable[..., Any], said: Callable[[Any], str]) -> ResponseReturnValue:
    run_id = whole(text("run"))
    return press(act, INBOX if run_id is None else url_for("imports.show", run_id=run_id), said)


def waiting() -> list[HeldView]:
    """What waits for this person."""
    return _views(held_waiting(me().roles))


def of_run(run_id: int) -> list[HeldView]:
    """Those of one load."""
    return _views(held_of_run(run_id))


def of_card(card: Card) -> list[HeldView]:
    """Those that came under the number of this message."""
    is_told = any(entry.action == held_rows.HELD for entry in card.log)
    return _views(held_of_message(card.id)) if is_told else []


def count_waiting(shown: Sequence[HeldView]) -> int:
    """How many wait in all; counted only where not all are shown."""
    return len(shown) if len(shown) < SHOWN else count_held(me().roles)


def _views(rows: Sequence[Held]) -> list[HeldView]:
    now, calendar = current_now(), in_force().calendar
    views, free = [], held_decisions.replaceable([row.id for row in rows])
    for row in rows:
        term = held_rows.route_term(row.received_at)
        clock = RowClock(
            ClockKind.ROUTE, term["clause"], term["unit"], row.due_at, term["explanation"], blameless=False
        )
        chip = running_chip(clock, now, calendar) if row.due_at else None
        views.append(HeldView(row, from_payload(row.payload), chip, clock, row.id in free))
    return views


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(
        held_waiting=waiting, held_of_run=of_run, held_on=of_card, count_held_rows=count_waiting
    )
