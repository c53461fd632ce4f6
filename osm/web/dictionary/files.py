"""The dictionary as a file: taken away, and read in after a look at what it would add and mark."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, flash, make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.regulation.errors import MissingInput
from osm.regulation.words import PRESS_CENTRE
from osm.services.dictionary import dictionary as services
from osm.services.dictionary import file as files
from osm.services.dictionary.preview import preview
from osm.web.access import allow
from osm.web.dictionary.view import stamp
from osm.web.form_values import text, uploads
from osm.web.htmx import see_other
from osm.web.run_act import who
from osm.web.turns import costly

blueprint = Blueprint("dictionary_files", __name__, url_prefix="/admin/dictionary")

TSV = "text/tab-separated-values; charset=utf-8"


@blueprint.get("/export")
@allow(*PRESS_CENTRE)
@costly
def export() -> ResponseReturnValue:
    answer = make_response("\ufeff" + files.export_text())  # a spreadsheet reads Russian only with this mark
    answer.headers["Content-Type"] = TSV
    answer.headers["Content-Disposition"] = 'attachment; filename="slovar.tsv"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/import")
@allow(*PRESS_CENTRE)
def read() -> ResponseReturnValue:
    """What is in the file, and what it would mark; nothing is stored."""
    chosen = uploads("file")
    if not chosen:
        return see_other(url_for("dictionary.index"), "Выберите файл словаря.", "danger")
    try:
        reading = files.read_file(chosen[0].content)
    except MissingInput as error:
        return see_other(url_for("dictionary.index"), f"Файл не загружен. {error}", "danger")
    return _page(reading)


@blueprint.post("/import/save")
@allow(*PRESS_CENTRE)
def save() -> ResponseReturnValue:
    try:
        reading = files.read_rows(text("rows"))
        if text("confirmed") != stamp(reading.new):
            flash("Пока вы смотрели, словарь изменился: посмотрите ещё раз.", "danger")
            return _page(reading)
        count = services.import_words(reading.new, **who())
    except MissingInput as error:
        flash(f"Не загружено. {error}", "danger")
    else:
        flash(f"Загружено записей: {count}. Открытые тексты проверяются заново.", "success")
    return see_other(url_for("dictionary.index"))


def _page(reading: files.Reading) -> Response:
    page = render_template(
        "dictionary/import.html",
        reading=reading,
        rows=files.text_of(reading.new),
        preview=preview(reading.new) if reading.new else None,
        stamp=stamp(reading.new),
    )
    return make_response(page)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
