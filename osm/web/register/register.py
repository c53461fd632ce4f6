"""The register: every message that the person may know of, filtered, counted, acted upon together, exported."""

from __future__ import annotations

from collections.abc import Callable

from flask import (
    Blueprint,
    Flask,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.errors import MissingInput
from osm.regulation.words import Role
from osm.services.messages import bulk
from osm.services.messages.bulk import BulkRefused, Chosen, TooMany
from osm.services.register import saved_filters
from osm.web.access import allow
from osm.web.acting import me, number, seen_rows, text, typed_values
from osm.web.filters import counted
from osm.web.htmx import see_other
from osm.web.register.address import Address, address_of, address_of_query
from osm.web.register.file import register_file
from osm.web.register.view import Bulk, filter_menu, not_understood, register_view, words, zone
from osm.web.visible import READERS

blueprint = Blueprint("register", __name__, url_prefix="/messages")


@blueprint.get("")
@allow(*READERS)
def show() -> ResponseReturnValue:
    given = request.args.to_dict()
    address = address_of(given, zone())
    if any(not value for value in given.values()):
        # A form sends its empty fields too: the address that can be shared has only what is set.
        if address.strange:
            flash(not_understood(address), "warning")
        return redirect(_url(address), 303)
    return _page(address)


@blueprint.get("/filters")
@allow(*READERS)
def filters() -> ResponseReturnValue:
    """The menu with its counters, for the menu of every page."""
    current = address_of_query(request.args.get("current", ""), zone()).query
    return render_template("register/_menu.html", entries=filter_menu(me(), current, counted_at=current_now()))


@blueprint.post("/filters")
@allow(*READERS)
def save() -> ResponseReturnValue:
    address = address_of_query(text("query"), zone())
    try:
        saved_filters.save_filter(name=text("name"), query=address.query, actor=me(), now=current_now())
    except MissingInput as error:
        return _page(address, 422, filter_name=text("name"), filter_error=str(error))
    flash("Фильтр сохранён: он в меню «Фильтры».", "success")
    return see_other(_url(address))


@blueprint.post("/filters/<int:filter_id>/remove")
@allow(*READERS)
def remove(filter_id: int) -> ResponseReturnValue:
    saved_filters.remove_filter(filter_id, actor=me())
    flash("Фильтр убран из меню.", "success")
    return see_other(_url(address_of_query(text("query"), zone())))


@blueprint.post("/bulk/route")
@allow(Role.CURATOR)
def route_all() -> ResponseReturnValue:
    return _carry_out(
        "route",
        lambda chosen: bulk.route_messages(
            chosen, executor_id=number("executor_id"), task=text("task"), actor=me(), now=current_now()
        ),
        "Направлено",
    )


@blueprint.post("/bulk/dismiss")
@allow(Role.CURATOR)
def dismiss_all() -> ResponseReturnValue:
    return _carry_out(
        "dismiss",
        lambda chosen: bulk.dismiss_messages(chosen, reason=text("reason"), actor=me(), now=current_now()),
        "Отмечено «реагирование не требуется»",
    )


@blueprint.post("/bulk/exclude")
@allow(Role.CURATOR, Role.MODERATOR)
def exclude_all() -> ResponseReturnValue:
    return _carry_out(
        "exclude",
        lambda chosen: bulk.exclude_messages(
            chosen, ground=text("ground"), note=text("note"), actor=me(), now=current_now()
        ),
        "Исключено (п. 17)",
    )


@blueprint.get("/export.xlsx")
@allow(*READERS)
def export() -> ResponseReturnValue:
    address = address_of(request.args.to_dict(), zone())
    return register_file(address, me(), current_now())


def _carry_out(action: str, act: Callable[[list[Chosen]], int], said: str) -> Response:
    """Act upon the ticked rows; a refusal shows the same page with the ticks, what was typed, and which rows it is."""
    address, chosen = address_of_query(text("query"), zone()), _chosen()
    try:
        done = act(chosen)
    except (MissingInput, TooMany, BulkRefused) as error:
        refused = Bulk(
            action,
            typed_values(),
            {getattr(error, "field", ""): str(error)},
            frozenset(one.message_id for one in chosen),
            getattr(error, "refusals", ()),
        )
        return _page(address, 422 if isinstance(error, MissingInput | TooMany) else 409, bulk=refused)
    flash(f"{said}: {counted(done, 'сообщение', 'сообщения', 'сообщений')}.", "success")
    return see_other(_url(address))


def _chosen() -> list[Chosen]:
    return [Chosen(*one) for one in seen_rows()]


def _url(address: Address) -> str:
    """Back to where the person was, on the same page of the list."""
    return f"{url_for('register.show')}?{address.here}".removesuffix("?")


def _page(
    address: Address, status: int = 200, *, bulk: Bulk | None = None, filter_name: str = "", filter_error: str = ""
) -> Response:
    view = register_view(address, me(), current_now(), bulk=bulk, filter_name=filter_name, filter_error=filter_error)
    return make_response(render_template("register/register.html", view=view, words=words()), status)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
