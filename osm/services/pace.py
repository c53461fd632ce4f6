"""How long a job of the worker may run before other work."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """Limits of a job: `may_continue` is asked between batches, `is_gone` whether a lease holder has ended.

    `seconds`: limit of one run.
    """

    may_continue: Callable[[], bool] = lambda: True
    is_gone: Callable[[str], bool] = lambda _owner: False
    seconds: float = float("inf")


WHOLE = Pace()
"""No limit."""
