"""How a network fails, and what follows from it."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from osm.connectors.base import ConnectorError


class Fault(StrEnum):
    """What follows from a failure. The table of a network's errors says which code is which."""

    PERMANENT = "permanent"
    """It will never work: shown, done by hand."""
    TEMPORARY = "temporary"
    """Later perhaps: tried again, less and less often."""
    PAUSE = "pause"
    """Too much was asked for: the page (or the method) rests for `pause`."""
    PERSON = "person"
    """Somebody must do something in the network first: a captcha, a confirmation."""
    RIGHTS = "rights"
    """The key is dead or may not do this: the page stops, the press centre is told."""


PASSING = (Fault.TEMPORARY, Fault.PAUSE)
"""They say nothing of a key: whoever asked what it can knows no more than before."""


class NetworkError(ConnectorError):
    """An act or a reading failed. `said` is the network's own sentence; `str(error)` is what to tell people.

    `unclear`: it may have happened all the same (the connection ended after the request had gone out).
    """

    def __init__(
        self,
        words: str,
        fault: Fault,
        *,
        code: str = "",
        said: str = "",
        unclear: bool = False,
        pause: timedelta | None = None,
    ) -> None:
        super().__init__(words)
        self.fault, self.code, self.said, self.unclear, self.pause = fault, code, said, unclear, pause


class CannotLook(NetworkError):
    """Only a person can see whether an act has happened: the keys of this page do not allow it, or it would be too
    deep in a thread.
    """

    def __init__(self, words: str = "") -> None:
        words = words or "Проверить, выполнено ли это в соцсети, ключи этой страницы не позволяют."
        super().__init__(words, Fault.PERSON)


TOO_DEEP = (
    "Здесь так много комментариев, что программа не может проверить, есть ли среди них этот ответ. Посмотрите на сайте."
)
