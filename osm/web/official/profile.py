"""«Оформление» of an official page (Пр.2.4): what was seen is entered with a picture, or the network is asked."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Flask, current_app, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from osm.regulation.official.profile import ITEM_HINTS, ITEM_LABELS, ProfileItem, Seen
from osm.services.errors import NotFound
from osm.services.files.attachments import stored_path
from osm.services.official import profile as services
from osm.services.official.profile import Look
from osm.store.models import ProfileCheck
from osm.store.queries.official import profile as queries
from osm.store.queries.official.register import connection_of, entry
from osm.web.access import allow
from osm.web.files.files import guarded, small_picture
from osm.web.form_values import Form, Typed, seen_version, text, uploads
from osm.web.htmx import see_other
from osm.web.official.register import KEEPERS, READERS
from osm.web.run_act import EDIT_REFUSED, run_act

blueprint = Blueprint("profiles", __name__, url_prefix="/accounts")

CHOICES = ((Seen.YES, "есть"), (Seen.NO, "нет"), (Seen.UNKNOWN, "не проверено"))


@blueprint.get("/<int:account_id>/profile")
@allow(*KEEPERS)
def form(account_id: int) -> ResponseReturnValue:
    return _page(account_id)


@blueprint.post("/<int:account_id>/profile")
@allow(*KEEPERS)
def save(account_id: int) -> ResponseReturnValue:
    look = Look({item: text(item) for item in ProfileItem}, text("note"), uploads("files"))
    return _run(account_id, partial(services.note_look, account_id, look), "Записано.")


@blueprint.post("/<int:account_id>/profile/ask")
@allow(*KEEPERS)
def ask(account_id: int) -> ResponseReturnValue:
    return _run(account_id, partial(services.ask_network, account_id), "Соцсеть ответила.")


@blueprint.post("/<int:account_id>/profile/take")
@allow(*KEEPERS)
def take(account_id: int) -> ResponseReturnValue:
    zone = current_app.extensions["osm_settings"].time_zone
    act = partial(services.take_over, account_id, seen_version(), zone=zone)
    return _run(account_id, act, "В реестре теперь то же, что в соцсети.")


@blueprint.get("/profile-photos/<int:check_id>")
@allow(*READERS)
def photo(check_id: int) -> ResponseReturnValue:
    row = _with_photo(check_id)
    path = stored_path(row.photo_sha256)
    if not path.is_file():
        raise NotFound("Файл")
    sent = send_file(
        path, mimetype=row.photo_type, as_attachment=True, download_name=row.photo_name, etag=row.photo_sha256,
        conditional=True,
    )  # fmt: skip
    return guarded(sent)


@blueprint.get("/profile-photos/<int:check_id>/small")
@allow(*READERS)
def small(check_id: int) -> ResponseReturnValue:
    return small_picture(_with_photo(check_id).photo_sha256, "Файл")


def _with_photo(check_id: int) -> ProfileCheck:
    row = queries.photo_of(check_id)
    if row is None:
        raise NotFound("Файл")
    return row


def _run(account_id: int, act: Callable[..., Any], said: str) -> ResponseReturnValue:
    here = url_for("accounts.show", account_id=account_id)
    return run_act(act, partial(_page, account_id), lambda _: see_other(here, said), refused=EDIT_REFUSED)


def _page(account_id: int, typed: Typed | None = None) -> str:
    row, last = entry(account_id), queries.latest(account_id)
    if row is None:
        raise NotFound("Страница")
    stored = {str(item): str(last.marks.get(item, Seen.UNKNOWN) if last else Seen.UNKNOWN) for item in ProfileItem}
    return render_template(
        "official/profile.html",
        row=row,
        form=Form(stored | {"note": ""}, typed, always="note"),
        items=[(str(item), ITEM_LABELS[item], ITEM_HINTS[item]) for item in ProfileItem],
        choices=[(str(value), words) for value, words in CHOICES],
        connection=connection_of(account_id),
    )


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
