"""Which acts may go out now, how one is claimed, and the result of a try: done, again later, or left to a person."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from secrets import SystemRandom

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import aliased

from osm.base.database import db
from osm.base.durable import this_installation
from osm.base.transaction import transaction
from osm.connectors.contract import Act, Kind, Placed, Target
from osm.connectors.transport import CannotLook, Fault, NetworkError
from osm.log.acts.record import record
from osm.models import Comment, Connection, ConnectionState, Message, Moderating, OutboxAction
from osm.outbox import queries
from osm.outbox.acts import kinds, orders
from osm.outbox.acts.asking import Unforeseen
from osm.outbox.acts.kinds import Errand, Hold, IsOther, LeaseEnded, Result, kind_of
from osm.outbox.queries import MODERATING, OF_AUTHOR, WITHOUT_PAGE, is_held, page_of_act
from osm.regulation.blacklist import OutboxKind, OutboxState

# --- Which acts may go out now, and how one of them is claimed by this process (design §6)
MOST_INTERRUPTED = 5  # tries that ended with their process, or whose result could not be noted; then a person looks
_NOWHERE = Target(Kind.POST, "")
_NO_KEY = "Для этого у страницы нет ключа: выполните на сайте."
_INTERRUPTED = (
    "Программа начинала это {} раз, и каждый раз её работа обрывалась. Неизвестно, выполнено ли это: проверьте на "
    "сайте и покажите это сообщение администратору."
)


def due(now: datetime) -> Select[OutboxAction, Connection]:
    """Acts that are due on pages where the program acts, the most urgent first. Of one object only the earliest."""
    earlier = aliased(OutboxAction)
    of_author = earlier.kind.in_(OF_AUTHOR) & OutboxAction.kind.in_(OF_AUTHOR)
    of_comment = earlier.kind.not_in(OF_AUTHOR) & OutboxAction.kind.not_in(OF_AUTHOR)
    waits = or_(*(
        exists().where(condition, earlier.state == OutboxState.PENDING, earlier.id < OutboxAction.id)
        for condition in (
            of_author & (earlier.author_id == OutboxAction.author_id),
            of_comment & (earlier.comment_id == OutboxAction.comment_id),
            of_comment & (earlier.message_id == OutboxAction.message_id),
        )
    ))  # fmt: skip
    page = page_of_act()
    return (
        select(OutboxAction, Connection)
        .outerjoin(Comment, Comment.id == OutboxAction.comment_id)
        .join(Connection, Connection.account_id == page)
        .where(
            *_waits_until(now),
            OutboxAction.kind.not_in(WITHOUT_PAGE),
            OutboxAction.created_at >= Connection.switched_on_at,
            Connection.installation == this_installation(),
            ~waits,
            Comment.pictures_until.is_(None) | (Comment.pictures_until <= now),
            ~is_held(page),
            OutboxAction.kind.not_in(MODERATING) | (Connection.moderate == Moderating.AUTO),
            Connection.state.in_((ConnectionState.WORKING, ConnectionState.FAILING)),
            Connection.rest_until.is_(None) | (Connection.rest_until <= now),
            Connection.acts_rest_until.is_(None) | (Connection.acts_rest_until <= now),
        )
        .order_by(*_FIRST)
    )


def due_without_page(now: datetime) -> Select[OutboxAction]:
    """The same of what goes to no page."""
    return select(OutboxAction).where(*_waits_until(now), OutboxAction.kind.in_(WITHOUT_PAGE)).order_by(*_FIRST)


def _waits_until(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        OutboxAction.state == OutboxState.PENDING,
        OutboxAction.for_person.is_(False),
        OutboxAction.not_before <= now,
        OutboxAction.try_at.is_(None) | (OutboxAction.try_at <= now),
        OutboxAction.leased_until.is_(None) | (OutboxAction.leased_until <= now),
    )


_FIRST = (OutboxAction.interrupted, OutboxAction.not_before, OutboxAction.id)


def claim(
    action: OutboxAction, connection: Connection | None, hold: Hold, owner: str, now: datetime, *, bans_too: bool
) -> Errand | None:
    """This process does it now; None where it is wanted no more, or the keys do not allow it: then a person does."""
    kind = kind_of(action)
    if words := kind.unwanted(action, now):
        action.state, action.settled_at, action.error = OutboxState.CANCELLED, now, words
        return None
    if action.lease_token:  # its last try has ended without a result
        action.interrupted += 1
        kinds.let_go([action])
    if action.interrupted >= MOST_INTERRUPTED:
        not_banned_with(action)
        _left_to_a_person(action, _INTERRUPTED.format(action.interrupted), now)
        return None
    if words := kind.held(action):
        _left_to_a_person(action, words, now)
        return None
    target = whom(action) if connection is not None else _NOWHERE
    if target is None or (connection is not None and kind.act not in connection.can):
        why = (one["why"] for one in (connection.cannot if connection else ()) if one["what"] == kind.act)
        _left_to_a_person(action, next(why, _NO_KEY), now)
        return None
    again, prepared = action.sent_at is not None, kind.prepared(action, now)
    action.attempts += 1
    action.sent_at = action.sent_at or now
    bans = taken_along(action, connection, now) if bans_too and connection is not None else ()
    kinds.take([action, *bans], hold, owner, now)
    is_foreign = connection is not None and target.owner.lstrip("-") not in ("", connection.account.external_id)
    numbers, is_alone = tuple(ban.id for ban in bans), is_tried_alone(action)
    page = connection.id if connection else None
    return Errand(action.id, page, hold, action.kind, target, prepared, again, numbers, is_foreign, is_alone)


def is_tried_alone(action: OutboxAction) -> bool:
    """Whether it may have ended its process: once may be chance. What goes to no page posts what is stored and waits
    for strangers."""
    return action.interrupted > 1 and kind_of(action).act is not None


def _left_to_a_person(action: OutboxAction, why: str, now: datetime) -> None:
    action.for_person, action.error = True, why
    _log(action, "waits", now)


def whom(action: OutboxAction) -> Target | None:
    """What it is about as the network names it: the comment, of a ban the latest of this author."""
    if action.target:
        return named(action.target)
    comment = action.comment
    if comment is None and action.kind in OF_AUTHOR:
        by_author = select(Comment).where(Comment.author_id == action.author_id, Comment.account_id.is_not(None))
        comment = db.session.scalar(by_author.order_by(Comment.id.desc()).limit(1))
    return named(comment.target) if comment is not None and comment.target else None


def named(stored: dict[str, str]) -> Target:
    """A target as it is stored."""
    told = dict(stored)
    return Target(Kind(told.pop("kind")), **told)


# --- The result of a try
MOST_TRIES = 12  # then a person looks; with the pauses below that is after about three hours
SHORTEST, LONGEST = timedelta(seconds=5), timedelta(minutes=30)
_OFF = "Страницу выключили, пока это отправлялось: посмотрите на сайте, выполнено ли."
_TAKEN = "То, что найдено на странице, разместило другое действие: программа посмотрит ещё раз."


def settle(errand: Errand, done: Result, error: NetworkError | None, now: datetime) -> int:
    """Return how many acts are done; none where a person or a later try has settled it before."""
    with transaction() as session:
        kind = kind_of(errand)
        kind.lock([errand.action_id], False)
        action = session.get(OutboxAction, errand.action_id, with_for_update=True)
        bans = of_try(errand.bans, errand.hold)
        if action is None or action.state is not OutboxState.PENDING or action.lease_token != errand.hold.token:
            return 0
        kinds.let_go([action])
        connection = session.get(Connection, errand.connection_id) if errand.connection_id else None
        if error is None and isinstance(done, Placed) and _is_of_another(action, done):
            error = NetworkError(_TAKEN, Fault.TEMPORARY, unclear=True)
        if error is None:
            return _done(action, bans, connection, done, now)
        if not errand.again and not error.unclear:
            for one in [*bans, *([action] if kind.places else [])]:
                one.sent_at = None
        if isinstance(error, IsOther):  # its words, once more others than those that a person has seen
            action.in_spite, action.stands_text = False, error.stands
        if _failed(action, connection, error, now, is_foreign=errand.is_foreign):
            settled(bans, is_banned=False)
    return 0


def not_claimed(action_id: int, connection_id: int | None, error: NetworkError, now: datetime) -> None:
    """It could not even be begun: that counts as a try too. In the caller's transaction."""
    with transaction() as session:
        action = session.get_one(OutboxAction, action_id, populate_existing=True)
        action.attempts += 1
        connection = session.get(Connection, connection_id) if connection_id else None
        if _failed(action, connection, error, now):
            not_banned_with(action)


