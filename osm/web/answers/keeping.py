"""What is typed is kept on the server: the text as it is typed, the photos as they are chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Flask, Response, current_app, flash, make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.extensions import db
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import Action, Role
from osm.services.answers import drafting
from osm.services.errors import NotFound, ServiceError, TextChangedElsewhere
from osm.services.files import attachments
from osm.store.models import DraftText, User
from osm.store.queries.answers.drafting import current_reply_id
from osm.store.queries.groups.groups import group_of
from osm.store.queries.staff.visibility import may_see
from osm.web.access import allow
from osm.web.acting import Typed, me, number, text, typed_values, uploads
from osm.web.answers.drafting_view import answer_view
from osm.web.filters import clock_time
from osm.web.htmx import is_htmx, see_other
from osm.web.visible import visible_card

blueprint = Blueprint("keeping", __name__, url_prefix="/messages")


TAKEN = "Текст коллеги теперь в вашем поле. Проверьте его: отправляя, отвечаете вы (п. 18)."
"""Said of what an absent colleague had typed."""

Keep = Callable[[int, User, datetime], object]
"""Save the field `text` of the form for a message as this person's typing at this instant."""


@dataclass(frozen=True, slots=True)
class EditorScreen:
    """A screen with the text field: its view, and what shows it again with the values of a refused form."""

    endpoint: str
    page: Callable[[int, Typed, int], Response]
    keep: Keep | None = None


def has_editor(
    app: Flask, name: str, endpoint: str, page: Callable[[int, Typed, int], Response], keep: Keep | None = None
) -> None:
    """Say once for each screen with an editor where its form leads back to; `name`: its hidden field `screen`.

    `keep`: how its text is kept, where it is not that of the whole reply.
    """
    app.extensions["osm_editors"][name] = EditorScreen(endpoint, page, keep)


@blueprint.post("/<int:message_id>/answer/text")
@allow(Role.EXECUTOR, Role.CURATOR)
def save(message_id: int) -> ResponseReturnValue:
    if not is_htmx():
        return _with_photos(message_id, lambda person: _attach(message_id, person))
    try:
        row = keep_text(message_id, me(), current_now())
    except TextChangedElsewhere as error:
        return _elsewhere(message_id, error)
    return render_template("answers/_saved.html", row=row)


@blueprint.post("/<int:message_id>/answer/photos")
@allow(Role.EXECUTOR, Role.CURATOR)
def add_photos(message_id: int) -> ResponseReturnValue:
    return _with_photos(message_id, lambda person: _attach(message_id, person))


@blueprint.post("/<int:message_id>/answer/photos/<int:attachment_id>/remove")
@allow(Role.EXECUTOR, Role.CURATOR)
def remove_photo(message_id: int, attachment_id: int) -> ResponseReturnValue:
    def act(person: User) -> None:
        reply = visible_card(message_id, person).current_reply
        if reply is None or all(photo.id != attachment_id for photo in reply.photos):
            raise NotFound("Фото")
        attachments.remove_reply_photo(attachment_id, actor=person, now=current_now())

    return _with_photos(message_id, act)


@blueprint.post("/<int:message_id>/answer/take/<int:user_id>")
@allow(Role.EXECUTOR, Role.CURATOR)
def take(message_id: int, user_id: int) -> ResponseReturnValue:
    """The text of an absent colleague goes into the editor of whoever has his work now."""
    person, reply_id = me(), reply_of_form(message_id)
    if not may_see(person, message_id) or reply_id is None:
        raise NotFound
    try:
        drafting.take_over_text(
            reply_id, of_id=user_id, text=text("text"), seen_at=seen_at(), actor=person, now=current_now()
        )
    except TextChangedElsewhere as error:
        return _elsewhere(message_id, error)
    flash(TAKEN, "success")
    group_id = group_of(message_id)
    return see_other(url_for("groups.show", group_id=group_id)) if group_id else back(message_id)


def keep_typed(message_id: int, version: int, *, actor: User, now: datetime) -> None:
    """Before anything else is decided about a form: its text is safe, and its photos are where they belong.

    Raises TextChangedElsewhere, StaleVersion, MissingInput (`files`); in the latter two the text is kept.
    """
    if reply_of_form(message_id) is not None:
        keep_text(message_id, actor, now)
    current = visible_card(message_id, actor).version
    if current != version:
        raise StaleVersion(version, current)
    _attach(message_id, actor)


