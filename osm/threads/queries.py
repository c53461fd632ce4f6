"""Which comments of a thread are offered now as a step of their message, by its status and the time of writing; and
edits of comments.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import aliased, joinedload

import moderation.meaning
from osm.base.database import db
from osm.base.types import is_code
from osm.models import Comment, CommentEdit, Draft, Echo, Message, OutboxAction, OwnComment, Reply, ThreadOffer
from osm.networks.addresses import one_spelling
from osm.regulation.blacklist import CommentState, OutboxKind, OutboxState
from osm.regulation.words import Action, Role, Status

# --- Offers
AFTER: dict[Status, Action] = {Status.AWAITING_AUTHOR: Action.AUTHOR_ANSWERED, Status.ANSWERED: Action.REOPEN}
"""Status of the message → the step that its author's next comment is."""


ECHO_FOR = timedelta(days=14)  # so long after the answer an author's words are about it


@dataclass(frozen=True, slots=True)
class Offer:
    """One offer. `step`: the step offered; None: the publication of the approved answer. `differs`: the published text
    is not exactly the approved one."""

    id: int
    message_id: int
    number: str
    version: int
    step: Action | None
    text: str
    url: str
    at: datetime
    writer: str
    heard_at: datetime
    differs: bool = False
    echo: Echo | None = None  # what he says after the answer, confirmed
    proposed: str = ""  # the same by the words alone
    may_echo: bool = False


def offers_of(message_id: int) -> list[Offer]:
    """The offers on one card, the latest first."""
    return _all_shown(_open(ThreadOffer.message_id == message_id).order_by(ThreadOffer.id.desc()))


def offers_waiting(roles: Collection[Role], ids: Collection[int] | None = None) -> list[Offer]:
    """The offers on all messages, for «Ждёт меня»; `ids`: only these."""
    some = [] if ids is None else [ThreadOffer.id.in_(ids)]
    return _all_shown(_open(offer_waits(roles), *some).order_by(ThreadOffer.id))


def open_offer(offer_id: int, message_id: int) -> ThreadOffer | None:
    """This offer, locked; None if it is no longer open."""
    same = (ThreadOffer.id == offer_id, ThreadOffer.message_id == message_id)
    return db.session.scalar(_open(*same).with_for_update(of=ThreadOffer))


def offer_waits(roles: Collection[Role]) -> ColumnElement[bool]:
    """The condition on ThreadOffer: the curator has to look at it."""
    if Role.CURATOR not in roles:
        return false()
    return and_(ThreadOffer.settled_at.is_(None), _holds())


def answers_last_reply(comment: Comment, message_id: int) -> bool:
    """Whether it answers our comment with the message's last reply by name, and was written after it."""
    last = select(Reply.published_url, Reply.published_at).where(Reply.published_at.is_not(None))
    reply = db.session.execute(last.where(Reply.message_id == message_id).order_by(Reply.published_at.desc())).first()
    if reply is None or (comment.published_at or comment.stored_at) < reply.published_at:
        return False
    same = (OwnComment.network == comment.network, OwnComment.external_id == comment.parent_external_id)
    url = db.session.scalar(select(OwnComment.url).where(*same))
    return bool(url) and one_spelling(url or "") == one_spelling(reply.published_url or "")


def _open(*conditions: ColumnElement[bool]) -> Select[ThreadOffer]:
    return (
        select(ThreadOffer)
        .where(ThreadOffer.settled_at.is_(None), _holds(), *conditions)
        .options(
            joinedload(ThreadOffer.message),
            joinedload(ThreadOffer.own),
            joinedload(ThreadOffer.comment).joinedload(Comment.author),
        )
    )


def _holds() -> ColumnElement[bool]:
    """Whether it is a step of the message in its present status."""
    return or_(
        exists().where(
            Message.id == ThreadOffer.message_id,
            OwnComment.id == ThreadOffer.own_id,
            is_code(Message.status, Status.APPROVED),
            OwnComment.gone_at.is_(None),
            func.coalesce(OwnComment.written_at > _published_at(), true()),
            ~exists().where(Reply.message_id == Message.id, Reply.published_url == OwnComment.url),
            ~_is_being_sent(),
        ),
        exists().where(
            Message.id == ThreadOffer.message_id,
            Comment.id == ThreadOffer.comment_id,
            or_(*(is_code(Message.status, status) for status in AFTER)),
            Comment.gone_at.is_(None),
            Comment.message_id.is_(None),
            ~is_code(Comment.state, CommentState.DELETED),
            or_(
                func.coalesce(Comment.published_at, Comment.stored_at) >= _published_at(),
                exists(_answers_us(Comment.network, Comment.parent_external_id)),
            ),
        ),
    )


