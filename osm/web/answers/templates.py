"""Ready texts of answers, by topic and kind: the press centre writes them, and sees how often each is used."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Flask, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.regulation.words import PRESS_CENTRE, REPLY_KIND_LABELS
from osm.services.answers import templates as services
from osm.services.answers.template_fields import FIELDS
from osm.services.errors import NotFound
from osm.store.queries.answers import templates as queries
from osm.store.queries.log.edits import edits_of
from osm.store.queries.topics.topics import topics
from osm.web.access import allow
from osm.web.form_values import Form, Typed, number, text
from osm.web.htmx import see_other
from osm.web.run_act import EDIT_REFUSED, run_act, run_edit, who

blueprint = Blueprint("templates", __name__, url_prefix="/admin/templates")

EDITORS = PRESS_CENTRE
"""The press centre (П.4)."""


@blueprint.get("")
@allow(*EDITORS)
def index() -> ResponseReturnValue:
    return render_template("answers/templates/index.html", templates=queries.templates())


@blueprint.get("/new")
@allow(*EDITORS)
def new() -> ResponseReturnValue:
    return _shown(None, Form({"kind": "final"}))


@blueprint.post("")
@allow(*EDITORS)
def create() -> ResponseReturnValue:
    return run_act(
        partial(services.create_template, **_given()),
        lambda typed: _shown(None, Form({}, typed)),
        lambda template: see_other(url_for("templates.show", template_id=template.id), "Шаблон добавлен."),
        refused=EDIT_REFUSED,
    )


@blueprint.get("/<int:template_id>")
@allow(*EDITORS)
def show(template_id: int) -> ResponseReturnValue:
    return _page(template_id)


@blueprint.post("/<int:template_id>")
@allow(*EDITORS)
def save(template_id: int) -> ResponseReturnValue:
    return _act(template_id, services.edit_template, "Сохранено.", **_given())


@blueprint.post("/<int:template_id>/archive")
@allow(*EDITORS)
def archive(template_id: int) -> ResponseReturnValue:
    said = "Шаблон убран из списка: исполнителям его больше не предлагают."
    return _act(template_id, services.archive_template, said)


@blueprint.post("/<int:template_id>/restore")
@allow(*EDITORS)
def restore(template_id: int) -> ResponseReturnValue:
    said = "Шаблон снова предлагают исполнителям."
    return _act(template_id, services.restore_template, said)


@blueprint.post("/of-answer/<int:draft_id>")
@allow(*EDITORS)
def keep_answer(draft_id: int) -> ResponseReturnValue:
    """One press on the card of a good answer."""
    template = services.template_of_answer(draft_id, **who())
    said = "Ответ сохранён как шаблон: имя, адрес и дни стали полями. Проверьте текст, меру замените на {мера}."
    return see_other(url_for("templates.show", template_id=template.id), said)


def _act(template_id: int, service: Callable[..., Any], said: str, /, **given: Any) -> ResponseReturnValue:
    here = url_for("templates.show", template_id=template_id)
    return run_edit("template", template_id, service, _page, lambda _: see_other(here, said), **given)


def _given() -> dict[str, Any]:
    return {"name": text("name"), "kind": text("kind"), "topic_id": number("topic_id"), "text": text("text")}


def _page(template_id: int, typed: Typed | None = None) -> str:
    template = queries.template(template_id)
    if template is None:
        raise NotFound("Шаблон")
    stored = {
        "name": template.name,
        "kind": template.kind.value,
        "topic_id": str(template.topic_id or ""),
        "text": template.text,
    }
    return _shown(template, Form(stored, typed, always="name"))


def _shown(template: queries.TemplateRow | None, form: Form) -> str:
    current = template.topic_id if template else None  # one that was put away stays chosen
    offered = [(row.id, row.name) for row in topics() if row.archived_at is None or row.id == current]
    return render_template(
        "answers/templates/template.html",
        template=template,
        form=form,
        topics=offered,
        kinds=[(kind.value, label) for kind, label in REPLY_KIND_LABELS.items()],
        fields=FIELDS,
        edits=edits_of("template", template.id) if template else (),
    )


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