def _done(
    action: OutboxAction, bans: Sequence[OutboxAction], connection: Connection | None, done: Result, now: datetime
) -> int:
    if connection is not None:
        orders.rest_ends(connection, now)
    action.state, action.settled_at, action.error = OutboxState.DONE, now, ""
    _log(action, "done", now)
    if isinstance(done, Placed):
        action.url, action.placed, action.placed_name = done.url[:1000], asdict(done.target), done.target.name
    kind_of(action).done(action, done, now)
    banned = settled(bans, is_banned=done is True)
    for ban in banned:
        ban.state, ban.settled_at = OutboxState.DONE, now
        _log(ban, "done", now)
    return 1 + len(banned)


def _failed(
    action: OutboxAction, connection: Connection | None, error: NetworkError, now: datetime, *, is_foreign: bool = False
) -> bool:
    """Whether the program gives up."""
    act = kind_of(action).act
    action.error = error.in_full
    if isinstance(error, CannotLook) or error.fault is Fault.PERSON or action.attempts >= MOST_TRIES:
        action.for_person = True
    elif error.fault is Fault.PERMANENT or (error.fault is Fault.RIGHTS and is_foreign):
        action.state, action.settled_at = OutboxState.FAILED, now
        _log(action, "failed", now)
    elif act is not None and (connection is None or not queries.is_on(connection)):
        action.for_person, action.error = True, f"{_OFF} {action.error}"
    elif act is not None and connection is not None and error.fault is Fault.RIGHTS:
        _becomes_manual(connection, act, action.error, now)
        action.for_person = True
    else:
        action.try_at = now + _pause(action.attempts, error)
        # These two say nothing of the network.
        if connection is not None and not isinstance(error, Unforeseen | LeaseEnded):
            orders.rest_after(connection, error, now)
    if action.for_person:
        _log(action, "waits", now)
    return action.for_person or action.state is OutboxState.FAILED


