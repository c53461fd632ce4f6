"""«Опубликовать» on a connected page: one press, a minute to stop it, and what the network said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, url_for
from flask.typing import ResponseReturnValue

from osm.regulation.words import Role
from osm.services.accounts import publishing, ways
from osm.services.comments import outbox
from osm.store.models import OutboxAction
from osm.store.queries.accounts.publications import GoingOut, OutOfMany, going_out, out_of_many
from osm.web.access import allow
from osm.web.answers.publishing import publishing_page
from osm.web.form_values import number, text
from osm.web.htmx import see_other
from osm.web.run_act import EDIT_REFUSED, run_on_message

blueprint = Blueprint("publications", __name__, url_prefix="/messages")


@dataclass(frozen=True, slots=True)
class WayOut:
    """How the program itself can place the answer, and what has become of it."""

    page: str
    going: GoingOut | None


def way_out(message_id: int) -> WayOut | None:
    """None where the answer is placed by hand and the program was not asked to."""
    way, going = ways.way_of(message_id), going_out(message_id)
    if way is None and going is None:
        return None
    return WayOut(way.connection.account.title if way else "", going)


@dataclass(frozen=True, slots=True)
class WaysOut:
    """Of a common answer: how many more the program could place by one press, and what is under way."""

    ready: int
    out: OutOfMany


def ways_out(approved_ids: Sequence[int]) -> WaysOut:
    """Of the messages whose approved answer waits for publication."""
    out = out_of_many(approved_ids)
    return WaysOut(len(ways.ways_of([number for number in approved_ids if number not in out.ordered])), out)


@blueprint.post("/<int:message_id>/publication")
@allow(Role.CURATOR)
def order(message_id: int) -> ResponseReturnValue:
    return _run(message_id, publishing.order, "Ответ будет размещён через минуту: пока его можно остановить.")


@blueprint.post("/<int:message_id>/publication/stop")
@allow(Role.CURATOR)
def stop(message_id: int) -> ResponseReturnValue:
    return _run(message_id, publishing.stop, "Остановлено: ответ не размещён и снова ждёт вас.")


@blueprint.post("/<int:message_id>/publication/again")
@allow(Role.CURATOR)
def again(message_id: int) -> ResponseReturnValue:
    def act(message_id: int, _version: int, **who: Any) -> OutboxAction:
        action_id, version = number("action") or 0, number("action_version") or 0
        in_spite = text("in_spite") == "1"
        return outbox.try_again(action_id, version, message_id=message_id, in_spite=in_spite, **who)

    return _run(message_id, act, "Программа попробует ещё раз.")


def _run(message_id: int, service: Callable[..., object], said: str) -> ResponseReturnValue:
    here = url_for("publishing.show", message_id=message_id)
    return run_on_message(
        message_id, "", service, publishing_page, lambda _: see_other(here, said), refused=EDIT_REFUSED
    )


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.globals["way_out"] = way_out
    app.jinja_env.globals["ways_out"] = ways_out
