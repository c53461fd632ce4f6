"""The screens of one part (П.14): the executor's own, and the curator's where he enters it for him or returns it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint, Flask, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.errors import StaleVersion
from osm.regulation.words import Action, Role
from osm.services.answers.drafting import RECEIVED_BY
from osm.services.errors import NotFound
from osm.services.messages.routing import mark_opened
from osm.services.parts import parts
from osm.store.models import Part, PartText, User
from osm.store.queries.answers.earlier_answers import earlier_answers
from osm.store.queries.messages.card_parts import Card, Worker
from osm.web.access import allow, me
from osm.web.answers.autosave import ELSEWHERE, TAKEN, attach_photos, both_texts, has_editor, seen_at
from osm.web.filters import clock_time, numbered
from osm.web.form_values import Typed, number, seen_version, text
from osm.web.htmx import is_htmx, see_other
from osm.web.lock_waits import saves_itself
from osm.web.parts.view import part_view
from osm.web.run_act import Done, run_act, run_on_message
from osm.web.talk.view import see_notes
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
    see_notes(card, person)
    return own_page(message_id)


@blueprint.post("/<int:message_id>/part")
@allow(Role.EXECUTOR)
def send(message_id: int) -> ResponseReturnValue:
    def act(message_id: int, version: int, **who: Any) -> Part:
        worker, seen = save_part(message_id, **who), seen_version("part_version")
        if worker.version != seen:
            raise StaleVersion(seen, worker.version)
        attach_photos(message_id, **who)
        return parts.submit_part(worker.id, seen, text=text("text"), confirmed=text("confirmed") == "1", **who)

    return run_on_message(message_id, Action.SUBMIT_PART, act, own_page, _sent)


@blueprint.get("/<int:message_id>/parts/<int:assignment_id>")
@allow(Role.CURATOR)
def enter(message_id: int, assignment_id: int) -> ResponseReturnValue:
    return _enter_page(message_id, assignment_id)


@blueprint.post("/<int:message_id>/parts/<int:assignment_id>")
@allow(Role.CURATOR)
def send_for(message_id: int, assignment_id: int) -> ResponseReturnValue:
    def act(message_id: int, version: int, **who: Any) -> Part:
        save_part(message_id, **who)
        seen, received_by = seen_version("part_version"), text("received_by")
        return parts.enter_part(assignment_id, seen, text=text("text"), received_by=received_by, **who)

    def again(message_id: int, typed: Typed) -> str:
        return _enter_page(message_id, assignment_id, typed)

    return run_on_message(message_id, Action.SUBMIT_PART, act, again, _entered)


@blueprint.post("/<int:message_id>/parts/<int:assignment_id>/text")
@allow(Role.EXECUTOR, Role.CURATOR)
@saves_itself
def save(message_id: int, assignment_id: int) -> ResponseReturnValue:
    def done(row: PartText, here: str) -> ResponseReturnValue:
        if is_htmx():
            return render_template("answers/_saved.html", row=row)
        return see_other(here, f"Сохранено {clock_time(row.saved_at)}. Отправить можно позже.")

    return _run(message_id, assignment_id, _save, done)


@blueprint.post("/<int:message_id>/parts/<int:assignment_id>/take/<int:user_id>")
@allow(Role.EXECUTOR)
def take(message_id: int, assignment_id: int, user_id: int) -> ResponseReturnValue:
    """The text of an absent colleague goes into the editor of whoever has his part now."""

    def act(worker: Worker, **who: Any) -> None:
        parts.take_over_part_text(worker.id, of_id=user_id, text=text("text"), seen_at=seen_at(), **who)

    return _run(message_id, assignment_id, act, lambda _, here: see_other(here, TAKEN))


def own_page(message_id: int, typed: Typed | None = None) -> str:
    """The executor's screen; `typed`: its form was refused."""
    person = me()
    card = visible_card(message_id, person)
    worker = own_worker(card, person)
    if worker is None:
        raise NotFound
    view = part_view(card, worker, person, current_now(), typed)
    return render_template("parts/own.html", view=view, typed=typed, earlier=earlier_answers(message_id))


def save_part(message_id: int, actor: User, now: datetime) -> Worker:
    """Before anything else is decided about a form: its text is safe, even if the work is another's by now."""
    worker = _worker(visible_card(message_id, actor), number("assignment_id") or 0)
    _save(worker, actor, now)
    return worker


def _enter_page(message_id: int, assignment_id: int, typed: Typed | None = None) -> str:
    person = me()
    card = visible_card(message_id, person)
    view = part_view(card, _worker(card, assignment_id), person, current_now(), typed)
    return render_template(
        "parts/enter.html", view=view, typed=typed, ways=RECEIVED_BY, earlier=earlier_answers(message_id)
    )


def _worker(card: Card, assignment_id: int) -> Worker:
    """The row of this message; an executor reaches no other than his own. Raises NotFound."""
    person = me()
    for worker in card.workers:
        if worker.id == assignment_id and (person.has(Role.CURATOR) or worker.person.id == person.id):
            return worker
    raise NotFound


def _save(worker: Worker, actor: User, now: datetime) -> PartText:
    return parts.save_part_text(worker.id, text=text("text"), seen_at=seen_at(), actor=actor, now=now)


def _run(
    message_id: int, assignment_id: int, act: Callable[..., Done], done: Callable[[Done, str], ResponseReturnValue]
) -> ResponseReturnValue:
    """`done` gets the address of the part. Another window was quicker: both texts, for htmx beside the editor."""
    person = me()
    worker = _worker(visible_card(message_id, person), assignment_id)
    mine, place = worker.person.id == person.id, partial(url_for, message_id=message_id)
    here = place("parts.own") if mine else place("parts.enter", assignment_id=assignment_id)

    def again(typed: Typed) -> str:
        return own_page(message_id, typed) if mine else _enter_page(message_id, assignment_id, typed)

    def beside(typed: Typed) -> Response:
        view = part_view(visible_card(message_id, person), worker, person, current_now(), typed)
        return both_texts(view, typed.words, here, save=place("parts.save", assignment_id=assignment_id))

    return run_act(
        partial(act, worker), again, lambda row: done(row, here),
        action=Action.SUBMIT_PART, refused=ELSEWHERE, fragment=beside,
    )  # fmt: skip


def _sent(part: Part) -> Response:
    said = "информация отправлена куратору. Сводный ответ пишет он."
    return see_other("/", numbered(part.assignment.message, said))


def _entered(part: Part) -> Response:
    said = f"Внесено: информация, {part.author.name}. За достоверность отвечает исполнитель (п. 18)."
    return see_other(url_for("common.show", message_id=part.assignment.message_id), said)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    has_editor(app, "part", "parts.own", own_page, save_part)
