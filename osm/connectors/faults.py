"""How a network fails, what its refusals mean, and a reading that is tried again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from osm.connectors import base, ways


# --- How a network fails, and what follows from it
class Fault(StrEnum):
    """What follows from a failure. The table of a network's errors says which code is which."""

    PERMANENT = "permanent"  # it will never work: shown, done by hand
    TEMPORARY = "temporary"  # later perhaps: tried again, less and less often
    PAUSE = "pause"  # too much was asked for: the page (or the method) rests for `pause`
    PERSON = "person"  # somebody must do something in the network first: a captcha, a confirmation
    RIGHTS = "rights"  # the key is dead or may not do this: the page stops, the press centre gets a notice


PASSING = (Fault.TEMPORARY, Fault.PAUSE)
"""They say nothing of a key: whoever asked what it can knows no more than before."""


class NetworkError(base.ConnectorError):
    """An act or a reading failed. `said` is the network's own sentence; `str(error)` is what to tell people. `unclear`:
    it may have happened all the same (the connection ended after the request had gone out). `done`: acts with their aim
    reached all the same."""

    def __init__(
        self, words: str, fault: Fault, *, code: str = "", said: str = "", unclear: bool = False,
        pause: timedelta | None = None, done: frozenset[ways.Act] = frozenset(),
    ) -> None:  # fmt: skip
        super().__init__(words)
        self.fault, self.code, self.said, self.unclear, self.pause = fault, code, said, unclear, pause
        self.done = done

    def with_quote(self, advice: str) -> str:
        """What to tell people, the network's own sentence in brackets, and what to do."""
        return f"{self} ({self.said}) {advice}" if self.said else f"{self} {advice}"


class CannotLook(NetworkError):
    """Only a person can see whether an act has happened: the keys of this page do not allow it, or it would be too deep
    in a thread."""

    def __init__(self, words: str = "") -> None:
        words = words or "Проверить, выполнено ли это в соцсети, ключи этой страницы не позволяют."
        super().__init__(words, Fault.PERSON)


TOO_DEEP = (
    "Здесь так много комментариев, что программа не может проверить, есть ли среди них этот ответ. Посмотрите на сайте."
)


# --- What the refusals of a network mean, as data of each network; and a reading that is tried again
Answer = TypeVar("Answer")

TRIES = 4  # Of a reading that failed for the moment. Acts are tried again by the outbox, which looks first.
LONGEST_PAUSE = 8.0  # seconds between them, at most


@dataclass(frozen=True, slots=True)
class Meaning:
    """`unclear`: the act may have happened. `done`: acts with their aim reached all the same."""

    fault: Fault
    words: str
    unclear: bool = False
    pause: timedelta | None = None
    done: frozenset[ways.Act] = frozenset()

    def error(self, code: object, said: object = "") -> NetworkError:
        """As it is raised: with the code of the network, and its own sentence where ours does not say it all."""
        return NetworkError(
            self.words, self.fault, code=str(code)[:20], said=str(said or "")[:300], unclear=self.unclear,
            pause=self.pause, done=self.done,
        )  # fmt: skip


def tried_again(read: Callable[[], Answer]) -> Answer:
    """What the reading answers; what fails for the moment is tried a few times. NetworkError of the last try."""
    retrying = Retrying(
        retry=retry_if_exception(lambda e: isinstance(e, NetworkError) and e.fault is Fault.TEMPORARY),
        stop=stop_after_attempt(TRIES),
        wait=wait_random_exponential(multiplier=0.5, max=LONGEST_PAUSE),
        reraise=True,
    )
    return retrying(read)
