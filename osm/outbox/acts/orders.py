"""Acts that wait for a network: stopped, cancelled, left to people, done by hand, tried again."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import ColumnElement, select, update

from osm.base.database import db, insert_into
from osm.base.errors import NotFound, ServiceError, must_exist
from osm.base.transaction import transaction
from osm.connectors.registry import looks_up
from osm.connectors.transport import Fault, NetworkError
from osm.flow.acts.moving import one_line
from osm.log.acts.record import record
from osm.models import Account, Comment, Connection, OutboxAction, Stop, User
from osm.outbox.acts.kinds import kind_of
from osm.outbox.queries import on_pages, page_of_act
from osm.regulation import blacklist, errors
from osm.regulation.blacklist import OutboxKind, OutboxState
from osm.regulation.errors import MissingInput, StaleVersion, refuse


# --- Acts waiting for a network (П.8)
class SendingBegun(ServiceError):
    """The network was already asked, so the answer may be published."""

    words = "Ответ уже отправляется в соцсеть, отменить нельзя. Дождитесь результата; ничего не изменено."


def is_being_sent(action: OutboxAction, now: datetime) -> bool:
    """Whether a process is sending it now, so that it may not be changed."""
    return action.leased_until is not None and action.leased_until > now


def being_sent(now: datetime) -> ColumnElement[bool]:
    """The same as a condition, never NULL."""
    return OutboxAction.leased_until.is_not(None) & (OutboxAction.leased_until > now)


def publication_of(message_id: int) -> OutboxAction | None:
    """The publication of this message that waits or is being sent, locked; None if there is none."""
    return db.session.scalar(
        select(OutboxAction).where(*_waits(message_id)).order_by(OutboxAction.id.desc()).limit(1).with_for_update()
    )


def _waits(message_id: int) -> tuple[ColumnElement[bool], ...]:
    """The conditions of an unsettled publication of this message."""
    is_publication = OutboxAction.kind == OutboxKind.PUBLISH
    return OutboxAction.message_id == message_id, is_publication, OutboxAction.state == OutboxState.PENDING


def hold_publication(message_id: int, words: str) -> None:
    """Leave the waiting publication to a person, with `words` as the reason, unless it was or is being sent. If a
    process has claimed it and locked the row, it is too late."""
    ids = db.session.scalars(select(OutboxAction.id).where(*_waits(message_id))).all()
    locked = select(OutboxAction).where(OutboxAction.id.in_(ids)).with_for_update(skip_locked=True)
    actions = db.session.scalars(locked.execution_options(populate_existing=True)).all()
    if len(actions) < len(ids) or any(one.sent_at is not None and not one.for_person for one in actions):
        return
    for one in actions:
        if not one.for_person:
            one.for_person, one.error, one.version = True, words, one.version + 1


def let_publication_go(message_id: int, words: str) -> None:
    """Undo `hold_publication` with the same words."""
    action = publication_of(message_id)
    if action is not None and action.for_person and action.error == words:
        action.for_person, action.error, action.version = False, "", action.version + 1


def withdraw_publication(message_id: int, *, actor: User | None, now: datetime, placed: bool = False) -> bool:
    """Cancel the publication; returns whether there was one. Raises SendingBegun if the network was already asked. A
    publication left to a person can be cancelled: he has seen that it is not published. `placed`: he has published it
    himself; then only a sending in progress prevents this."""
    action = publication_of(message_id)
    if action is None:
        return False
    if is_being_sent(action, now) or (action.sent_at is not None and not action.for_person and not placed):
        raise SendingBegun
    action.state, action.settled_at = OutboxState.CANCELLED, now
    action.settled_by_id, action.version = actor.id if actor else None, action.version + 1
    return True


def leave_to_people(account_id: int, words: str, now: datetime) -> None:
    """Leave the open acts of a stopped or disabled page to people, except those being sent. What they have already
    keeps its reason."""
    of_page = select(OutboxAction.id).outerjoin(Comment, Comment.id == OutboxAction.comment_id)
    on_page = of_page.where(OutboxAction.state == OutboxState.PENDING, page_of_act() == account_id).correlate(None)
    db.session.execute(
        update(OutboxAction)
        .where(
            OutboxAction.state == OutboxState.PENDING,
            OutboxAction.for_person.is_(False),
            ~being_sent(now),
            OutboxAction.id.in_(on_page),
        )
        .values(for_person=True, error=words)
    )


_NOT_HERE = (OutboxKind.PUBLISH, OutboxKind.POST, OutboxKind.WEBHOOK)
"""Handled on the message, the publication or the integrator, where their links and times are."""


class GoneOut(ServiceError):
    """It has already happened in the network, so the decision cannot be undone here."""

    def __init__(self, action: OutboxAction) -> None:
        self.kind, self.at = action.kind, action.settled_at or action.sent_at
        what = "это уже выполнено" if action.settled_at else "это сейчас выполняется"
        super().__init__(f"В соцсети {what}, отменить здесь нельзя. Ничего не изменено.")


def cancel(action: OutboxAction, *, actor: User | None, now: datetime) -> None:
    """Cancel the action because its decision was undone. Raises GoneOut."""
    if action.state is OutboxState.CANCELLED:
        return
    has_failed = action.state is OutboxState.FAILED or (action.state is OutboxState.PENDING and action.for_person)
    if is_being_sent(action, now):
        raise GoneOut(action)
    if not has_failed and (action.state is not OutboxState.PENDING or action.sent_at is not None):
        raise GoneOut(action)
    action.state, action.settled_at, action.settled_by_id = OutboxState.CANCELLED, now, actor.id if actor else None
    action.version += 1


def mark_done_by_hand(action_id: int, version: int, *, at: datetime | None, actor: User, now: datetime) -> OutboxAction:
    """A person has done it in the network at `at` (now, if None). Raises NotFound, StaleVersion, and MissingInput for a
    time before the decision or in the future."""
    with transaction():
        action = _seen(action_id, version)
        if action.state not in (OutboxState.PENDING, OutboxState.FAILED) or action.kind in _NOT_HERE:
            raise StaleVersion(version, action.version)
        was = action.state
        done = at or now
        if not action.created_at.replace(second=0, microsecond=0) <= done <= now:
            raise MissingInput("at", "Время выполнения — не раньше решения и не позже текущего времени.")
        action.state, action.settled_at, action.settled_by_id = OutboxState.DONE_BY_HAND, done, actor.id
        _record("outbox_by_hand", action, was, actor, now, done)
        return action


def mark_several_done(
    seen: Sequence[tuple[int, int]], *, at: datetime | None, actor: User, now: datetime
) -> list[OutboxAction]:
    """The same for several actions, (id, version) each: all or no action, each in the log. Raises as
    `mark_done_by_hand`, and MissingInput if the list is empty."""
    refuse("row", not seen, "Отметьте хотя бы одно действие.")
    with transaction():
        return [mark_done_by_hand(one, version, at=at, actor=actor, now=now) for one, version in sorted(seen)]


def try_again(
    action_id: int, version: int, *, actor: User, now: datetime, message_id: int | None = None,
    integrator_id: int | None = None, in_spite: bool = False,
) -> OutboxAction:  # fmt: skip
    """Let the program do it again after a person has checked. `message_id`: for an answer, `integrator_id`: for what he
    is told. `in_spite`: send the answer although the comment has changed since approval; this holds only for the text
    shown at this `version`, also in later tries. Raises NotFound, StaleVersion."""
    with transaction():
        action = _seen(action_id, version)
        waits = action.state is OutboxState.PENDING and action.for_person
        if is_being_sent(action, now):
            raise GoneOut(action)
        # An answer belongs to the page of its message, a post to the plan, all others (also corrections) to the list.
        owner = action.message_id if action.kind is OutboxKind.PUBLISH else None
        is_other = action.kind is OutboxKind.POST or (message_id, integrator_id) != (owner, action.integrator_id)
        if (not waits and action.state is not OutboxState.FAILED) or is_other:
            raise StaleVersion(version, action.version)
        was = action.state
        action.state, action.settled_at, action.settled_by_id = OutboxState.PENDING, None, None
        action.for_person, action.try_at, action.attempts = False, None, 0
        if action.kind is OutboxKind.BAN or (kind_of(action).places and not looks_up(action.network)):
            action.sent_at = None  # he has looked, where the program cannot; to ban twice does no harm
        action.in_spite = action.stands_text is not None and (in_spite or action.in_spite)
        action.stands_text = action.stands_text if action.in_spite else None
        _record("outbox_again", action, was, actor, now, None, {"under_changed": (None, True)} if in_spite else {})
        return action


def repeatable(actions: Iterable[OutboxAction]) -> frozenset[int]:
    """Those that a person has, or the network refused, and the program could do: its page works and may do it."""
    waits = [one for one in actions if one.for_person or one.state is OutboxState.FAILED]
    return frozenset(one.id for one, page in on_pages(waits) if kind_of(one).act in page.can) if waits else frozenset()


def reopen(action_id: int, version: int, *, actor: User, now: datetime) -> OutboxAction:
    """Undo a wrong «выполнено вручную»: the action waits again. Raises NotFound, StaleVersion."""
    with transaction():
        action = _seen(action_id, version)
        if action.state is not OutboxState.DONE_BY_HAND:
            raise StaleVersion(version, action.version)
        action.state, action.settled_at, action.settled_by_id = OutboxState.PENDING, None, None
        _record("outbox_reopen", action, OutboxState.DONE_BY_HAND, actor, now, None)
        return action


def _seen(action_id: int, version: int) -> OutboxAction:
    action = must_exist(db.session.get(OutboxAction, action_id, with_for_update=True), "Действие")
    StaleVersion.unless_seen(version, action.version)
    return action


def _record(
    code: str, action: OutboxAction, was: OutboxState, actor: User, now: datetime, done: datetime | None,
    more: Mapping[str, tuple[object, object]] = MappingProxyType({}),
) -> None:  # fmt: skip
    action.version += 1
    record(
        code, at=now, actor=actor, clause="Пр.2.6", about=action,
        changes={"outbox_state": (was, action.state), "done_at": (None, done), **more},
    )  # fmt: skip


# --- «Остановить публикации», and the rest of a page whose acts fail
# --- «Остановить публикации»
LONGEST_REASON = 500
_ALL = "all"


class StoppedAlready(ServiceError):
    def __init__(self) -> None:
        super().__init__("Здесь публикации уже остановлены. Второй раз ничего не записано.")


def stop(account_id: int | None, *, reason: str, actor: User, now: datetime) -> Stop:
    """Hold all acts on this page (None: on all pages), also those that are ordered later. Raises MissingInput without a
    reason, NotFound, StoppedAlready."""
    reason = one_line("reason", "Причина", reason, LONGEST_REASON, missing="Напишите, почему: это увидят коллеги.")
    with transaction() as session:
        if account_id is not None and session.get(Account, account_id) is None:
            raise NotFound("Страница")
        lock_pages(account_id, to_stop=True)
        place = _ALL if account_id is None else str(account_id)
        row = {"place": place, "account_id": account_id, "reason": reason, "since": now, "by_id": actor.id}
        fresh = insert_into(Stop).values(**row).on_conflict_do_nothing().returning(Stop.id)
        number = session.scalar(fresh)
        if number is None:
            raise StoppedAlready
        _log("stop_publications", account_id, reason, actor, now)
        return session.get_one(Stop, number)


def release(seen: Collection[int], *, actor: User, now: datetime) -> int:
    """What these stops held goes out again, as far as no other stop holds it; how many there were. NotFound where
    somebody was quicker."""
    with transaction() as session:
        found = session.scalars(select(Stop).where(Stop.id.in_(seen)).order_by(Stop.id).with_for_update()).all()
        if not found:
            raise NotFound("Остановка")
        for one in found:
            session.delete(one)
            _log("release_publications", one.account_id, "", actor, now)
        return len(found)


def let_out(action_id: int, version: int, *, actor: User, now: datetime) -> OutboxAction:
    """This one act goes out in spite of the stops of now. NotFound, StaleVersion."""
    with transaction() as session:
        action = must_exist(session.get(OutboxAction, action_id, with_for_update=True), "Действие")
        if action.version != version or action.state is not blacklist.OutboxState.PENDING:
            raise errors.StaleVersion(version, action.version)
        action.let_out_at, action.version = now, action.version + 1
        record("let_out", at=now, actor=actor, about=action)
        return action


def lock_pages(account_id: int | None = None, *, to_stop: bool = False) -> None:
    """Who stops and who claims wait for each other, in the caller's transaction: a claim after the stop sees it. On
    SQLite one writes at a time anyway. Several may claim at once."""
    query = select(Connection.id).order_by(Connection.id)
    if account_id is not None:
        query = query.where(Connection.account_id == account_id)
    db.session.execute(query.with_for_update(read=not to_stop)).all()


def _log(code: str, account_id: int | None, reason: str, actor: User, now: datetime) -> None:
    kind = "account" if account_id else ""
    record(code, at=now, actor=actor, note=reason, object_kind=kind, object_id=account_id)


# --- A page that fails again and again, or is asked by its network to pause, rests from acting
IN_A_ROW = 5  # failures after which a page rests
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(minutes=30)


def rest_after(connection: Connection, error: NetworkError, now: datetime) -> None:
    """An act has failed for the moment: in the caller's transaction."""
    if error.pause is not None:
        _rest(connection, error, now + error.pause)
    if error.fault is Fault.PAUSE:
        connection.acts_failed = 0  # so that the rest is the network's, which no success ends
    elif error.fault is Fault.TEMPORARY:
        connection.acts_failed += 1
        more = connection.acts_failed - IN_A_ROW
        if more >= 0:
            _rest(connection, error, now + min(SHORTEST * 2 ** min(more, 10), LONGEST))


def rest_ends(connection: Connection, now: datetime) -> None:
    """An act has ended: the next failure counts as the first. A pause that the network asked for continues."""
    until = connection.acts_rest_until
    if connection.acts_failed >= IN_A_ROW or (until is not None and until <= now):
        connection.acts_rest_until, connection.acts_said = None, ""
    connection.acts_failed = 0


def _rest(connection: Connection, error: NetworkError, until: datetime) -> None:
    connection.acts_rest_until = max(until, connection.acts_rest_until or until)
    connection.acts_said = error.in_full
