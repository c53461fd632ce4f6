"""Where the program itself can answer a message: under its own comment, where its link leads, or on a foreign wall."""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Generic, TypeVar

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from osm.accounts.acts import keys
from osm.accounts.acts.connecting import connector_for, found
from osm.accounts.acts.hearing import TICK
from osm.accounts.acts.keys import Unforeseen, in_thread, note_ours
from osm.accounts.acts.received import is_on
from osm.connectors.contract import Connector, Renewed, RenewsKeys, Report
from osm.connectors.faults import Fault, NetworkError
from osm.connectors.registry import CONNECTED, renews_keys
from osm.connectors.ways import Act
from osm.extensions import db
from osm.log.acts.record import record
from osm.networks.pages import At, comment_at, instagram_comment
from osm.services.pace import Pace
from osm.store.models import Account, Comment, Connection, Message, Publishing
from osm.store.transaction import give_up, transaction

# --- Questions to pages at long intervals, in threads
MOST_AT_ONCE = 8

Told = TypeVar("Told")


@dataclass
class Asking(Generic[Told]):
    """One question to all pages that are due for it.

    `due`: these connections; `ask`: the call for one, None where its network does not answer such questions; `store`
    and `failed`: what to do with the result, each in a separate transaction.
    """

    due: Callable[[datetime], Iterable[Connection]]
    ask: Callable[[Connection, Connector, datetime], Callable[[], Told] | None]
    store: Callable[[int, Told, datetime], object]
    failed: Callable[[int, NetworkError, datetime], object]
    _asked: dict[int, Future[Told]] = field(default_factory=dict)
    """By account: what this process waits for."""

    def run(self, now: datetime, pace: Pace) -> int:
        """Store the answers and ask the pages that are due; returns how many have answered.

        A round of the worker never waits. Without a limit of time (`osm tick`) it waits TICK seconds.
        """
        waits = pace.seconds == float("inf")
        asked = {} if waits else self._asked
        done = self._collect(asked, now)
        for connection in self.due(now):
            if len(asked) >= MOST_AT_ONCE:
                break
            if connection.account_id in asked:
                continue
            account_id = connection.account_id
            try:
                call = self.ask(connection, connector_of(connection), now)
            except Exception as error:
                self._not_answered(account_id, error, now)
                continue
            if call is not None:
                asked[account_id] = in_thread(call)
        db.session.rollback()
        if waits and asked:
            wait(asked.values(), TICK)
            done += self._collect(asked, now)
            for account_id in asked:
                self.failed(account_id, NetworkError("Соцсеть не отвечает.", Fault.TEMPORARY), now)
        return done

    def _collect(self, asked: dict[int, Future[Told]], now: datetime) -> int:
        done = [one for one, answer in asked.items() if answer.done()]
        for account_id in done:
            answer = asked.pop(account_id)
            try:
                self.store(account_id, answer.result(), now)
            except Exception as error:
                self._not_answered(account_id, error, now)
        return len(done)

    def _not_answered(self, account_id: int, error: Exception, now: datetime) -> None:
        """An error of ours counts like one of the network's: the page rests, the others go on."""
        if not isinstance(error, NetworkError):
            note_ours(error, "page not asked", account=account_id)
            error = Unforeseen(error)
        self.failed(account_id, error, now)


def connector_of(connection: Connection, *, at_screen: bool = False) -> Connector:
    """The connector of this page; `at_screen`: somebody waits for it."""
    account = connection.account
    return connector_for(account.network, account.external_id, keys.opened(connection.keys), at_screen=at_screen)


# --- Where the program itself can answer a message
_ELSEWHERE = ("comment",)
"""Kinds of comments under which a community answers on the wall of another one."""


@dataclass(frozen=True, slots=True)
class Way:
    """How one message is answered. Without `comment` it is known by its link alone: `target`, as the network names it.

    `is_foreign`: in the community of others, where it may be refused; then a person answers.
    """

    connection: Connection
    comment: Comment | None = None
    target: Mapping[str, str] | None = None
    is_foreign: bool = False


