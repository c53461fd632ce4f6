"""The topics: their departments, the words that suggest them, and a text to try them."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, url_for
from flask.typing import ResponseReturnValue

from osm.people.queries.absences import offered_departments
from osm.regulation.words import Role
from osm.topics import acts, queries
from osm.topics.acts import READ
from osm.web.access import allow
from osm.web.filters import counted
from osm.web.form_values import number, text
from osm.web.htmx import render, see_other
from osm.web.list_pages import Field, ListPages, Step
from osm.web.run_act import who

# --- Topics
blueprint = Blueprint("topics", __name__, url_prefix="/admin/topics")

PAGES = ListPages(
    kind="topic", what="Тема", new="Новая тема", title="Темы", is_archived="убрана из списка",
    roles=(Role.ADMIN,), row=queries.topic, template="topics/topic.html",
    fields=(
        Field("name", "Название", shown={"required": True, "autocomplete": "off"}),
        Field(
            "department_id", "Отдел", "При направлении его исполнитель будет предложен первым.", number,
            lambda topic: offered_departments(topic.department_id if topic else None), shown={"blank": "Не выбран"},
        ),
        Field("words", "Слова", shown={"rows": 16, "attrs": {"spellcheck": "true"}}),
    ),
    create=acts.create_topic, edit=acts.edit_topic, added="Тема добавлена.",
    archive=Step(
        acts.archive_topic, "Её не будут предлагать и подсказывать. Сообщения, у которых она выбрана, её сохранят.",
        "Тема убрана из списка. Сообщения, у которых она выбрана, её сохранили.",
    ),
    restore=Step(
        acts.restore_topic, "Тему снова можно будет выбирать, и она будет подсказываться.",
        "Тему снова можно выбирать.",
    ),
)  # fmt: skip


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


def _list(tried: str = "") -> Response:
    rows = queries.topics()
    named = {row.name.casefold() for row in rows}
    suggestion = acts.suggest_topic(tried) if tried.strip() else None
    return render(
        "topics/index.html",
        "topics/_tried.html",
        kept=PAGES,
        topics=rows,
        missing=sum(starter.name.casefold() not in named for starter in acts.starter_topics()),
        tried=tried,
        suggestion=suggestion,
        found=next((row for row in rows if suggestion and row.id == suggestion.topic_id), None),
    )


PAGES.add_to(blueprint)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)


# --- Suggested topics, shown next to a person's choice
