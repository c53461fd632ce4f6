"""«Внести в ИМ»: what we have published and «Инцидент Менеджмент» does not know yet, to be copied and ticked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint, Flask, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from osm.clock import current_now
from osm.regulation.words import PRESS_CENTRE
from osm.services.errors import NotFound
from osm.services.imports import answers_export, source_entry
from osm.services.imports.source_entry import EntryMovedOn
from osm.services.log.readings_log import Reading, record_reading
from osm.services.messages import source_changes
from osm.store.queries.imports import source_entry as queries
from osm.web.access import allow, me
from osm.web.downloads import table_file
from osm.web.filters import local
from osm.web.form_values import Typed, asked_id, number, text
from osm.web.htmx import is_htmx, see_other
from osm.web.nav import count_at
from osm.web.run_act import run_act
from osm.web.turns import costly

blueprint = Blueprint("source_entry", __name__, url_prefix="/im")
changes_blueprint = Blueprint("source_changes", __name__, url_prefix="/messages")


@blueprint.get("")
@allow(*PRESS_CENTRE)
def show() -> ResponseReturnValue:
    return _page(asked_id("after"))


@blueprint.get("/answers.xlsx")
@allow(*PRESS_CENTRE)
@costly
def answers() -> ResponseReturnValue:
    """What waits, as a file: for many answers at once."""
    now = current_now()
    record_reading(Reading.ANSWERS_EXPORT, actor=me(), now=now)
    rows = answers_export.answer_rows(None, None, entered_too=False)
    name = f"Ответы для ИМ {local(now):%Y-%m-%d %H-%M}"
    return table_file(name, answers_export.COLUMNS, rows, sheet=answers_export.SHEET)


@blueprint.post("/<int:reply_id>/enter")
@allow(*PRESS_CENTRE)
def enter(reply_id: int) -> ResponseReturnValue:
    return _run(reply_id, source_entry.mark_entered)


@blueprint.post("/<int:reply_id>/undo")
@allow(*PRESS_CENTRE)
def undo(reply_id: int) -> ResponseReturnValue:
    return _run(reply_id, lambda reply_id, **who: source_entry.take_back(reply_id, _seen(), **who))


@changes_blueprint.post("/<int:message_id>/source-seen")
@allow(*PRESS_CENTRE)
def source_seen(message_id: int) -> ResponseReturnValue:
    """The person has read on the card what has changed in «Инцидент Менеджмент»."""
    if source_changes.acknowledge(message_id, number("upto") or 0, actor=me(), now=current_now()):
        flash("Отмечено: изменения в ИМ просмотрены.", "success")
    else:
        flash("Изменения в ИМ уже отметили просмотренными.", "info")
    return see_other(url_for("card.show", message_id=message_id))


def _seen() -> datetime | None:
    """The tick that the form was made for."""
    try:
        return datetime.fromisoformat(text("seen"))
    except ValueError:
        return None


def _run(reply_id: int, act: Callable[..., Any]) -> ResponseReturnValue:
    """The row as it is now in the place of the form; without htmx the same page again, where the tick can be undone.

    Somebody was quicker: who and when beside it.
    """

    def again(typed: Typed) -> str:
        return _page(number("after"), f"№ {_row(reply_id).number}: {typed.words}")

    def fragment(typed: Typed) -> str:
        return _swapped(_row(reply_id), typed.words)

    return run_act(partial(act, reply_id), again, lambda _: _done(reply_id), refused=(EntryMovedOn,), fragment=fragment)


def _page(after: int | None, notice: str = "") -> str:
    return render_template(
        "imports/source_entry/queue.html",
        waiting=queries.waiting_page(after),
        total=queries.count_not_in_source(),
        messages=queries.count_messages_not_in_source(),
        entered=queries.latest_entered(),
        after=after,
        notice=notice,
    )


def _done(reply_id: int) -> ResponseReturnValue:
    row = queries.entry_row(reply_id)
    if is_htmx():
        return _swapped(row)
    if row and row.entered_at:
        said = Markup('Ответ на № {} отмечен как внесённый в ИМ. Ошиблись? <a href="#im-{}">Снять отметку</a>')
        flash(said.format(row.number, reply_id), "success")
    elif row:
        flash(f"Отметка снята, ответ на № {row.number} снова ждёт.", "success")
    return see_other(url_for("source_entry.show", after=number("after")))


def _swapped(row: queries.EntryRow | None, notice: str = "") -> str:
    total = queries.count_not_in_source()
    return render_template("imports/source_entry/_swapped.html", row=row, notice=notice, total=total)


def _row(reply_id: int) -> queries.EntryRow:
    row = queries.entry_row(reply_id)
    if row is None:
        raise NotFound("Ответ")
    return row


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.register_blueprint(changes_blueprint)
    count_at(app, "/im", lambda _person, _now: queries.count_not_in_source())