def keep_text(message_id: int, person: User, now: datetime) -> DraftText:
    """Save the field `text` of the form as this person's typing.

    Raises NotFound, TextChangedElsewhere, ServiceError where there is no reply any more to write.
    """
    if not may_see(person, message_id):
        raise NotFound
    reply_id = reply_of_form(message_id)
    if reply_id is None:
        raise ServiceError("Ответ уже опубликован или закрыт, сохранять некуда. Текст остался у вас: скопируйте его.")
    return drafting.save_text(reply_id, text=text("text"), seen_at=seen_at(), actor=person, now=now)


def reply_of_form(message_id: int) -> int | None:
    """The reply that is being worked on, if it is the one that this form was opened for."""
    current = current_reply_id(message_id)
    return current if number("reply_id") in (None, current) else None


def seen_at() -> datetime | None:
    """When the text on this screen was last saved; `over`: the person has chosen to write over what was saved then."""
    try:
        return datetime.fromisoformat(text("over") or text("saved_at"))
    except ValueError:
        return None


def _attach(message_id: int, person: User) -> None:
    files = uploads("files")
    if files:
        attachments.attach_reply_photos(message_id, files, actor=person, now=current_now())


def _with_photos(message_id: int, act: Callable[[User], None]) -> Response:
    """For htmx the photos alone; without scripts the whole form was sent, and its text is kept too."""
    person, problem = me(), ""
    if not may_see(person, message_id):
        raise NotFound
    try:
        if not is_htmx():
            _keep_of_form()(message_id, person, current_now())
        act(person)
    except TextChangedElsewhere as error:
        return _elsewhere(message_id, error)
    except MissingInput as error:
        problem = str(error)
    if is_htmx():
        view = answer_view(visible_card(message_id, person), person, current_now())
        page = render_template("answers/_photos.html", view=view, problem=problem)
        return make_response(page, 422 if problem else 200)
    if problem:
        return _again(message_id, Typed(Action.SUBMIT_DRAFT, typed_values(), {"files": problem}), 422)
    flash(f"Сохранено {clock_time(current_now())}. Отправить можно позже.", "success")
    return back(message_id)


def _elsewhere(message_id: int, error: TextChangedElsewhere) -> Response:
    """Both texts: for htmx beside the editor, which stays as it is; without scripts the page with both."""
    db.session.rollback()
    typed = Typed(Action.SUBMIT_DRAFT, typed_values(), {"text": str(error)})
    if not is_htmx():
        return _again(message_id, typed, 409)
    person = me()
    view = answer_view(visible_card(message_id, person), person, current_now(), typed)
    here = url_for(_screen(message_id).endpoint, message_id=message_id)
    page = render_template("answers/_elsewhere_notice.html", view=view, said=error, here=here)
    return make_response(page, 409, {"HX-Retarget": "#notices", "HX-Reswap": "innerHTML"})


def _again(message_id: int, typed: Typed, status: int) -> Response:
    """The screen from which the form came, with what was typed."""
    return _screen(message_id).page(message_id, typed, status)


def back(message_id: int) -> Response:
    return see_other(url_for(_screen(message_id).endpoint, message_id=message_id))


def _keep_of_form() -> Keep:
    """How the text of this form is kept; one that names no screen of ours is kept all the same."""
    screens: dict[str, EditorScreen] = current_app.extensions["osm_editors"]
    screen = screens.get(text("screen"))
    return (screen and screen.keep) or keep_text


def _screen(message_id: int) -> EditorScreen:
    """Where the form came from; one that names no screen of ours leads to the one on which this person answers."""
    screens: dict[str, EditorScreen] = current_app.extensions["osm_editors"]
    if known := screens.get(text("screen")):
        return known
    card = visible_card(message_id, me())
    if any(worker.person.id == me().id for worker in card.active):
        return screens["answer"]
    return screens["common" if card.is_shared else "for-executor"]


def init_app(app: Flask) -> None:
    app.extensions["osm_editors"] = {}
    app.register_blueprint(blueprint)
