"""Ready texts beside the editor: inserted at the caret, or by a plain form at the end; each use is counted."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Flask
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.words import ReplyKind, Role
from osm.services.answers import templates
from osm.services.answers.common_text import without_greeting
from osm.services.answers.template_fields import filled
from osm.services.errors import ServiceError
from osm.store.models import User
from osm.store.queries.answers.templates import department_name, templates_for
from osm.store.queries.groups.groups import group_of
from osm.store.queries.messages.card_parts import Card
from osm.web.access import allow, me
from osm.web.answers.autosave import add_text, back, reply_of_form
from osm.web.htmx import is_htmx
from osm.web.visible import visible_card

blueprint = Blueprint("inserting", __name__, url_prefix="/messages")


@dataclass(frozen=True, slots=True)
class Offer:
    """A ready text with what is known of the message put in."""

    id: int
    name: str
    kind: ReplyKind
    is_of_topic: bool
    text: str


def offers_for(card: Card, person: User) -> tuple[Offer, ...]:
    """The texts that fit the topic of the message. The department is that of whoever prepares the answer.

    In a common answer name and address stay fields for each message to fill in, and only «{приветствие}» greets.
    """
    if card.current_reply is None:
        return ()
    mine = next((worker for worker in card.active if worker.person.id == person.id), None)
    worker = mine or next(iter(card.active), None)
    together = group_of(card.id) is not None
    own = {"имя": templates.first_name(card.author_name), "адрес": card.place}
    values = {
        **({} if together else own),
        "отдел": department_name(worker.department_id) if worker and worker.department_id else "",
    }
    return tuple(
        Offer(
            row.id,
            row.name,
            row.kind,
            row.topic_id is not None,
            filled(without_greeting(row.text) if together else row.text, values),
        )
        for row in templates_for(card.topic_id)
    )


@blueprint.post("/<int:message_id>/answer/templates/<int:template_id>")
@allow(Role.EXECUTOR, Role.CURATOR)
def insert(message_id: int, template_id: int) -> ResponseReturnValue:
    """Count the use; without scripts the text is put behind what was typed, and everything is saved."""
    person, now = me(), current_now()
    card = visible_card(message_id, person)
    reply_id = reply_of_form(message_id)
    if reply_id is None:
        raise ServiceError("Ответ уже опубликован или закрыт. Вставлять шаблон некуда.")
    template = templates.use_template(template_id, reply_id, actor=person, now=now)
    if is_htmx():
        return "", 204
    ready = next((offer.text for offer in offers_for(card, person) if offer.id == template_id), template.text)
    add_text(reply_id, ready, actor=person, now=now)
    return back(message_id)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
