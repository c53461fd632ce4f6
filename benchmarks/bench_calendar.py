"""Change of the calendar with 100, 1,000 and 10,000 open messages: preview, decision, the worker's part.

`python benchmarks/bench_calendar.py`; OSM_TEST_POSTGRES_URL adds PostgreSQL. Milliseconds of one run each; the worker's
check every second (median of 20) is compared with reading all running clocks.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from sqlalchemy import func, select

from benchmarks.seeding.installation import installation
from osm.base.application import current_now
from osm.base.database import db
from osm.calendar import acts
from osm.flow.acts import act
from osm.flow.acts.terms import in_force
from osm.models import Deadline, User
from osm.regulation.words import DeadlineState
from osm.regulation.working_time.office_calendar import Act
from osm.regulation.working_time.production_calendar import Layer
from tests.databases import backends

SIZES = (100, 1_000, 10_000)


def main() -> None:
    for backend in backends():
        print(f"{backend}: мс{'идущих сроков':>16}{'взгляд вперёд':>16}{'решение':>12}{'остальное':>12}", end="")
        print(f"{'держит запись':>16}{'круг впустую':>14}{'все сроки':>12}")
        for size in SIZES:
            with installation(backend, size, in_hand=size) as app, app.app_context():
                print(f"{size:>14}" + "".join(_measured()))


def _measured() -> list[str]:
    now = current_now()
    today = in_force().calendar.local(now).date()
    days = [today + timedelta(n) for n in range(1, 8)]
    day = next(day for day in days if in_force().calendar.day(day).hours)
    decision = acts.enter_act(Act(0, (day,), (), Layer.LOCAL, "распоряжение", today))
    running = db.session.scalar(select(func.count()).where(Deadline.state == DeadlineState.OPEN)) or 0
    actor = db.session.scalars(select(User).limit(1)).one()
    looked = _milliseconds(lambda: acts.preview(decision, 0, now))
    decided = _milliseconds(lambda: acts.decide(decision, 0, actor=actor, now=now))
    longest, rest = 0.0, time.perf_counter()
    while act.left_behind():
        db.session.rollback()
        longest = max(longest, _milliseconds(_slice))
    rest = (time.perf_counter() - rest) * 1000
    idle = median(_milliseconds(lambda: act.recompute_outdated(now)) for _ in range(20))
    everything = median(_milliseconds(_rival) for _ in range(20))
    widths = (16, 16, 12, 12, 16, 14, 12)
    values = (running, looked, decided, rest, longest, idle, everything)
    return [f"{value:>{width}.1f}" for value, width in zip(values, widths, strict=True)]


def _slice() -> None:
    with act.transaction():
        act.recompute_slice(current_now(), act.SLICE)


def _rival() -> None:
    version = in_force().calendar.version
    rows = db.session.execute(select(Deadline.id, Deadline.calendar_version).where(Deadline.state == "open"))
    assert not [row for row in rows if row.calendar_version != version]
    db.session.rollback()


def _milliseconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    main()
