"""Comments of the office or the author in the thread of a message are offered as a step of that message; messages and
comments that are the same are joined. Each function works in the caller's transaction.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import String, literal_column, select, update

from osm.base.database import add_row, db
from osm.connectors.contract import Kind, Liked, Target, Written
from osm.log.acts.record import record
from osm.models import Account, Author, Comment, Draft, Message, OutboxAction, OwnComment, Reply, ThreadOffer
from osm.networks import addresses, pages
from osm.regulation.blacklist import CommentState, OutboxKind, OutboxState
from osm.threads.queries import ECHO_FOR

# --- Offers
LONGEST = 20_000  # characters of our own comment that are stored
_NO_NAME = literal_column("''", String)  # written into the statement for the same reason as in `is_code`


def thread_of(network: str, written: Written) -> str:
    """The key of the thread or conversation; for the beginning of one, its own name."""
    target = written.target
    if target.kind is Kind.COMMUNITY_MESSAGE:
        return target.named("")
    if target.thread:
        return target.named(target.thread)
    if not written.answers:
        return target.name
    return _known_thread(network, target.named(written.answers)) or target.named(written.answers)


def _known_thread(network: str, external_id: str) -> str:
    for table in (Comment, OwnComment):
        same = (table.network == network, table.external_id == external_id)
        if found := db.session.scalar(select(table.thread_key).where(*same)):
            return found
    # An answer of the program in a network that does not tell us what we wrote.
    by_program = (OutboxAction.network == network, OutboxAction.placed_name == external_id)
    answered = select(Comment.thread_key).join(OutboxAction, OutboxAction.comment_id == Comment.id)
    return db.session.scalar(answered.where(*by_program).limit(1)) or ""


def note_own(account: Account, written: Written, now: datetime, writer: str = "") -> None:
    """Store our own comment, and offer it as the publication of the waiting answer in its thread."""
    target, network = written.target, account.network
    own = db.session.scalar(_own(network, target).with_for_update(of=OwnComment))
    if own is None:
        own = OwnComment(
            network=network, external_id=target.name, account_id=account.id, thread_key=thread_of(network, written),
            parent_external_id=target.named(written.answers) if written.answers else "", writer=writer[:300],
            heard_at=now,
        )  # fmt: skip
        db.session.add(own)
    own.text, own.gone_at = written.text.replace("\0", "")[:LONGEST], None
    own.url, own.written_at = addresses.one_spelling(written.url), written.at
    db.session.flush()
    _offer_own(own, _messages_of(network, own.thread_key), now)


def is_own(network: str, target: Target) -> bool:
    """Whether this is our own comment."""
    return db.session.scalar(_own(network, target)) is not None


def own_is_gone(network: str, target: Target, now: datetime) -> None:
    """A deleted comment is no publication."""
    same = (OwnComment.network == network, OwnComment.external_id == target.name, OwnComment.gone_at.is_(None))
    db.session.execute(update(OwnComment).where(*same).values(gone_at=now))


def note_like(network: str, liked: Liked, now: datetime) -> None:
    """The author of a message likes our answer soon after it. Of others nothing is kept."""
    answered = (
        select(Message)
        .join(Reply, Reply.message_id == Message.id)
        .join(OwnComment, OwnComment.url == Reply.published_url)
        .join(Author, Author.id == Message.author_id)
        .where(OwnComment.network == network, OwnComment.external_id == liked.target.name)
        .where(Author.profile_url == addresses.one_spelling(liked.author.url), Reply.published_at >= now - ECHO_FOR)
    )
    for message in db.session.scalars(answered):
        record("author_unliked" if liked.is_over else "author_liked", at=now, actor=None, message=message)


def note_of_author(comment: Comment, now: datetime) -> list[ThreadOffer]:
    """A new comment in the queue: if its author has a message in the same thread, it may be his answer there."""
    if comment.author_id is None or comment.message_id is not None or not comment.thread_key:
        return []
    begun = [one for one in _messages_of(comment.network, comment.thread_key) if one.author_id == comment.author_id]
    of = {one.message_id for one in begun if one.message_id is not None and one.id < comment.id}
    return [
        _offer(message_id, now, comment_id=comment.id) for message_id in sorted(of - _offered(comment_id=comment.id))
    ]


def become_message(comment: Comment, now: datetime) -> None:
    """A comment has become a message: earlier comments in its thread may be steps of it."""
    db.session.flush()
    if not comment.thread_key or comment.message_id is None:
        return
    same = (OwnComment.network == comment.network, OwnComment.thread_key == comment.thread_key)
    for own in db.session.scalars(select(OwnComment).where(*same, OwnComment.gone_at.is_(None))):
        _offer_own(own, [comment], now)
    if comment.author_id is None:
        return
    later = select(Comment).where(
        Comment.network == comment.network, Comment.thread_key == comment.thread_key,
        Comment.author_id == comment.author_id, Comment.message_id.is_(None), Comment.id > comment.id,
    )  # fmt: skip
    for one in db.session.scalars(later):
        note_of_author(one, now)


def _own(network: str, target: Target):  # type: ignore[no-untyped-def]
    return select(OwnComment).where(OwnComment.network == network, OwnComment.external_id == target.name)


def _messages_of(network: str, thread: str) -> list[Comment]:
    """The comments of this thread that are messages, except those of imports that were taken back."""
    same = (Comment.network == network, Comment.thread_key == thread, Comment.thread_key != _NO_NAME)
    begun = select(Comment).join(Message, Message.id == Comment.message_id).where(*same, Message.recalled_at.is_(None))
    return list(db.session.scalars(begun.order_by(Comment.id)))


def _offer_own(own: OwnComment, begun: Iterable[Comment], now: datetime) -> None:
    """Offer it to the messages of the person that it answers; if that is unknown, to all messages of the thread."""
    answered = db.session.execute(
        select(Comment.id, Comment.author_id).where(
            Comment.network == own.network, Comment.external_id == own.parent_external_id
        )
    ).first()
    to = [
        one
        for one in begun
        if answered is None or one.id == answered.id or (one.author_id and one.author_id == answered.author_id)
    ]
    of = {one.message_id for one in to if one.message_id is not None}
    for message_id in sorted(of - _offered(own_id=own.id)):
        if not _is_by_program(own, message_id):
            _offer(message_id, now, own_id=own.id)


def _is_by_program(own: OwnComment, message_id: int) -> bool:
    """Whether the program has published it as the answer, or is sending these words now."""
    acts = (
        select(OutboxAction, Draft.text)
        .outerjoin(Draft, Draft.id == OutboxAction.draft_id)
        .where(
            OutboxAction.message_id == message_id,
            OutboxAction.kind == OutboxKind.PUBLISH,
            OutboxAction.sent_at.is_not(None),
            OutboxAction.state.in_((OutboxState.PENDING, OutboxState.DONE)),
        )
    )
    for act, text in db.session.execute(acts):
        if act.placed and act.network == own.network:
            about = {name: value for name, value in act.placed.items() if name != "kind"}
            if Target(Kind(act.placed["kind"]), **about).name == own.external_id:
                return True
        elif act.state is OutboxState.PENDING and not act.for_person and (text or "").split() == own.text.split():
            return True
    return False


def _offered(**of: int) -> set[int]:
    return set(db.session.scalars(select(ThreadOffer.message_id).filter_by(**of)))


def _offer(message_id: int, now: datetime, **of: int) -> ThreadOffer:
    offer = add_row(ThreadOffer(message_id=message_id, heard_at=now, **of))
    record(
        "own_heard" if offer.own_id else "author_heard", at=now, actor=None,
        message=db.session.get_one(Message, message_id), about=offer,
    )  # fmt: skip
    return offer


# --- A comment known from «Инцидент Менеджмент» and from its page is one card, in either order
_IN_THE_QUEUE = (CommentState.WAITING, CommentState.KEPT)


def link_key(url: str) -> str:
    """The key by which two links are the same: the comment that they name and its place, else the normal spelling;
    empty for an empty link."""
    at = pages.comment_at(url) if url else None
    return f"{at.network}:{at.kind}:{at.owner}_{at.place}_{at.id}" if at else addresses.one_spelling(url)


def join_messages(messages: Sequence[Message], now: datetime) -> int:
    """For new messages: remove their comments from the queue; returns how many. At most one statement if there are
    none."""
    by_name = {(one.network, one.comment_name): one for one in messages if one.comment_name}
    if not by_name:
        return 0
    names = [name for _, name in by_name]
    wanted = select(Comment).where(
        Comment.network.in_({network for network, _ in by_name}),
        Comment.external_id.in_(names),
        Comment.account_id.is_not(None),
    )
    found = db.session.scalars(wanted.order_by(Comment.id).with_for_update(of=Comment))
    return sum(
        _join(comment, message.id, now)
        for comment in found
        if (message := by_name.get((comment.network, comment.external_id)))
    )


def join_comment(comment: Comment, now: datetime) -> bool:
    """For a new comment: if the register already has it as a message, it does not enter the queue."""
    same = (Message.network == comment.network, Message.comment_name == comment.external_id)
    wanted = select(Message.id).where(*same, Message.comment_name != _NO_NAME, Message.recalled_at.is_(None))
    # Locked until the end, so that its import cannot be taken back before.
    message_id = db.session.scalar(wanted.order_by(Message.id).limit(1).with_for_update(of=Message, read=True))
    return message_id is not None and _join(comment, message_id, now)


def is_of_page(message: Message, name: str) -> bool:
    """Whether the message was made from the comment with this name, as received from a page of ours."""
    if not name or message.comment_name != name:
        return False
    same = (Comment.message_id == message.id, Comment.external_id == name, Comment.account_id.is_not(None))
    return db.session.scalar(select(Comment.id).where(*same).limit(1)) is not None


def _join(comment: Comment, message_id: int, now: datetime) -> bool:
    """Make the comment part of that message: one card, one set of clocks. A comment already decided otherwise is not
    changed."""
    if comment.message_id is not None or comment.state not in _IN_THE_QUEUE:
        return False
    was, comment.state = comment.state, CommentState.TAKEN
    comment.message_id, comment.decided_at, comment.decided_by_id = message_id, now, None
    comment.held_by_id = comment.held_until = None
    comment.hold_key = ""
    comment.version += 1
    message = db.session.get_one(Message, message_id)
    record(
        "comment_joined", at=now, actor=None, message=message, about=comment,
        changes={"comment_state": (was, comment.state), "version": (comment.version - 1, comment.version)},
    )  # fmt: skip
    become_message(comment, now)
    return True
