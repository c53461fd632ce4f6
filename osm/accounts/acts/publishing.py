"""An approved answer is published under the citizen's comment, automatically or by one press (П.8)."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import TypeVar

from sqlalchemy import Row, func, select

from osm.accounts.acts import keys as acts_keys
from osm.accounts.acts import received, sending, stopping
from osm.accounts.acts.connecting import connector_for
from osm.accounts.acts.keys import DONE_UNNOTED, NOT_DONE, Unforeseen, in_thread
from osm.accounts.acts.kinds import KINDS
from osm.accounts.acts.sending import claim, due
from osm.accounts.acts.stopping import Errand, Hold, Result, lock_pages
from osm.accounts.acts.ways import Way, way_of, ways_of
from osm.answers.acts.publication import check_may_publish
from osm.comments.acts import outbox
from osm.connectors.contract import BansByDeleting, Connector
from osm.connectors.faults import NetworkError
from osm.extensions import db
from osm.flow.acts.act import current_reply, load_message
from osm.flow.acts.edits import publication_of, withdraw_publication
from osm.imports.queries.editions import is_held
from osm.log.acts.record import record
from osm.messages.acts.executors import check_not_held
from osm.plan.acts import outgoing
from osm.regulation.comment_words import OutboxKind, OutboxState
from osm.regulation.errors import StaleVersion
from osm.regulation.words import Status
from osm.services.errors import ServiceError
from osm.services.pace import Pace
from osm.store.models import Connection, Deadline, DeadlineState, Message, OutboxAction, Publishing, User
from osm.store.transaction import give_up, is_passing, transaction

# --- What must happen in a network happens there, each act once
log = logging.getLogger(__name__)

Waits = Row[int, int, OutboxKind]
"""An act that is due, its page, its kind."""
MOST_AT_ONCE = 128
"""Acts that are tried at the same time. Pages that hang hold theirs until the network's time is over."""
MOST_OF_PAGE = 4
"""Its keys allow but few requests a second anyway."""


@dataclass
class Ongoing:
    """What this process is doing in the networks."""

    busy: dict[int, tuple[Errand, Future[Result]]] = field(default_factory=dict)


_ongoing = Ongoing()


def run(owner: str, now: datetime, pace: Pace) -> int:
    """Note what has been done and begin what is due; how many acts were settled.

    A round of the worker never waits; without a limit of time (`osm tick`) what is due is done to its end.
    """
    if pace.seconds < float("inf"):
        _renew(_ongoing, now)
        return _collect(_ongoing, now) + _begin(_ongoing, owner, now)
    once, settled = Ongoing(), 0
    while _begin(once, owner, now):
        _wait(once, now)
        settled += _collect(once, now)
    return settled


def _wait(ongoing: Ongoing, now: datetime) -> None:
    """Wait until all have ended, renewing their leases."""
    begun = time.monotonic()
    answers = [answer for _errand, answer in ongoing.busy.values()]
    while wait(answers, timeout=stopping.RENEW_SECONDS).not_done:
        _renew(ongoing, now + timedelta(seconds=time.monotonic() - begun))


def _renew(ongoing: Ongoing, now: datetime) -> None:
    stopping.renew((errand.hold for errand, answer in ongoing.busy.values() if not answer.done()), now)


def _begin(ongoing: Ongoing, owner: str, now: datetime) -> int:
    """Claim and begin what is due; returns how many were looked at. One that once ended its process is tried alone."""
    if any(errand.is_alone for errand, _answer in ongoing.busy.values()):
        return 0
    # Looks first without the write lock: mostly there is nothing to do.
    waiting = db.session.execute(due(now).with_only_columns(OutboxAction.id, Connection.id, OutboxAction.kind)).all()
    found = _fair([row for row in waiting if row[0] not in ongoing.busy], ongoing)
    if not found:
        return 0
    posts = [number for number, _page, kind in found if kind is OutboxKind.POST]
    query = due(now).where(OutboxAction.id.in_([row[0] for row in found]))
    errands: list[tuple[Errand, Connector]] = []
    looked = 0
    with transaction():
        lock_pages()  # a stop that begins now waits for this, or is waited for: the query below sees it
        held = outgoing.lock_of(posts, skip=True)
        for action, connection in db.session.execute(query.with_for_update(of=OutboxAction, skip_locked=True)):
            if not received.is_on(connection) or action.for_person:
                continue
            if action.interrupted and (ongoing.busy or errands):
                continue
            if action.kind is OutboxKind.POST and action.id not in held:
                continue  # somebody works on the publication at this moment
            looked += 1
            if claimed := _claimed(action, connection, owner, now):
                errands.append(claimed)
                if claimed[0].is_alone:
                    break
    for errand, connector in errands:
        ongoing.busy[errand.action_id] = (errand, in_thread(partial(KINDS[errand.kind].run, errand, connector)))
    return looked


