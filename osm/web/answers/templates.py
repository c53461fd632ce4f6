"""Ready texts of answers, by topic and kind: the press centre writes them, and sees how often each is used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, flash, make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.words import REPLY_KIND_LABELS, Role
from osm.services.answers import templates as services
from osm.services.answers.template_fields import FIELDS
from osm.services.errors import NotFound
from osm.store.queries.answers import templates as queries
from osm.store.queries.log.edits import edits_of
from osm.store.queries.topics.topics import topics
from osm.web.access import allow
from osm.web.acting import me, number, seen_version, text
from osm.web.editing import Form, Refusal, attempt, refused_form
from osm.web.htmx import see_other

blueprint = Blueprint("templates", __name__, url_prefix="/admin/templates")

EDITORS = (Role.CURATOR, Role.MODERATOR)
"""The press centre (П.4)."""


@blueprint.get("")
@allow(*EDITORS)
def index() -> ResponseReturnValue:
    return render_template("answers/templates/index.html", templates=queries.templates())


@blueprint.get("/new")
@allow(*EDITORS)
def new() -> ResponseReturnValue:
    return _new_page(Form({"kind": "final"}))


@blueprint.post("")
@allow(*EDITORS)
def create() -> ResponseReturnValue:
    return attempt(
        lambda: services.create_template(**_given(), **_who()),
        lambda template: _saved("Шаблон добавлен.", template.id),
        lambda error, status: _new_page(refused_form(error, {}), status),
    )


@blueprint.get("/<int:template_id>")
@allow(*EDITORS)
def show(template_id: int) -> ResponseReturnValue:
    return _page(template_id)


@blueprint.post("/<int:template_id>")
@allow(*EDITORS)
def save(template_id: int) -> ResponseReturnValue:
    return _act(
        template_id, lambda: services.edit_template(template_id, seen_version(), **_given(), **_who()), "Сохранено."
    )


@blueprint.post("/<int:template_id>/archive")
@allow(*EDITORS)
def archive(template_id: int) -> ResponseReturnValue:
    said = "Шаблон убран из списка: исполнителям его больше не предлагают."
    return _act(template_id, lambda: services.archive_template(template_id, seen_version(), **_who()), said)


@blueprint.post("/<int:template_id>/restore")
@allow(*EDITORS)
def restore(template_id: int) -> ResponseReturnValue:
    said = "Шаблон снова предлагают исполнителям."
    return _act(template_id, lambda: services.restore_template(template_id, seen_version(), **_who()), said)


@blueprint.post("/of-answer/<int:draft_id>")
@allow(*EDITORS)
def keep_answer(draft_id: int) -> ResponseReturnValue:
    """One press on the card of a good answer."""
    template = services.template_of_answer(draft_id, **_who())
    said = "Ответ сохранён как шаблон: имя, адрес и дни стали полями. Проверьте текст, меру замените на {мера}."
    return _saved(said, template.id)


def _act(template_id: int, act: Callable[[], Any], said: str) -> ResponseReturnValue:
    return attempt(act, lambda _: _saved(said, template_id), lambda error, status: _page(template_id, error, status))


def _saved(said: str, template_id: int) -> Response:
    flash(said, "success")
    return see_other(url_for("templates.show", template_id=template_id))


def _given() -> dict[str, Any]:
    return {"name": text("name"), "kind": text("kind"), "topic_id": number("topic_id"), "text": text("text")}


def _who() -> dict[str, Any]:
    return {"actor": me(), "now": current_now()}


def _new_page(form: Form, status: int = 200) -> Response:
    return _shown(None, form, status)


def _page(template_id: int, refusal: Refusal | None = None, status: int = 200) -> Response:
    template = queries.template(template_id)
    if template is None:
        raise NotFound("Шаблон")
    stored = {
        "name": template.name,
        "kind": template.kind.value,
        "topic_id": str(template.topic_id or ""),
        "text": template.text,
    }
    form = refused_form(refusal, stored, of=("template", template_id)) if refusal else Form(stored)
    return _shown(template, form.whole("name"), status)


def _shown(template: queries.TemplateRow | None, form: Form, status: int) -> Response:
    current = template.topic_id if template else None  # one that was put away stays chosen
    offered = [(row.id, row.name) for row in topics() if row.archived_at is None or row.id == current]
    page = render_template(
        "answers/templates/template.html",
        template=template,
        form=form,
        topics=offered,
        kinds=[(kind.value, label) for kind, label in REPLY_KIND_LABELS.items()],
        fields=FIELDS,
        edits=edits_of("template", template.id) if template else (),
    )
    return make_response(page, status)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
