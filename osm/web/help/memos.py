"""/help/pages: memos and questions that the press centre writes in Markdown, their editions, print (Пр.1.2.2)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from osm.documents.markdown_text import written_html
from osm.numbers import all_whole
from osm.regulation.words import PRESS_CENTRE
from osm.services.errors import NotFound
from osm.services.help import memos as services
from osm.store.models import HelpKind
from osm.store.queries.help import memos as queries
from osm.store.queries.help.memos import MemoRow
from osm.store.queries.log.edits import edits_of
from osm.store.queries.topics.topics import topics
from osm.web.access import allow, signed_in
from osm.web.form_values import Form, Typed, is_set, text
from osm.web.htmx import see_other
from osm.web.run_act import EDIT_REFUSED, run_act, run_edit, typed_form

blueprint = Blueprint("help_pages", __name__, url_prefix="/help/pages")

WRITERS = PRESS_CENTRE
"""The press centre (П.4)."""
KINDS = ((HelpKind.MEMO, "памятка"), (HelpKind.QUESTION, "вопрос и ответ"))


@blueprint.get("/new")
@allow(*WRITERS)
def new() -> ResponseReturnValue:
    return _form_page(None, Form({"kind": HelpKind.MEMO}))


@blueprint.post("")
@allow(*WRITERS)
def write() -> ResponseReturnValue:
    if is_set("preview"):
        return _preview("write", lambda typed: _form_page(None, Form({}, typed)))
    return run_act(
        partial(services.write, **_given()),
        lambda typed: _form_page(None, Form({}, typed)),
        lambda page: see_other(url_for("help_pages.show", page_id=page.id), "Страница помощи добавлена."),
        refused=EDIT_REFUSED,
    )


@blueprint.get("/<int:page_id>")
@signed_in
def show(page_id: int) -> ResponseReturnValue:
    return _shown(_known(page_id))


@blueprint.get("/<int:page_id>/print")
@signed_in
def print_page(page_id: int) -> ResponseReturnValue:
    return render_template("help/print.html", page=_known(page_id))


@blueprint.get("/<int:page_id>/editions/<int:number>")
@signed_in
def edition(page_id: int, number: int) -> ResponseReturnValue:
    page = _known(page_id)
    found = next((one for one in queries.editions(page_id) if one.number == number), None)
    if found is None:
        raise NotFound("Страница помощи")
    return render_template("help/edition.html", page=page, edition=found)


@blueprint.get("/<int:page_id>/edit")
@allow(*WRITERS)
def edit(page_id: int) -> ResponseReturnValue:
    return _edit_page(page_id)


@blueprint.post("/<int:page_id>")
@allow(*WRITERS)
def save(page_id: int) -> ResponseReturnValue:
    if is_set("preview"):
        return _preview("save", partial(_edit_page, page_id))
    return _act(page_id, services.edit, _edit_page, "Сохранено, прежний текст остался в редакциях.", **_given())


@blueprint.post("/<int:page_id>/archive")
@allow(*WRITERS)
def archive(page_id: int) -> ResponseReturnValue:
    return _act(page_id, services.archive, _edit_page, "Страница убрана: её видит только пресс-центр.")


@blueprint.post("/<int:page_id>/restore")
@allow(*WRITERS)
def restore(page_id: int) -> ResponseReturnValue:
    return _act(page_id, services.restore, _edit_page, "Страница снова видна всем.")


def _act(
    page_id: int, service: Callable[..., Any], again: Callable[[int, Typed], str], said: str, /, **given: Any
) -> ResponseReturnValue:
    here = url_for("help_pages.show", page_id=page_id)
    return run_edit("help_page", page_id, service, again, lambda _: see_other(here, said), **given)


def _preview(action: str, form_page: Callable[[Typed], str]) -> ResponseReturnValue:
    """The form again, with its text as a page where it has no error."""
    act = lambda **_: services.preview(text("text"))  # noqa: E731
    return run_act(act, form_page, lambda _: form_page(typed_form(action)), action=action)


def _known(page_id: int) -> MemoRow:
    """NotFound also where it was put away and the person does not write."""
    page = queries.memo(page_id)
    if page is None or (page.archived_at is not None and not current_user.has(*WRITERS)):
        raise NotFound("Страница помощи")
    return page


def _shown(page: MemoRow) -> str:
    return render_template(
        "help/memo.html", page=page, editions=queries.editions(page.id), may_write=current_user.has(*WRITERS)
    )


def _edit_page(page_id: int, typed: Typed | None = None) -> str:
    page = _known(page_id)
    stored = {"kind": page.kind, "title": page.title, "text": page.text}
    chosen = {"topic": [str(one) for one, _ in page.topics]}
    return _form_page(page, Form(stored, typed, chosen, always="title"))


def _form_page(page: MemoRow | None, form: Form) -> str:
    linked = dict(page.topics) if page else {}
    offered = [(one.id, one.name) for one in topics() if one.archived_at is None or one.id in linked]
    return render_template(
        "help/form.html",
        page=page,
        form=form,
        kinds=KINDS,
        topics=offered,
        preview=written_html(form.value("text"))
        if form.is_typed and not form.errors and form.value("text").strip()
        else "",
        edits=edits_of("help_page", page.id) if page else (),
    )


def _given() -> dict[str, Any]:
    chosen = all_whole(request.form.getlist("topic"))
    return {"kind": text("kind"), "title": text("title"), "text": text("text"), "topic_ids": chosen}


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.filters["written_html"] = written_html
    app.add_template_global(queries.memos_for, "help_for_topic")
