"""Pages that are asked for something now and then, in threads of their own: a network that hangs delays nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from osm.connectors.contract import Connector
from osm.connectors.faults import Fault, NetworkError
from osm.extensions import db
from osm.services.accounts import keys
from osm.services.accounts.connecting import connector_for
from osm.services.accounts.hearing import TICK
from osm.services.accounts.unforeseen import Unforeseen, note_ours
from osm.services.accounts.waiting import in_thread
from osm.services.pace import Pace
from osm.store.models import Connection

MOST_AT_ONCE = 8

Told = TypeVar("Told")


@dataclass
class Asking(Generic[Told]):
    """One question to all pages whose time has come.

    `due`: these connections; `ask`: the call for one, None where its network does not answer such questions; `store`
    and `failed`: what came of it, each in a transaction of its own.
    """

    due: Callable[[datetime], Iterable[Connection]]
    ask: Callable[[Connection, Connector, datetime], Callable[[], Told] | None]
    store: Callable[[int, Told, datetime], object]
    failed: Callable[[int, NetworkError, datetime], object]
    _asked: dict[int, Future[Told]] = field(default_factory=dict)
    """By account: what this process waits for."""

    def take_up(self, now: datetime, pace: Pace) -> int:
        """Note what has been told and ask who is due; how many have answered.

        A round of the worker never waits. Without a limit of time (`osm tick`) they are waited for, for TICK seconds.
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
