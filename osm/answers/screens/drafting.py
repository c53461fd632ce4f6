"""Automatic saving of the text and photos, and the checklist of an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint, Flask, Response, current_app, render_template, url_for
from flask.typing import ResponseReturnValue

from osm.answers.acts import drafting
from osm.answers.queries.drafting import current_reply_id
from osm.answers.views import answer_view, checklist_of, common_checklist
from osm.clock import current_now
from osm.files.acts import files as acts_files
from osm.groups.queries import group_of
from osm.people.queries.absences import may_see
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import Action, Role
from osm.services.errors import NotFound, ServiceError, TextChangedElsewhere
from osm.store.models import DraftText, User
from osm.web.access import allow, me
from osm.web.filters import clock_time
from osm.web.form_values import Typed, number, text, uploads
from osm.web.htmx import in_place, is_htmx, see_other
from osm.web.lock_waits import saves_itself
from osm.web.roster import visible_card
from osm.web.run_act import run_act

# --- Automatic saving
autosave_blueprint = Blueprint("autosave", __name__, url_prefix="/messages")

TAKEN = "Текст коллеги теперь в вашем поле. Проверьте его: отправляя, отвечаете вы (п. 18)."
"""After a colleague's text was taken over."""

ELSEWHERE = (TextChangedElsewhere,)
"""Another window has saved first."""

Page = Callable[[int, Typed], ResponseReturnValue]
"""Shows a screen again for a message, with the values of a refused form."""
Save = Callable[..., object]
"""Saves the form's field `text` for a message, by `actor` at `now`."""


@dataclass(frozen=True, slots=True)
class EditorScreen:
    """A screen with the editor: its address and the function that shows it again."""

    endpoint: str
    page: Page
    save: Save


def has_editor(app: Flask, name: str, endpoint: str, page: Page, save: Save | None = None) -> None:
    """Register a screen with an editor. `name`: its hidden field `screen`; `save`: how its text is saved, if it is not
    the whole reply."""
    app.extensions["osm_editors"][name] = EditorScreen(endpoint, page, save or save_text)


@autosave_blueprint.post("/<int:message_id>/answer/text")
@allow(Role.EXECUTOR, Role.CURATOR)
@saves_itself
def save(message_id: int) -> ResponseReturnValue:
    if not is_htmx():
        return add_photos(message_id)
    return _run(message_id, save_text, lambda row: render_template("answers/_saved.html", row=row))


@autosave_blueprint.post("/<int:message_id>/answer/photos")
@allow(Role.EXECUTOR, Role.CURATOR)
def add_photos(message_id: int) -> ResponseReturnValue:
    return _with_photos(message_id, attach_photos)


@autosave_blueprint.post("/<int:message_id>/answer/photos/<int:attachment_id>/remove")
@allow(Role.EXECUTOR, Role.CURATOR)
def remove_photo(message_id: int, attachment_id: int) -> ResponseReturnValue:
    def remove(message_id: int, actor: User, now: datetime) -> None:
        reply = visible_card(message_id, actor).current_reply
        if reply is None or all(photo.id != attachment_id for photo in reply.photos):
            raise NotFound("Фото")
        acts_files.remove_reply_photo(attachment_id, actor=actor, now=now)

    return _with_photos(message_id, remove)


@autosave_blueprint.post("/<int:message_id>/answer/take/<int:user_id>")
@allow(Role.EXECUTOR, Role.CURATOR)
def take(message_id: int, user_id: int) -> ResponseReturnValue:
    """Take over the unsent text of an absent colleague."""
    reply_id = reply_of_form(message_id)
    if not may_see(me(), message_id) or reply_id is None:
        raise NotFound

    def act(_message_id: int, **who: Any) -> None:
        drafting.take_over_text(reply_id, of_id=user_id, text=text("text"), seen_at=seen_at(), **who)

    def done(_: object) -> Response:
        group_id = group_of(message_id)
        return see_other(url_for("groups.show", group_id=group_id) if group_id else address_of(message_id), TAKEN)

    return _run(message_id, act, done)


def save_typed(message_id: int, version: int, *, actor: User, now: datetime) -> None:
    """Save text and photos before the form is decided. Raises TextChangedElsewhere, StaleVersion, MissingInput
    (`files`); in the last two cases the text is saved."""
    if reply_of_form(message_id) is not None:
        save_text(message_id, actor, now)
    current = visible_card(message_id, actor).version
    if current != version:
        raise StaleVersion(version, current)
    attach_photos(message_id, actor, now)


