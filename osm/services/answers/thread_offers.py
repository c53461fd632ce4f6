"""What was heard in a thread becomes a step upon its message by one press, or is none («не это»)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.comment_words import CommentState
from osm.regulation.errors import RegulationError, StaleVersion
from osm.regulation.words import Action
from osm.services.acts import load_message
from osm.services.answers import publication
from osm.services.errors import ServiceError
from osm.services.log.log import record
from osm.services.reading.office_rules import moderator
from osm.store.models import Comment, Decision, Message, OfferOutcome, OwnComment, Reply, ThreadOffer, User
from osm.store.queries.threads.offers import AFTER, answers_last_reply, open_offer
from osm.store.transaction import transaction


class OfferedNoLonger(ServiceError):
    """Somebody has settled it, or the message stands otherwise by now."""

    def __init__(self) -> None:
        super().__init__("Это уже не предлагается: кто-то решил раньше или комментарий исчез. Ничего не изменено.")


def take(message_id: int, version: int, offer_id: int, *, actor: User, now: datetime) -> Message:
    """It is what it is offered as: our publication (П.8), the author's answer, or his writing on (П.15).

    StaleVersion, OfferedNoLonger; whatever the step itself refuses.
    """
    with transaction():
        _lock_comment(offer_id)
        message = load_message(message_id)
        if message.version != version:
            raise StaleVersion(version, message.version)
        offer = _locked(offer_id, message_id)
        if offer.own is not None:
            _publish(message, offer.own, actor, now)
        elif offer.comment is not None:
            _write_on(message, offer.comment, actor, now)
        _settle(offer, OfferOutcome.TAKEN, actor, now)
        return message


def decline(message_id: int, version: int, offer_id: int, *, actor: User, now: datetime) -> Message:
    """«Не это»: a comment of the author goes on through the queue, ours is offered no more. As `take`."""
    with transaction():
        message = load_message(message_id)
        if message.version != version:
            raise StaleVersion(version, message.version)
        offer = _locked(offer_id, message_id)
        _settle(offer, OfferOutcome.DECLINED, actor, now)
        record(
            "offer_declined", at=now, actor=actor, message=message, object_kind="thread_offer", object_id=offer.id
        )  # fmt: skip
        return message


def take_by_itself(offer: ThreadOffer, now: datetime) -> bool:
    """The page says «сразу»: what answers our clarification by name is the author's answer; all else waits.

    So does what the rules mark, and what cannot be such a step: the offer stays for a person.
    """
    comment = offer.comment
    if comment is None or moderator().judge(comment.text).as_dict()["verdict"] != Decision.PASS:
        return False
    try:
        with transaction():
            message = load_message(offer.message_id)
            if AFTER.get(message.status) is not Action.AUTHOR_ANSWERED or not answers_last_reply(comment, message.id):
                return False
            if open_offer(offer.id, message.id) is None:
                return False
            _write_on(message, comment, None, now)
            _settle(offer, OfferOutcome.TAKEN, None, now)
            return True
    except (RegulationError, ServiceError):
        return False


def _lock_comment(offer_id: int) -> None:
    """A moderator decides on it before, or after: whether it is offered still is asked then. First, as all lock it."""
    of = select(ThreadOffer.comment_id).where(ThreadOffer.id == offer_id).scalar_subquery()
    query = select(Comment).where(Comment.id == of).with_for_update(of=Comment)
    db.session.scalar(query.execution_options(populate_existing=True))


def _locked(offer_id: int, message_id: int) -> ThreadOffer:
    offer = open_offer(offer_id, message_id)
    if offer is None:
        raise OfferedNoLonger
    return offer


def _publish(message: Message, own: OwnComment, actor: User, now: datetime) -> Reply:
    return publication.note_placed(message.id, message.version, url=own.url, at=own.written_at, actor=actor, now=now)


def _write_on(message: Message, comment: Comment, actor: User | None, now: datetime) -> None:
    said = {"text": comment.text, "url": comment.url}
    if AFTER[message.status] is Action.REOPEN and actor is not None:
        publication.reopen_message(message.id, message.version, **said, actor=actor, now=now)
    else:
        asked_at = max((one.published_at for one in message.replies if one.published_at), default=now)
        at = min(max(comment.published_at or comment.stored_at, asked_at), now)
        publication.author_answered(message.id, message.version, **said, actor=actor, now=now, written_at=at)
    _leaves_the_queue(comment, message, actor, now)


def _leaves_the_queue(comment: Comment, message: Message, actor: User | None, now: datetime) -> None:
    was, comment.state = comment.state, CommentState.TAKEN
    comment.message_id, comment.decided_at, comment.decided_by_id = message.id, now, actor.id if actor else None
    comment.held_by_id = comment.held_until = None
    comment.hold_key = ""
    comment.version += 1
    record(
        "comment_take", at=now, actor=actor, clause="Пр.2.6", object_kind="comment", object_id=comment.id,
        changes={
            "message_id": (None, message.id),
            "comment_state": (was, CommentState.TAKEN),
            "version": (comment.version - 1, comment.version),
        },
    )  # fmt: skip


def _settle(offer: ThreadOffer, outcome: OfferOutcome, actor: User | None, now: datetime) -> None:
    offer.outcome, offer.settled_at, offer.settled_by_id = outcome, now, actor.id if actor else None
