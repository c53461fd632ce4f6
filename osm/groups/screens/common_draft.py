"""The curator writes the common answer next to the parts (П.14): insert, return, «Согласовать и опубликовать»."""

from dataclasses import replace
from typing import Any

from flask import Flask, Response, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.answers.acts.templates import Explained, explained
from osm.answers.forms import add_text, back, has_editor, offers_for, reply_of_form, save_typed, sent
from osm.answers.queries.drafting import earlier_answers
from osm.answers.views import KINDS, OVERRIDE_LABELS, answer_view, checklist_of, reason_of_form, term_of
from osm.approvals.acts import approval
from osm.base.application import current_now
from osm.base.errors import NotFound, ServiceError, must_exist
from osm.groups.acts import members
from osm.groups.views.parts import part_lines, rework_after_draft
from osm.messages.forms import happened_since, run_on_message
from osm.models import Draft, Part
from osm.people.views import visible_card
from osm.regulation.words import Action, Role, Status
from osm.shell import filters, requests
from osm.shell.access import Screens, me
from osm.shell.form_values import Typed, asked_id, seen_version, text

blueprint = Screens("common", __name__, url_prefix="/messages")


@blueprint.get("/<int:message_id>/common/news", Role.CURATOR)
def news(message_id: int) -> ResponseReturnValue:
    """Polled by the open page: new events, shown once; text being typed is not replaced."""
    card, seen = visible_card(message_id, me()), asked_id("seen") or 0
    if card.version == asked_id("told"):
        return "", 204
    return render_template("parts/_news.html", card=card, seen=seen, happened=happened_since(message_id, seen))


@blueprint.post("/<int:message_id>/common", Role.CURATOR)
def approve(message_id: int) -> ResponseReturnValue:
    if approval.second_person_approves():
        return run_on_message(message_id, Action.SUBMIT_DRAFT, _submit, common_page, sent)
    return run_on_message(message_id, Action.APPROVE_DRAFT, _approve, common_page, _approved)


@blueprint.post("/<int:message_id>/common/parts/<int:assignment_id>", Role.CURATOR)
def insert(message_id: int, assignment_id: int) -> ResponseReturnValue:
    """Without scripts: append the part to the typed text and save everything."""
    person = me()
    card, reply_id = visible_card(message_id, person), reply_of_form(message_id)
    if reply_id is None:
        raise ServiceError("Ответ уже опубликован или закрыт. Вставлять информацию некуда.")
    part = must_exist(
        next((worker.sent for worker in card.workers if worker.id == assignment_id and worker.sent), None)
    )
    add_text(reply_id, part.text, actor=person, now=current_now())
    return back(message_id)


@blueprint.post("/<int:message_id>/parts/<int:assignment_id>/return", Role.CURATOR)
def return_part(message_id: int, assignment_id: int) -> ResponseReturnValue:
    def act(message_id: int, _version: int, **who: Any) -> Part:
        if all(worker.id != assignment_id for worker in visible_card(message_id, who["actor"]).workers):
            raise NotFound
        return members.return_part(assignment_id, seen_version("part_version"), remarks=text("remarks"), **who)

    def again(message_id: int, typed: Typed) -> str:
        return common_page(message_id, typed, returning=assignment_id)

    return run_on_message(message_id, Action.RETURN_PART, act, again, _returned)


@blueprint.get("/<int:message_id>/common", Role.CURATOR, endpoint="show")
def common_page(message_id: int, typed: Typed | None = None, returning: int = 0) -> str:
    """`typed`: a refused form to show again; `returning`: the assignment to which it belonged."""
    person, now = me(), current_now()
    card = visible_card(message_id, person)
    # Each task is shown next to its part, so not above the text again.
    view = replace(answer_view(card, person, now, None if returning else typed), tasks=())
    return render_template(
        "parts/common.html", view=view, typed=typed, returning=returning,
        can_write=card.is_shared and card.status in (Status.IN_WORK, Status.REWORK),
        term=term_of(card, now, Role.CURATOR), lines=part_lines(card, now), rework_until=rework_after_draft(card, now),
        kinds=KINDS, checklist=checklist_of(card, view.editor.text, view.kind),
        override_reasons=tuple(OVERRIDE_LABELS.items()), second_person=approval.second_person_approves(),
        earlier=earlier_answers(message_id) if card.is_linked else [], offers=offers_for(card, person),
    )  # fmt: skip


def _approve(message_id: int, version: int, **who: Any) -> Draft:
    save_typed(message_id, version, **who)
    given = reason_of_form()
    return members.approve_common(
        message_id, version, text=text("text"), kind=text("kind"), interim=_interim(), override=given, **who
    )


def _submit(message_id: int, version: int, **who: Any) -> Draft:
    save_typed(message_id, version, **who)
    return members.submit_common(message_id, version, text=text("text"), kind=text("kind"), interim=_interim(), **who)


def _interim() -> Explained | None:
    return explained(text("interim_reason"), text("interim_text"))


def _approved(draft: Draft) -> Response:
    message, notice = draft.reply.message, "сводный ответ согласован. Разместите его в сети и внесите ссылку."
    return requests.see_other(url_for("publishing.show", message_id=message.id), filters.numbered(message, notice))


def _returned(part: Part) -> Response:
    notice = f"Возвращено с замечаниями: {part.author.name}. На доработку час (п. 12)."
    return requests.see_other(url_for("common.show", message_id=part.assignment.message_id), notice)


def init_app(app: Flask) -> None:
    has_editor(app, "common", "common.show", common_page)
