"""Networks are asked in threads, so that one that hangs delays nobody; keys that end are renewed that way."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from threading import Lock, Thread
from typing import Generic, TypeVar

from flask import current_app
from sqlalchemy import select

from osm.base.application import current_settings
from osm.base.database import db
from osm.base.errors import ServiceError
from osm.base.transaction import Pace, give_up, in_background, is_passing, transaction
from osm.connectors.contract import Connector, Page, Renewed, RenewsKeys, Report
from osm.connectors.registry import CONNECTED, has
from osm.connectors.transport import Fault, NetworkError, Transport
from osm.log.acts.record import record
from osm.models import Account, Connection
from osm.outbox.acts import keys
from osm.outbox.acts.keys import found, wait_turn_of
from osm.outbox.queries import is_on

# --- Waiting for a network in a separate thread
Result = TypeVar("Result")

PRESS = 25.0  # seconds in which a network has to answer who has pressed a button
_at_a_screen = Lock()


class AskedAlready(ServiceError):
    """Somebody waits for a network at this moment. All web threads would wait for one that is down."""

    words = "Соцсеть ещё не ответила на прошлый запрос. Ничего не изменено: повторите через полминуты."


def in_thread(call: Callable[[], Result]) -> Future[Result]:
    """The call in a thread that does not keep the process from ending. The turns of keys that it takes are written one
    after the other: a hundred threads would lock each other out."""
    answer: Future[Result] = Future()

    def run() -> None:
        try:
            with in_background():
                answer.set_result(call())
        except BaseException as error:
            answer.set_exception(error)

    Thread(target=run, name="page", daemon=True).start()
    return answer


def answer_now(call: Callable[[], Result]) -> Result:
    """The result of the call within PRESS seconds. NetworkError; AskedAlready while an earlier call still runs. The
    reading transaction of the request ends before. A call that cannot be ended (a name is looked up for minutes) blocks
    only the next press."""
    if not _at_a_screen.acquire(blocking=False):
        raise AskedAlready
    try:
        db.session.rollback()
        answer = in_thread(call)
    except BaseException:
        _at_a_screen.release()
        raise
    answer.add_done_callback(lambda _: _at_a_screen.release())
    if not wait([answer], PRESS).done:
        raise NetworkError("Соцсеть не отвечает.", Fault.TEMPORARY)
    return answer.result()


# --- An error of ours in the middle of asking a network
log = logging.getLogger(__name__)

NOT_DONE = (
    "Не вышло из-за ошибки самой программы ({}), соцсеть тут ни при чём. Если повторы не помогут, сделайте это на "
    "сайте и покажите это сообщение администратору."
)
DONE_UNNOTED = (
    "В соцсети это, похоже, выполнено, но записать итог не удалось: ошибка самой программы ({}). Проверьте на сайте и "
    "покажите это сообщение администратору."
)
UNREAD = (
    "Прочитать страницу не вышло из-за ошибки самой программы ({}), соцсеть тут ни при чём. Программа пробует снова; "
    "до тех пор смотрите комментарии на сайте. Если повторяется, покажите это сообщение администратору."
)


class Unforeseen(NetworkError):
    """`words`: of what was tried; the name of the error goes into them."""

    def __init__(self, error: BaseException, *, words: str = NOT_DONE) -> None:
        super().__init__(words.format(type(error).__name__), Fault.TEMPORARY, unclear=True)


def note_ours(error: Exception, what: str, **facts: object) -> None:
    """Roll back and log an error of ours, with its `facts` as ids; raise it where it passes (a busy database)."""
    give_up()
    if is_passing(error):
        raise error
    log.error(what, extra=facts, exc_info=error)


# --- The connector of a page
def connector_for(
    network: str, page_id: str, keys: Mapping[str, str], *, acts: bool = False,
    may_ask: Callable[[], None] = lambda: None, at_screen: bool = False,
) -> Connector:  # fmt: skip
    """A connector to this page, with turns that all processes share. `may_ask`: raises where it may not ask now.
    `acts`: it also has the requests that reading leaves to acts, where the network counts them by the hour.
    `at_screen`: somebody waits for it, so it asks no longer than he does."""
    settings = current_settings()
    known = CONNECTED[network]
    page = Page(page_id, settings.network_urls.get(network, known.base), dict(keys))
    reading, acting = known.per_hour or (None, None)
    budgets = {f"{network} {page_id} acts": acting} if acts and acting else {}
    budgets |= {f"{network} {page_id}": reading} if reading else {}
    turn = wait_turn_of(current_app._get_current_object(), budgets)  # type: ignore[attr-defined]

    def wait_turn(key: str, per_second: float) -> None:
        turn(key, per_second)
        may_ask()

    until = time.monotonic() + PRESS if at_screen else float("inf")
    roots = settings.national_roots if known.national_roots else None
    proxy = settings.networks_proxy if known.through_proxy else ""
    return known.connector(page, wait_turn, Transport(until=until, roots=roots, proxy=proxy))


def connector_of(connection: Connection, *, at_screen: bool = False) -> Connector:
    """The connector of this page; `at_screen`: somebody waits for it."""
    account = connection.account
    return connector_for(account.network, account.external_id, keys.opened(connection.keys), at_screen=at_screen)


# --- Questions to pages at long intervals, in threads
MOST_ASKED = 8
TICK = 60.0  # seconds for which `osm tick` waits for its pages: those that hang are asked again in the next one

Told = TypeVar("Told")


@dataclass
class Asking(Generic[Told]):
    """One question to all pages that are due for it. `due`: these connections; `ask`: the call for one, None where its
    network does not answer such questions; `store` and `failed`: what to do with the result, each in a separate
    transaction."""

    due: Callable[[datetime], Iterable[Connection]]
    ask: Callable[[Connection, Connector, datetime], Callable[[], Told] | None]
    store: Callable[[int, Told, datetime], object]
    failed: Callable[[int, NetworkError, datetime], object]
    _asked: dict[int, Future[Told]] = field(default_factory=dict)  # by account: what this process waits for

    def run(self, now: datetime, pace: Pace) -> int:
        """Store the answers and ask the pages that are due; returns how many have answered. A round of the worker never
        waits. Without a limit of time (`osm tick`) it waits TICK seconds."""
        waits = pace.seconds == float("inf")
        asked = {} if waits else self._asked
        done = self._collect(asked, now)
        for connection in self.due(now):
            if len(asked) >= MOST_ASKED:
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


# --- Keys that end are renewed where their network allows it
BEFORE = timedelta(days=30)  # so long before its end a key is renewed
AGAIN, UNKNOWN = timedelta(days=1), timedelta(days=7)
"""How often it is tried; how often where nobody knows when the key ends."""


_Renewals = dict[int, tuple[str, Future[tuple[Renewed, Report | None]]]]
"""Connection → the keys that it had, and the answer."""
_renewing: _Renewals = {}


def renew_keys(now: datetime, pace: Pace) -> int:
    """Enter what has been renewed and ask for what is due; a round of the worker never waits. How many were renewed."""
    done = _collect_renewed(_renewing, now)
    _begin_renewing(_renewing, now)
    if pace.seconds == float("inf"):
        wait([answer for _keys, answer in _renewing.values()])
        done += _collect_renewed(_renewing, now)
    return done


def _begin_renewing(asked: _Renewals, now: datetime) -> None:
    due = [one for one in _on() if one.id not in asked and _is_due(one, now)]
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
            asked[number] = (sealed, in_thread(partial(_renewed, connector)))
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
    renewing = [network for network in CONNECTED if has(network, "renew")]
    query = select(Connection).join(Connection.account).where(Account.network.in_(renewing)).order_by(Connection.id)
    return [one for one in db.session.scalars(query) if is_on(one)]


def _is_due(connection: Connection, now: datetime) -> bool:
    tried = connection.renewal_tried_at or connection.switched_on_at
    ends = min((datetime.fromisoformat(at) for at in connection.expires.values()), default=None)
    if ends is None:
        return now - tried >= UNKNOWN
    return ends - now <= BEFORE and now - tried >= AGAIN


def _collect_renewed(asked: _Renewals, now: datetime) -> int:
    """The old key may be worth nothing by now: a new one that cannot be stored is kept here for the next round."""
    renewed, failed = 0, None
    for number, (sealed, answer) in [one for one in asked.items() if one[1][1].done()]:
        if error := answer.exception():
            del asked[number]  # it is tried again tomorrow, and people are warned a week before the end
            if not isinstance(error, NetworkError):
                log.error("key not renewed", extra={"connection": number}, exc_info=error)
            continue
        try:
            renewed += _enter(number, sealed, *answer.result(), now)
            del asked[number]
        except Exception as error:
            give_up()
            failed = failed or error
    if failed is not None:
        raise failed
    return renewed


def _enter(number: int, sealed: str, renewed: Renewed, report: Report | None, now: datetime) -> int:
    """The new keys instead of those that were asked for; keys that a person has entered since are left. `report`: what
    they can. It ends «Нужен ключ» without a press."""
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
