"""A network is waited for in a thread of its own: in the background as long as it takes, at a screen not for long."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Lock, Thread
from typing import TypeVar

from osm.connectors.faults import Fault, NetworkError
from osm.extensions import db
from osm.services.errors import ServiceError
from osm.store.transaction import in_background

Result = TypeVar("Result")

PRESS = 25.0
"""Seconds in which a network has to answer who has pressed a button."""
_at_a_screen = Lock()


class AskedAlready(ServiceError):
    """Somebody waits for a network at this moment. All web threads would wait for one that is down."""

    def __init__(self) -> None:
        super().__init__("Соцсеть ещё не ответила на прошлый запрос. Ничего не изменено: повторите через полминуты.")


def in_thread(call: Callable[[], Result]) -> Future[Result]:
    """The call in a thread that does not keep the process from ending.

    The turns of keys that it takes are written one after the other: a hundred threads would lock each other out.
    """
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
    """What the call brings within PRESS seconds. NetworkError; AskedAlready as long as an earlier call goes on.

    The reading transaction of the request ends before. Whatever hinders the call itself from ending (a name that is
    looked up for minutes) hinders the next press, and nothing else.
    """
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
