"""The curator's decisions (П.11): the list, the version with its difference, approve, correct, return, take back."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask, Response, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from osm.answers.acts.ordering import approve_and_order
from osm.answers.forms import has_editor, save_typed
from osm.answers.queries.drafting import earlier_answers
from osm.answers.views import checklist_of, override_words, reason_of_form
from osm.approvals import acts as approval
from osm.approvals import queries
from osm.approvals.views import approval_view, confirm_facts, fact_words, list_rows, remarks_of_form, ticked_remarks
from osm.base.application import current_now
from osm.messages.forms import run_on_message
from osm.models import Draft, OverrideReason
from osm.people import views as roster
from osm.regulation.errors import MissingInput
from osm.regulation.words import REASONS, Action, Role
from osm.shell import filters, requests
from osm.shell.access import Screens, me
from osm.shell.form_values import Typed, number, text
from osm.shell.frame import nav

blueprint = Screens("approvals", __name__, url_prefix="/approvals")


@blueprint.get("", Role.CURATOR)
def show() -> ResponseReturnValue:
    now = current_now()
    return render_template(
        "approvals/approvals.html",
        waiting=list_rows(queries.waiting_for_approval(), now),
        approved=list_rows(queries.approved_unpublished(), now),
    )


@blueprint.post("/<int:message_id>/approve", Role.CURATOR)
def approve(message_id: int) -> ResponseReturnValue:
    def act(message_id: int, version: int, **who: Any) -> Draft:
        draft_id, given = number("draft_id") or 0, reason_of_form()
        approve = partial(approval.approve_draft, message_id, version, draft_id=draft_id, override=given, **who)
        return approve_and_order(approve, message_id, **who)

    return run_on_message(message_id, Action.APPROVE_DRAFT, act, approval_page, _next("согласовано"))


@blueprint.post("/<int:message_id>/correct", Role.CURATOR)
def correct(message_id: int) -> ResponseReturnValue:
    def act(message_id: int, version: int, **who: Any) -> Draft:
        save_typed(message_id, version, **who)
        reply = roster.visible_card(message_id, who["actor"]).current_reply
        confirm_facts(reply.versions[0].text if reply and reply.versions else text("text"), text("text"))
        given: dict[str, Any] = {"draft_id": number("draft_id") or 0, "override": reason_of_form()}
        approve = partial(approval.correct_and_approve, message_id, version, text=text("text"), **given, **who)
        return approve_and_order(approve, message_id, **who)

    done = _next("исправлено и согласовано", unchanged="согласовано без правок")
    return run_on_message(message_id, Action.CORRECT_AND_APPROVE, act, approval_page, done)


@blueprint.post("/<int:message_id>/return", Role.CURATOR)
def return_(message_id: int) -> ResponseReturnValue:
    def act(message_id: int, version: int, **who: Any) -> Draft:
        draft_id = number("draft_id") or 0
        return approval.return_draft(message_id, version, draft_id=draft_id, remarks=remarks_of_form(), **who)

    return run_on_message(message_id, Action.RETURN_DRAFT, act, approval_page, _next("возвращено"))


@blueprint.post("/<int:message_id>/revoke", Role.CURATOR)
def revoke(message_id: int) -> ResponseReturnValue:
    """If somebody was quicker, `osm.shell.form_values` offers it again."""
    notice = "Согласование отозвано. Исполнитель увидит причину и доработает ответ."
    return run_on_message(
        message_id, Action.REVOKE_APPROVAL, partial(approval.revoke_approval, reason=text("reason")), approval_page,
        lambda _: requests.see_other(url_for("card.show", message_id=message_id), notice), refused=(MissingInput,),
    )  # fmt: skip


@blueprint.get("/<int:message_id>", Role.CURATOR, endpoint="decide")
def approval_page(message_id: int, typed: Typed | None = None) -> str:
    person = me()
    view = approval_view(roster.visible_card(message_id, person), person, current_now(), typed)
    of_version = checklist_of(view.card, view.version.text, "", view.version.submitted_at) if view.version else None
    return render_template(
        "approvals/approval.html", view=view, typed=typed, reasons=REASONS, ticked=ticked_remarks(typed, of_version),
        unsent_remarks=remarks_of_form() if typed else "", checklist=checklist_of(view.card, view.editor.text, ""),
        earlier=earlier_answers(message_id) if view.card.is_linked else [], of_version=of_version,
        override_reasons=tuple(OverrideReason.labels().items()),
    )  # fmt: skip


def _next(words: str, unchanged: str = "") -> Callable[[Draft], Response]:
    """Lead to the next waiting version, with its number in the words. `unchanged`: if no text was corrected."""

    def lead_on(draft: Draft) -> Response:
        message = draft.reply.message
        notice = filters.numbered(message, f"{unchanged if unchanged and not draft.is_correction else words}.")
        if draft.reply.approved_draft_id == draft.id:
            address = url_for("publishing.show", message_id=message.id)
            notice += Markup(' <a href="{}">Опубликовать</a>.').format(address)
        following = queries.next_for_approval(message.id, number("behind"))
        notice += Markup(" Дальше: {}.").format(following[1]) if following else " Больше ничего не ждёт решения."
        address = url_for("approvals.decide", message_id=following[0]) if following else url_for("approvals.show")
        return requests.see_other(address, notice)

    return lead_on


def init_app(app: Flask) -> None:
    app.jinja_env.filters["fact_words"] = fact_words
    app.jinja_env.filters["override_words"] = override_words
    has_editor(app, "approval", "approvals.decide", approval_page)
    nav.count_at(app, "/approvals", lambda _user, _now: nav.Asked((queries.NUMBER_WAITING,)))
