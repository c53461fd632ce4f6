"""The form of an urgent report (П.20)."""

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from osm.shell import filters, requests
from osm.shell.form_values import Typed, moment, number, text
from osm.urgent.acts.instructions import ReportForm
from osm.urgent.queries.urgent import ReportRow


def typed_report() -> ReportForm:
    return ReportForm(
        text("what"), text("place"), moment("since_at"), number("how_many"), text("links"), text("workers"),
        text("done"),
    )  # fmt: skip


def report_form(
    form: ReportForm, typed: Typed | None, earlier: list[ReportRow], *, send_to: str, back: tuple[str, str], source: str
) -> str:
    """The form, prefilled or as typed. `earlier`: reports on the same matter; `source`: where the values come from."""
    stored = {
        "what": form.what, "place": form.place, "since_at": filters.input_moment(form.since_at),
        "how_many": str(form.how_many), "links": form.links, "workers": form.workers, "done": form.done,
    }  # fmt: skip
    return render_template(
        "control/urgent/new.html", form=typed.values if typed else stored, typed=typed, earlier=earlier,
        send_to=send_to, back=back, source=source,
    )  # fmt: skip


def told_so(row: Any) -> ResponseReturnValue:
    return requests.see_other(
        url_for("urgent.show", report_id=row.id), "Отправлено: доклад стоит у главы поверх всех страниц."
    )
