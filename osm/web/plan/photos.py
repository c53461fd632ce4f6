"""Photos of publications and of offered news: shown to whoever may, hung on, described, taken off."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Flask, send_file, url_for
from flask.typing import ResponseReturnValue

from osm.regulation.words import PRESS_CENTRE, Role
from osm.services.errors import NotFound
from osm.services.files.attachments import stored_path
from osm.services.plan import photos
from osm.services.plan.photos import Words
from osm.store.models import Publication
from osm.store.queries.plan.news import photo as photo_of
from osm.web.access import allow, me
from osm.web.files.files import guarded, small_picture
from osm.web.form_values import is_set, text, uploads
from osm.web.htmx import see_other
from osm.web.plan.plan import READERS
from osm.web.plan.publications import card_page
from osm.web.run_act import run_edit

blueprint = Blueprint("photos_of_plan", __name__, url_prefix="/plan")


@blueprint.get("/photos/<int:photo_id>/small")
@allow(Role.EXECUTOR, *READERS)
def small(photo_id: int) -> ResponseReturnValue:
    return small_picture(_visible(photo_id), "Фото")


@blueprint.get("/photos/<int:photo_id>")
@allow(Role.EXECUTOR, *READERS)
def whole(photo_id: int) -> ResponseReturnValue:
    path = stored_path(_visible(photo_id))
    if not path.is_file():
        raise NotFound("Фото")
    return guarded(send_file(path, mimetype="image/jpeg", as_attachment=True, download_name=f"фото {photo_id}.jpg"))


@blueprint.post("/<int:publication_id>/photos")
@allow(*PRESS_CENTRE)
def add(publication_id: int) -> ResponseReturnValue:
    def act(publication_id: int, version: int, **who: Any) -> Publication:
        return photos.add(publication_id, version, photos.reduced(uploads("files")), **who)

    return _run(publication_id, act, "Фото добавлены: уменьшены, место и камера из файлов убраны.")


@blueprint.post("/<int:publication_id>/photos/<int:photo_id>")
@allow(*PRESS_CENTRE)
def describe(publication_id: int, photo_id: int) -> ResponseReturnValue:
    act = partial(_change, photo_id=photo_id, words=Words(text("alt"), is_set("looked")))
    return _run(publication_id, act, "Сохранено.")


@blueprint.post("/<int:publication_id>/photos/<int:photo_id>/remove")
@allow(*PRESS_CENTRE)
def remove(publication_id: int, photo_id: int) -> ResponseReturnValue:
    return _run(publication_id, partial(_change, photo_id=photo_id, words=None), "Фото убрано.")


def _change(publication_id: int, version: int, *, photo_id: int, words: Words | None, **who: Any) -> Publication:
    return photos.change(publication_id, version, photo_id, words, **who)


def _visible(photo_id: int) -> str:
    """The content of a photo that this person may see; a department sees its own news alone."""
    found, person = photo_of(photo_id), me()
    if found is None or (not person.has(*READERS) and found[1] != person.id):
        raise NotFound("Фото")
    return found[0].sha256


def _run(publication_id: int, act: Any, said: str) -> ResponseReturnValue:
    here = url_for("publications_of_plan.show", publication_id=publication_id, _anchor="photos")
    return run_edit("publication", publication_id, act, card_page, lambda _: see_other(here, said), "photos")


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