def _fair(waiting: Sequence[Waits], ongoing: Ongoing) -> list[Waits]:
    """Which of these acts, given by their page, may begin: the first of each page before the second of any.

    A page has more than one only in half of the threads: those that hang leave one for each of the others.
    """
    of_page = Counter(errand.connection_id for errand, _answer in ongoing.busy.values())
    in_turn: list[list[Waits]] = [[] for _ in range(MOST_OF_PAGE)]
    for row in waiting:
        if of_page[row[1]] < MOST_OF_PAGE:
            in_turn[of_page[row[1]]].append(row)
            of_page[row[1]] += 1
    first, *further = in_turn
    chosen = first[: max(MOST_AT_ONCE - len(ongoing.busy), 0)]
    rest = max(MOST_AT_ONCE // 2 - len(ongoing.busy) - len(chosen), 0)
    return chosen + list(chain.from_iterable(further))[:rest]


def _claimed(
    action: OutboxAction, connection: Connection, owner: str, now: datetime
) -> tuple[Errand, Connector] | None:
    """The act and its connector; None where there is nothing to send. One that cannot be claimed stops no other."""
    number, connection_id = action.id, connection.id
    try:
        with transaction():
            hold, account = Hold(), connection.account
            keys = acts_keys.opened(connection.keys)
            connector = connector_for(account.network, account.external_id, keys, acts=True, may_ask=hold.check)
            errand = claim(action, connection, hold, owner, now, bans_too=isinstance(connector, BansByDeleting))
            db.session.flush()
            return (errand, connector) if errand else None
    except Exception as error:
        if is_passing(error):
            raise
        log.exception("act not claimed", extra={"act": number})
        sending.not_claimed(number, connection_id, Unforeseen(error), now)
        return None


def _collect(ongoing: Ongoing, now: datetime) -> int:
    """What has ended is settled; one that cannot be stops no other.

    Where the database is busy, the result is kept here and noted in the next round.
    """
    settled, passing = 0, None
    for action_id, (errand, answer) in [one for one in ongoing.busy.items() if one[1][1].done()]:
        try:
            settled += _settled(errand, answer, now)
        except Exception as error:
            give_up()
            if is_passing(error):
                passing = error
                continue
            log.exception("act not settled", extra={"act": action_id})
        del ongoing.busy[action_id]
    if passing is not None:
        raise passing
    return settled


def _settled(errand: Errand, answer: Future[Result], now: datetime) -> int:
    error = answer.exception()
    if error is not None and not isinstance(error, NetworkError):
        log.error("act failed", extra={"act": errand.action_id}, exc_info=error)
        error = Unforeseen(error)
    try:
        return sending.settle(errand, None if error else answer.result(), error, now)
    except Exception as fault:
        if is_passing(fault):
            raise
        log.exception("act not noted", extra={"act": errand.action_id})
        return sending.settle(errand, None, Unforeseen(fault, words=NOT_DONE if error else DONE_UNNOTED), now)


# --- Publishing the answer
UNDO = timedelta(seconds=60)
"""For so long citizens do not see the answer, so that it can be stopped; less where the term would be missed."""

PACE = timedelta(seconds=20)
"""Between two answers of one common text on one page."""

Approved = TypeVar("Approved")


class NotByItself(ServiceError):
    """The program cannot place this answer: it is placed by hand."""


def order(message_id: int, version: int, *, actor: User, now: datetime) -> OutboxAction:
    """Publish the approved version under the comment. Pressed twice it is published once.

    StaleVersion; NotYours; AnswerHeld; NotByItself where the page is not connected, or no version is approved.
    """
    with transaction():
        message = _seen(message_id, version, actor)
        waiting = publication_of(message_id)
        if waiting is not None:
            return waiting
        return _order(message, way_of(message_id), actor, now)


def approve_and_order(approve: Callable[[], Approved], message_id: int, *, actor: User, now: datetime) -> Approved:
    """Approve, and where the page says «сразу» the answer goes out with the approval, in one transaction."""
    with transaction():
        done = approve()
        way = way_of(message_id)
        if way is not None and way.connection.publish is Publishing.AUTO:
            _order(load_message(message_id), way, actor, now)
        return done


def order_all(messages: Sequence[Message], *, actor: User, now: datetime) -> int:
    """The approved answers of these messages go out one after the other, in the caller's transaction; how many.

    First those with a term that has passed, then by the next term. A page is not flooded with like texts: PACE lies
    between two of one page, after those that wait there already, unless a term would be missed by it. Those that wait
    already, those that the program cannot place, and those that are held are left as they are.
    """
    approved = (one for one in messages if one.status is Status.APPROVED and not _is_held(one))
    ready = [(_terms_of(message.id), message) for message in approved]
    ways = ways_of([message.id for _due, message in ready])
    turns, free = 0, _free_from({way.connection.account_id for way in ways.values()}, now)
    for terms, message in sorted(ready, key=lambda one: (not one[0], one[0][:1], one[1].id)):
        way = ways.get(message.id)
        if way is None or publication_of(message.id) is not None:
            continue
        later, turns = free[way.connection.account_id], turns + 1
        free[way.connection.account_id] = later + PACE
        _order(message, way, actor, now, not_before=_in_time(later, terms, now))
    return turns


def stop(message_id: int, version: int, *, actor: User, now: datetime) -> bool:
    """Take back the order to publish. StaleVersion, NotYours, SendingBegun."""
    with transaction():
        message = _seen(message_id, version, actor)
        if not withdraw_publication(message_id, actor=actor, now=now):
            return False
        record("stop_publication", at=now, actor=actor, message=message, clause="П.8")
        return True


def _is_held(message: Message) -> bool:
    reply = current_reply(message)
    return reply is not None and reply.approved_draft_id is not None and is_held(reply.approved_draft_id)


def try_again(
    message_id: int, version: int, *, action_id: int, action_version: int, in_spite: bool, actor: User, now: datetime
) -> OutboxAction:
    """The network has refused, or a person has looked: once more (`outbox.try_again`). StaleVersion, NotYours."""
    with transaction():
        _seen(message_id, version, actor)
        return outbox.try_again(
            action_id, action_version, message_id=message_id, in_spite=in_spite, actor=actor, now=now
        )


def _seen(message_id: int, version: int, actor: User) -> Message:
    message = load_message(message_id)
    if message.version != version:
        raise StaleVersion(version, message.version)
    check_may_publish(message, actor)
    return message


def _free_from(account_ids: Collection[int], now: datetime) -> dict[int, datetime]:
    """When the next answer may go out on each of these pages: after the last that waits there."""
    waiting = (
        select(OutboxAction.account_id, func.max(OutboxAction.not_before))
        .where(
            OutboxAction.account_id.in_(account_ids),
            OutboxAction.kind == OutboxKind.PUBLISH,
            OutboxAction.state == OutboxState.PENDING,
            OutboxAction.for_person.is_(False),
        )
        .group_by(OutboxAction.account_id)
    )
    last = {number: at + PACE for number, at in db.session.execute(waiting).tuples() if number}
    return {number: max(now + UNDO, last.get(number, now)) for number in account_ids}


def _order(
    message: Message, way: Way | None, actor: User, now: datetime, not_before: datetime | None = None
) -> OutboxAction:
    reply = current_reply(message)
    if message.status is not Status.APPROVED or reply is None or reply.approved_draft is None:
        raise NotByItself("Публиковать нечего: согласованного ответа нет. Ничего не изменено.")
    if way is None:
        raise NotByItself("Программа не может ответить на этой странице сама. Разместите ответ и вставьте ссылку.")
    check_not_held(reply.approved_draft.id)
    draft = reply.approved_draft
    tried = db.session.scalar(select(func.count()).where(OutboxAction.draft_id == draft.id)) or 0
    action = OutboxAction(
        kind=OutboxKind.PUBLISH,
        network=way.connection.account.network,
        comment_id=way.comment.id if way.comment else None,
        author_id=way.comment.author_id if way.comment else message.author_id,
        account_id=way.connection.account_id,
        target=dict(way.target) if way.target else None,
        message_id=message.id,
        draft_id=draft.id,
        not_before=not_before or _not_before(message.id, now),
        created_at=now,
        created_by_id=actor.id,
        # One version goes out once; stopped and ordered again it is another order.
        idempotency_key=f"publish:{draft.id}:{tried}",
    )
    db.session.add(action)
    record("order_publication", at=now, actor=actor, message=message, clause="П.8")
    return action


def _not_before(message_id: int, now: datetime) -> datetime:
    """The end of «Отменить»: at once where the term of the answer would be missed by it."""
    return _in_time(now + UNDO, _terms_of(message_id), now)


def _in_time(planned: datetime, terms: Sequence[datetime], now: datetime) -> datetime:
    """As planned, or earlier where a term would be missed by that. What has been missed is in no such hurry."""
    due = next((one for one in terms if one > now), None)
    return planned if due is None else min(planned, max(now, due - UNDO))


def _terms_of(message_id: int) -> Sequence[datetime]:
    """The terms of the message that run, those that have passed first."""
    open_terms = (Deadline.message_id == message_id, Deadline.state == DeadlineState.OPEN)
    return sorted(due for due in db.session.scalars(select(Deadline.due_at).where(*open_terms)) if due)
