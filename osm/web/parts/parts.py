"""The screens of one part (П.14): the executor's own, and the curator's where he enters it for him or returns it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Flask, Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from osm.clock import current_now
from osm.extensions import db
from osm.regulation.errors import StaleVersion
from osm.regulation.words import Action, Role
from osm.services.answers.drafting import RECEIVED_BY
from osm.services.errors import NotFound, TextChangedElsewhere
from osm.services.files.attachments import attach_reply_photos
from osm.services.messages.routing import mark_opened
from osm.services.parts import parts
from osm.store.models import Part, PartText, User
from osm.store.queries.answers.earlier_answers import earlier_answers
from osm.store.queries.messages.card_parts import Card, Worker
from osm.web.access import allow
from osm.web.acting import Typed, me, number, text, typed_values, uploads
from osm.web.answers.keeping import TAKEN, has_editor, seen_at
from osm.web.attempt import attempt
from osm.web.filters import clock_time
from osm.web.htmx import is_htmx, see_other
from osm.web.parts.view import part_view
from osm.web.visible import own_worker, visible_card

blueprint = Blueprint("parts", __name__, url_prefix="/messages")


@blueprint.get("/<int:message_id>/part")
@allow(Role.EXECUTOR)
def own(message_id: int) -> ResponseReturnValue:
    person = me()
    card = visible_card(message_id, person)
    if own_worker(card, person) is None:
        return redirect(url_for("drafting.answer", message_id=message_id), 303)
    if any(worker.person.id == person.id and worker.opened_at is None for worker in card.active):
        mark_opened(message_id, actor=person, now=current_now())
    return own_page(message_id)


@blueprint.post("/<int:message_id>/part")
@allow(Role.EXECUTOR)
def send(message_id: int) -> ResponseReturnValue:
    def act(message_id: int, version: int, **who: Any) -> Part:
        worker = keep_part(message_id, **who)
        if worker.version != _part_version():
            raise StaleVersion(_part_version(), worker.version)
        _attach(message_id, **who)
        return parts.submit_part(
            worker.id, _part_version(), text=text("text"), confirmed=text("confirmed") == "1", **who
        )

    return attempt(message_id, Action.SUBMIT_PART, act, own_page, _sent)


@blueprint.get("/<int:message_id>/parts/<int:assignment_id>")
@allow(Role.CURATOR)
def enter(message_id: int, assignment_id: int) -> ResponseReturnValue:
    return _enter_page(message_id, assignment_id)


@blueprint.post("/<int:message_id>/parts/<int:assignment_id>")
@allow(Role.CURATOR)
def send_for(message_id: int, assignment_id: int) -> ResponseReturnValue:
    def act(message_id: int, version: int, **who: Any) -> Part:
        keep_part(message_id, **who)
        return parts.enter_part(
            assignment_id, _part_version(), text=text("text"), received_by=text("received_by"), **who
        )

    def again(message_id: int, typed: Typed, status: int) -> Response:
        return _enter_page(message_id, assignment_id, typed, status)

    return attempt(message_id, Action.SUBMIT_PART, act, again, _entered)


@blueprint.post("/<int:message_id>/parts/<int:assignment_id>/text")
@allow(Role.EXECUTOR, Role.CURATOR)
def save(message_id: int, assignment_id: int) -> ResponseReturnValue:
    person, worker = me(), _worker(visible_card(message_id, me()), assignment_id)
    try:
        row = _save(worker, person, current_now())
    except TextChangedElsewhere as error:
        return _elsewhere(message_id, worker, person, error)
    if is_htmx():
        return render_template("answers/_saved.html", row=row)
    flash(f"Сохранено {clock_time(row.saved_at)}. Отправить можно позже.", "success")
    return see_other(_address(worker, person, message_id))


@blueprint.post("/<int:message_id>/parts/<int:assignment_id>/take/<int:user_id>")
@allow(Role.EXECUTOR)
def take(message_id: int, assignment_id: int, user_id: int) -> ResponseReturnValue:
    """The text of an absent colleague goes into the editor of whoever has his part now."""
    person = me()
    worker = _worker(visible_card(message_id, person), assignment_id)
    try:
        parts.take_over_part_text(
            worker.id, of_id=user_id, text=text("text"), seen_at=seen_at(), actor=person, now=current_now()
        )
    except TextChangedElsewhere as error:
        return _elsewhere(message_id, worker, person, error)
    flash(TAKEN, "success")
    return see_other(_address(worker, person, message_id))


def own_page(message_id: int, typed: Typed | None = None, status: int = 200) -> Response:
    """The executor's screen; `typed`: its form was refused."""
    person = me()
    card = visible_card(message_id, person)
    worker = own_worker(card, person)
    if worker is None:
        raise NotFound
    view = part_view(card, worker, person, current_now(), typed)
    page = render_template("parts/own.html", view=view, typed=typed, earlier=earlier_answers(message_id))
    return make_response(page, status)


