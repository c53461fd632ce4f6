"""«Остановить публикации»: one press holds whatever would go out; it is let out one by one, by page, or all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from flask import Blueprint, Flask, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from osm.regulation.words import PRESS_CENTRE, Role
from osm.services.accounts import stopping
from osm.services.accounts.installation import this_installation
from osm.store.queries.accounts.pages import pages
from osm.store.queries.outgoing import stops as queries
from osm.web.access import allow, me
from osm.web.form_values import Form, Typed, number, seen_version, text
from osm.web.htmx import see_other
from osm.web.run_act import EDIT_REFUSED, run_act

blueprint = Blueprint("stops", __name__, url_prefix="/admin/pages/stops")

READERS = (*PRESS_CENTRE, Role.ADMIN)
"""Whoever of them is there stops everything at once."""
MAY_RELEASE = (Role.CURATOR, Role.ADMIN)
READS_WORDS = PRESS_CENTRE
"""Who works with what citizens write; an administrator alone does not read it."""


@blueprint.get("")
@allow(*READERS)
def index() -> ResponseReturnValue:
    return _page()


@blueprint.post("")
@allow(*READERS)
def stop() -> ResponseReturnValue:
    act = partial(stopping.stop, number("page"), reason=text("reason"))
    return _run(act, "Остановлено: программа ничего не отправляет, пока публикации не возобновят.")


@blueprint.post("/<int:stop_id>/release")
@allow(*MAY_RELEASE)
def release(stop_id: int) -> ResponseReturnValue:
    return _run(partial(stopping.release, stop_id), "Возобновлено.")


@blueprint.post("/release")
@allow(*MAY_RELEASE)
def release_all() -> ResponseReturnValue:
    seen = request.form.getlist("stop", type=int)
    return _run(partial(stopping.release_all, seen), "Возобновлено: то, что ждало, уходит.")


@blueprint.post("/let-out/<int:action_id>")
@allow(*MAY_RELEASE)
def let_out(action_id: int) -> ResponseReturnValue:
    return _run(partial(stopping.let_out, action_id, seen_version()), "Это действие уходит, остальное ждёт.")


def _run(act: Callable[..., Any], said: str) -> ResponseReturnValue:
    return run_act(act, _page, lambda _: see_other(url_for("stops.index"), said), refused=EDIT_REFUSED)


def _page(typed: Typed | None = None) -> str:
    in_force = queries.stops()
    stopped = {row.account_id for row in in_force}
    connected = [row for row in pages(this_installation()) if row.is_connected and row.id not in stopped]
    reads_words = me().has(*READS_WORDS)
    free = [("", "на всех страницах")] if None not in stopped else []
    return render_template(
        "accounts/stops.html",
        stops=in_force,
        held=queries.held_acts(with_words=reads_words),
        reads_words=reads_words,
        total=queries.count_held(),
        too_late=queries.count_too_late() if in_force else 0,
        places=free + [(row.id, row.title) for row in connected],
        form=Form({"page": ""}, typed, always="reason"),
        may_release=me().has(*MAY_RELEASE),
    )


def stops_in_force() -> Sequence[queries.StopRow]:
    """For the bar above every page of the press centre; read once for a request."""
    if not current_user.is_authenticated or current_user.must_change_password or not current_user.has(*READERS):
        return ()
    if "osm_stops" not in g:
        g.osm_stops = queries.stops()
    found: Sequence[queries.StopRow] = g.osm_stops
    return found


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.add_template_global(stops_in_force)