def save_text(message_id: int, actor: User, now: datetime) -> DraftText:
    """Save the form's field `text` as this person's typing. Raises NotFound, TextChangedElsewhere, and ServiceError if
    there is no reply in work."""
    if not may_see(actor, message_id):
        raise NotFound
    reply_id = reply_of_form(message_id)
    if reply_id is None:
        raise ServiceError("Ответ уже опубликован или закрыт, сохранять некуда. Текст остался у вас: скопируйте его.")
    return drafting.save_text(reply_id, text=text("text"), seen_at=seen_at(), actor=actor, now=now)


def reply_of_form(message_id: int) -> int | None:
    """The reply in work, if the form was opened for it."""
    current = current_reply_id(message_id)
    return current if number("reply_id") in (None, current) else None


def seen_at() -> datetime | None:
    """When the text on this screen was last saved. `over`: the person decided to overwrite the saving of that time."""
    try:
        return datetime.fromisoformat(text("over") or text("saved_at"))
    except ValueError:
        return None


def add_text(reply_id: int, more: str, *, actor: User, now: datetime) -> None:
    """Without scripts: append to the typed text and save."""
    typed = text("text").rstrip()
    drafting.save_text(reply_id, text=f"{typed}\n\n{more}" if typed else more, seen_at=seen_at(), actor=actor, now=now)


def attach_photos(message_id: int, actor: User, now: datetime) -> None:
    if files := uploads("files"):
        acts_files.attach_reply_photos(message_id, files, actor=actor, now=now)


def both_texts(view: object, said: str, here: str, **more: object) -> Response:
    """For htmx: show the other window's text next to the editor, which is left as it is."""
    page = render_template("answers/_elsewhere_notice.html", view=view, said=said, here=here, **more)
    return in_place(page, "#notices")


def back(message_id: int) -> Response:
    return see_other(address_of(message_id))


def address_of(message_id: int) -> str:
    """Address of the screen that sent the form."""
    return url_for(_screen(message_id).endpoint, message_id=message_id)


def _run(message_id: int, act: Save, done: Callable[[Any], ResponseReturnValue]) -> ResponseReturnValue:
    """Run the act. If another window has saved first, show both texts: next to the editor for htmx, otherwise on the
    page."""

    def beside(typed: Typed) -> Response:
        view = answer_view(visible_card(message_id, me()), me(), current_now(), typed)
        return both_texts(view, typed.words, address_of(message_id))

    return run_act(
        partial(act, message_id), partial(_page, message_id), done,
        action=Action.SUBMIT_DRAFT, refused=ELSEWHERE, fragment=beside,
    )  # fmt: skip


def _with_photos(message_id: int, act: Save) -> ResponseReturnValue:
    """For htmx only the photos; without scripts the whole form is sent, and its text is saved too."""
    if not may_see(me(), message_id):
        raise NotFound

    def both(**who: Any) -> None:
        if not is_htmx():
            screen = _screens().get(text("screen"))
            (screen.save if screen else save_text)(message_id, **who)
        act(message_id, **who)

    def photos(typed: Typed | None) -> str:
        view = answer_view(visible_card(message_id, me()), me(), current_now())
        return render_template("answers/_photos.html", view=view, problem=typed.words if typed else "")

    def done(_: object) -> ResponseReturnValue:
        if is_htmx():
            return photos(None)
        return see_other(address_of(message_id), f"Сохранено {clock_time(current_now())}. Отправить можно позже.")

    return run_act(
        both, partial(_page, message_id), done,
        action=Action.SUBMIT_DRAFT, refused=(*ELSEWHERE, MissingInput), fragment=photos,
    )  # fmt: skip


def _page(message_id: int, typed: Typed) -> ResponseReturnValue:
    """Show the screen that sent the form, with the typed values."""
    return _screen(message_id).page(message_id, typed)


def _screens() -> dict[str, EditorScreen]:
    screens: dict[str, EditorScreen] = current_app.extensions["osm_editors"]
    return screens


def _screen(message_id: int) -> EditorScreen:
    """The screen that sent the form; if it is unknown, the one where this person answers."""
    if known := _screens().get(text("screen")):
        return known
    card = visible_card(message_id, me())
    if any(worker.person.id == me().id for worker in card.active):
        return _screens()["answer"]
    return _screens()["common" if card.is_shared else "for-executor"]


# --- Checklist
checking_blueprint = Blueprint("checking", __name__, url_prefix="/messages")


@checking_blueprint.post("/<int:message_id>/answer/check")
@allow(Role.EXECUTOR, Role.CURATOR)
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


def init_app(app: Flask) -> None:
    app.extensions["osm_editors"] = {}
    app.register_blueprint(autosave_blueprint)
    app.register_blueprint(checking_blueprint)
