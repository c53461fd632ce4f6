"""«Опубликовать» on a connected page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from flask import Blueprint, Flask, url_for
from flask.typing import ResponseReturnValue

from osm.answers.acts import ordering, ways
from osm.answers.forms import publishing_page
from osm.answers.queries.going_out import GoingOut, OutOfMany, correction_goes_at, going_out, out_of_many
from osm.approvals.acts import corrections
from osm.outbox.acts.orders import SendingBegun
from osm.regulation.words import Role
from osm.web.access import allow, me
from osm.web.form_values import number, seen_version, text
from osm.web.htmx import see_other
from osm.web.roster import visible_card
from osm.web.run_act import REFUSED, press, run_on_message

# --- «Опубликовать» on a connected page
publications_blueprint = Blueprint("publications", __name__, url_prefix="/messages")


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
    """Of the messages with an approved answer that waits for publication."""
    out = out_of_many(approved_ids)
    return WaysOut(len(ways.ways_of([number for number in approved_ids if number not in out.ordered])), out)


@publications_blueprint.post("/<int:message_id>/publication")
@allow(Role.CURATOR, Role.EXECUTOR)
def order(message_id: int) -> ResponseReturnValue:
    return _run(message_id, ordering.order, "Ответ будет размещён через минуту: пока его можно остановить.")


@publications_blueprint.post("/<int:message_id>/publication/stop")
@allow(Role.CURATOR, Role.EXECUTOR)
def stop(message_id: int) -> ResponseReturnValue:
    return _run(message_id, ordering.stop, "Остановлено: ответ не размещён и снова ждёт вас.")


@publications_blueprint.post("/<int:message_id>/publication/again")
@allow(Role.CURATOR, Role.EXECUTOR)
def again(message_id: int) -> ResponseReturnValue:
    act = partial(
        ordering.try_again,
        action_id=number("action") or 0,
        action_version=number("action_version") or 0,
        in_spite=text("in_spite") == "1",
    )
    return _run(message_id, act, "Программа попробует ещё раз.")


@publications_blueprint.post("/<int:message_id>/correction/stop")
@allow(Role.CURATOR)
def take_back(message_id: int) -> ResponseReturnValue:
    visible_card(message_id, me())
    act = partial(corrections.take_back, message_id, seen_version())
    notice = "Исправление отменено: в соцсети и здесь прежний текст."
    return press(act, url_for("card.show", message_id=message_id), lambda _: notice)


def _run(message_id: int, service: Callable[..., object], notice: str) -> ResponseReturnValue:
    here = url_for("publishing.show", message_id=message_id)
    refused = (*REFUSED, ordering.NotByItself, SendingBegun)
    done = lambda _: see_other(here, notice)  # noqa: E731
    return run_on_message(message_id, "", service, publishing_page, done, refused=refused)


def init_app(app: Flask) -> None:
    app.register_blueprint(publications_blueprint)
    app.jinja_env.globals["way_out"] = way_out
    app.jinja_env.globals["ways_out"] = ways_out
    app.jinja_env.globals["correction_goes_at"] = correction_goes_at
