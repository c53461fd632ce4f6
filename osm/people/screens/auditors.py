"""Access for audits: who has it, on what ground, what he has read; each page that an auditor opens is logged."""

from functools import partial
from typing import Any

from flask import Flask, Response, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.base.application import current_now
from osm.base.types import people_are_hidden
from osm.flow.acts.terms import local_day
from osm.log.acts.record import Reading, record_reading
from osm.login.acts import passwords
from osm.people.acts.users import AUDIT_DAYS, give_access
from osm.people.queries.people import auditors
from osm.people.screens.users import told_once
from osm.regulation.words import Role
from osm.shell.access import Screens, declared, me
from osm.shell.filters import day_given
from osm.shell.form_values import Form, Typed, text
from osm.shell.run_act import EDIT_REFUSED, run_act

blueprint = Screens("auditors", __name__, url_prefix="/admin/auditors")


@blueprint.get("", Role.ADMIN)
def index() -> ResponseReturnValue:
    return _page()


@blueprint.post("", Role.ADMIN)
def give() -> ResponseReturnValue:
    password = passwords.first_password()
    given: dict[str, Any] = {name: text(name) for name in ("name", "position", "email", "ordered_by", "document")}
    return run_act(
        lambda **who: give_access(text("login"), **given, last_day=day_given("last_day"), password=password, **who),
        _page,
        partial(told_once, password=password, is_new=True),
        refused=EDIT_REFUSED,
    )


def _page(typed: Typed | None = None) -> str:
    now = current_now()
    return render_template(
        "staff/auditors.html", rows=auditors(), form=Form({}, typed), now=now, days=AUDIT_DAYS, today=local_day(now),
        history=url_for("log.index"),
    )  # fmt: skip


def _log_reading(response: Response) -> Response:
    """Each page and file that only readers may open, every time."""
    endpoint = request.endpoint
    # `people_are_hidden` knows who it is without asking the database again.
    if endpoint is None or response.status_code != 200 or not people_are_hidden():
        return response
    if Role.AUDITOR in (declared(current_app, endpoint) or ()):
        rows = dict(request.view_args or {})
        message_id = rows.pop("message_id", None)
        details = {"page": endpoint, "row": next(iter(rows.values()), None)}
        record_reading(Reading.AUDIT, actor=me(), now=current_now(), message_id=message_id, details=details)
    return response


def init_app(app: Flask) -> None:
    app.after_request(_log_reading)
