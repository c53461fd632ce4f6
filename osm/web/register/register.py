"""The register: every message that the person may know of, filtered, counted, acted upon together, exported."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.words import PRESS_CENTRE, Role
from osm.services.messages import bulk
from osm.services.messages.bulk import Chosen
from osm.services.register import saved_filters
from osm.web.access import allow, me
from osm.web.filters import counted
from osm.web.form_values import Typed, is_set, last_given, number, seen_rows, text
from osm.web.htmx import see_other
from osm.web.just_done import note_done
from osm.web.register.address import Address, address_of, address_of_query
from osm.web.register.file import register_file
from osm.web.register.view import filter_menu, register_view, words, words_not_understood, zone
from osm.web.run_act import BULK_REFUSED, run_act
from osm.web.turns import costly
from osm.web.visible import READERS

blueprint = Blueprint("register", __name__, url_prefix="/messages")


@blueprint.get("")
@allow(*READERS)
def show() -> ResponseReturnValue:
    given = request.args.to_dict()
    address = address_of(given, zone())
    if any(not value for value in given.values()):
        # A form sends its empty fields too: the address that can be shared has only what is set.
        if address.not_understood:
            flash(words_not_understood(address), "warning")
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
    return run_act(
        partial(saved_filters.save_filter, name=text("name"), query=address.query),
        lambda typed: _page(address, filter_name=text("name"), filter_error=typed.words),
        lambda _: see_other(_url(address), "Фильтр сохранён: он в меню «Фильтры»."),
    )


@blueprint.post("/filters/<int:filter_id>/remove")
@allow(*READERS)
def remove(filter_id: int) -> ResponseReturnValue:
    saved_filters.remove_filter(filter_id, actor=me())
    return see_other(_url(address_of_query(text("query"), zone())), "Фильтр убран из меню.")


@blueprint.post("/bulk/route")
@allow(Role.CURATOR)
def route_all() -> ResponseReturnValue:
    given = {"executor_id": number("executor_id"), "task": text("task"), "marked_seen": is_set("marked_seen")}
    return _run("route", bulk.route_messages, "Направлено", **given)


@blueprint.post("/bulk/dismiss")
@allow(Role.CURATOR)
def dismiss_all() -> ResponseReturnValue:
    return _run("dismiss", bulk.dismiss_messages, "Отмечено «реагирование не требуется»", reason=last_given("reason"))


@blueprint.post("/bulk/exclude")
@allow(*PRESS_CENTRE)
def exclude_all() -> ResponseReturnValue:
    given = {"ground": text("ground"), "note": text("note")}
    return _run("exclude", bulk.exclude_messages, "Исключено (п. 17)", **given)


@blueprint.get("/export.xlsx")
@allow(*READERS)
@costly
def export() -> ResponseReturnValue:
    address = address_of(request.args.to_dict(), zone())
    return register_file(address, me(), current_now())


def _run(action: str, act: Callable[..., int], said: str, /, **given: Any) -> ResponseReturnValue:
    """Act upon the ticked rows; a refusal shows the same page with the ticks, what was typed, and which rows it is."""
    address = address_of_query(text("query"), zone())
    return run_act(
        partial(act, [Chosen(*one) for one in seen_rows()], **given),
        lambda typed: _page(address, bulk=typed),
        partial(_done, address, action, said),
        action=action,
        refused=BULK_REFUSED,
    )


def _done(address: Address, action: str, said: str, count: int) -> ResponseReturnValue:
    if action in ("route", "dismiss"):
        note_done()
    return see_other(_url(address), f"{said}: {counted(count, 'сообщение', 'сообщения', 'сообщений')}.")


def _url(address: Address) -> str:
    """Back to where the person was, on the same page of the list."""
    return f"{url_for('register.show')}?{address.here}".removesuffix("?")


def _page(address: Address, *, bulk: Typed | None = None, filter_name: str = "", filter_error: str = "") -> str:
    view = register_view(address, me(), current_now(), bulk=bulk, filter_name=filter_name, filter_error=filter_error)
    return render_template("register/register.html", view=view, words=words())


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
