"""What must happen in a network happens there, each act once: claimed by lease, looked up before a second try.

An act is tried in a thread of its own. Whatever ends without a clear answer may have happened: the next try looks
first, and where the keys do not allow to look, a person does.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from secrets import SystemRandom

from sqlalchemy import Select, case, exists, select, update
from sqlalchemy.orm import aliased

from osm.connectors.contract import (
    Act,
    BansByDeleting,
    CannotLook,
    Connector,
    Fault,
    Kind,
    NetworkError,
    Placed,
    Target,
)
from osm.extensions import db
from osm.regulation.errors import TransitionNotAllowed
from osm.regulation.words import OutboxKind, OutboxState, Status
from osm.services.accounts import banning, heard
from osm.services.accounts.errands import ACTS, Answer, Errand
from osm.services.accounts.hearing import Ears, failed, in_thread
from osm.services.accounts.installation import this_installation
from osm.services.acts import current_reply
from osm.services.answers import publication
from osm.services.files.attachments import stored_path
from osm.services.log.log import record
from osm.services.pace import Pace
from osm.store.models import Comment, Connection, ConnectionState, Draft, Message, Moderating, OutboxAction
from osm.store.transaction import transaction

LEASE = timedelta(minutes=3)
"""Longer than any one act takes (`osm.connectors.transport`)."""
MOST_AT_ONCE = 16
MOST_TRIES = 12
"""Then a person looks; with the pauses below that is after about three hours."""
_NOT_APPROVED = "Согласование этого ответа больше не действует: он не размещён."
_NO_KEY = "Для этого у страницы нет ключа: выполните на сайте."
SHORTEST, LONGEST = timedelta(seconds=5), timedelta(minutes=30)


@dataclass
class Hands:
    """What this process is doing in the networks."""

    ears: Ears = field(default_factory=Ears)
    """Its connectors; nothing is heard by them."""
    busy: dict[int, tuple[Errand, Future[Placed | bool | None]]] = field(default_factory=dict)


_hands = Hands()


def release_of(is_gone: Callable[[str], bool]) -> None:
    """What a process that has died was sending is taken up at once; who may still be alive keeps it to its end."""
    leased = (OutboxAction.state == OutboxState.PENDING, OutboxAction.leased_until.is_not(None))
    owners = db.session.scalars(select(OutboxAction.leased_by).where(*leased).distinct()).all()
    gone = [owner for owner in owners if is_gone(owner)]
    if gone:
        with transaction() as session:
            freed = update(OutboxAction).where(*leased, OutboxAction.leased_by.in_(gone))
            # A try that died with its process says nothing of the network: it makes no later one wait longer.
            session.execute(freed.values(leased_until=None, attempts=OutboxAction.attempts - 1))


def take_up(owner: str, now: datetime, pace: Pace) -> int:
    """Note what has been done and begin what is due; how many acts were settled.

    A round of the worker never waits; without a limit of time (`osm tick`) what is due is done to its end.
    """
    if pace.seconds < float("inf"):
        return _collect(_hands, now) + _begin(_hands, owner, now)
    once, settled = Hands(), 0
    while _begin(once, owner, now):
        wait([answer for _errand, answer in once.busy.values()])
        settled += _collect(once, now)
    return settled


def _begin(hands: Hands, owner: str, now: datetime) -> int:
    """Claim what is due and begin it; how many were looked at."""
    query = _due(now).limit(max(MOST_AT_ONCE - len(hands.busy), 0))
    # Looks first without the write lock: mostly there is nothing to do.
    if db.session.execute(query).first() is None:
        return 0
    errands: list[tuple[Errand, Connector]] = []
    looked = 0
    with transaction():
        for action, connection in db.session.execute(query.with_for_update(of=OutboxAction, skip_locked=True)):
            if action.id in hands.busy or not heard.is_on(connection) or action.for_person:
                continue
            looked += 1
            connector = hands.ears.connector(connection)
            if errand := _claim(action, connection, owner, now, bans_too=isinstance(connector, BansByDeleting)):
                errands.append((errand, connector))
    for errand, connector in errands:
        hands.busy[errand.action_id] = (errand, in_thread(partial(errand.run, connector)))
    return looked


def _due(now: datetime) -> Select[OutboxAction, Connection]:
    """Acts whose time has come on pages that do them by themselves. Of one author the earliest alone."""
    earlier, heard_of = aliased(OutboxAction), aliased(Comment)
    latest = (
        select(heard_of.account_id)
        .where(heard_of.author_id == OutboxAction.author_id, heard_of.account_id.is_not(None))
        .order_by(heard_of.id.desc())
        .limit(1)
        .correlate(OutboxAction)
        .scalar_subquery()
    )
    page = case((OutboxAction.kind.in_((OutboxKind.DELETE, OutboxKind.PUBLISH)), Comment.account_id), else_=latest)
    waits = exists().where(
        earlier.author_id == OutboxAction.author_id,
        earlier.kind.in_((OutboxKind.BAN, OutboxKind.UNBAN)),
        earlier.state == OutboxState.PENDING,
        earlier.id < OutboxAction.id,
    )
    return (
        select(OutboxAction, Connection)
        .outerjoin(Comment, Comment.id == OutboxAction.comment_id)
        .join(Connection, Connection.account_id == page)
        .where(
            OutboxAction.state == OutboxState.PENDING,
            OutboxAction.for_person.is_(False),
            OutboxAction.not_before <= now,
            OutboxAction.try_at.is_(None) | (OutboxAction.try_at <= now),
            OutboxAction.leased_until.is_(None) | (OutboxAction.leased_until <= now),
            OutboxAction.created_at >= Connection.switched_on_at,
            Connection.installation == this_installation(),
            OutboxAction.kind.in_((OutboxKind.DELETE, OutboxKind.PUBLISH)) | ~waits,
            (OutboxAction.kind == OutboxKind.PUBLISH) | (Connection.moderate == Moderating.AUTO),
            Connection.state.in_((ConnectionState.WORKING, ConnectionState.FAILING)),
            Connection.rest_until.is_(None) | (Connection.rest_until <= now),
        )
        .order_by(OutboxAction.id)
    )


def _claim(action: OutboxAction, connection: Connection, owner: str, now: datetime, *, bans_too: bool) -> Errand | None:
    """This process does it now; None where the keys do not allow it: then a person does."""
    if action.kind is OutboxKind.PUBLISH and not _is_still_approved(action):
        action.state, action.settled_at, action.error = OutboxState.CANCELLED, now, _NOT_APPROVED
        return None
    target = _whom(action)
    if target is None or ACTS[action.kind] not in connection.can:
        why = (one["why"] for one in connection.cannot if one["what"] == ACTS[action.kind])
        action.for_person, action.error = True, next(why, _NO_KEY)
        return None
    again = action.sent_at is not None
    action.attempts += 1
    action.leased_until, action.leased_by, action.sent_at = now + LEASE, owner, action.sent_at or now
    ground = str(action.comment.ground or "") if action.comment else ""
    answer = _answer(action) if action.kind is OutboxKind.PUBLISH else None
    bans = banning.taken_along(action, connection) if bans_too else ()
    about = (action.id, connection.id, action.attempts, action.kind, target, action.ban_until, ground, again)
    return Errand(*about, answer, bans)


def _is_still_approved(action: OutboxAction) -> bool:
    """Whatever was done to the message since (excluded, taken back, approved anew): this version goes out or none."""
    message = db.session.get(Message, action.message_id)
    if message is None or message.status is not Status.APPROVED or message.recalled_at is not None:
        return False
    reply = current_reply(message)
    return reply is not None and reply.approved_draft is not None and reply.approved_draft.id == action.draft_id


def _answer(action: OutboxAction) -> Answer:
    """What goes out: read here, since the thread that sends it asks no database."""
    draft = db.session.get_one(Draft, action.draft_id)
    photos = tuple((one.filename, one.content_type, stored_path(one.sha256)) for one in draft.reply.attachments)
    written_under = action.comment.text if action.comment else ""
    return Answer(draft.text, photos, action.idempotency_key, written_under)


def _whom(action: OutboxAction) -> Target | None:
    """What it is about as the network names it: the comment, of a ban the latest of this author."""
    comment = action.comment
    if comment is None:
        heard_of = select(Comment).where(Comment.author_id == action.author_id, Comment.account_id.is_not(None))
        comment = db.session.scalar(heard_of.order_by(Comment.id.desc()).limit(1))
    if comment is None or not comment.target:
        return None
    told = dict(comment.target)
    return Target(Kind(told.pop("kind")), **told)


def _collect(hands: Hands, now: datetime) -> int:
    settled = 0
    for action_id, (errand, answer) in [one for one in hands.busy.items() if one[1][1].done()]:
        del hands.busy[action_id]
        error = answer.exception()
        if error is not None and not isinstance(error, NetworkError):
            raise error  # ours: the lease runs out, the next try looks first
        settled += _settle(errand, None if error else answer.result(), error, now)
    return settled


def _settle(errand: Errand, done: Placed | bool | None, error: NetworkError | None, now: datetime) -> int:
    """What came of it. Whoever has marked it as done by hand meanwhile was right."""
    with transaction() as session:
        action = session.get(OutboxAction, errand.action_id, with_for_update=True)
        if action is None or action.state is not OutboxState.PENDING or action.attempts != errand.attempt:
            return 0
        action.leased_until = None
        if error is None:
            action.state, action.settled_at, action.error = OutboxState.DONE, now, ""
            _log("outbox_done", action, now)
            if isinstance(done, Placed):
                _published(action, done, now)
            bans = banning.settled(errand.bans, is_banned=done is True)
            for ban in bans:
                ban.state, ban.settled_at = OutboxState.DONE, now
                _log("outbox_done", ban, now)
            return 1 + len(bans)
        action.error = f"{error} {error.said}".strip()
        if isinstance(error, CannotLook) or error.fault is Fault.PERSON or action.attempts >= MOST_TRIES:
            action.for_person = True
        elif error.fault is Fault.PERMANENT:
            action.state, action.settled_at = OutboxState.FAILED, now
            _log("outbox_failed", action, now)
        elif error.fault is Fault.RIGHTS:
            _becomes_manual(session.get_one(Connection, errand.connection_id), ACTS[errand.kind], action.error)
            action.for_person = True
        else:
            action.try_at = now + _pause(action.attempts, error)
        if action.for_person or action.state is OutboxState.FAILED:
            banning.settled(errand.bans, is_banned=False)
        if action.for_person:
            _log("outbox_waits", action, now)
    if error is not None and error.fault is Fault.PAUSE:
        failed(errand.connection_id, error, now)
    return 0


def _published(action: OutboxAction, placed: Placed, now: datetime) -> None:
    """The answer stands there: the message is answered, unless somebody has noted so meanwhile."""
    action.url = placed.url[:1000]
    ordered_by = action.created_by
    if action.message_id is None or action.draft_id is None or ordered_by is None:
        return
    try:
        publication.note_published(
            action.message_id,
            draft_id=action.draft_id,
            url=placed.url,
            at=placed.at or now,
            ordered_by=ordered_by,
            now=now,
        )
    except TransitionNotAllowed:
        action.error = "Ответ размещён, но у сообщения уже другой ответ: сверьте на странице."


def _pause(attempts: int, error: NetworkError) -> timedelta:
    """Twice as long after each try, and not all at the same instant."""
    pause = min(SHORTEST * 2 ** (attempts - 1), LONGEST)
    jitter: float = SystemRandom().uniform(0.8, 1.2)
    return timedelta(seconds=max(error.pause or pause, pause).total_seconds() * jitter)


def _becomes_manual(connection: Connection, act: Act, words: str) -> None:
    """The key has lost this right: the act is done by hand from now on, everything else goes on."""
    connection.can = [one for one in connection.can if one != act]
    connection.cannot = [*connection.cannot, {"what": act, "why": words}]
    connection.said = words


def _log(code: str, action: OutboxAction, now: datetime) -> None:
    action.version += 1
    message = db.session.get(Message, action.message_id) if action.message_id else None
    code = code.replace("outbox", "publication") if message is not None and code != "outbox_done" else code
    record(
        code, at=now, actor=None, message=message, clause="П.8" if message else "Пр.2.6",
        object_kind="outbox_action", object_id=action.id,
        changes={"outbox_state": (OutboxState.PENDING, action.state)},
    )  # fmt: skip
