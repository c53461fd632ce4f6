"""«Сделать в соцсетях»: what a person does there himself and ticks off here, until connectors do it (design §6)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any

from flask import Blueprint, Flask, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.comment_words import CommentGround
from osm.regulation.words import PRESS_CENTRE
from osm.services.comments import outbox
from osm.store.models import OutboxAction
from osm.store.queries.comments import outbox as queries
from osm.store.queries.files.screenshots import of_comments
from osm.web.access import allow
from osm.web.filters import clock_time, counted
from osm.web.form_values import asked_id, moment, number, seen_rows, seen_version, text
from osm.web.htmx import see_other
from osm.web.run_act import REFUSED, Done, run_act

blueprint = Blueprint("outbox", __name__, url_prefix="/moderation/outbox")

_MEANWHILE = "Пока страница была открыта, с этим действием что-то сделали. Ниже то, что есть теперь."


@blueprint.get("")
@allow(*PRESS_CENTRE)
def show() -> ResponseReturnValue:
    return _page(asked_id("after"))


@blueprint.post("/<int:action_id>/done")
@allow(*PRESS_CENTRE)
def done(action_id: int) -> ResponseReturnValue:
    def act(**who: Any) -> OutboxAction:
        return outbox.mark_done_by_hand(action_id, seen_version(), at=moment("at"), **who)

    return _run(act, lambda action: f"Выполнено вручную, {clock_time(action.settled_at)}.", refused=action_id)


@blueprint.post("/done")
@allow(*PRESS_CENTRE)
def done_many() -> ResponseReturnValue:
    """Everything that is ticked, at one time: whoever cleans a page in the network does it in one go."""

    def act(**who: Any) -> list[OutboxAction]:
        return outbox.mark_several_done(seen_rows(), at=moment("at"), **who)

    def said(rows: list[OutboxAction]) -> str:
        number = counted(len(rows), "действие", "действия", "действий")
        return f"Выполнено вручную, {clock_time(rows[0].settled_at)}: {number}."

    return _run(act, said, meanwhile=f"{_MEANWHILE} Отметьте заново.")


@blueprint.post("/<int:action_id>/again")
@allow(*PRESS_CENTRE)
def again(action_id: int) -> ResponseReturnValue:
    return _run(partial(outbox.try_again, action_id, seen_version()), lambda _: "Программа попробует ещё раз.")


@blueprint.post("/<int:action_id>/reopen")
@allow(*PRESS_CENTRE)
def reopen(action_id: int) -> ResponseReturnValue:
    return _run(partial(outbox.reopen, action_id, seen_version()), lambda _: "Отметка снята: действие снова ждёт.")


def _run(
    act: Callable[..., Done], said: Callable[[Done], str], refused: int = 0, meanwhile: str = _MEANWHILE
) -> ResponseReturnValue:
    """`refused`: the action whose own form this is; `meanwhile`: what is said where somebody was quicker."""
    after = number("after")
    return run_act(
        act,
        lambda typed: _page(after, meanwhile) if typed.stale else _page(after, typed.words, refused, typed.ticked),
        lambda result: see_other(url_for("outbox.show", after=after), said(result)),
        refused=(*REFUSED, outbox.GoneOut),
    )


def _page(after: int | None, notice: str = "", refused: int = 0, ticked: Collection[int] = ()) -> str:
    rows, more = queries.pending(after)
    return render_template(
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


def _without_picture(rows: Sequence[queries.OutboxRow]) -> set[int]:
    """The deletions of threats that no screenshot shows: once it is deleted nobody can take one."""
    threats = {row.comment_id: row.id for row in rows if row.comment_id and row.ground is CommentGround.THREAT}
    return set(threats.values()) - {threats[one] for one in of_comments(threats)}


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.globals["outbox_waiting"] = queries.count_pending