def _is_of_another(action: OutboxAction, placed: Placed) -> bool:
    """Whether another act placed this: two that looked at the same moment can find the same answer."""
    others = (OutboxAction.network == action.network, OutboxAction.placed_name == placed.target.name)
    other = select(OutboxAction.id).where(*others, OutboxAction.id != action.id).limit(1)
    return db.session.scalar(other) is not None


def _pause(attempts: int, error: NetworkError) -> timedelta:
    """Twice as long after each try, and not all at the same instant."""
    pause = min(SHORTEST * 2 ** (attempts - 1), LONGEST)
    jitter: float = SystemRandom().uniform(0.8, 1.2)
    return timedelta(seconds=max(error.pause or pause, pause).total_seconds() * jitter)


def _becomes_manual(connection: Connection, act: Act, words: str, now: datetime) -> None:
    """The key has lost this right: from now on people do such acts; other acts are not affected."""
    connection.can = [one for one in connection.can if one != act]
    connection.cannot = [*connection.cannot, {"what": act, "why": words}]
    connection.said, connection.refused_at = words, connection.refused_at or now
    record("key_refused", at=now, actor=None, about=connection)


def _log(action: OutboxAction, what: str, now: datetime) -> None:
    """Acts upon an answer are shown in the history of its message."""
    action.version += 1
    message, kind = db.session.get(Message, action.message_id) if action.message_id else None, kind_of(action)
    record(
        f"{kind.code}_{what}", at=now, actor=None, message=message, clause=kind.clause, about=action,
        changes={"outbox_state": (OutboxState.PENDING, action.state)},
    )  # fmt: skip


# --- Networks that ban only together with a deletion
_WITH_DELETION = "Будет выполнено вместе с удалением комментария."
_NOT_BANNED = "Вместе с удалением комментария заблокировать не вышло: заблокируйте на сайте."


def taken_along(deletion: OutboxAction, connection: Connection, now: datetime) -> Sequence[OutboxAction]:
    """Orders to ban the author of the comment that is deleted: this act does them too. An order that another thread
    holds at this moment is skipped: waiting for it could be a circle."""
    if deletion.kind is not OutboxKind.DELETE or deletion.author_id is None:
        return ()
    bans = db.session.scalars(
        _waiting()
        .with_for_update(of=OutboxAction, skip_locked=True)
        .where(OutboxAction.author_id == deletion.author_id, OutboxAction.created_at >= connection.switched_on_at)
        .order_by(OutboxAction.id)
    ).all()
    for ban in bans:
        ban.for_person, ban.error, ban.sent_at = True, _WITH_DELETION, ban.sent_at or now
    return bans


def of_try(orders: tuple[int, ...], hold: Hold) -> Sequence[OutboxAction]:
    """The orders that this try still holds, locked and let go."""
    theirs = (OutboxAction.id.in_(orders), OutboxAction.lease_token == hold.token)
    bans = db.session.scalars(_waiting().where(*theirs)).all() if orders else ()
    kinds.let_go(bans)
    return bans


def settled(bans: Sequence[OutboxAction], *, is_banned: bool) -> Sequence[OutboxAction]:
    """The orders that are done, when the author is banned; else a person bans him."""
    if not is_banned:
        for ban in bans:
            ban.error = _NOT_BANNED
        return ()
    for ban in bans:
        ban.for_person, ban.error = False, ""
    return bans


def not_banned_with(deletion: OutboxAction) -> None:
    """The program gives this deletion up: the orders that an earlier try took along are a person's."""
    if deletion.kind is OutboxKind.DELETE and deletion.author_id is not None:
        of_author = (OutboxAction.author_id == deletion.author_id, OutboxAction.error == _WITH_DELETION)
        settled(db.session.scalars(_waiting().where(*of_author)).all(), is_banned=False)


def _waiting() -> Select[OutboxAction]:
    of_bans = (OutboxAction.kind == OutboxKind.BAN, OutboxAction.state == OutboxState.PENDING)
    return select(OutboxAction).where(*of_bans).with_for_update(of=OutboxAction)
