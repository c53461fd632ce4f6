"""«Сделать в соцсетях»: what a person does there himself and ticks off here, until connectors do it (design §6)."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Flask, flash, make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import CommentGround, Role
from osm.services.comments import outbox
from osm.store.queries.comments import outbox as queries
from osm.store.queries.files.screenshots import of_comments
from osm.web.access import allow
from osm.web.acting import asked_id, me, moment, number, seen_rows, seen_version, text
from osm.web.filters import clock_time, counted
from osm.web.htmx import see_other

blueprint = Blueprint("outbox", __name__, url_prefix="/moderation/outbox")

PRESS_CENTRE = (Role.CURATOR, Role.MODERATOR)
_MEANWHILE = "Пока страница была открыта, с этим действием что-то сделали. Ниже то, что есть теперь."


@blueprint.get("")
@allow(*PRESS_CENTRE)
def show() -> ResponseReturnValue:
    return _page(asked_id("after"))


@blueprint.post("/<int:action_id>/done")
@allow(*PRESS_CENTRE)
def done(action_id: int) -> ResponseReturnValue:
    now = current_now()
    try:
        action = outbox.mark_done_by_hand(action_id, seen_version(), at=moment("at"), actor=me(), now=now)
    except MissingInput as error:
        return _page(number("after"), str(error), refused=action_id, status=422)
    except StaleVersion:
        return _page(number("after"), _MEANWHILE, status=409)
    flash(f"Выполнено вручную, {clock_time(action.settled_at)}.", "success")
    return see_other(url_for("outbox.show", after=number("after")))


@blueprint.post("/done")
@allow(*PRESS_CENTRE)
def done_many() -> ResponseReturnValue:
    """Everything that is ticked, at one time: whoever cleans a page in the network does it in one go."""
    chosen, now = seen_rows(), current_now()
    ticked = frozenset(one for one, _ in chosen)
    try:
        rows = outbox.mark_several_done(chosen, at=moment("at"), actor=me(), now=now)
    except MissingInput as error:
        return _page(number("after"), str(error), ticked=ticked, status=422)
    except StaleVersion:
        return _page(number("after"), f"{_MEANWHILE} Отметьте заново.", status=409)
    said = counted(len(rows), "действие", "действия", "действий")
    flash(f"Выполнено вручную, {clock_time(rows[0].settled_at)}: {said}.", "success")
    return see_other(url_for("outbox.show", after=number("after")))


@blueprint.post("/<int:action_id>/reopen")
@allow(*PRESS_CENTRE)
def reopen(action_id: int) -> ResponseReturnValue:
    try:
        outbox.reopen(action_id, seen_version(), actor=me(), now=current_now())
    except StaleVersion:
        return _page(None, _MEANWHILE, status=409)
    flash("Отметка снята: действие снова ждёт.", "success")
    return see_other(url_for("outbox.show"))


def _page(
    after: int | None,
    notice: str = "",
    *,
    refused: int = 0,
    ticked: frozenset[int] = frozenset(),
    status: int = 200,
) -> ResponseReturnValue:
    rows, more = queries.pending(after)
    page = render_template(
        "comments/outbox.html",
        rows=rows,
        more=more,
        after=after,
        total=queries.count_pending(),
        settled=queries.settled(),
        unseen=_without_picture(rows),
        notice=notice,
        refused=refused,
        ticked=ticked,
        typed=text("at"),
        now=current_now(),
    )
    return make_response(page, status)


def _without_picture(rows: Sequence[queries.OutboxRow]) -> set[int]:
    """The deletions of threats that no screenshot shows: once it is deleted nobody can take one."""
    threats = {row.comment_id: row.id for row in rows if row.comment_id and row.ground is CommentGround.THREAT}
    return set(threats.values()) - {threats[one] for one in of_comments(threats)}


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.globals["outbox_waiting"] = queries.count_pending
