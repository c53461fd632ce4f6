"""What the refusals of a network mean, as data of each network; and a reading that is tried again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from osm.connectors.faults import Fault, NetworkError
from osm.connectors.ways import Act

Answer = TypeVar("Answer")

TRIES = 4
"""Of a reading that failed for the moment. Acts are tried again by the outbox, which looks first."""
LONGEST_PAUSE = 8.0
"""Seconds between them, at most."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """`unclear`: the act may have happened. `done`: acts whose aim is reached all the same."""

    fault: Fault
    words: str
    unclear: bool = False
    pause: timedelta | None = None
    done: frozenset[Act] = frozenset()

    def error(self, code: object, said: object) -> NetworkError:
        """As it is raised: the network's code and its own sentence go along."""
        told = {"code": str(code)[:20], "said": str(said or "")[:300]}
        return NetworkError(self.words, self.fault, unclear=self.unclear, pause=self.pause, **told)


def tried_again(read: Callable[[], Answer]) -> Answer:
    """What the reading answers; what fails for the moment is tried a few times. NetworkError of the last try."""
    retrying = Retrying(
        retry=retry_if_exception(lambda e: isinstance(e, NetworkError) and e.fault is Fault.TEMPORARY),
        stop=stop_after_attempt(TRIES),
        wait=wait_random_exponential(multiplier=0.5, max=LONGEST_PAUSE),
        reraise=True,
    )
    return retrying(read)
