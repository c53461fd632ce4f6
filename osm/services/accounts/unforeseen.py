"""An error of ours in the middle of asking a network: it counts like one of the network's, and says what it is."""

from __future__ import annotations

import logging

from osm.connectors.faults import Fault, NetworkError
from osm.store.passing import is_passing
from osm.store.transaction import give_up

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
