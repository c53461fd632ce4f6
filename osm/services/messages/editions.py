"""A later export says something else than people have read: an approved answer is held, and they say that they know."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.errors import StaleVersion
from osm.regulation.words import Status
from osm.services.acts import current_reply, load_message
from osm.services.errors import NotFound, ServiceError
from osm.services.log.log import record
from osm.services.outgoing import hold_publication, let_publication_go
from osm.store.models import EditionLook, Message, MessageEdition, User
from osm.store.queries.imports.editions import is_held
from osm.store.transaction import transaction

EDITION = "message_edition"
"""Kind of object in the log."""
SEEN, FITS = "edition_seen", "answer_fits"
"""Actions of the log."""

WHY_HELD = (
    "Придержано: сообщение изменилось в ИМ после согласования. Посмотрите, что изменилось, и нажмите «Ответ годится» "
    "или верните ответ на доработку."
)


class AnswerHeld(ServiceError):
    """The message has changed since the answer was approved, and the curator has not confirmed it."""

    def __init__(self) -> None:
        super().__init__(f"{WHY_HELD} Ничего не отправлено.")


def hold_answer(message: Message) -> int | None:
    """The approved answer that was not sent yet waits; its version, None where there is none. In the caller's
    transaction, which has locked the message.

    What is being sent at this moment is not stopped; no later try begins.
    """
    reply = current_reply(message) if message.status is Status.APPROVED else None
    if reply is None or reply.approved_draft is None:
        return None
    hold_publication(message.id, WHY_HELD)
    return reply.approved_draft.id


def check_not_held(draft_id: int) -> None:
    """Raises AnswerHeld."""
    if is_held(draft_id):
        raise AnswerHeld


def look(message_id: int, edition_id: int, *, actor: User, now: datetime) -> bool:
    """«Просмотрено»: this person knows what changed, up to this edition; False: he said so before.

    The version stays: nothing was decided about the message. Raises NotFound.
    """
    with transaction() as session:
        message = load_message(message_id)  # locked: a second press at the same moment is no second look
        edition = _edition(message_id, edition_id)
        same = (EditionLook.edition_id == edition.id, EditionLook.user_id == actor.id)
        if session.scalar(select(EditionLook.id).where(*same)) is not None:
            return False
        session.add(EditionLook(edition_id=edition.id, user_id=actor.id, seen_at=now))
        record(SEEN, at=now, actor=actor, message=message, object_kind=EDITION, object_id=edition.id)
        return True


def answer_fits(message_id: int, version: int, edition_id: int, *, actor: User, now: datetime) -> Message:
    """«Ответ годится»: the approved answer goes out although the message has changed.

    `version`: of the message that the person saw, so that no later change is let through.
    Raises NotFound, StaleVersion.
    """
    with transaction() as session:
        message = load_message(message_id)
        if message.version != version:
            raise StaleVersion(version, message.version)
        edition = _edition(message_id, edition_id)
        reply = current_reply(message)
        draft_id = reply.approved_draft_id if reply else None
        if draft_id is None:
            raise StaleVersion(version, message.version)
        held = select(MessageEdition).where(
            MessageEdition.message_id == message_id,
            MessageEdition.holds_draft_id == draft_id,
            MessageEdition.released_at.is_(None),
            MessageEdition.id <= edition.id,
        )
        for one in session.scalars(held.order_by(MessageEdition.id)).all():
            one.released_at, one.released_by_id = now, actor.id
            record(FITS, at=now, actor=actor, message=message, clause="П.11", object_kind=EDITION, object_id=one.id)
        session.flush()
        look(message_id, edition_id, actor=actor, now=now)
        if not is_held(draft_id):
            let_publication_go(message_id, WHY_HELD)
        return message


def _edition(message_id: int, edition_id: int) -> MessageEdition:
    edition = db.session.get(MessageEdition, edition_id)
    if edition is None or edition.message_id != message_id or edition.recalled_at is not None:
        raise NotFound("Изменение")
    return edition
