"""The executor's screen with editor, photos and submission; automatic saving, and the checklist of an answer."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from flask import Flask, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.answers import forms
from osm.answers.acts import drafting, templates
from osm.answers.forms import (
    has_editor,
    offers_for,
    save_typed,
    sent,
)
from osm.answers.queries.drafting import (
    earlier_answers,
)
from osm.answers.views import KINDS, answer_view, checklist_of, common_checklist
from osm.base.application import current_now
from osm.base.errors import NotFound
from osm.files.acts import files as acts_files
from osm.groups.queries import group_of
from osm.messages.forms import run_on_message
from osm.messages.queries.parts import Card
from osm.models import Draft, User
from osm.people.queries.absences import may_see
from osm.people.views import own_worker, visible_card
from osm.regulation.errors import MissingInput
from osm.regulation.words import Action, Role
from osm.shell.access import Screens, me
from osm.shell.filters import clock_time
from osm.shell.form_values import Typed, number, seen_version, text
from osm.shell.requests import is_htmx, see_other
from osm.shell.run_act import run_act
from osm.shell.turns import saves_itself
from osm.talk.views import opened

# --- Automatic saving
autosave_blueprint = Screens("autosave", __name__, url_prefix="/messages")


@autosave_blueprint.post("/<int:message_id>/answer/text", Role.EXECUTOR, Role.CURATOR)
@saves_itself
def save(message_id: int) -> ResponseReturnValue:
    if not is_htmx():
        return add_photos(message_id)
    return _run(message_id, forms.save_text, lambda row: render_template("answers/_saved.html", row=row))


@autosave_blueprint.post("/<int:message_id>/answer/photos", Role.EXECUTOR, Role.CURATOR)
def add_photos(message_id: int) -> ResponseReturnValue:
    return _with_photos(message_id, forms.attach_photos)


@autosave_blueprint.post("/<int:message_id>/answer/photos/<int:attachment_id>/remove", Role.EXECUTOR, Role.CURATOR)
def remove_photo(message_id: int, attachment_id: int) -> ResponseReturnValue:
    def remove(message_id: int, actor: User, now: datetime) -> None:
        reply = visible_card(message_id, actor).current_reply
        if reply is None or all(photo.id != attachment_id for photo in reply.photos):
            raise NotFound("Фото")
        acts_files.remove_reply_photo(attachment_id, actor=actor, now=now)

    return _with_photos(message_id, remove)


@autosave_blueprint.post("/<int:message_id>/answer/take/<int:user_id>", Role.EXECUTOR, Role.CURATOR)
def take(message_id: int, user_id: int) -> ResponseReturnValue:
    reply_id = forms.reply_of_form(message_id)
    if not may_see(me(), message_id) or reply_id is None:
        raise NotFound

    def act(_message_id: int, **who: Any) -> None:
        drafting.take_over_text(reply_id, of_id=user_id, text=text("text"), seen_at=forms.seen_at(), **who)

    def done(_: object) -> Response:
        group_id = group_of(message_id)
        return see_other(
            url_for("groups.show", group_id=group_id) if group_id else forms.address_of(message_id), forms.TAKEN
        )

    return _run(message_id, act, done)


def _run(message_id: int, act: forms.Save, done: Callable[[Any], ResponseReturnValue]) -> ResponseReturnValue:
    """Run the act. If another window has saved first, show both texts; for htmx next to the editor."""

    def beside(typed: Typed) -> Response:
        view = answer_view(visible_card(message_id, me()), me(), current_now(), typed)
        return forms.both_texts(view, typed.words, forms.address_of(message_id))

    return run_act(
        partial(act, message_id), partial(_page, message_id), done,
        action=Action.SUBMIT_DRAFT, refused=forms.ELSEWHERE, fragment=beside,
    )  # fmt: skip


def _with_photos(message_id: int, act: forms.Save) -> ResponseReturnValue:
    """For htmx only the photos; without scripts the whole form is sent, and its text is saved too."""
    if not may_see(me(), message_id):
        raise NotFound

    def both(**who: Any) -> None:
        if not is_htmx():
            screen = forms.EDITORS.get().get(text("screen"))
            (screen.save if screen else forms.save_text)(message_id, **who)
        act(message_id, **who)

    def photos(typed: Typed | None) -> str:
        view = answer_view(visible_card(message_id, me()), me(), current_now())
        return render_template("answers/_photos.html", view=view, problem=typed.words if typed else "")

    def done(_: object) -> ResponseReturnValue:
        if is_htmx():
            return photos(None)
        return see_other(forms.address_of(message_id), f"Сохранено {clock_time(current_now())}. Отправить можно позже.")

    return run_act(
        both, partial(_page, message_id), done,
        action=Action.SUBMIT_DRAFT, refused=(*forms.ELSEWHERE, MissingInput), fragment=photos,
    )  # fmt: skip


def _page(message_id: int, typed: Typed) -> ResponseReturnValue:
    return forms._screen(message_id).page(message_id, typed)


# --- Checklist
checking_blueprint = Screens("checking", __name__, url_prefix="/messages")


@checking_blueprint.post("/<int:message_id>/answer/check", Role.EXECUTOR, Role.CURATOR)
def check(message_id: int) -> ResponseReturnValue:
    """The checklist of the typed text, not saved; 204 if it would look the same."""
    card = visible_card(message_id, me())
    if not is_htmx():
        return see_other(url_for("card.show", message_id=message_id))
    check_text = common_checklist if group_of(card.id) else checklist_of
    checklist = check_text(card, text("text"), text("kind"))
    if text("seen") == checklist.digest:
        return "", 204
    return render_template("answers/_checklist.html", checklist=checklist)


# --- The executor's screen
drafting_blueprint = Screens("drafting", __name__, url_prefix="/messages")


@drafting_blueprint.get("/<int:message_id>/answer", Role.EXECUTOR)
def answer(message_id: int) -> ResponseReturnValue:
    person = me()
    card = visible_card(message_id, person)
    if card.is_shared and own_worker(card, person):
        return redirect(url_for("parts.own", message_id=message_id), 303)
    return _drafting_page("answers/answer.html", opened(card, person))


@drafting_blueprint.post("/<int:message_id>/answer", Role.EXECUTOR)
def send(message_id: int) -> ResponseReturnValue:
    def act(message_id: int, version: int, **who: Any) -> Draft:
        save_typed(message_id, version, **who)
        return drafting.submit_draft(
            message_id, version, text=text("text"), kind=text("kind"), confirmed=text("confirmed") == "1",
            interim=templates.explained(text("interim_reason"), text("interim_text")), **who,
        )  # fmt: skip

    return run_on_message(message_id, Action.SUBMIT_DRAFT, act, answer_page, sent)


@drafting_blueprint.get("/<int:message_id>/for-executor", Role.CURATOR)
def for_executor(message_id: int) -> ResponseReturnValue:
    card = visible_card(message_id, me())
    if card.is_shared:
        return redirect(url_for("common.show", message_id=message_id), 303)
    return _drafting_page("answers/for_executor.html", card)


@drafting_blueprint.post("/<int:message_id>/for-executor", Role.CURATOR)
def send_for_executor(message_id: int) -> ResponseReturnValue:
    def act(message_id: int, version: int, **who: Any) -> Draft:
        save_typed(message_id, version, **who)
        return drafting.submit_for_executor(
            message_id, version, text=text("text"), kind=text("kind"), executor_id=number("executor_id"),
            received_by=text("received_by"), interim=templates.explained(text("interim_reason"), text("interim_text")),
            **who,
        )  # fmt: skip

    return run_on_message(message_id, Action.SUBMIT_DRAFT, act, for_executor_page, sent)


@drafting_blueprint.post("/<int:message_id>/withdraw-draft", Role.EXECUTOR, Role.CURATOR)
def withdraw(message_id: int) -> ResponseReturnValue:
    person = me()
    card = visible_card(message_id, person)
    drafting.withdraw_draft(message_id, seen_version(), actor=person, now=current_now())
    flash("Проект отозван: куратор его больше не видит. Текст на месте, можно править.", "success")
    mine = any(worker.person.id == person.id for worker in card.active)
    return see_other(url_for("drafting.answer" if mine else "drafting.for_executor", message_id=message_id))


def answer_page(message_id: int, typed: Typed | None = None) -> str:
    return _drafting_page("answers/answer.html", visible_card(message_id, me()), typed)


def for_executor_page(message_id: int, typed: Typed | None = None) -> str:
    return _drafting_page("answers/for_executor.html", visible_card(message_id, me()), typed)


def _drafting_page(template: str, card: Card, typed: Typed | None = None) -> str:
    person = me()
    view = answer_view(card, person, current_now(), typed)
    return render_template(
        template, view=view, typed=typed, kinds=KINDS, ways=drafting.RECEIVED_BY,
        checklist=checklist_of(view.card, view.editor.text, view.kind),
        earlier=earlier_answers(card.id) if card.is_linked else [], offers=offers_for(card, person),
    )  # fmt: skip


def init_app(app: Flask) -> None:
    has_editor(app, "answer", "drafting.answer", answer_page)
    has_editor(app, "for-executor", "drafting.for_executor", for_executor_page)