def way_of(message_id: int) -> Way | None:
    """How the program itself could answer this message; None: by hand."""
    return ways_of([message_id]).get(message_id)


def ways_of(message_ids: Collection[int]) -> dict[int, Way]:
    """How the program itself could answer each of these messages; those that are answered by hand are left out.

    A handful of statements, however many messages.
    """
    own = _own(message_ids)
    found = {number: [way] for number, way in own.items()} | _by_link([one for one in message_ids if one not in own])
    able = {number: [way for way in ways if _able(way.connection)] for number, ways in found.items()}
    return {number: ways[0] for number, ways in able.items() if ways}


def _able(connection: Connection) -> bool:
    return is_on(connection) and Act.REPLY in connection.can and connection.publish is not Publishing.HAND


def _own(message_ids: Collection[int]) -> dict[int, Way]:
    """The comment that a message was made of."""
    rows = db.session.execute(_comments().where(Comment.message_id.in_(message_ids))).tuples()
    # In reverse: of several the first stays.
    return {row.message_id: Way(connection, row) for row, connection in reversed(rows.all()) if row.message_id}


def _by_link(message_ids: Collection[int]) -> dict[int, list[Way]]:
    """The comment that the link of a message names, known to us or not."""
    urls = db.session.execute(select(Message.id, Message.url).where(Message.id.in_(message_ids))).tuples().all()
    named = {number: at for number, url in urls if (at := comment_at(url)) is not None}
    coded = {number: code for number, url in urls if (code := instagram_comment(url)) is not None}
    return _by_name(named) | _received_by_code(coded)


def _by_name(named: Mapping[int, At]) -> dict[int, list[Way]]:
    if not named:
        return {}
    names = {_name(at) for at in named.values()}
    of_these = (Comment.network.in_({at.network for at in named.values()}), Comment.external_id.in_(names))
    rows = db.session.execute(_comments().where(*of_these)).tuples()
    received = {(row.network, row.external_id): Way(connection, row) for row, connection in reversed(rows.all())}
    query = select(Connection).join(Connection.account).options(contains_eager(Connection.account))
    ids = {at.page for at in named.values()}
    either = Account.external_id.in_(ids) | Connection.page_name.in_(ids) | Connection.elsewhere
    connections = db.session.scalars(query.where(either).order_by(Connection.id)).all()
    return {number: _ways_to(at, received, connections) for number, at in named.items()}


def _ways_to(at: At, received: Mapping[tuple[str, str], Way], connections: Sequence[Connection]) -> list[Way]:
    if known := received.get((at.network, _name(at))):
        return [known]
    in_network = [one for one in connections if one.account.network == at.network]
    for one in in_network:
        if at.page in (one.account.external_id, one.page_name):
            return [Way(one, target=at.target)]
    if at.network != "vk" or at.kind not in _ELSEWHERE:
        return []
    return [Way(guest, target=at.target, is_foreign=True) for guest in in_network if guest.elsewhere]


def _received_by_code(coded: Mapping[int, tuple[str, str]]) -> dict[int, list[Way]]:
    """Comments of Instagram, as far as they were received: their addresses do not say how a program names them."""
    if not coded:
        return {}
    ends = or_(*(Comment.external_id.endswith(f"_{comment}", autoescape=True) for _post, comment in coded.values()))
    rows = db.session.execute(_comments().where(Comment.network == "instagram", ends)).tuples()
    received = {instagram_comment(row.url): Way(connection, row) for row, connection in rows}
    return {number: [received[code]] for number, code in coded.items() if code in received}


def _comments() -> Select[Comment, Connection]:
    joined = select(Comment, Connection).join(Connection, Connection.account_id == Comment.account_id)
    with_page = joined.options(joinedload(Connection.account))
    return with_page.where(Comment.target.is_not(None)).order_by(Comment.id)


def _name(at: At) -> str:
    """By what a comment is known again in its network (`Target.name`)."""
    return f"{at.owner or at.place}_{at.id}" if at.kind == "comment" else f"{at.kind}:{at.owner}_{at.place}_{at.id}"


# --- Keys that end are renewed where their network allows it
log = logging.getLogger(__name__)

