"""How long work of the worker may go on before it looks after other work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """How a process works: `goes_on` is asked between batches (False: stop), `is_gone` whether a holder has died.

    `seconds`: for how long it publishes before it looks after other work.
    """

    goes_on: Callable[[], bool] = lambda: True
    is_gone: Callable[[str], bool] = lambda _owner: False
    seconds: float = float("inf")


WHOLE = Pace()
"""All that is due, however long it takes."""
