"""/reminders: the list, seen by opening it, the settings for letters and sound; a test letter."""

from functools import partial

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.base.application import current_now, current_settings
from osm.regulation.control import MailMode
from osm.regulation.errors import MissingInput
from osm.regulation.words import Role
from osm.reminders.acts import letters, mailing, single_letters
from osm.reminders.queries import LIST_ROWS
from osm.shell import requests, turns
from osm.shell.access import Screens, me, signed_in
from osm.shell.form_values import Form, Typed, is_set, text, typed_values
from osm.shell.run_act import run_act

blueprint = Screens("reminders", __name__, url_prefix="/reminders")


@blueprint.get("")
@signed_in
def index() -> ResponseReturnValue:
    lines = letters.open_list(actor=me(), now=current_now())
    return render_template("reminders/index.html", lines=lines, most=LIST_ROWS)


@blueprint.post("/wishes")
@signed_in
def set_own() -> ResponseReturnValue:
    try:
        letters.set_wishes(email=text("email"), mode=text("mail_mode"), sound=is_set("sound"),
                    week=me().has(Role.HEAD) and is_set("week"), actor=me(), now=current_now())  # fmt: skip
    except MissingInput as error:
        return wishes(Typed("wishes", typed_values(), {error.field: str(error)}, why=error)), 422
    return requests.see_other(url_for("reminders.wishes"), "Сохранено.")


@blueprint.get("/wishes")
@signed_in
def wishes(typed: Typed | None = None) -> str:
    person, settings = me(), current_settings()
    stored = {"email": person.email, "mail_mode": person.mail_mode.value, "sound": "1" if person.sound else "",
              "week": "1" if person.week_letter_since else ""}  # fmt: skip
    times = ", ".join(f"{hour:%H:%M}" for hour in settings.reminders.digest_times)
    return render_template(
        "reminders/wishes.html", form=Form(stored, typed, always="mail_mode"), modes=list(MailMode.labels().items()),
        has_mail=settings.mail is not None, leads=person.has(Role.HEAD), digest_times=times,
    )  # fmt: skip


# --- «Управление» → «Почта»
mail_blueprint = Screens("mail", __name__, url_prefix="/admin/mail")

TEST_LETTER = "Это пробное письмо. Если вы его читаете, почта программы работает."


@mail_blueprint.post("", Role.ADMIN)
@turns.costly
def send_test() -> ResponseReturnValue:
    to = text("email").strip()
    return run_act(
        partial(single_letters.send_letter, to, "ОСМ: пробное письмо", TEST_LETTER, action="test_mail", about=me()),
        show,
        lambda _: requests.see_other(url_for("mail.show"), f"Письмо на {to} ушло. Проверьте, что оно пришло."),
    )


@mail_blueprint.get("", Role.ADMIN)
def show(typed: Typed | None = None) -> str:
    return render_template(
        "reminders/mail.html",
        mail=current_settings().mail,
        fails=next((one for one in mailing.troubles() if one.name == mailing.SERVER), None),
        form=Form({"email": me().email}, typed),
        here=request.host_url.rstrip("/"),
    )
