"""Several executors (П.14): who has his turn, which clocks that starts and stops, and when two hours are not enough."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from osm.regulation import labelled
from osm.regulation.working_time import worktime


class PartState(labelled.Labelled):
    """State of the part of one of several executors."""

    WAITING = "waiting", "ждёт очереди"  # his number has not come: no clock runs yet
    ASKED = "asked", "готовит информацию"  # his clock of П.14 runs
    SENT = "sent", "информация отправлена"  # the curator has it
    RETURNED = "returned", "дорабатывает"  # the curator sent it back with remarks; the clock of the rework runs


PART_STATE_LABELS = {one: one.label for one in PartState}

OWED = (PartState.ASKED, PartState.RETURNED)  # states in which the executor has something to do now


@dataclass(frozen=True, slots=True)
class Line:
    """One executor in the order that the curator has set: equal numbers work at the same time."""

    id: int
    order_no: int
    state: PartState


@dataclass(frozen=True, slots=True)
class Turns:
    """Lines by id: where the clock of П.14 starts, and where it stops because others come first now."""

    opens: tuple[int, ...]
    closes: tuple[int, ...]


def turns(lines: Collection[Line]) -> Turns:
    """What the order asks for now. A number begins when everybody before it has sent. An executor who already works
    continues while an earlier part is in rework; he is stopped when somebody who has sent nothing comes before him."""
    opens, closes = [], []
    for line in sorted(lines, key=lambda line: (line.order_no, line.id)):
        before = [other.state for other in lines if other.order_no < line.order_no]
        if line.state is PartState.WAITING and all(state is PartState.SENT for state in before):
            opens.append(line.id)
        elif line.state is PartState.ASKED and any(state in (PartState.WAITING, PartState.ASKED) for state in before):
            closes.append(line.id)
    return Turns(tuple(opens), tuple(closes))


@dataclass(frozen=True, slots=True)
class Fit:
    """The terms of the parts compared with the term of the common draft (П.10). `ends`: for each number in order, when
    its parts are due if everybody uses his whole time. `proposed`: working minutes for each number with which the last
    one ends in time; empty where the terms fit or there is no time."""

    ends: tuple[datetime, ...]
    fits: bool
    proposed: tuple[int, ...] = ()


STEP = 5  # proposed minutes are a multiple of it


def fit(minutes: Sequence[int], start: datetime, draft_due: datetime, calendar: worktime.WorkCalendar) -> Fit:
    """Whether parts of so many working minutes, a number after the other from `start`, are in before `draft_due`. Where
    they are not (reading 4: high importance leaves an hour), the time that is left is shared out equally, with one
    share kept for the curator, who has to write the common draft. Raises CalendarOutOfRange."""
    ends, at = [], start
    for length in minutes:
        at = calendar.add(at, length)
        ends.append(at)
    if not ends or ends[-1] <= draft_due:
        return Fit(tuple(ends), True)
    left = calendar.between(start, draft_due) if start < draft_due else 0
    share = int(left / (len(minutes) + 1)) // STEP * STEP
    return Fit(tuple(ends), False, (share,) * len(minutes) if share else ())