def _published_at() -> Any:
    """When the last reply was published; earlier comments are no later step."""
    last = select(func.max(Reply.published_at)).where(Reply.message_id == Message.id)
    return last.correlate(Message).scalar_subquery()


def _answers_us(network: Any, parent: Any) -> Select[Any]:
    ours = aliased(OwnComment)
    return select(ours.id).where(ours.network == network, ours.external_id == parent)


def _is_being_sent() -> ColumnElement[bool]:
    """The program has asked the network and no person has to look, so what was noticed may be just that."""
    return exists().where(
        OutboxAction.message_id == Message.id,
        is_code(OutboxAction.kind, OutboxKind.PUBLISH),
        is_code(OutboxAction.state, OutboxState.PENDING),
        OutboxAction.sent_at.is_not(None),
        OutboxAction.for_person.is_(False),
    )


def _all_shown(query: Select[ThreadOffer]) -> list[Offer]:
    rows = db.session.scalars(query).all()
    texts = _approved_texts({row.message_id for row in rows if row.own_id is not None})
    return [_shown(row, texts.get(row.message_id, "")) for row in rows]


def _shown(row: ThreadOffer, approved: str) -> Offer:
    message, own, comment = row.message, row.own, row.comment
    about = (row.id, message.id, message.number, message.version)
    if own is not None:
        differs = _words(own.text) != _words(approved)
        return Offer(*about, None, own.text, own.url, own.written_at, own.writer, row.heard_at, differs)
    if comment is None:
        raise ValueError(row.id)  # of_one_comment
    name = comment.author.name if comment.author else ""
    at = comment.published_at or comment.stored_at
    offer = Offer(*about, AFTER[message.status], comment.text, comment.url, at, name, row.heard_at)
    return replace(offer, echo=row.echo, proposed=moderation.meaning.echo(comment.text), may_echo=is_echo(row))


def is_echo(row: ThreadOffer) -> bool:
    """Whether it is the author's word on a final answer, soon after it."""
    message, comment = row.message, row.comment
    if comment is None or message.status is not Status.ANSWERED or message.closed_at is None:
        return False
    return message.closed_at <= (comment.published_at or comment.stored_at) <= message.closed_at + ECHO_FOR


def echoes_of(message_id: int) -> Sequence[ThreadOffer]:
    """What the author said after answers, confirmed; the latest first."""
    said = (ThreadOffer.message_id == message_id, ThreadOffer.echo.is_not(None))
    query = select(ThreadOffer).where(*said).options(joinedload(ThreadOffer.comment))
    return db.session.scalars(query.order_by(ThreadOffer.id.desc())).all()


def _approved_texts(message_ids: Collection[int]) -> dict[int, str]:
    """Message → the approved answer that is not published yet."""
    if not message_ids:
        return {}
    approved = select(Reply.message_id, Draft.text).join(Draft, Reply.approved_draft_id == Draft.id)
    waits = approved.where(Reply.message_id.in_(message_ids), Reply.published_at.is_(None))
    return dict(db.session.execute(waits).all())


def _words(text: str) -> list[str]:
    return text.split()


# --- Comments after they were stored
@dataclass(frozen=True, slots=True)
class Trace:
    """A comment that is a message, or a part of it. `gone_by`: as in Comment."""

    text: str
    edits: Sequence[CommentEdit]
    gone_at: datetime | None
    gone_by: str


def edits_among(comment_ids: Iterable[int]) -> dict[int, list[CommentEdit]]:
    """Comment → its edits, the latest first; only edited comments. One statement."""
    wanted = select(CommentEdit).where(CommentEdit.comment_id.in_(list(comment_ids))).order_by(CommentEdit.id.desc())
    found: dict[int, list[CommentEdit]] = defaultdict(list)
    for row in db.session.scalars(wanted):
        found[row.comment_id].append(row)
    return dict(found)


def traces_of(message_id: int) -> list[Trace]:
    """The comments of this message that were edited or are gone."""
    query = select(Comment.id, Comment.text, Comment.gone_at, Comment.gone_by).where(Comment.message_id == message_id)
    rows = db.session.execute(query.order_by(Comment.id)).all()
    edits = edits_among(row.id for row in rows) if rows else {}
    return [
        Trace(row.text, edits.get(row.id, ()), row.gone_at, row.gone_by)
        for row in rows
        if row.gone_at is not None or row.id in edits
    ]
