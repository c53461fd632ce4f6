"""«Сделать в соцсетях», the list of acts for people; «Остановить публикации»."""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any

from flask import Flask, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from osm.base.application import current_now
from osm.models import OutboxAction, Stop
from osm.outbox import queries
from osm.outbox.acts import orders
from osm.outbox.queries import pages
from osm.regulation.words import PRESS_CENTRE, Role
from osm.shell.access import Screens, me
from osm.shell.filters import clock_time, counted
from osm.shell.form_values import Form, Typed, asked_id, moment, number, seen_rows, seen_version, text
from osm.shell.frame.nav import Asked, count_at, may_be_some
from osm.shell.requests import see_other
from osm.shell.run_act import EDIT_REFUSED, REFUSED, Done, PageActs, run_act

# --- «Сделать в соцсетях»
outbox_blueprint = Screens("outbox", __name__, url_prefix="/moderation/outbox")

_MEANWHILE = "Пока страница была открыта, с этим действием что-то сделали. Ниже то, что есть теперь."


@outbox_blueprint.get("", *PRESS_CENTRE)
def outbox_show() -> ResponseReturnValue:
    return _outbox_page(asked_id("after"))


@outbox_blueprint.post("/<int:action_id>/done", *PRESS_CENTRE)
def done(action_id: int) -> ResponseReturnValue:
    def act(**who: Any) -> OutboxAction:
        return orders.mark_done_by_hand(action_id, seen_version(), at=moment("at"), **who)

    return _outbox_run(act, lambda action: f"Выполнено вручную, {clock_time(action.settled_at)}.", refused=action_id)


@outbox_blueprint.post("/done", *PRESS_CENTRE)
def done_many() -> ResponseReturnValue:
    """Mark all ticked actions as done at the same time."""

    def act(**who: Any) -> list[OutboxAction]:
        return orders.mark_several_done(seen_rows(), at=moment("at"), **who)

    def said(rows: list[OutboxAction]) -> str:
        number = counted(len(rows), "действие", "действия", "действий")
        return f"Выполнено вручную, {clock_time(rows[0].settled_at)}: {number}."

    return _outbox_run(act, said, meanwhile=f"{_MEANWHILE} Отметьте заново.")


@outbox_blueprint.post("/<int:action_id>/again", *PRESS_CENTRE)
def again(action_id: int) -> ResponseReturnValue:
    return _outbox_run(partial(orders.try_again, action_id, seen_version()), lambda _: "Программа попробует ещё раз.")


@outbox_blueprint.post("/<int:action_id>/reopen", *PRESS_CENTRE)
def reopen(action_id: int) -> ResponseReturnValue:
    return _outbox_run(
        partial(orders.reopen, action_id, seen_version()), lambda _: "Отметка снята: действие снова ждёт."
    )


def _outbox_run(
    act: Callable[..., Done], said: Callable[[Done], str], refused: int = 0, meanwhile: str = _MEANWHILE
) -> ResponseReturnValue:
    """`refused`: id of the action with the refused form; `meanwhile`: text shown if somebody else was faster."""
    after = number("after")
    return run_act(
        act,
        lambda typed: (
            _outbox_page(after, meanwhile) if typed.stale else _outbox_page(after, typed.words, refused, typed.ticked)
        ),
        lambda result: see_other(url_for("outbox.outbox_show", after=after), said(result)),
        refused=(*REFUSED, orders.GoneOut),
    )


def _outbox_page(after: int | None, notice: str = "", refused: int = 0, ticked: Collection[int] = ()) -> str:
    rows, more = queries.pending(after)
    settled = queries.settled()
    return render_template(
        "outbox/index.html", rows=rows, more=more, after=after, total=queries.count_pending(),
        settled=settled, repeatable=orders.repeatable([*rows, *settled]), notice=notice, refused=refused, ticked=ticked,
        typed=text("at"), now=current_now(),
    )  # fmt: skip


# --- «Остановить публикации»
stops_blueprint = Screens("stops", __name__, url_prefix="/admin/pages/stops")

READERS = (*PRESS_CENTRE, Role.ADMIN)  # any of them can stop everything at once
MAY_RELEASE = (Role.CURATOR, Role.ADMIN)
READS_WORDS = PRESS_CENTRE  # who works with what citizens write; an administrator alone does not read it


@stops_blueprint.post("/release", *MAY_RELEASE)
def release() -> ResponseReturnValue:
    seen = request.form.getlist("stop", type=int)
    notice = "Возобновлено." if len(seen) == 1 else "Возобновлено: то, что ждало, уходит."
    there = url_for("stops.stops_index")
    return run_act(partial(orders.release, seen), stops_index, lambda _: see_other(there, notice), refused=EDIT_REFUSED)


@stops_blueprint.get("", *READERS)
def stops_index(typed: Typed | None = None) -> str:
    in_force = queries.stops()
    stopped = {row.account_id for row in in_force}
    connected = [row for row in pages() if row.is_connected and row.account.id not in stopped]
    reads_words = me().has(*READS_WORDS)
    free = [("", "на всех страницах")] if None not in stopped else []
    return render_template(
        "outbox/stops.html", stops=in_force, held=queries.held_acts(), reads_words=reads_words,
        total=queries.count_held(), places=free + [(row.account.id, row.title) for row in connected],
        form=Form({"page": ""}, typed, always="reason"), may_release=me().has(*MAY_RELEASE),
    )  # fmt: skip


STOPS = PageActs(blueprint=stops_blueprint, page=stops_index, there=lambda _: url_for("stops.stops_index"))
STOPS.post(
    "", orders.stop, "Остановлено: программа ничего не отправляет, пока публикации не возобновят.", *READERS,
    endpoint="stop", account_id=lambda _: number("page"), reason=text,
)  # fmt: skip
STOPS.post(
    "/let-out/<int:action_id>", orders.let_out, "Это действие уходит, остальное ждёт.", *MAY_RELEASE,
    endpoint="let_out",
)  # fmt: skip


def stops_in_force() -> Sequence[Stop]:
    """For the bar above every page of the press centre; read once for a request."""
    if not current_user.is_authenticated or current_user.must_change_password or not current_user.has(*READERS):
        return ()
    if not may_be_some("stops"):
        return ()
    if "osm_stops" not in g:
        g.osm_stops = queries.stops()
    found: Sequence[Stop] = g.osm_stops
    return found


def init_app(app: Flask) -> None:
    count_at(app, "/moderation/outbox", lambda _user, _now: Asked((queries.NUMBER_PENDING,)), inside=True)
    app.add_template_global(stops_in_force)
    count_at(app, "stops", lambda _user, _now: Asked((queries.IS_STOPPED,)))
