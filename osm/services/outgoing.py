"""Acts that the program sends to a network, waiting or being sent (П.8).

Each function works in the transaction of its caller.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, select, update

from osm.extensions import db
from osm.regulation.comment_words import OutboxKind, OutboxState
from osm.services.errors import ServiceError
from osm.store.models import Comment, OutboxAction, User
from osm.store.queries.outgoing.stops import page_of_act


class SendingBegun(ServiceError):
    """The network has been asked already: the answer may stand there."""

    def __init__(self) -> None:
        super().__init__("Ответ уже отправляется в соцсеть, отменить нельзя. Дождитесь результата; ничего не изменено.")


def is_being_sent(action: OutboxAction, now: datetime) -> bool:
    """Whether a process is sending it at this moment: until that ends it may not be changed."""
    return action.leased_until is not None and action.leased_until > now


def being_sent(now: datetime) -> ColumnElement[bool]:
    """The same as a condition, never NULL."""
    return OutboxAction.leased_until.is_not(None) & (OutboxAction.leased_until > now)


def publication_of(message_id: int) -> OutboxAction | None:
    """The publication that waits or is under way for this message, locked; None where there is none."""
    return db.session.scalar(
        select(OutboxAction).where(*_waits(message_id)).order_by(OutboxAction.id.desc()).limit(1).with_for_update()
    )


def _waits(message_id: int) -> tuple[ColumnElement[bool], ...]:
    """The publication of this message is not settled."""
    is_publication = OutboxAction.kind == OutboxKind.PUBLISH
    return OutboxAction.message_id == message_id, is_publication, OutboxAction.state == OutboxState.PENDING


def hold_publication(message_id: int, words: str) -> None:
    """Leave the waiting publication to a person, who reads why, unless it is being sent, or was.

    A process that claims it has locked the row: then it is too late.
    """
    ids = db.session.scalars(select(OutboxAction.id).where(*_waits(message_id))).all()
    locked = select(OutboxAction).where(OutboxAction.id.in_(ids)).with_for_update(skip_locked=True)
    actions = db.session.scalars(locked.execution_options(populate_existing=True)).all()
    if len(actions) < len(ids) or any(one.sent_at is not None and not one.for_person for one in actions):
        return
    for one in actions:
        if not one.for_person:
            one.for_person, one.error, one.version = True, words, one.version + 1


def let_publication_go(message_id: int, words: str) -> None:
    """The opposite: send what these words have left to a person."""
    action = publication_of(message_id)
    if action is not None and action.for_person and action.error == words:
        action.for_person, action.error, action.version = False, "", action.version + 1


def withdraw_publication(message_id: int, *, actor: User | None, now: datetime, placed: bool = False) -> bool:
    """Nothing goes out any more; whether something was to. SendingBegun once the network has been asked.

    What the program has left to a person is withdrawn too: he has seen that it does not stand there. `placed`: he has
    placed it himself; then only what is being sent at this moment is in his way.
    """
    action = publication_of(message_id)
    if action is None:
        return False
    if is_being_sent(action, now) or (action.sent_at is not None and not action.for_person and not placed):
        raise SendingBegun
    action.state, action.settled_at = OutboxState.CANCELLED, now
    action.settled_by_id, action.version = actor.id if actor else None, action.version + 1
    return True


def leave_to_people(account_id: int, words: str, now: datetime) -> None:
    """A page stops or is switched off: people do its open acts, except those that are being sent."""
    of_page = select(OutboxAction.id).outerjoin(Comment, Comment.id == OutboxAction.comment_id)
    on_page = of_page.where(OutboxAction.state == OutboxState.PENDING, page_of_act() == account_id).correlate(None)
    db.session.execute(
        update(OutboxAction)
        .where(
            OutboxAction.state == OutboxState.PENDING,
            ~being_sent(now),
            OutboxAction.id.in_(on_page),
        )
        .values(for_person=True, error=words)
    )