BEFORE = timedelta(days=30)
"""So long before its end a key is renewed."""
AGAIN, UNKNOWN = timedelta(days=1), timedelta(days=7)
"""How often it is tried; how often where nobody knows when the key ends."""


@dataclass
class Asked:
    """Renewals under way: connection → the keys that it had, and the answer."""

    busy: dict[int, tuple[str, Future[tuple[Renewed, Report | None]]]] = field(default_factory=dict)


_asked = Asked()


def run(now: datetime, pace: Pace) -> int:
    """Enter what has been renewed and ask for what is due; a round of the worker never waits. How many were renewed."""
    done = _collect(_asked, now)
    _begin(_asked, now)
    if pace.seconds == float("inf"):
        wait([answer for _keys, answer in _asked.busy.values()])
        done += _collect(_asked, now)
    return done


def _begin(asked: Asked, now: datetime) -> None:
    due = [one for one in _on() if one.id not in asked.busy and _is_due(one, now)]
    for connection in due:
        number, sealed = connection.id, connection.keys
        try:
            with transaction() as session:
                session.get_one(Connection, number).renewal_tried_at = now
            connector = connector_of(session.get_one(Connection, number))
        except Exception as error:
            note_ours(error, "key not asked for", connection=number)
            continue
        if isinstance(connector, RenewsKeys):
            asked.busy[number] = (sealed, in_thread(partial(_renewed, connector)))
    db.session.rollback()


def _renewed(connector: RenewsKeys) -> tuple[Renewed, Report | None]:
    """The new keys and what they can; None if that is not known now: whatever fails, the new keys are kept."""
    renewed = connector.renew()
    try:
        return renewed, connector.check()
    except NetworkError:
        return renewed, None
    except Exception:
        log.exception("renewed key not checked")
        return renewed, None


def _on() -> list[Connection]:
    """Pages of networks that renew keys: those of all others stay sealed."""
    renewing = [network for network in CONNECTED if renews_keys(network)]
    query = select(Connection).join(Connection.account).where(Account.network.in_(renewing)).order_by(Connection.id)
    return [one for one in db.session.scalars(query) if is_on(one)]


def _is_due(connection: Connection, now: datetime) -> bool:
    tried = connection.renewal_tried_at or connection.switched_on_at
    ends = min((datetime.fromisoformat(at) for at in connection.expires.values()), default=None)
    if ends is None:
        return now - tried >= UNKNOWN
    return ends - now <= BEFORE and now - tried >= AGAIN


def _collect(asked: Asked, now: datetime) -> int:
    """The old key may be worth nothing by now: a new one that cannot be stored is kept here for the next round."""
    renewed, failed = 0, None
    for number, (sealed, answer) in [one for one in asked.busy.items() if one[1][1].done()]:
        if error := answer.exception():
            del asked.busy[number]  # it is tried again tomorrow, and people are warned a week before the end
            if not isinstance(error, NetworkError):
                log.error("key not renewed", extra={"connection": number}, exc_info=error)
            continue
        try:
            renewed += _enter(number, sealed, *answer.result(), now)
            del asked.busy[number]
        except Exception as error:
            give_up()
            failed = failed or error
    if failed is not None:
        raise failed
    return renewed


def _enter(number: int, sealed: str, renewed: Renewed, report: Report | None, now: datetime) -> int:
    """The new keys instead of those that were asked for; keys that a person has entered since are left.

    `report`: what they can. It ends «Нужен ключ» without a press.
    """
    with transaction() as session:
        connection = session.get(Connection, number, with_for_update=True)
        if connection is None or connection.keys != sealed:
            return 0
        # Instead of the end that a person has given along with the key; the next check reads it there.
        end = {"expires_at": renewed.ends.isoformat()}
        new = {**keys.opened(sealed), **renewed.keys, **end}
        connection.keys, connection.expires = keys.sealed(new), end
        if report is not None:
            found(connection, new, report, now)
        changes = {"replaced": (None, sorted(renewed.keys))}
        record("keys_renewed", at=now, actor=None, about=connection, changes=changes)
        return 1
