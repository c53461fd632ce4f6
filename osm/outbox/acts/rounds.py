"""What must happen in a network happens there, each act once."""

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import cast

from sqlalchemy import Row

from osm.base.database import db
from osm.base.transaction import Pace, give_up, is_passing, transaction
from osm.connectors.contract import BansByDeleting, Connector
from osm.connectors.transport import NetworkError
from osm.models import Connection, OutboxAction
from osm.outbox import queries
from osm.outbox.acts import keys as acts_keys
from osm.outbox.acts import kinds, sending
from osm.outbox.acts.asking import DONE_UNNOTED, NOT_DONE, Unforeseen, connector_for, in_thread
from osm.outbox.acts.kinds import Errand, Hold, Result, kinds_of_acts
from osm.outbox.acts.orders import lock_pages
from osm.outbox.acts.sending import claim, due, due_without_page
from osm.regulation.blacklist import OutboxKind

# --- What must happen in a network happens there, each act once
log = logging.getLogger(__name__)

Waits = Row[int, int, OutboxKind]  # an act that is due, its page (below 0: its receiver), its kind
MOST_AT_ONCE = 128
"""Acts that are tried at the same time. Pages that hang hold theirs until the network's time is over."""
MOST_OF_PAGE = 4  # its keys allow but few requests a second anyway
LAST_SECONDS = 10.0  # how long a process that stops waits for the networks


@dataclass
class Ongoing:
    busy: dict[int, tuple[Errand, Future[Result]]] = field(default_factory=dict)


_ongoing = Ongoing()


def run(owner: str, now: datetime, pace: Pace) -> int:
    """Note what has been done and begin what is due; how many acts were settled. A round of the worker never waits;
    without a limit of time (`osm tick`) what is due is done to its end."""
    if pace.seconds < float("inf"):
        _renew(_ongoing, now)
        return _collect(_ongoing, now) + _begin(_ongoing, owner, now)
    once, settled = Ongoing(), 0
    while _begin(once, owner, now):
        # Wait until all have ended, renewing their leases.
        begun = time.monotonic()
        answers = [answer for _errand, answer in once.busy.values()]
        while wait(answers, timeout=kinds.RENEW_SECONDS).not_done:
            _renew(once, now + timedelta(seconds=time.monotonic() - begun))
        settled += _collect(once, now)
    return settled


def stop(now: datetime) -> None:
    """Before the process ends: what waits for its turn is not begun, and what is being asked is noted. Else a person
    would have to look where the network cannot be looked up."""
    for errand, _answer in _ongoing.busy.values():
        errand.hold.renewed = float("-inf")
    wait([answer for _errand, answer in _ongoing.busy.values()], timeout=LAST_SECONDS)
    _collect(_ongoing, now)


def _renew(ongoing: Ongoing, now: datetime) -> None:
    kinds.renew((errand.hold for errand, answer in ongoing.busy.values() if not answer.done()), now)


def _begin(ongoing: Ongoing, owner: str, now: datetime) -> int:
    """Claim and begin what is due; returns how many were looked at. What may have ended its process is alone."""
    if any(errand.is_alone for errand, _answer in ongoing.busy.values()):
        return 0
    # Looks first without the write lock: mostly there is nothing to do.
    waiting: list[Waits] = [
        *db.session.execute(due(now).with_only_columns(OutboxAction.id, Connection.id, OutboxAction.kind)),
        *db.session.execute(
            due_without_page(now).with_only_columns(OutboxAction.id, -OutboxAction.integrator_id, OutboxAction.kind)
        ),
    ]
    found = _fair([row for row in waiting if row[0] not in ongoing.busy], ongoing)
    if not found:
        return 0
    of_kind: defaultdict[OutboxKind, list[int]] = defaultdict(list)
    for number, _page, kind in found:
        of_kind[kind].append(number)
    of_these = OutboxAction.id.in_([row[0] for row in found])
    on_pages, others = (
        query.where(of_these).with_for_update(of=OutboxAction, skip_locked=True)
        for query in (due(now), due_without_page(now))
    )
    errands: list[tuple[Errand, Connector]] = []
    looked = 0
    with transaction():
        lock_pages()  # a stop that begins now waits for this, or is waited for: the query below sees it
        free = frozenset().union(*(kinds_of_acts()[kind].lock(ids, True) for kind, ids in of_kind.items()))
        acts: Iterable[tuple[OutboxAction, Connection | None]] = chain(
            db.session.execute(on_pages), ((action, None) for action in db.session.scalars(others))
        )
        for action, connection in acts:
            if action.for_person or (connection is not None and not queries.is_on(connection)):
                continue
            if sending.is_tried_alone(action) and (ongoing.busy or errands):
                continue
            if action.id not in free:
                continue  # somebody works on what it is about at this moment
            looked += 1
            if claimed := _claimed(action, connection, owner, now):
                errands.append(claimed)
                if claimed[0].is_alone:
                    break
    for errand, connector in errands:
        ongoing.busy[errand.action_id] = (errand, in_thread(partial(errand.run, errand, connector)))
    return looked


def _fair(waiting: Sequence[Waits], ongoing: Ongoing) -> list[Waits]:
    """Which of these acts, given by their page, may begin: the first of each page before the second of any. A page has
    more than one only in half of the threads: those that hang leave one for each of the others."""
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
    action: OutboxAction, connection: Connection | None, owner: str, now: datetime
) -> tuple[Errand, Connector] | None:
    """The act and its connector; None where there is nothing to send. One that cannot be claimed stops no other."""
    number, connection_id = action.id, connection.id if connection else None
    try:
        with transaction():
            hold = Hold()
            connector = _connector(connection, hold)
            errand = claim(action, connection, hold, owner, now, bans_too=isinstance(connector, BansByDeleting))
            db.session.flush()
            return (errand, connector) if errand else None
    except Exception as error:
        if is_passing(error):
            raise
        log.exception("act not claimed", extra={"act": number})
        sending.not_claimed(number, connection_id, Unforeseen(error), now)
        return None


def _connector(connection: Connection | None, hold: Hold) -> Connector:
    """What goes to no page asks no connector, and gets none."""
    if connection is None:
        return cast(Connector, None)
    account, keys = connection.account, acts_keys.opened(connection.keys)
    return connector_for(account.network, account.external_id, keys, acts=True, may_ask=hold.check)


def _collect(ongoing: Ongoing, now: datetime) -> int:
    """What has ended is settled; one that cannot be stops no other. Where the database is busy, the result is kept here
    and noted in the next round."""
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
