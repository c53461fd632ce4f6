"""Forms for the region (ЦУР): filled for a day or a week; the press centre replaces their templates."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from flask import Blueprint, Flask, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.errors import MissingInput
from osm.regulation.words import PRESS_CENTRE, Role
from osm.services.clocks.clocks import in_force
from osm.services.reports import form_fields, forms, sending
from osm.store.models import FormKind, ReportForm
from osm.store.queries.log.edits import edits_of, since
from osm.web.access import allow, me
from osm.web.downloads import XLSX, sent_file
from osm.web.form_values import Form, Typed, seen_version, text, uploads
from osm.web.htmx import see_other
from osm.web.reports.period import asked_period
from osm.web.run_act import EDIT_REFUSED, run_act
from osm.web.turns import costly

blueprint = Blueprint("forms", __name__, url_prefix="/reports/forms")
admin = Blueprint("admin_forms", __name__, url_prefix="/admin/forms")

EDITORS = PRESS_CENTRE
READERS = (*EDITORS, Role.HEAD)
LABELS: dict[FormKind, str] = {FormKind.DAILY: "Форма ЦУР за день", FormKind.WEEKLY: "Форма ЦУР за неделю"}
DEFAULT: dict[FormKind, str] = {FormKind.DAILY: "yesterday", FormKind.WEEKLY: "last-week"}
"""The days of a form where none are named."""
SHOWN_SENT = 10
"""Sent forms that the page lists."""


@blueprint.get("/<kind>")
@allow(*READERS)
@costly
def show(kind: str) -> ResponseReturnValue:
    """What the form will say, or what it said when it was sent."""
    return _form(_kind(kind))


@blueprint.get("/<kind>.xlsx")
@allow(*READERS)
@costly
def filled(kind: str) -> ResponseReturnValue:
    form, now, calendar = _kind(kind), current_now(), in_force().calendar
    asked = asked_period(request.args, now, calendar.tz, default=DEFAULT[form])
    if sent := sending.sent_form(form, asked.span.first, asked.span.last):
        return _file(sent.content, _name(form, asked.span.first, asked.span.last))
    return _filled(form, lambda: sending.prepare(form, asked.span, now, calendar))


@blueprint.post("/<kind>/file")
@allow(*READERS)
@costly
def file(kind: str) -> ResponseReturnValue:
    """The form as it was shown, to the last number."""
    return _filled(_kind(kind), lambda: sending.opened(text("ticket")))


@blueprint.post("/<kind>/sent")
@allow(*EDITORS)
@costly
def sent(kind: str) -> ResponseReturnValue:
    form = _kind(kind)
    return run_act(
        partial(sending.send, text("ticket")),
        partial(_form, form),
        lambda row: see_other(
            _address(form, row.first_day, row.last_day), f"{LABELS[form]}: отмечено, что отправлена."
        ),
        refused=EDIT_REFUSED,
    )


@blueprint.post("/<kind>/taken-back/<int:form_id>")
@allow(*EDITORS)
def taken_back(kind: str, form_id: int) -> ResponseReturnValue:
    form = _kind(kind)
    said = f"{LABELS[form]}: отметка об отправке снята."
    return run_act(
        partial(sending.take_back, form_id),
        partial(_form, form),
        lambda _: see_other(url_for("forms.show", kind=form.value), said),
        refused=EDIT_REFUSED,
    )


def _form(form: FormKind, typed: Typed | None = None) -> str:
    now, calendar = current_now(), in_force().calendar
    asked = asked_period(request.values, now, calendar.tz, default=DEFAULT[form])
    done = sending.sent_form(form, asked.span.first, asked.span.last)
    prepared = sending.prepare(form, asked.span, now, calendar)
    said = done.said if done else prepared.said
    return render_template(
        "reports/form.html",
        kind=form, label=LABELS[form], asked=asked, form=prepared, sent=done, typed=typed,
        lines=form_fields.lines_of(said), rows=form_fields.rows_of(said), latest=sending.latest(form, SHOWN_SENT),
        file_of=lambda row: _address(form, row.first_day, row.last_day, "forms.filled"),
        page_of=lambda row: _address(form, row.first_day, row.last_day), may_send=may_send(),
    )  # fmt: skip


def may_send() -> bool:
    return any(me().has(role) for role in EDITORS)


def _filled(form: FormKind, prepare: Callable[[], sending.Prepared]) -> ResponseReturnValue:
    try:
        prepared = prepare()
        return _file(prepared.content, _name(form, prepared.first, prepared.last))
    except MissingInput as error:
        flash(str(error), "danger")
        return redirect(url_for("reports.show"), 303)


def _address(form: FormKind, first: date, last: date, endpoint: str = "forms.show") -> str:
    days: dict[str, Any] = {"from": first.isoformat(), "to": last.isoformat()}
    return url_for(endpoint, kind=form.value, **days)


@admin.get("")
@allow(*EDITORS)
def index() -> ResponseReturnValue:
    return _page()


@admin.get("/<kind>.xlsx")
@allow(*EDITORS)
@costly
def template(kind: str) -> ResponseReturnValue:
    """The template as it is filled now, to be changed and sent back."""
    form = _kind(kind)
    return _file(forms.template_of(form), f"Шаблон. {LABELS[form]}.xlsx")


@admin.post("/<kind>")
@allow(*EDITORS)
def replace(kind: str) -> ResponseReturnValue:
    upload = next(iter(uploads("file")), None)
    return _run(_kind(kind), partial(forms.replace_form, upload=upload), "Шаблон заменён.")


@admin.post("/<kind>/restore")
@allow(*EDITORS)
def restore(kind: str) -> ResponseReturnValue:
    return _run(_kind(kind), forms.restore_form, "Снова заполняется исходный шаблон.")


def _run(kind: FormKind, act: Callable[..., ReportForm], said: str) -> ResponseReturnValue:
    row = forms.form_of(kind)
    return run_act(
        partial(act, kind, seen_version()),
        _page,
        lambda _: see_other(url_for("admin_forms.index"), f"{LABELS[kind]}. {said}"),
        action=kind.value,
        refused=EDIT_REFUSED,
        happened=lambda seen: since(edits_of(forms.KIND, row.id), seen) if row else (),
    )


def _page(typed: Typed | None = None) -> str:
    rows: list[dict[str, Any]] = []
    for kind, label in LABELS.items():
        row = forms.form_of(kind)
        rows.append({"kind": kind, "label": label, "row": row, "edits": edits_of(forms.KIND, row.id) if row else ()})
    return render_template("reports/forms.html", rows=rows, typed=typed, form=Form({}, typed), fields=form_fields)


def _kind(kind: str) -> FormKind:
    if kind not in set(FormKind):
        abort(404)
    return FormKind(kind)


def _name(form: FormKind, first: date, last: date) -> str:
    days = f"{first:%Y-%m-%d}" if first == last else f"{first:%Y-%m-%d} {last:%Y-%m-%d}"
    return f"{LABELS[form]} {days}.xlsx"


def _file(content: bytes, name: str) -> Response:
    file = tempfile.SpooledTemporaryFile()  # noqa: SIM115  (closed when the answer was sent)
    file.write(content)
    return sent_file(file, name, XLSX)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.register_blueprint(admin)
    app.jinja_env.globals["report_forms"] = LABELS
