"""The executor's screen: one text field that saves itself, photos, sending for approval, taking it back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.words import Action, Role
from osm.services.answers import drafting
from osm.services.answers.interim import explained
from osm.services.messages.routing import mark_opened
from osm.store.models import Draft
from osm.store.queries.answers.earlier_answers import earlier_answers
from osm.web.access import allow, me
from osm.web.answers.autosave import has_editor, save_typed
from osm.web.answers.checklist_view import checklist_of
from osm.web.answers.drafting_view import KINDS, answer_view, correction_of
from osm.web.answers.inserting import offers_for
from osm.web.filters import numbered
from osm.web.form_values import Typed, number, seen_version, text
from osm.web.htmx import see_other
from osm.web.run_act import run_on_message
from osm.web.talk.view import see_notes
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
    see_notes(card, person)
    return answer_page(message_id)


@blueprint.post("/<int:message_id>/answer")
@allow(Role.EXECUTOR)
def send(message_id: int) -> ResponseReturnValue:
    def act(message_id: int, version: int, **who: Any) -> Draft:
        save_typed(message_id, version, **who)
        return drafting.submit_draft(
            message_id,
            version,
            text=text("text"),
            kind=text("kind"),
            confirmed=text("confirmed") == "1",
            interim=explained(text("interim_reason"), text("interim_text")),
            **who,
        )

    return run_on_message(message_id, Action.SUBMIT_DRAFT, act, answer_page, sent)


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
        save_typed(message_id, version, **who)
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

    return run_on_message(message_id, Action.SUBMIT_DRAFT, act, for_executor_page, sent)


@blueprint.post("/<int:message_id>/withdraw-draft")
@allow(Role.EXECUTOR, Role.CURATOR)
def withdraw(message_id: int) -> ResponseReturnValue:
    person = me()
    card = visible_card(message_id, person)
    drafting.withdraw_draft(message_id, seen_version(), actor=person, now=current_now())
    flash("Проект отозван: куратор его больше не видит. Текст на месте, можно править.", "success")
    mine = any(worker.person.id == person.id for worker in card.active)
    return see_other(url_for("drafting.answer" if mine else "drafting.for_executor", message_id=message_id))


def answer_page(message_id: int, typed: Typed | None = None) -> str:
    """The screen; `typed`: its form was refused."""
    return _page("answers/answer.html", message_id, typed)


def for_executor_page(message_id: int, typed: Typed | None = None) -> str:
    """The curator's form for what the executor told him."""
    return _page("answers/for_executor.html", message_id, typed)


def _page(template: str, message_id: int, typed: Typed | None) -> str:
    person = me()
    view = answer_view(visible_card(message_id, person), person, current_now(), typed)
    return render_template(
        template,
        view=view,
        typed=typed,
        kinds=KINDS,
        ways=drafting.RECEIVED_BY,
        checklist=checklist_of(view.card, view.editor.text, view.kind),
        earlier=earlier_answers(message_id),
        offers=offers_for(view.card, person),
    )


def sent(draft: Draft) -> Response:
    """Back to what waits next."""
    said = f"проект отправлен на согласование, версия {draft.number}. Отозвать его можно до решения."
    return see_other("/", numbered(draft.reply.message, said))


def init_app(app: Flask) -> None:
    app.jinja_env.filters["correction_of"] = correction_of
    app.register_blueprint(blueprint)
    has_editor(app, "answer", "drafting.answer", answer_page)
    has_editor(app, "for-executor", "drafting.for_executor", for_executor_page)
