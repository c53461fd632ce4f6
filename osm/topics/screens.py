"""The topics: their departments, the words that suggest them, and a text to try them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Flask, Response, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.log.queries.edits import edits_of
from osm.people.queries.absences import offered_departments
from osm.regulation.words import Role
from osm.services.errors import NotFound
from osm.topics import acts, queries
from osm.topics.acts import READ
from osm.web.access import allow
from osm.web.filters import counted
from osm.web.form_values import Form, Typed, number, text
from osm.web.htmx import render, see_other
from osm.web.run_act import EDIT_REFUSED, run_act, run_edit, who

# --- Topics
blueprint = Blueprint("topics", __name__, url_prefix="/admin/topics")


@blueprint.get("")
@allow(Role.ADMIN)
def index() -> ResponseReturnValue:
    return _list()


@blueprint.post("/try")
@allow(Role.ADMIN)
def try_out() -> ResponseReturnValue:
    """The topic suggested for a text; it is not stored."""
    return _list(text("text")[:READ])


@blueprint.post("/starter")
@allow(Role.ADMIN)
def starter() -> ResponseReturnValue:
    added = acts.add_starter_topics(**who())
    said = f"Готово: {counted(added, 'тема', 'темы', 'тем')}. Осталось выбрать каждой отдел."
    return see_other(url_for("topics.index"), said if added else "Все готовые темы уже есть.")


@blueprint.get("/new")
@allow(Role.ADMIN)
def new() -> ResponseReturnValue:
    return _new_page(Form({}))


@blueprint.post("")
@allow(Role.ADMIN)
def create() -> ResponseReturnValue:
    return run_act(
        partial(acts.create_topic, **_given()),
        lambda typed: _new_page(Form({}, typed)),
        lambda topic: see_other(url_for("topics.show", topic_id=topic.id), "Тема добавлена."),
        refused=EDIT_REFUSED,
    )


@blueprint.get("/<int:topic_id>")
@allow(Role.ADMIN)
def show(topic_id: int) -> ResponseReturnValue:
    return _page(topic_id)


@blueprint.post("/<int:topic_id>")
@allow(Role.ADMIN)
def save(topic_id: int) -> ResponseReturnValue:
    return _act(topic_id, acts.edit_topic, "Сохранено.", **_given())


@blueprint.post("/<int:topic_id>/archive")
@allow(Role.ADMIN)
def archive(topic_id: int) -> ResponseReturnValue:
    said = "Тема убрана из списка. Сообщения, у которых она выбрана, её сохранили."
    return _act(topic_id, acts.archive_topic, said)


@blueprint.post("/<int:topic_id>/restore")
@allow(Role.ADMIN)
def restore(topic_id: int) -> ResponseReturnValue:
    said = "Тему снова можно выбирать."
    return _act(topic_id, acts.restore_topic, said)


def _act(topic_id: int, service: Callable[..., Any], said: str, /, **given: Any) -> ResponseReturnValue:
    here = url_for("topics.show", topic_id=topic_id)
    return run_edit("topic", topic_id, service, _page, lambda _: see_other(here, said), **given)


def _given() -> dict[str, Any]:
    return {"name": text("name"), "department_id": number("department_id"), "words": text("words")}


def _list(tried: str = "") -> Response:
    rows = queries.topics()
    named = {row.name.casefold() for row in rows}
    suggestion = acts.suggest_topic(tried) if tried.strip() else None
    return render(
        "topics/index.html",
        "topics/_tried.html",
        topics=rows,
        missing=sum(starter.name.casefold() not in named for starter in acts.starter_topics()),
        tried=tried,
        suggestion=suggestion,
        found=next((row for row in rows if suggestion and row.id == suggestion.topic_id), None),
    )


def _new_page(form: Form) -> str:
    return render_template("topics/topic.html", topic=None, form=form, departments=offered_departments(), edits=())


def _page(topic_id: int, typed: Typed | None = None) -> str:
    topic = queries.topic(topic_id)
    if topic is None:
        raise NotFound("Тема")
    stored = {"name": topic.name, "department_id": str(topic.department_id or ""), "words": topic.words}
    return render_template(
        "topics/topic.html",
        topic=topic,
        form=Form(stored, typed, always="name"),
        departments=offered_departments(topic.department_id),
        edits=edits_of("topic", topic_id),
    )


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)


# --- Suggested topics, shown next to a person's choice
