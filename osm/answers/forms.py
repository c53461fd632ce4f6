"""Forms with an answer in them: the typed text, photos, days of control, and the screen that sent it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import zip_longest

from flask import Flask, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.answers.acts import drafting, ordering, promises, templates
from osm.answers.queries.drafting import current_reply_id, going_out, own_part_id
from osm.answers.queries.promises import TemplateRow, department_name, templates_for
from osm.answers.views import PublishingView, publishing_view
from osm.base.application import Memory, current_now
from osm.base.errors import NotFound, ServiceError, TextChangedElsewhere
from osm.base.types import OfRow
from osm.files.acts import files as acts_files
from osm.files.views import uploads
from osm.flow.acts.terms import local_day
from osm.groups.acts.members import save_part_text
from osm.groups.queries import group_of, leading_reply
from osm.messages.queries.parts import Card
from osm.models import Draft, DraftText, PartText, User
from osm.people.queries.absences import may_see
from osm.people.views import visible_card
from osm.regulation.errors import MissingInput, StaleVersion, refuse
from osm.regulation.words import ReplyKind
from osm.shell import filters
from osm.shell.access import me
from osm.shell.filters import numbered
from osm.shell.form_values import Typed, number, text
from osm.shell.requests import in_place, see_other

TAKEN = "Текст коллеги теперь в вашем поле. Проверьте его: отправляя, отвечаете вы (п. 18)."
"""After a colleague's text was taken over."""


ELSEWHERE = (TextChangedElsewhere,)  # another window has saved first


Page = Callable[[int, Typed], ResponseReturnValue]
"""Shows a screen again for a message, with the values of a refused form."""


Save = Callable[..., object]  # saves the form's field `text` for a message, by `actor` at `now`


@dataclass(frozen=True, slots=True)
class EditorScreen:
    endpoint: str
    page: Page
    save: Save


EDITORS: Memory[dict[str, EditorScreen]] = Memory(lambda _: {})


def has_editor(app: Flask, name: str, endpoint: str, page: Page, save: Save | None = None) -> None:
    """Register a screen with an editor; `name`: its hidden field; `save`: how it saves, if not the whole reply."""
    EDITORS.get(app)[name] = EditorScreen(endpoint, page, save or save_text)


def save_typed(message_id: int, version: int, *, actor: User, now: datetime) -> None:
    """Save text and photos before the form is decided. StaleVersion and MissingInput (`files`) leave the text saved."""
    if reply_of_form(message_id) is not None:
        save_text(message_id, actor, now)
    current = visible_card(message_id, actor).version
    StaleVersion.unless_seen(version, current)
    attach_photos(message_id, actor, now)


def save_text(message_id: int, actor: User, now: datetime) -> DraftText | PartText:
    """Save `text` as this person's typing, for his part where he is asked for one by now. NotFound,
    TextChangedElsewhere; ServiceError without a reply in work."""
    if not may_see(actor, message_id):
        raise NotFound
    if text("screen") == "answer" and (part_id := own_part_id(message_id, actor.id)):
        return save_part_text(part_id, text=text("text"), seen_at=seen_at(), actor=actor, now=now)
    reply_id = reply_of_form(message_id)
    if reply_id is None:
        raise ServiceError("Ответ уже опубликован или закрыт, сохранять некуда. Текст остался у вас: скопируйте его.")
    return drafting.save_text(reply_id, text=text("text"), seen_at=seen_at(), actor=actor, now=now)


def reply_of_form(message_id: int) -> int | None:
    """The reply in work, if the form was opened for it; that of the message that leads its common answer by now."""
    if text("screen") == "group" and (leading := leading_reply(message_id)):
        return leading
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


def both_texts(view: object, notice: str, here: str, **more: object) -> Response:
    """For htmx: show the other window's text next to the editor, which is left as it is."""
    page = render_template("answers/_elsewhere_notice.html", view=view, notice=notice, here=here, **more)
    return in_place(page, "#notices")


def back(message_id: int) -> Response:
    return see_other(address_of(message_id))


def address_of(message_id: int) -> str:
    return url_for(_screen(message_id).endpoint, message_id=message_id)


def _screen(message_id: int) -> EditorScreen:
    """The screen that sent the form; if it is unknown, the one where this person answers."""
    if known := EDITORS.get().get(text("screen")):
        return known
    card = visible_card(message_id, me())
    if any(worker.person.id == me().id for worker in card.active):
        return EDITORS.get()["answer"]
    return EDITORS.get()["common" if card.is_shared else "for-executor"]


