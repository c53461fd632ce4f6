"""/reminders: the list, seen by opening it, and the settings for letters and sound."""

from __future__ import annotations

from flask import Blueprint, Flask, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.extensions import current_settings
from osm.regulation.control.hours import MAIL_MODE_LABELS
from osm.regulation.errors import MissingInput
from osm.regulation.words import Role
from osm.reminders.acts.letters import open_list, set_wishes
from osm.reminders.queries import LIST_ROWS
from osm.web.access import me, signed_in
from osm.web.form_values import Form, Typed, is_set, text, typed_values
from osm.web.htmx import see_other

blueprint = Blueprint("reminders", __name__, url_prefix="/reminders")


@blueprint.get("")
@signed_in
def index() -> ResponseReturnValue:
    lines = open_list(actor=me(), now=current_now())
    return render_template("reminders/index.html", lines=lines, most=LIST_ROWS)


@blueprint.get("/wishes")
@signed_in
def wishes() -> ResponseReturnValue:
    return _form()


@blueprint.post("/wishes")
@signed_in
def set_own() -> ResponseReturnValue:
    try:
        set_wishes(email=text("email"), mode=text("mail_mode"), sound=is_set("sound"),
                    week=me().has(Role.HEAD) and is_set("week"), actor=me(), now=current_now())  # fmt: skip
    except MissingInput as error:
        return _form(Typed("wishes", typed_values(), {error.field: str(error)}, why=error)), 422
    return see_other(url_for("reminders.wishes"), "Сохранено.")


def _form(typed: Typed | None = None) -> str:
    person, settings = me(), current_settings()
    stored = {"email": person.email, "mail_mode": person.mail_mode.value, "sound": "1" if person.sound else "",
              "week": "1" if person.week_letter_since else ""}  # fmt: skip
    times = ", ".join(f"{hour:%H:%M}" for hour in settings.reminders.digest_times)
    return render_template(
        "reminders/wishes.html",
        form=Form(stored, typed, always="mail_mode"),
        modes=list(MAIL_MODE_LABELS.items()),
        has_mail=settings.mail is not None,
        leads=person.has(Role.HEAD),
        digest_times=times,
    )


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