def keep_part(message_id: int, actor: User, now: datetime) -> Worker:
    """Before anything else is decided about a form: its text is safe, even if the work is another's by now."""
    worker = _worker(visible_card(message_id, actor), number("assignment_id") or 0)
    _save(worker, actor, now)
    return worker


def _enter_page(message_id: int, assignment_id: int, typed: Typed | None = None, status: int = 200) -> Response:
    person = me()
    card = visible_card(message_id, person)
    view = part_view(card, _worker(card, assignment_id), person, current_now(), typed)
    page = render_template(
        "parts/enter.html", view=view, typed=typed, ways=RECEIVED_BY, earlier=earlier_answers(message_id)
    )
    return make_response(page, status)


def _part_version() -> int:
    return number("part_version") or 0


def _worker(card: Card, assignment_id: int) -> Worker:
    """The row of this message; an executor reaches no other than his own. Raises NotFound."""
    person = me()
    for worker in card.workers:
        if worker.id == assignment_id and (person.has(Role.CURATOR) or worker.person.id == person.id):
            return worker
    raise NotFound


def _save(worker: Worker, person: User, now: datetime) -> PartText:
    return parts.save_part_text(worker.id, text=text("text"), seen_at=seen_at(), actor=person, now=now)


def _attach(message_id: int, actor: User, now: datetime) -> None:
    if files := uploads("files"):
        attach_reply_photos(message_id, files, actor=actor, now=now)


def _elsewhere(message_id: int, worker: Worker, person: User, error: TextChangedElsewhere) -> Response:
    """Both texts: for htmx beside the editor, which stays as it is; without scripts the page with both."""
    db.session.rollback()
    typed = Typed(Action.SUBMIT_PART, typed_values(), {"text": str(error)})
    if not is_htmx():
        mine = worker.person.id == person.id
        return own_page(message_id, typed, 409) if mine else _enter_page(message_id, worker.id, typed, 409)
    view = part_view(visible_card(message_id, person), worker, person, current_now(), typed)
    here, kept_at = _address(worker, person, message_id), _save_address(message_id, worker)
    page = render_template("answers/_elsewhere_notice.html", view=view, said=error, here=here, save=kept_at)
    return make_response(page, 409, {"HX-Retarget": "#notices", "HX-Reswap": "innerHTML"})


def _address(worker: Worker, person: User, message_id: int) -> str:
    if worker.person.id == person.id:
        return url_for("parts.own", message_id=message_id)
    return url_for("parts.enter", message_id=message_id, assignment_id=worker.id)


def _save_address(message_id: int, worker: Worker) -> str:
    return url_for("parts.save", message_id=message_id, assignment_id=worker.id)


def _sent(part: Part) -> Response:
    message = part.assignment.message
    said = Markup('<a href="{}">№ {}</a>: информация отправлена куратору. Сводный ответ пишет он.')
    flash(said.format(url_for("card.show", message_id=message.id), message.number), "success")
    return see_other("/")


def _entered(part: Part) -> Response:
    flash(f"Внесено: информация, {part.author.name}. За достоверность отвечает исполнитель (п. 18).", "success")
    return see_other(url_for("common.show", message_id=part.assignment.message_id))


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    has_editor(app, "part", "parts.own", own_page, keep_part)
