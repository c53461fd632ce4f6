"""The result of a try: the act is done, tried again later, or left to a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from secrets import SystemRandom

from sqlalchemy import select

from osm.connectors.contract import Placed
from osm.connectors.faults import CannotLook, Fault, NetworkError
from osm.connectors.ways import Act
from osm.extensions import db
from osm.regulation.comment_words import OutboxKind, OutboxState
from osm.services.accounts import banning, heard, holding, resting
from osm.services.accounts.errands import Errand, IsOther, Result
from osm.services.accounts.holding import LeaseEnded
from osm.services.accounts.kinds import KINDS
from osm.services.accounts.unforeseen import Unforeseen
from osm.services.log.log import record
from osm.store.models import Connection, Message, OutboxAction
from osm.store.transaction import transaction

MOST_TRIES = 12
"""Then a person looks; with the pauses below that is after about three hours."""
SHORTEST, LONGEST = timedelta(seconds=5), timedelta(minutes=30)
_OFF = "Страницу выключили, пока это отправлялось: посмотрите на сайте, выполнено ли."
_TAKEN = "То, что найдено на странице, разместило другое действие: программа посмотрит ещё раз."
_SENDS = (OutboxKind.POST, OutboxKind.PUBLISH)
"""If the network has certainly not taken one, the next try need not look, and the act may be taken back."""


def settle(errand: Errand, done: Result, error: NetworkError | None, now: datetime) -> int:
    """Return how many acts are done; none where a person or a later try has settled it before."""
    with transaction() as session:
        KINDS[errand.kind].first(errand.action_id)
        action = session.get(OutboxAction, errand.action_id, with_for_update=True)
        bans = banning.of_try(errand.bans, errand.hold)
        if action is None or action.state is not OutboxState.PENDING or action.lease_token != errand.hold.token:
            return 0
        holding.let_go([action])
        connection = session.get(Connection, errand.connection_id)
        if error is None and isinstance(done, Placed) and _is_of_another(action, done):
            error = NetworkError(_TAKEN, Fault.TEMPORARY, unclear=True)
        if error is None:
            return _done(action, bans, connection, done, now)
        if not errand.again and not error.unclear:
            for one in [*bans, *([action] if action.kind in _SENDS else [])]:
                one.sent_at = None
        if isinstance(error, IsOther):  # its words, once more others than those that a person has seen
            action.in_spite, action.stands_text = False, error.stands
        if _failed(action, connection, error, now, is_foreign=errand.is_foreign):
            banning.settled(bans, is_banned=False)
    return 0


def not_claimed(action_id: int, connection_id: int, error: NetworkError, now: datetime) -> None:
    """It could not even be begun: that counts as a try too. In the caller's transaction."""
    with transaction() as session:
        action = session.get_one(OutboxAction, action_id, populate_existing=True)
        action.attempts += 1
        if _failed(action, session.get(Connection, connection_id), error, now):
            banning.not_banned_with(action)


def _done(
    action: OutboxAction, bans: Sequence[OutboxAction], connection: Connection | None, done: Result, now: datetime
) -> int:
    if connection is not None:
        resting.worked(connection, now)
    action.state, action.settled_at, action.error = OutboxState.DONE, now, ""
    _log("outbox_done", action, now)
    KINDS[action.kind].done(action, done, now)
    banned = banning.settled(bans, is_banned=done is True)
    for ban in banned:
        ban.state, ban.settled_at = OutboxState.DONE, now
        _log("outbox_done", ban, now)
    return 1 + len(banned)


def _failed(
    action: OutboxAction, connection: Connection | None, error: NetworkError, now: datetime, *, is_foreign: bool = False
) -> bool:
    """Whether the program gives up."""
    action.error = f"{error} {error.said}".strip()
    if isinstance(error, CannotLook) or error.fault is Fault.PERSON or action.attempts >= MOST_TRIES:
        action.for_person = True
    elif error.fault is Fault.PERMANENT or (error.fault is Fault.RIGHTS and is_foreign):
        action.state, action.settled_at = OutboxState.FAILED, now
        _log("outbox_failed", action, now)
    elif connection is None or not heard.is_on(connection):
        action.for_person, action.error = True, f"{_OFF} {action.error}"
    elif error.fault is Fault.RIGHTS:
        _becomes_manual(connection, KINDS[action.kind].act, action.error, now)
        action.for_person = True
    else:
        action.try_at = now + _pause(action.attempts, error)
        if not isinstance(error, Unforeseen | LeaseEnded):  # these say nothing of the network
            resting.failed(connection, error, now)
    if action.for_person:
        _log("outbox_waits", action, now)
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
    record("key_refused", at=now, actor=None, object_kind="account", object_id=connection.account_id)


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
    # Acts upon an answer are shown in the history of its message.
    code = code.replace("outbox", _OF_MESSAGE.get(action.kind, "outbox"))
    record(
        code, at=now, actor=None, message=message, clause="П.8" if message else "Пр.2.6",
        object_kind="outbox_action", object_id=action.id,
        changes={"outbox_state": (OutboxState.PENDING, action.state)},
    )  # fmt: skip
