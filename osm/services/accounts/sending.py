"""What must happen in a network happens there, each act once: claimed by lease, looked up before a second try.

An act is tried in a thread of its own. Whatever ends without a clear answer may have happened: the next try looks
first, and where the keys do not allow to look, a person does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from secrets import SystemRandom

from sqlalchemy import select, update

from osm.connectors.contract import BansByDeleting, Connector
from osm.connectors.faults import CannotLook, Fault, NetworkError
from osm.connectors.ways import Act
from osm.extensions import db
from osm.regulation.comment_words import OutboxKind, OutboxState
from osm.services.accounts import banning, heard, resting
from osm.services.accounts.claiming import claim, due
from osm.services.accounts.errands import Errand, IsOther, Result
from osm.services.accounts.hearing import Ears, in_thread
from osm.services.accounts.kinds import KINDS
from osm.services.accounts.stopping import lock_pages
from osm.services.log.log import record
from osm.services.pace import Pace
from osm.services.plan import outgoing
from osm.store.models import Connection, Message, OutboxAction
from osm.store.transaction import transaction

MOST_AT_ONCE = 16
MOST_OF_PAGE = 4
"""A network that hangs takes no more of them; its keys allow but few requests a second anyway."""
MOST_TRIES = 12
"""Then a person looks; with the pauses below that is after about three hours."""
SHORTEST, LONGEST = timedelta(seconds=5), timedelta(minutes=30)


@dataclass
class Hands:
    """What this process is doing in the networks."""

    ears: Ears = field(default_factory=Ears)
    """Its connectors; nothing is heard by them."""
    busy: dict[int, tuple[Errand, Future[Result]]] = field(default_factory=dict)


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
    of_page = Counter(errand.connection_id for errand, _answer in hands.busy.values())
    full = [number for number, busy in of_page.items() if busy >= MOST_OF_PAGE]
    query = due(now).where(Connection.id.not_in(full)).limit(max(MOST_AT_ONCE - len(hands.busy), 0))
    # Looks first without the write lock: mostly there is nothing to do.
    found = db.session.execute(query).all()
    if not found:
        return 0
    posts = [action.id for action, _connection in found if action.kind is OutboxKind.POST]
    errands: list[tuple[Errand, Connector]] = []
    looked = 0
    with transaction():
        lock_pages()  # whoever stops everything at this moment waits, or is waited for: the query below sees the stop
        held = outgoing.lock_of(posts, skip=True)
        for action, connection in db.session.execute(query.with_for_update(of=OutboxAction, skip_locked=True)):
            if action.id in hands.busy or not heard.is_on(connection) or action.for_person:
                continue
            if of_page[connection.id] >= MOST_OF_PAGE:
                continue
            if action.kind is OutboxKind.POST and action.id not in held:
                continue  # somebody works on the publication at this moment
            looked += 1
            connector = hands.ears.connector(connection)
            if errand := claim(action, connection, owner, now, bans_too=isinstance(connector, BansByDeleting)):
                errands.append((errand, connector))
                of_page[connection.id] += 1
    for errand, connector in errands:
        hands.busy[errand.action_id] = (errand, in_thread(partial(KINDS[errand.kind].run, errand, connector)))
    return looked


def _collect(hands: Hands, now: datetime) -> int:
    settled = 0
    for action_id, (errand, answer) in [one for one in hands.busy.items() if one[1][1].done()]:
        del hands.busy[action_id]
        error = answer.exception()
        if error is not None and not isinstance(error, NetworkError):
            raise error  # ours: the lease runs out, the next try looks first
        settled += _settle(errand, None if error else answer.result(), error, now)
    return settled


def _settle(errand: Errand, done: Result, error: NetworkError | None, now: datetime) -> int:
    """What came of it. Whoever has marked it as done by hand meanwhile was right."""
    with transaction() as session:
        KINDS[errand.kind].first(errand.action_id)
        action = session.get(OutboxAction, errand.action_id, with_for_update=True)
        if action is None or action.state is not OutboxState.PENDING or action.attempts != errand.attempt:
            return 0
        action.leased_until = None
        connection = session.get_one(Connection, errand.connection_id)
        if error is None:
            resting.worked(connection)
            action.state, action.settled_at, action.error = OutboxState.DONE, now, ""
            _log("outbox_done", action, now)
            KINDS[errand.kind].done(action, done, now)
            bans = banning.settled(errand.bans, is_banned=done is True)
            for ban in bans:
                ban.state, ban.settled_at = OutboxState.DONE, now
                _log("outbox_done", ban, now)
            return 1 + len(bans)
        action.error = f"{error} {error.said}".strip()
        if errand.kind is OutboxKind.POST and not errand.again and not error.unclear:
            action.sent_at = None  # the network has certainly not taken it: there is nothing to look for
        if isinstance(error, IsOther):  # its words, once more others than those that a person has seen
            action.in_spite, action.stands_text = False, error.stands
        if isinstance(error, CannotLook) or error.fault is Fault.PERSON or action.attempts >= MOST_TRIES:
            action.for_person = True
        elif error.fault is Fault.PERMANENT or (error.fault is Fault.RIGHTS and errand.is_foreign):
            action.state, action.settled_at = OutboxState.FAILED, now
            _log("outbox_failed", action, now)
        elif error.fault is Fault.RIGHTS:
            _becomes_manual(connection, KINDS[errand.kind].act, action.error)
            action.for_person = True
        else:
            action.try_at = now + _pause(action.attempts, error)
            resting.failed(connection, error, now)
        if action.for_person or action.state is OutboxState.FAILED:
            banning.settled(errand.bans, is_banned=False)
        if action.for_person:
            _log("outbox_waits", action, now)
    return 0


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


_OF_MESSAGE = {OutboxKind.PUBLISH: "publication", OutboxKind.EDIT: "correction"}


def _log(code: str, action: OutboxAction, now: datetime) -> None:
    action.version += 1
    if action.kind is OutboxKind.POST:
        record(
            code.replace("outbox", "post"), at=now, actor=None, clause="Пр.1.2.4", object_kind="outbox_action",
            object_id=action.id, changes={"outbox_state": (OutboxState.PENDING, action.state)},
        )  # fmt: skip
        return
    message = db.session.get(Message, action.message_id) if action.message_id else None
    # What concerns an answer stands in the history of its message.
    code = code.replace("outbox", _OF_MESSAGE.get(action.kind, "outbox"))
    record(
        code, at=now, actor=None, message=message, clause="П.8" if message else "Пр.2.6",
        object_kind="outbox_action", object_id=action.id,
        changes={"outbox_state": (OutboxState.PENDING, action.state)},
    )  # fmt: skip
