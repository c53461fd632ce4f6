"""The executor's screen: one text field that saves itself, photos, sending for approval, taking it back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from osm.clock import current_now
from osm.regulation.words import Action, Role
from osm.services.answers import drafting
from osm.services.answers.interim import explained
from osm.services.messages.routing import mark_opened
from osm.store.models import Draft
from osm.store.queries.answers.earlier_answers import earlier_answers
from osm.web.access import allow
from osm.web.acting import Typed, me, number, seen_version, text
from osm.web.answers.checklist_view import checklist_of
from osm.web.answers.drafting_view import KINDS, answer_view, correction_of
from osm.web.answers.inserting import offers_for
from osm.web.answers.keeping import has_editor, keep_typed
from osm.web.attempt import attempt
from osm.web.htmx import see_other
from osm.web.visible import own_worker, visible_card

blueprint = Blueprint("drafting", __name__, url_prefix="/messages")


@blueprint.get("/<int:message_id>/answer")
@allow(Role.EXECUTOR)
def answer(message_id: int) -> ResponseReturnValue:
    person = me()
    card = visible_card(message_id, person)
    if card.is_shared and own_worker(card, person):
        return redirect(url_for("parts.own", message_id=message_id), 303)
    if any(worker.person.id == person.id and worker.opened_at is None for worker in card.active):
        mark_opened(message_id, actor=person, now=current_now())
    return answer_page(message_id)


@blueprint.post("/<int:message_id>/answer")
@allow(Role.EXECUTOR)
def send(message_id: int) -> ResponseReturnValue:
    def act(message_id: int, version: int, **who: Any) -> Draft:
        keep_typed(message_id, version, **who)
        return drafting.submit_draft(
            message_id,
            version,
            text=text("text"),
            kind=text("kind"),
            confirmed=text("confirmed") == "1",
            interim=explained(text("interim_reason"), text("interim_text")),
            **who,
        )

    return attempt(message_id, Action.SUBMIT_DRAFT, act, answer_page, sent)


@blueprint.get("/<int:message_id>/for-executor")
@allow(Role.CURATOR)
def for_executor(message_id: int) -> ResponseReturnValue:
    if visible_card(message_id, me()).is_shared:
        return redirect(url_for("common.show", message_id=message_id), 303)
    return for_executor_page(message_id)


@blueprint.post("/<int:message_id>/for-executor")
@allow(Role.CURATOR)
def send_for_executor(message_id: int) -> ResponseReturnValue:
    def act(message_id: int, version: int, **who: Any) -> Draft:
        keep_typed(message_id, version, **who)
        return drafting.submit_for_executor(
            message_id,
            version,
            text=text("text"),
            kind=text("kind"),
            executor_id=number("executor_id"),
            received_by=text("received_by"),
            interim=explained(text("interim_reason"), text("interim_text")),
            **who,
        )

    return attempt(message_id, Action.SUBMIT_DRAFT, act, for_executor_page, sent)


@blueprint.post("/<int:message_id>/withdraw-draft")
@allow(Role.EXECUTOR, Role.CURATOR)
def withdraw(message_id: int) -> ResponseReturnValue:
    person = me()
    card = visible_card(message_id, person)
    drafting.withdraw_draft(message_id, seen_version(), actor=person, now=current_now())
    flash("Проект отозван: куратор его больше не видит. Текст на месте, можно править.", "success")
    mine = any(worker.person.id == person.id for worker in card.active)
    return see_other(url_for("drafting.answer" if mine else "drafting.for_executor", message_id=message_id))


def answer_page(message_id: int, typed: Typed | None = None, status: int = 200) -> Response:
    """The screen; `typed`: its form was refused."""
    person = me()
    view = answer_view(visible_card(message_id, person), person, current_now(), typed)
    checklist = checklist_of(view.card, view.editor.text, view.kind)
    earlier = earlier_answers(message_id)
    page = render_template(
        "answers/answer.html",
        view=view,
        typed=typed,
        kinds=KINDS,
        checklist=checklist,
        earlier=earlier,
        offers=offers_for(view.card, person),
    )
    return make_response(page, status)


def for_executor_page(message_id: int, typed: Typed | None = None, status: int = 200) -> Response:
    """The curator's form for what the executor told him."""
    person = me()
    view = answer_view(visible_card(message_id, person), person, current_now(), typed)
    page = render_template(
        "answers/for_executor.html",
        view=view,
        typed=typed,
        kinds=KINDS,
        ways=drafting.RECEIVED_BY,
        checklist=checklist_of(view.card, view.editor.text, view.kind),
        earlier=earlier_answers(message_id),
        offers=offers_for(view.card, person),
    )
    return make_response(page, status)


def sent(draft: Draft) -> Response:
    """Back to what waits next."""
    message = draft.reply.message
    said = Markup('<a href="{}">№ {}</a>: проект отправлен на согласование, версия {}. Отозвать его можно до решения.')
    flash(said.format(url_for("card.show", message_id=message.id), message.number, draft.number), "success")
    return see_other("/")


def init_app(app: Flask) -> None:
    app.jinja_env.filters["correction_of"] = correction_of
    app.register_blueprint(blueprint)
    has_editor(app, "answer", "drafting.answer", answer_page)
    has_editor(app, "for-executor", "drafting.for_executor", for_executor_page)
