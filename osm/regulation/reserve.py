"""How much working time is left before the term of the answer once a draft was returned (П.11, П.12; reading 7).

Draft at +4 h, approval +0.5, rework +1, approval +0.5: each return eats an hour and a half of what П.8 gives.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from osm.regulation import deadlines
from osm.regulation.clocks import ClockKind
from osm.regulation.parameters import Parameters
from osm.regulation.words import Importance, Status
from osm.regulation.working_time import worktime

_ROUND = (ClockKind.REWORK, ClockKind.APPROVE)
"""What follows a return: the executor's hour and the curator's half-hour."""

_STILL_TO_COME: dict[Status, tuple[ClockKind, tuple[ClockKind, ...]]] = {
    Status.ON_APPROVAL: (ClockKind.APPROVE, ()),
    Status.REWORK: (ClockKind.REWORK, (ClockKind.APPROVE,)),
}
"""Status → the clock that runs in it, and those that follow before the answer can be published."""


@dataclass(frozen=True, slots=True)
class Reserve:
    """Working minutes before the term of the answer if everybody uses up his own term; negative: it cannot be kept.
    `after_return`: the same once the draft is returned (once more)."""

    minutes: int
    after_return: int


def reserve(
    status: Status, due: Mapping[ClockKind, datetime], importance: Importance, *, now: datetime, parameters: Parameters,
    calendar: worktime.WorkCalendar,
) -> Reserve | None:  # fmt: skip
    """The reserve where a draft waits or is reworked, else None. `due`: the terms of the running clocks. A clock that
    is overdue counts as due now. Raises CalendarOutOfRange."""
    answer_due = due.get(ClockKind.ANSWER) or due.get(ClockKind.FINAL)
    if status not in _STILL_TO_COME or answer_due is None:
        return None
    running, to_come = _STILL_TO_COME[status]
    at = max(now, due.get(running, now))
    ready = _after(to_come, at, importance, parameters, calendar)
    again = _after(_ROUND, ready, importance, parameters, calendar)
    return Reserve(int(calendar.between(ready, answer_due)), int(calendar.between(again, answer_due)))


def _after(
    kinds: tuple[ClockKind, ...], at: datetime, importance: Importance, parameters: Parameters,
    calendar: worktime.WorkCalendar,
) -> datetime:  # fmt: skip
    """The end of these terms, one after the other."""
    for kind in kinds:
        at = deadlines.compute_clock(kind, at, importance, parameters=parameters, calendar=calendar).due_at
    return at
