"""What a person says of a proposed pair of messages (П.15): confirmed, or «это другое»; either can be changed later."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Select, or_, select

from osm.extensions import db
from osm.networks.authors import sameness
from osm.regulation.errors import StaleVersion
from osm.services.errors import NotFound
from osm.services.log.log import Change, record
from osm.store.models import LinkKind, LinkState, Message, MessageLink, User
from osm.store.models.messages import whose
from osm.store.transaction import transaction

_REPEAT = {True: ("repeat_confirmed", "repeated_later"), False: ("repeat_rejected", "repeated_not")}
_SAME = {True: "same_matter_confirmed", False: "same_matter_rejected"}
_ASKED_AGAIN = "link_asked_again"


def decide_link(
    message_id: int, other_id: int, version: int, *, confirmed: bool, actor: User, now: datetime
) -> MessageLink:
    """Confirm or reject the pair of these two under the version that the person saw. Raises NotFound, StaleVersion.

    Version 0: nobody has proposed the pair, the person has seen it himself. A confirmed repeat marks the later message
    as one; the last rejected takes away the mark that a person had set.
    """
    with transaction() as session:
        link = session.scalar(select(MessageLink).where(_of_both(message_id, other_id)).with_for_update())
        if link is None and version == 0:
            link = _propose(message_id, other_id)
            version = link.version
        if link is None:
            raise NotFound
        if link.version != version:
            raise StaleVersion(version, link.version)
        before, decided_by = link.state, actor.id
        with session.no_autoflush:  # the row is right only when all of it is set
            link.state = LinkState.CONFIRMED if confirmed else LinkState.REJECTED
            link.decided_at, link.decided_by_id = now, decided_by
            link.version += 1
        session.flush()
        # The mark rests on all links of the later message: of two that are decided at once, the second waits here.
        session.execute(select(Message.id).where(Message.id == link.later_id).with_for_update())
        is_repeat = link.kind is LinkKind.REPEAT
        later = session.get_one(Message, link.later_id)
        marked = _mark(link, later, confirmed=confirmed, was=before) if is_repeat else {}
        actions = _REPEAT[confirmed] if is_repeat else (_SAME[confirmed], _SAME[confirmed])
        _record(link, actions, before, marked, actor, now)
        return link


def forget_answers(later: Message, answered_at: datetime, *, actor: User, now: datetime) -> None:
    """What this person said of its earlier messages at that instant, with an act that he takes back, is asked again."""
    said = (MessageLink.decided_at == answered_at, MessageLink.decided_by_id == actor.id)
    session = db.session()
    for link in session.scalars(select(MessageLink).where(MessageLink.later_id == later.id, *said)).all():
        before = link.state
        with session.no_autoflush:
            link.state, link.decided_at, link.decided_by_id = LinkState.PROPOSED, None, None
            link.version += 1
        session.flush()
        marked = _mark(link, later, confirmed=False, was=before) if link.kind is LinkKind.REPEAT else {}
        _record(link, (_ASKED_AGAIN, _ASKED_AGAIN), before, marked, actor, now)


def _record(
    link: MessageLink,
    actions: tuple[str, str],
    before: LinkState,
    marked: dict[str, Change],
    actor: User,
    now: datetime,
) -> None:
    """In the history of both messages; `actions`: what it is called in that of the later and of the earlier one."""
    later, earlier = (db.session.get_one(Message, key) for key in (link.later_id, link.earlier_id))
    for message, other, action in ((later, earlier, actions[0]), (earlier, later, actions[1])):
        record(
            action,
            at=now,
            actor=actor,
            message=message,
            clause="П.15",
            changes={
                "link_state": (before, link.state),
                "other_message_id": (None, other.id),
                **(marked if message is later else {}),
            },
            object_kind="message_link",
            object_id=link.id,
        )


def _propose(message_id: int, other_id: int) -> MessageLink:
    """The pair that a person has seen: a repeat where the author is the same (П.15), else of the same matter.

    The messages are locked in one order, so that two people who see the same pair at once make one of it.
    """
    both = select(Message).where(Message.id.in_({message_id, other_id}), Message.recalled_at.is_(None))
    locked = both.order_by(Message.id).with_for_update(of=Message)
    pair = list(db.session.scalars(locked))
    if len(pair) != 2:
        raise NotFound
    link = db.session.scalar(select(MessageLink).where(_of_both(message_id, other_id)).with_for_update())
    if link is not None:
        raise StaleVersion(0, link.version)
    earlier, later = sorted(pair, key=lambda message: (message.received_at, message.id))
    same_author = sameness(whose(earlier.author), whose(later.author))
    link = MessageLink(
        later_id=later.id, earlier_id=earlier.id, kind=LinkKind.REPEAT if same_author else LinkKind.SAME_MATTER,
        state=LinkState.PROPOSED, score=0, version=1, marks=False,
    )  # fmt: skip
    db.session.add(link)
    db.session.flush()
    return link


def _of_both(message_id: int, other_id: int) -> ColumnElement[bool]:
    return or_(
        (MessageLink.later_id == message_id) & (MessageLink.earlier_id == other_id),
        (MessageLink.later_id == other_id) & (MessageLink.earlier_id == message_id),
    )


def _mark(link: MessageLink, later: Message, *, confirmed: bool, was: LinkState) -> dict[str, Change]:
    """Set or take away the mark of the later message; `marks`: the link that keeps it."""
    before = later.is_repeat
    if confirmed and not before:
        later.is_repeat, link.marks = True, True
    elif not confirmed and was is LinkState.CONFIRMED and link.marks:
        link.marks = False
        heir = db.session.scalars(_confirmed_repeats(later.id).order_by(MessageLink.id).limit(1)).first()
        later.is_repeat = heir is not None
        if heir is not None:
            heir.marks = True
    return {"is_repeat": (before, later.is_repeat)}


def is_confirmed_repeat(message_id: int) -> bool:
    """Whether a person has confirmed that this message repeats an earlier one."""
    return bool(db.session.scalar(select(_confirmed_repeats(message_id).exists())))


def _confirmed_repeats(message_id: int) -> Select[MessageLink]:
    return select(MessageLink).where(
        MessageLink.later_id == message_id,
        MessageLink.kind == LinkKind.REPEAT,
        MessageLink.state == LinkState.CONFIRMED,
    )
