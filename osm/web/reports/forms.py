"""Forms for the region (ЦУР): filled for a day or a week; the press centre replaces their templates."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Flask, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.errors import MissingInput
from osm.regulation.words import PRESS_CENTRE, Role
from osm.services.clocks.clocks import in_force
from osm.services.reports import form_fields, forms
from osm.store.models import FormKind, ReportForm
from osm.store.queries.log.edits import edits_of, since
from osm.web.access import allow
from osm.web.downloads import XLSX, sent_file
from osm.web.form_values import Form, Typed, seen_version, uploads
from osm.web.htmx import see_other
from osm.web.reports.period import Asked, asked_period
from osm.web.run_act import EDIT_REFUSED, run_act
from osm.web.turns import costly

blueprint = Blueprint("forms", __name__, url_prefix="/reports/forms")
admin = Blueprint("admin_forms", __name__, url_prefix="/admin/forms")

EDITORS = PRESS_CENTRE
READERS = (*EDITORS, Role.HEAD)
LABELS: dict[FormKind, str] = {FormKind.DAILY: "Форма ЦУР за день", FormKind.WEEKLY: "Форма ЦУР за неделю"}
DEFAULT: dict[FormKind, str] = {FormKind.DAILY: "yesterday", FormKind.WEEKLY: "last-week"}
"""The days of a form where none are named."""


@blueprint.get("/<kind>.xlsx")
@allow(*READERS)
@costly
def filled(kind: str) -> ResponseReturnValue:
    form, now, calendar = _kind(kind), current_now(), in_force().calendar
    asked = asked_period(request.args, now, calendar.tz, default=DEFAULT[form])
    try:
        content = forms.fill(form, form_fields.form_values(asked.span, now, calendar))
    except MissingInput as error:
        flash(str(error), "danger")
        return redirect(url_for("reports.show"), 303)
    return _file(content, f"{LABELS[form]} {_days(asked)}.xlsx")


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
@costly
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


def _days(asked: Asked) -> str:
    first, last = (f"{day:%Y-%m-%d}" for day in (asked.span.first, asked.span.last))
    return first if first == last else f"{first} {last}"


def _file(content: bytes, name: str) -> Response:
    file = tempfile.SpooledTemporaryFile()  # noqa: SIM115  (closed when the answer was sent)
    file.write(content)
    return sent_file(file, name, XLSX)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.register_blueprint(admin)
    app.jinja_env.globals["report_forms"] = LABELS
