"""Reading all connected pages: each in its own thread, so that a page that hangs delays no other."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from osm.base.database import db
from osm.base.transaction import Pace, give_up, is_passing, transaction
from osm.connectors import contract, registry
from osm.connectors.contract import Connector, Written
from osm.connectors.transport import CannotLook, Fault, NetworkError
from osm.listening.acts import received
from osm.log.acts.record import record
from osm.models import Comment, Connection, ConnectionState, Hearing, ReceivedEvent
from osm.outbox import queries
from osm.outbox.acts.asking import TICK, UNREAD, Unforeseen, connector_of, in_thread, note_ours
from osm.outbox.acts.orders import leave_to_people

LONG_POLL = 25  # seconds that a network is asked to hold its answer back while nothing happens
MOST_AT_ONCE = 128  # pages that are asked at the same time; more than that take turns
SHORTEST_REST, LONGEST_REST = timedelta(seconds=5), timedelta(minutes=5)
SLICE = 100  # comments that are entered in one transaction after a gap: about half a second of the lock of SQLite
OVERLAP = timedelta(minutes=5)
"""What is caught up begins so much earlier: nothing is stored twice, and something may have come late."""
_UNTOLD = (
    "При просмотре найдено то, о чём соцсеть не сообщила: {}. Так бывает, если сервер не работал. Если повторяется, "
    "проверьте адрес в настройках соцсети."
)
_PASSED_BY = (
    "Пока программа не слушала, комментарии могли пройти мимо. Посмотрите сами и нажмите «Проверить»: "
    "это сообщение исчезнет."
)


@dataclass
class Asked:
    """One page that is being asked, since `at`. `listens`: False where the network calls us and the page is only looked
    at. `waits`: calls without an answer yet, and how each is entered; separately, because a long poll holds its answer
    back."""

    connection_id: int
    at: datetime
    way: Hearing
    listens: bool
    waits: list[tuple[Future[Any], Callable[[datetime, Any], int]]] = field(default_factory=list)


@dataclass
class Listening:
    """What this process is waiting for. Connectors stay alive between polls: they hold the key of the long poll.
    `once`: no page is asked a second time. `last`: when each was asked, by `time.monotonic`."""

    once: bool = False
    asked: dict[int, Asked] = field(default_factory=dict)
    last: dict[int, float] = field(default_factory=dict)
    connectors: dict[int, tuple[str, Connector]] = field(default_factory=dict)
    again: dict[int, datetime] = field(default_factory=dict)
    """When a page is asked next that an error of ours has kept from being read: its acts do not wait for that."""
    passing: Exception | None = None
    """A busy database has kept a page from being read: the others are read, then the round fails."""

    @property
    def futures(self) -> list[Future[Any]]:
        return [answer for one in self.asked.values() for answer, _enter in one.waits]

    def connector(self, connection: Connection) -> Connector:
        """The connector of this page, another one where its keys have changed."""
        stored, known = self.connectors.get(connection.id, ("", None))
        if known is None or stored != connection.keys:
            known = connector_of(connection)
            self.connectors[connection.id] = (connection.keys, known)
        return known


_listening = Listening()


def run(now: datetime, pace: Pace) -> int:
    """Enter what has been received and ask the pages that are not being asked; how many comments came in. A round of
    the worker never waits. Without a limit of its time (`osm tick`) each page is asked once and waited for, TICK
    seconds in all."""
    listening = _listening if pace.seconds < float("inf") else Listening(once=True)
    until, came = time.monotonic() + TICK, _listen(listening, now, 0 if listening.once else LONG_POLL)
    while listening.once and listening.asked and (left := until - time.monotonic()) > 0:
        wait(listening.futures, left, FIRST_COMPLETED)
        came += _listen(listening, now, 0)
    for connection_id in listening.asked if listening.once else ():
        failed(connection_id, NetworkError("Соцсеть не отвечает.", Fault.TEMPORARY), now)
    if (error := listening.passing) is not None:
        listening.passing = None
        raise error
    return came


def _listen(listening: Listening, now: datetime, seconds: int) -> int:
    came = _collect(listening, now)
    for connection in _due(listening, now):
        if len(listening.asked) >= MOST_AT_ONCE:
            break
        if (
            not queries.is_on(connection)
            or _was_asked(connection, now)
            or now < listening.again.get(connection.id, now)
        ):
            continue
        listening.again.pop(connection.id, None)
        listening.last[connection.id] = time.monotonic()
        one = _asked(listening, connection, now, seconds)
        if one.waits:
            listening.asked[connection.id] = one
    db.session.rollback()
    return came


def _asked(listening: Listening, connection: Connection, now: datetime, seconds: int) -> Asked:
    """Begin to ask the page; an error of that counts as its answer."""
    cursor = dict(connection.cursor)
    one = Asked(connection.id, now, connection.hearing, _listens(connection))
    store, since = partial(received.store, connection.id, cursor), connection.gap_since
    try:
        connector = listening.connector(connection)
        if one.listens:
            one.waits.append((in_thread(partial(connector.listen, cursor, seconds)), store))
        elif is_looked_at(connection):
            since = since or connection.read_at or connection.switched_on_at
        if since is not None:
            one.waits.append((in_thread(partial(connector.catch_up, since - OVERLAP)), partial(_caught_up, one)))
    except Exception as error:
        if is_passing(error):
            raise
        answer: Future[Any] = Future()
        answer.set_exception(error)
        one.waits.append((answer, store))
    return one


def _due(listening: Listening, now: datetime) -> list[Connection]:
    """Connections that may be asked now and are not being asked, first those that have waited longest."""
    rests = Connection.rest_until > now
    query = (
        select(Connection)
        .where(Connection.state.in_((ConnectionState.WORKING, ConnectionState.FAILING)))
        .where(or_(Connection.rest_until.is_(None), ~rests))
        .where(Connection.id.not_in(listening.last if listening.once else listening.asked))
        .options(joinedload(Connection.account))
        .order_by(Connection.id)
    )
    return sorted(db.session.scalars(query), key=lambda one: listening.last.get(one.id, 0.0))


def _was_asked(connection: Connection, now: datetime) -> bool:
    """Whether a network that is looked at now and then has answered a moment ago: a look that came too early is spared.
    A clock that was set back is forgiven. Who calls us is looked at seldom, but at once after a gap."""
    network = registry.CONNECTED[connection.account.network]
    calls = network.callback if connection.hearing is Hearing.CALLBACK else None
    if calls is not None and connection.gap_since is not None:
        return False
    every = timedelta(seconds=calls.look_every if calls else network.poll_every)
    return connection.read_at is not None and timedelta() <= now - connection.read_at < every


def _listens(connection: Connection) -> bool:
    """Whether the page is read by long poll or by looking; False for a page with calls only."""
    calls = registry.CONNECTED[connection.account.network].callback
    return connection.hearing is not Hearing.CALLBACK or calls is None or calls.listens


def is_looked_at(connection: Connection) -> bool:
    """Whether its network is asked now and then, and is known by that to answer."""
    return _listens(connection) or contract.Act.LOOK_UP in connection.can


def calls_came(connection: Connection) -> None:
    """Calls arrive again: the notice about lost ones ends. Without looks, an answer of the network shows it."""
    if connection.said.startswith(_UNTOLD.partition("{")[0]):
        connection.said = ""
    if not is_looked_at(connection):
        received.works_again(connection)


def _collect(listening: Listening, now: datetime) -> int:
    came = 0
    for one in list(listening.asked.values()):
        done = [waited for waited in one.waits if waited[0].done()]
        one.waits = [waited for waited in one.waits if waited not in done]
        if not one.waits:
            del listening.asked[one.connection_id]
        for answer, enter in done:
            came += _settle(listening, one.connection_id, answer, partial(enter, now), now)
    return came


def _settle(
    listening: Listening, connection_id: int, answer: Future[Any], enter: Callable[[Any], int], now: datetime
) -> int:
    try:
        return enter(answer.result())
    except CannotLook as error:
        _gap_stays(connection_id, str(error))
    except NetworkError as error:
        failed(connection_id, error, now)
    except Exception as error:
        if is_passing(error):
            give_up()
            listening.passing = error
            return 0
        note_ours(error, "page not read", connection=connection_id)
        rest = failed(connection_id, Unforeseen(error, words=UNREAD), now)
        listening.again[connection_id] = now + rest
    return 0


def _caught_up(one: Asked, now: datetime, found: Sequence[Written]) -> int:
    """Enter events that were missed; for a network that calls us, the answer of a look is enough. If the page is read
    another way by now, it enters nothing: later events are in no call and no poll, and are looked for once more.
    Thousands are entered in slices, so that others write in between; the gap ends with the last slice."""
    looked_at = None if one.listens else one.at
    entered = untold = 0
    slices = [found[begin : begin + SLICE] for begin in range(0, len(found), SLICE)] or [found]
    for number, part in enumerate(slices, 1):
        with transaction() as session:
            connection = session.get(Connection, one.connection_id, with_for_update=received.LOCK)
            if connection is None or not queries.is_on(connection) or connection.hearing is not one.way:
                return entered + untold
            if looked_at is not None:
                part = _not_told_since(connection, looked_at, part)
                # What was written a moment ago may be on its way to us.
                old = [event for event in part if event.at < looked_at - OVERLAP]
                untold += received.enter(connection.account, old, now)
                part = [event for event in part if event.at >= looked_at - OVERLAP]
            entered += received.enter(connection.account, part, now)
            if number < len(slices):
                continue
            was_gap, connection.gap_since = connection.gap_since is not None, None
            if looked_at is not None:
                connection.read_at = looked_at
                received.works_again(connection)
                if untold and not was_gap:
                    connection.said = _UNTOLD.format(untold)
    return entered + untold


def _not_told_since(connection: Connection, looked_at: datetime, found: Sequence[Written]) -> Sequence[Written]:
    """Where the network called after the look had begun, what we know may be newer than what was seen: it stays."""
    told = select(ReceivedEvent.id).where(ReceivedEvent.connection_id == connection.id)
    if db.session.scalar(told.where(ReceivedEvent.received_at >= looked_at).limit(1)) is None:
        return found
    names = {one.target.name for one in found}
    of_network = select(Comment.external_id).where(Comment.network == connection.account.network)
    known = set(db.session.scalars(of_network.where(Comment.external_id.in_(names))))
    return [one for one in found if one.target.name not in known]


def _gap_stays(connection_id: int, words: str) -> None:
    """Missed events that cannot be read either: people are informed, and reading continues from here."""
    with transaction() as session:
        connection = session.get(Connection, connection_id, with_for_update=True)
        if connection is not None and connection.gap_since is not None:
            connection.said = f"{_PASSED_BY} {words}"
            connection.gap_since = None


def failed(connection_id: int, error: NetworkError, now: datetime) -> timedelta:
    """Note that the network did not answer, or refuses the key: then the page is not asked until a person mends it.
    Return how long not to read; after an error of ours the acts of the page go on."""
    with transaction() as session:
        connection = session.get(Connection, connection_id, with_for_update=True)
        if connection is None or not queries.is_on(connection):
            return SHORTEST_REST
        connection.said = error.in_full
        connection.failed_at = connection.failed_at or now
        if error.fault is Fault.RIGHTS:
            was, connection.state = connection.state, ConnectionState.STOPPED
            leave_to_people(connection.account_id, connection.said, now)
            record(
                "page_stopped", at=now, actor=None, about=connection,
                changes={"connection_state": (was, connection.state)},
            )  # fmt: skip
            return LONGEST_REST
        connection.state = ConnectionState.FAILING
        rest = min(max((now - connection.failed_at) / 2, SHORTEST_REST), LONGEST_REST)
        rest = max(rest, error.pause or rest)
        if not isinstance(error, Unforeseen):
            connection.rest_until = now + rest
        return rest
