"""The curator's decisions (П.11): what waits, the version with its difference, approve, mend, return, take back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from osm.clock import current_now
from osm.regulation.errors import MissingInput
from osm.regulation.words import Action, Role
from osm.services.approvals import approval
from osm.store.models import Draft
from osm.store.queries.answers.earlier_answers import earlier_answers
from osm.store.queries.approvals import approvals as waiting
from osm.web.access import allow
from osm.web.acting import Typed, me, number, seen_version, text
from osm.web.answers.checklist_view import checklist_of
from osm.web.answers.in_spite import IN_SPITE_LABELS, in_spite_words, reason_of_form
from osm.web.answers.keeping import has_editor, keep_typed
from osm.web.approvals.view import REASONS, approval_view, confirm_facts, fact_words, list_rows
from osm.web.attempt import attempt
from osm.web.htmx import see_other
from osm.web.nav import count_at
from osm.web.visible import visible_card

blueprint = Blueprint("approvals", __name__, url_prefix="/approvals")


@blueprint.get("")
@allow(Role.CURATOR)
def show() -> ResponseReturnValue:
    now = current_now()
    return render_template(
        "approvals/approvals.html",
        waiting=list_rows(waiting.waiting_for_approval(), now),
        approved=list_rows(waiting.approved_unpublished(), now),
    )


@blueprint.get("/<int:message_id>")
@allow(Role.CURATOR)
def decide(message_id: int) -> ResponseReturnValue:
    return approval_page(message_id)


@blueprint.post("/<int:message_id>/approve")
@allow(Role.CURATOR)
def approve(message_id: int) -> ResponseReturnValue:
    def act(message_id: int, version: int, **who: Any) -> Draft:
        draft_id, given = number("draft_id") or 0, reason_of_form()
        return approval.approve_draft(message_id, version, draft_id=draft_id, in_spite=given, **who)

    return attempt(message_id, Action.APPROVE_DRAFT, act, approval_page, lambda draft: _next(draft, "согласовано"))


@blueprint.post("/<int:message_id>/correct")
@allow(Role.CURATOR)
def correct(message_id: int) -> ResponseReturnValue:
    def act(message_id: int, version: int, **who: Any) -> Draft:
        keep_typed(message_id, version, **who)
        reply = visible_card(message_id, who["actor"]).current_reply
        confirm_facts(reply.versions[0].text if reply and reply.versions else text("text"), text("text"))
        draft_id, given = number("draft_id") or 0, reason_of_form()
        return approval.correct_and_approve(
            message_id, version, draft_id=draft_id, text=text("text"), in_spite=given, **who
        )

    return attempt(
        message_id,
        Action.CORRECT_AND_APPROVE,
        act,
        approval_page,
        lambda draft: _next(draft, "исправлено и согласовано" if draft.is_correction else "согласовано без правок"),
    )


@blueprint.post("/<int:message_id>/return")
@allow(Role.CURATOR)
def return_(message_id: int) -> ResponseReturnValue:
    def act(message_id: int, version: int, **who: Any) -> Draft:
        draft_id = number("draft_id") or 0
        return approval.return_draft(message_id, version, draft_id=draft_id, remarks=_remarks(), **who)

    return attempt(message_id, Action.RETURN_DRAFT, act, approval_page, lambda draft: _next(draft, "возвращено"))


@blueprint.post("/<int:message_id>/revoke")
@allow(Role.CURATOR)
def revoke(message_id: int) -> ResponseReturnValue:
    person = me()
    visible_card(message_id, person)
    try:
        approval.revoke_approval(message_id, seen_version(), reason=text("reason"), actor=person, now=current_now())
    except MissingInput as error:
        return approval_page(message_id, Typed(Action.REVOKE_APPROVAL, {}, {error.field: str(error)}), 422)
    flash("Согласование отозвано. Исполнитель увидит причину и доработает ответ.", "success")
    return see_other(url_for("card.show", message_id=message_id))


def approval_page(message_id: int, typed: Typed | None = None, status: int = 200) -> Response:
    """The screen; `typed`: one of its forms was refused."""
    person = me()
    view = approval_view(visible_card(message_id, person), person, current_now(), typed)
    page = render_template(
        "approvals/approval.html",
        view=view,
        typed=typed,
        reasons=REASONS,
        ticked=request.form.getlist("reasons") if typed else [],
        unsent_remarks=_remarks() if typed else "",
        checklist=checklist_of(view.card, view.editor.text, ""),
        earlier=earlier_answers(message_id),
        of_version=checklist_of(view.card, view.version.text, "") if view.version else None,
        in_spite_reasons=tuple(IN_SPITE_LABELS.items()),
    )
    return make_response(page, status)


def _remarks() -> str:
    """The ticked reasons and the curator's own words, a line each."""
    reasons = [reason for reason in request.form.getlist("reasons") if reason in REASONS]
    return "\n".join(filter(None, [*reasons, text("remarks").strip()]))


def _next(draft: Draft, words: str) -> Response:
    """To the version that waits next; its number is said, so that nobody takes it for the one just decided."""
    message = draft.reply.message
    said = Markup('<a href="{}">№ {}</a>: {}.').format(
        url_for("card.show", message_id=message.id), message.number, words
    )
    if draft.reply.approved_draft_id == draft.id:
        said += Markup(' <a href="{}">Опубликовать</a>.').format(url_for("publishing.show", message_id=message.id))
    following = waiting.next_for_approval(message.id)
    said += Markup(" Дальше: {}.").format(following[1]) if following else Markup(" Больше ничего не ждёт решения.")
    flash(said, "success")
    if following is None:
        return see_other(url_for("approvals.show"))
    return see_other(url_for("approvals.decide", message_id=following[0]))


def init_app(app: Flask) -> None:
    app.jinja_env.filters["fact_words"] = fact_words
    app.jinja_env.filters["in_spite_words"] = in_spite_words
    app.register_blueprint(blueprint)
    has_editor(app, "approval", "approvals.decide", approval_page)
    count_at(app, "/approvals", lambda _user, _now: waiting.count_waiting())
