"""`/admin/dictionary`: the office's own words, tried as they are typed and seen on the last texts before they count."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, flash, make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from moderation import OwnWord
from osm.regulation.errors import MissingInput
from osm.regulation.words import PRESS_CENTRE
from osm.services.dictionary import dictionary as services
from osm.services.dictionary.file import CATEGORIES, KINDS, SEVERITIES
from osm.services.dictionary.preview import Preview, preview, try_on
from osm.services.errors import NotFound, ServiceError
from osm.store.queries.dictionary import dictionary as queries
from osm.web.access import allow
from osm.web.dictionary import view
from osm.web.dictionary.view import stamp
from osm.web.form_values import Form, asked_id, number, text
from osm.web.htmx import is_htmx, render, see_other
from osm.web.run_act import typed_form, who

blueprint = Blueprint("dictionary", __name__, url_prefix="/admin/dictionary")

LONGEST_SAMPLE = 4_000
_FIELDS = ("kind", "text", "category", "severity", "exception")
_EMPTY = {"kind": "lemma", "category": "insult", "severity": "medium"}


@blueprint.get("")
@allow(*PRESS_CENTRE)
def index() -> ResponseReturnValue:
    return render_template("dictionary/index.html", entries=queries.entries(), changed=queries.changed_count())


@blueprint.get("/new")
@allow(*PRESS_CENTRE)
def new() -> ResponseReturnValue:
    """A new entry, or another in the place of one (`?entry=`)."""
    entry = queries.entry(asked_id("entry") or 0)
    stored = {**_EMPTY}
    if entry:
        stored = {name: str(getattr(entry, name)) for name in _FIELDS} | {"replaces": str(entry.id)}
        stored["exception"] = "да" if entry.exception else ""
    return _form(Form(stored))


@blueprint.post("")
@allow(*PRESS_CENTRE)
def save() -> ResponseReturnValue:
    """Shown on the last texts first; saved where exactly this was shown."""
    try:
        word = services.own_word(_given())
        if text("confirmed") != stamp([word], number("replaces")):
            return _form(_typed(), preview([word], without=_replaced()), word)
        services.add(word, replaces=number("replaces"), **who())
    except (MissingInput, ServiceError) as error:
        return _form(Form(_EMPTY, typed_form("save", error)), status=422)
    said = f"«{word.text}» в словаре. Открытые тексты проверяются заново."
    return see_other(url_for("dictionary.index"), said)


@blueprint.post("/try")
@allow(*PRESS_CENTRE)
def try_out() -> ResponseReturnValue:
    """What the entry that is being typed marks in a text; nothing is stored."""
    sample, form = text("sample")[:LONGEST_SAMPLE], _typed()
    try:
        spans = try_on(services.own_word(_given()), sample) if sample.strip() and text("text").strip() else None
    except MissingInput as error:
        return _form(form, tried_wrong=str(error), fragment="dictionary/_tried.html")
    return _form(form, spans=spans, sample=sample, fragment="dictionary/_tried.html")


@blueprint.post("/<int:entry_id>/remove")
@allow(*PRESS_CENTRE)
def remove(entry_id: int) -> ResponseReturnValue:
    try:
        entry = services.remove(entry_id, **who())
    except NotFound:
        return see_other(
            url_for("dictionary.index"),
            "Этой записи уже нет: её убрали или изменили. Вот словарь, какой он сейчас.",
            "danger",
        )
    return see_other(url_for("dictionary.index"), f"«{entry.text}» убрано. Вернуть можно в истории.")


@blueprint.get("/history")
@allow(*PRESS_CENTRE)
def history() -> ResponseReturnValue:
    return render_template("dictionary/history.html", changes=queries.changes())


@blueprint.post("/history/<int:change_id>/undo")
@allow(*PRESS_CENTRE)
def undo(change_id: int) -> ResponseReturnValue:
    try:
        services.undo(change_id, **who())
        flash("Отменено. Открытые тексты проверяются заново.", "success")
    except (ServiceError, MissingInput) as error:
        flash(str(error), "danger")
    return see_other(url_for("dictionary.history"))


@blueprint.get("/changes")
@allow(*PRESS_CENTRE)
def changes() -> ResponseReturnValue:
    return render_template("dictionary/changes.html", rows=queries.changed_verdicts(), count=queries.changed_count())


def _given() -> dict[str, str]:
    return {name: text(name) for name in _FIELDS}


def _typed() -> Form:
    return Form(_EMPTY, typed_form("save"))


def _replaced() -> OwnWord | None:
    entry = queries.entry(number("replaces") or 0)
    if entry is None:
        return None
    exception = "да" if entry.exception else ""
    return services.own_word({**{name: str(getattr(entry, name)) for name in _FIELDS}, "exception": exception})


def _form(
    form: Form,
    shown: Preview | None = None,
    word: OwnWord | None = None,
    *,
    status: int = 200,
    fragment: str = "dictionary/_preview.html",
    tried_wrong: str = "",
    spans: tuple[tuple[int, int, str], ...] | None = None,
    sample: str = "",
) -> Response:
    values = {
        "form": form, "preview": shown, "word": word, "tried_wrong": tried_wrong, "spans": spans, "sample": sample,
        "kinds": tuple(KINDS.items()), "categories": tuple(CATEGORIES.items()), "severities": tuple(SEVERITIES.items()),
        "stamp": stamp([word], number("replaces")) if word else "",
    }  # fmt: skip
    if status == 200 or not is_htmx():
        return render("dictionary/word.html", fragment, status, **values)
    return make_response(render_template("dictionary/_preview.html", **values), status)


def init_app(app: Flask) -> None:
    view.init_app(app)
    app.register_blueprint(blueprint)