def day_of(name: str) -> date | None:
    """Value of an <input type="date">, None if empty. Raises MissingInput."""
    return _day(text(name), name)


def controls_of_form() -> list[promises.Control] | None:
    """Control dates of the publishing form; None if it did not ask for them."""
    if text("controls") != "1":
        return None
    found = []
    for due, words, dropped, added in _control_rows():
        if added and not due.strip() and not words.strip():
            continue
        day = _day(due, "promises")
        if day is None and (added or not dropped.strip()):
            raise MissingInput("promises", "Укажите контрольную дату или напишите, почему она не нужна.")
        found.append(promises.Control(day or local_day(current_now()), words.strip(), dropped, added=bool(added)))
    return found


@dataclass(frozen=True, slots=True)
class ShownControl:
    """Values of one row of the form. `found`: the words in the answer that name the day."""

    due: str
    words: str
    dropped: str = ""
    added: str = ""


def controls_shown(view: PublishingView) -> list[ShownControl] | None:
    """Control dates for the publishing form: the typed ones, otherwise the days found in the approved text. None if the
    answer is not final. Promises of a common answer are asked for only with its first message."""
    if view.reply is None or view.version is None or not view.can_publish or view.reply.kind is not ReplyKind.FINAL:
        return None
    if text("controls") == "1":
        more = [ShownControl("", "", added="1")] if text("add_control") else []
        return [*(ShownControl(*row) for row in _control_rows()), *more]
    if promises.are_recorded(view.reply.id):
        return []
    text_of, written_at = view.version.text, view.version.submitted_at
    named = promises.proposed(
        text_of, network=view.card.network, kind=view.reply.kind, now=current_now(), written_at=written_at
    )
    return [ShownControl(control.due_on.isoformat(), control.words) for control in named]


def _control_rows() -> Iterator[tuple[str, str, str, str]]:
    """For each row of the form: day, words, reason for no control, and whether it was added by hand."""
    due, words, dropped, added = (
        request.form.getlist(f"control_{name}") for name in ("due", "words", "dropped", "added")
    )
    return zip_longest(due, words, dropped, added, fillvalue="")


def _day(value: str, name: str) -> date | None:
    day = filters.day_of(value.strip())
    refuse(name, value.strip() and day is None, "Дата не разобрана. Нужна дата, например 15.12.2026.")
    return day


def publishing_page(message_id: int, typed: Typed | None = None) -> str:
    person = me()
    view = publishing_view(visible_card(message_id, person), person, current_now())
    controls = controls_shown(view)
    return render_template("answers/publishing/publishing.html", view=view, typed=typed, controls=controls)


def publishing_row(message_id: int, typed: Typed | None = None) -> ResponseReturnValue:
    """The same in its row of the list; the page, where the program can place the answer or it is a common one."""
    person = me()
    view = publishing_view(visible_card(message_id, person), person, current_now())
    elsewhere = ordering.way_of(message_id) or going_out(message_id) or group_of(message_id)
    if not typed and (elsewhere or not view.can_publish):
        return see_other(url_for("publishing.show", message_id=message_id))
    return render_template("answers/publishing/_row.html", view=view, typed=typed, controls=controls_shown(view))


@dataclass(frozen=True, slots=True)
class Offer(OfRow):
    """A template with `text` filled in for the message."""

    row: TemplateRow
    text: str


def offers_for(card: Card, person: User) -> tuple[Offer, ...]:
    """Templates for the message's topic. The department is that of the person who prepares the answer. In a common
    answer, name and address stay fields, and «{приветствие}» is the only greeting."""
    if card.current_reply is None:
        return ()
    mine = next((worker for worker in card.active if worker.person.id == person.id), None)
    worker = mine or next(iter(card.active), None)
    together = group_of(card.id) is not None
    own = {"имя": drafting.given_name(card.author_name), "адрес": card.place}
    values = {
        **({} if together else own),
        "отдел": department_name(worker.department_id) if worker and worker.department_id else "",
    }
    return tuple(
        Offer(row, templates.filled(drafting.without_greeting(row.text) if together else row.text, values))
        for row in templates_for(card.topic_id)
    )


def sent(draft: Draft) -> Response:
    notice = f"проект отправлен на согласование, версия {draft.number}. Отозвать его можно до решения."
    return see_other("/", numbered(draft.reply.message, notice))
