"""Urgent reports to the head (П.20): written from a message, read, made by telephone, the register, the document."""

from __future__ import annotations

import io
from functools import partial
from typing import Any

from flask import Blueprint, Flask, current_app, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.words import PRESS_CENTRE, Role
from osm.services.control import urgent
from osm.services.control.duty import duty_officer
from osm.services.control.instructions import Order
from osm.services.control.urgent_document import urgent_document
from osm.services.control.urgent_told import Told
from osm.services.errors import NotFound
from osm.services.log.readings_log import Reading, record_reading
from osm.settings import Settings
from osm.store.models import ReachedAs
from osm.store.queries.control import instructions as instruction_queries
from osm.store.queries.control import urgent as queries
from osm.store.queries.control.urgent import ReportRow
from osm.store.queries.staff.heads import head_on
from osm.web.access import allow, me
from osm.web.control.prefill import told_of
from osm.web.control.view import Bar, proposed_term
from osm.web.downloads import DOCX
from osm.web.errors import came_from
from osm.web.filters import input_moment
from osm.web.form_values import Typed, moment, number, seen_version, text
from osm.web.htmx import see_other
from osm.web.roster import heads, roster_today
from osm.web.run_act import EDIT_REFUSED, run_act
from osm.web.turns import costly
from osm.web.visible import visible_card

blueprint = Blueprint("urgent", __name__)

READ: dict[ReachedAs | None, str] = {
    None: "Отмечено ваше прочтение. До главы доклад ещё не доведён.",
    ReachedAs.HEAD: "Отмечено: доведено до главы.",
    ReachedAs.ACTING: "Отмечено: доведено до главы, вы исполняете его обязанности.",
}
READERS = (*PRESS_CENTRE, Role.HEAD)


@blueprint.get("/messages/<int:message_id>/urgent")
@allow(*PRESS_CENTRE)
def new(message_id: int) -> ResponseReturnValue:
    return _form(message_id)


@blueprint.post("/messages/<int:message_id>/urgent")
@allow(*PRESS_CENTRE)
def send(message_id: int) -> ResponseReturnValue:
    visible_card(message_id, me())

    def act(**who: Any) -> object:
        return urgent.send(typed_told(), message_id=message_id, **who)

    return run_act(act, partial(_form, message_id), told_so, refused=EDIT_REFUSED)


@blueprint.get("/reports/urgent")
@allow(*READERS)
def index() -> ResponseReturnValue:
    return render_template("control/urgent/index.html", rows=queries.listed())


@blueprint.get("/reports/urgent/<int:report_id>")
@allow(*READERS)
def show(report_id: int) -> ResponseReturnValue:
    return report_page(report_id)


@blueprint.get("/reports/urgent/<int:report_id>/export.docx")
@allow(*READERS)
@costly
def export(report_id: int) -> ResponseReturnValue:
    row, now = _row(report_id), current_now()
    settings: Settings = current_app.extensions["osm_settings"]
    record_reading(Reading.URGENT_REPORT, actor=me(), now=now, message_id=row.message_id)
    made = io.BytesIO(urgent_document(row, now=now, zone=settings.time_zone))
    answer = send_file(made, DOCX, as_attachment=True, download_name=f"Срочный доклад {row.id}.docx", max_age=0)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/reports/urgent/<int:report_id>/read")
@allow(Role.HEAD)
def read(report_id: int) -> ResponseReturnValue:
    back = came_from()
    return _run(report_id, "read", urgent.read, lambda row: see_other(back, READ[row.reached_as]))


@blueprint.post("/reports/urgent/<int:report_id>/phone")
@allow(*PRESS_CENTRE)
def phone(report_id: int) -> ResponseReturnValue:
    def act(report_id: int, version: int, **who: Any) -> object:
        order = _order() if text("text").strip() else None
        return urgent.note_call(
            report_id, version, called_at=moment("called_at"), leader_id=number("leader_id"), words=text("text"),
            order=order, **who,
        )  # fmt: skip

    return _run(report_id, "phone", act, lambda _: _to_report(report_id, "Записано: доложено по телефону."))


@blueprint.post("/reports/urgent/<int:report_id>/instruct")
@allow(Role.HEAD)
def instruct(report_id: int) -> ResponseReturnValue:
    def act(report_id: int, version: int, **who: Any) -> object:
        return urgent.instruct(report_id, version, order=_order(), **who)

    return _run(report_id, "instruct", act, lambda _: _to_report(report_id, "Поручение дано."))


def report_page(report_id: int, typed: Typed | None = None) -> str:
    """One report; `typed`: one of its forms was refused."""
    row, person, now = _row(report_id), me(), current_now()
    press, phones = queries.duty()
    head = head_on(roster_today())
    is_read = any(one.user_id == person.id for one in row.readings) and not heads(person)
    may_read = row.is_unread and urgent.may_read(person) and not is_read
    return render_template(
        "control/urgent/report.html", row=row, typed=typed,
        may_read=may_read, reads=Bar(heads=heads(person), head=head), may_instruct=person.has(Role.HEAD),
        may_phone=row.is_unread and person.has(*PRESS_CENTRE), head=head,
        leaders=[(head.id, head.name)] if head else queries.leaders_without_post(), press=press, duty_phones=phones,
        officer=duty_officer(now), addressees=instruction_queries.addressees(),
        proposed={"due_at": input_moment(proposed_term(now)), "called_at": input_moment(now)},
    )  # fmt: skip


def _form(message_id: int, typed: Typed | None = None) -> str:
    card = visible_card(message_id, me())
    return report_form(
        told_of(card), typed, queries.of_message(message_id), send_to=url_for("urgent.send", message_id=message_id),
        back=(url_for("card.show", message_id=card.id), f"№ {card.number}"), source="сообщению",
    )  # fmt: skip


def typed_told() -> Told:
    """The report as the form brings it."""
    return Told(
        text("what"), text("place"), moment("since_at"), number("how_many"), text("links"), text("workers"),
        text("done"),
    )  # fmt: skip


def report_form(
    told: Told, typed: Typed | None, earlier: list[ReportRow], *, send_to: str, back: tuple[str, str], source: str
) -> str:
    """The form, filled in or as it was typed; `earlier`: reports about the same, `source`: by what it is filled in."""
    stored = {
        "what": told.what, "place": told.place, "since_at": input_moment(told.since_at),
        "how_many": str(told.how_many), "links": told.links, "workers": told.workers, "done": told.done,
    }  # fmt: skip
    return render_template(
        "control/urgent/new.html", form=typed.values if typed else stored, typed=typed, earlier=earlier,
        send_to=send_to, back=back, source=source,
    )  # fmt: skip


def _row(report_id: int) -> ReportRow:
    row = queries.one(report_id)
    if row is None:
        raise NotFound("Срочный доклад")
    return row


def _order() -> Order:
    return Order(text("text"), number("to_id"), moment("due_at"))


def _run(report_id: int, action: str, service: Any, done: Any) -> ResponseReturnValue:
    """Done leads on; refused shows the report as it is now with what was typed."""
    act, again = partial(service, report_id, seen_version()), partial(report_page, report_id)
    return run_act(act, again, done, action=action, refused=EDIT_REFUSED)


def _to_report(report_id: int, said: str) -> ResponseReturnValue:
    return see_other(url_for("urgent.show", report_id=report_id), said)


def told_so(row: Any) -> ResponseReturnValue:
    return _to_report(row.id, "Отправлено: доклад стоит у главы поверх всех страниц.")


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
