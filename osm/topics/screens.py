"""The topics: a table of their departments, the words that suggest them, and a text to try them."""

from collections.abc import Iterator
from functools import partial

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from osm.base.numbers import whole
from osm.people import views as roster
from osm.people.queries.absences import offered_departments
from osm.people.queries.people import routing_choices
from osm.regulation.words import Role
from osm.shell import filters, requests
from osm.shell.access import Screens
from osm.shell.form_values import Typed, is_set, number, text
from osm.shell.run_act import Field, ListPages, Step, run_act, who
from osm.topics import acts, queries, rules

# --- Topics
blueprint = Screens("topics", __name__, url_prefix="/admin/topics")

PAGES = ListPages(
    kind="topic", what="Тема", new="Новая тема", title="Темы и отделы", is_archived="убрана из списка",
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


@blueprint.post("/departments", Role.ADMIN, Role.CURATOR)
def give() -> ResponseReturnValue:
    """Save the table: what each topic belongs to."""
    return run_act(
        partial(acts.give_departments, [*_given()]),
        lambda typed: index(typed=typed),
        lambda new: requests.see_other(url_for("topics.index"), " ".join(["Сохранено.", *_new(new)])),
    )


@blueprint.post("/try", Role.ADMIN, Role.CURATOR)
def try_out() -> ResponseReturnValue:
    """The topic suggested for a text; it is not stored."""
    return index(text("text")[: rules.READ])


@blueprint.post("/starter", Role.ADMIN)
def starter() -> ResponseReturnValue:
    added = acts.add_starter_topics(**who())
    said = f"Готово: {filters.counted(added, 'тема', 'темы', 'тем')}. Осталось выбрать каждой отдел."
    return requests.see_other(url_for("topics.index"), said if added else "Все готовые темы уже есть.")


def _given() -> Iterator[acts.Given]:
    """The rows of the table that were sent: topics by their id, ready ones that are not there yet by «new-3»."""
    ready = {f"new-{place}": topic for place, topic in enumerate(acts.starter_topics())}
    for name in request.form:
        key = name.removeprefix("department-")
        if key != name and (key in ready or whole(key) is not None):
            yield acts.Given(
                key, None if key in ready else whole(key), ready.get(key), text(name), text(f"was-{key}"),
                is_set(f"unwanted-{key}"),
            )  # fmt: skip


def _new(names: list[str]) -> list[str]:
    return [f"Новые отделы: {', '.join(names)}."] if names else []


@blueprint.get("", Role.ADMIN, Role.CURATOR)
def index(tried: str = "", typed: Typed | None = None) -> Response:
    rows = queries.topics()
    named = {row.name.casefold() for row in rows}
    suggestion = queries.suggest_topic(tried) if tried.strip() else None
    return requests.render(
        "topics/index.html", "topics/_tried.html", kept=PAGES, topics=[row for row in rows if row.archived_at is None],
        archived=[row for row in rows if row.archived_at is not None], ready=() if rows else acts.starter_topics(),
        choices=routing_choices(roster.roster_today()), departments=offered_departments(), typed=typed,
        wrong=typed.why.rows if typed and isinstance(typed.why, acts.RowsRefused) else {},
        missing=sum(starter.name.casefold() not in named for starter in acts.starter_topics()) if rows else 0,
        tried=tried, suggestion=suggestion,
        found=next((row for row in rows if suggestion and row.id == suggestion.topic_id), None),
    )  # fmt: skip


PAGES.add_to(blueprint)


# --- Suggested topics, shown next to a person's choice
