"""What must happen in a network happens there, each act once: claimed by lease, looked up before a second try.

An act is tried in a thread of its own. Whatever ends without a clear answer may have happened: the next try looks
first, and where the keys do not allow to look, a person does.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from osm.connectors.contract import BansByDeleting, Connector
from osm.connectors.faults import NetworkError
from osm.extensions import db
from osm.regulation.comment_words import OutboxKind
from osm.services.accounts import heard, holding, settling
from osm.services.accounts import keys as stored_keys
from osm.services.accounts.claiming import claim, due
from osm.services.accounts.connecting import connector_for
from osm.services.accounts.errands import Errand, Result
from osm.services.accounts.holding import Hold
from osm.services.accounts.kinds import KINDS
from osm.services.accounts.stopping import lock_pages
from osm.services.accounts.unforeseen import DONE_UNNOTED, NOT_DONE, Unforeseen
from osm.services.accounts.waiting import in_thread
from osm.services.pace import Pace
from osm.services.plan import outgoing
from osm.store.models import Connection, OutboxAction
from osm.store.passing import is_passing
from osm.store.transaction import give_up, transaction

log = logging.getLogger(__name__)

MOST_AT_ONCE = 16
MOST_OF_PAGE = 4
"""A network that hangs takes no more of them; its keys allow but few requests a second anyway."""


@dataclass
class Hands:
    """What this process is doing in the networks."""

    busy: dict[int, tuple[Errand, Future[Result]]] = field(default_factory=dict)


_hands = Hands()


def take_up(owner: str, now: datetime, pace: Pace) -> int:
    """Note what has been done and begin what is due; how many acts were settled.

    A round of the worker never waits; without a limit of time (`osm tick`) what is due is done to its end.
    """
    if pace.seconds < float("inf"):
        _renew(_hands, now)
        return _collect(_hands, now) + _begin(_hands, owner, now)
    once, settled = Hands(), 0
    while _begin(once, owner, now):
        _wait(once, now)
        settled += _collect(once, now)
    return settled


def _wait(hands: Hands, now: datetime) -> None:
    """Until all have ended; meanwhile their leases are renewed."""
    begun = time.monotonic()
    answers = [answer for _errand, answer in hands.busy.values()]
    while wait(answers, timeout=holding.RENEW_SECONDS).not_done:
        _renew(hands, now + timedelta(seconds=time.monotonic() - begun))


def _renew(hands: Hands, now: datetime) -> None:
    holding.renew((errand.hold for errand, answer in hands.busy.values() if not answer.done()), now)


def _begin(hands: Hands, owner: str, now: datetime) -> int:
    """Claim what is due and begin it; how many were looked at. One whose try has ended a process is tried alone."""
    if any(errand.is_alone for errand, _answer in hands.busy.values()):
        return 0
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
            if of_page[connection.id] >= MOST_OF_PAGE or (action.interrupted and (hands.busy or errands)):
                continue
            if action.kind is OutboxKind.POST and action.id not in held:
                continue  # somebody works on the publication at this moment
            looked += 1
            if claimed := _claimed(action, connection, owner, now):
                errands.append(claimed)
                of_page[connection.id] += 1
                if claimed[0].is_alone:
                    break
    for errand, connector in errands:
        hands.busy[errand.action_id] = (errand, in_thread(partial(KINDS[errand.kind].run, errand, connector)))
    return looked


def _claimed(
    action: OutboxAction, connection: Connection, owner: str, now: datetime
) -> tuple[Errand, Connector] | None:
    """The act and its connector; None where there is nothing to send. One that cannot be claimed stops no other."""
    number, connection_id = action.id, connection.id
    try:
        with transaction():
            hold, account = Hold(), connection.account
            keys = stored_keys.opened(connection.keys)
            connector = connector_for(account.network, account.external_id, keys, acts=True, may_ask=hold.check)
            errand = claim(action, connection, hold, owner, now, bans_too=isinstance(connector, BansByDeleting))
            db.session.flush()
            return (errand, connector) if errand else None
    except Exception as error:
        if is_passing(error):
            raise
        log.exception("act not claimed", extra={"act": number})
        settling.not_claimed(number, connection_id, Unforeseen(error), now)
        return None


def _collect(hands: Hands, now: datetime) -> int:
    """What has ended is settled; one that cannot be stops no other.

    Where the database is busy, the result is kept here and noted in the next round.
    """
    settled, passing = 0, None
    for action_id, (errand, answer) in [one for one in hands.busy.items() if one[1][1].done()]:
        try:
            settled += _settled(errand, answer, now)
        except Exception as error:
            give_up()
            if is_passing(error):
                passing = error
                continue
            log.exception("act not settled", extra={"act": action_id})
        del hands.busy[action_id]
    if passing is not None:
        raise passing
    return settled


def _settled(errand: Errand, answer: Future[Result], now: datetime) -> int:
    error = answer.exception()
    if error is not None and not isinstance(error, NetworkError):
        log.error("act failed", extra={"act": errand.action_id}, exc_info=error)
        error = Unforeseen(error)
    try:
        return settling.settle(errand, None if error else answer.result(), error, now)
    except Exception as fault:
        if is_passing(fault):
            raise
        log.exception("act not noted", extra={"act": errand.action_id})
        return settling.settle(errand, None, Unforeseen(fault, words=NOT_DONE if error else DONE_UNNOTED), now)
