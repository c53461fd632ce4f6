"""Each call of the worker out of the program fails with an unexpected error, once and always.

By day one call of each job and one of each kind, once; at night all of them, once and always. The calls are found by
running (`boundary.py`): a lane does its work in an office that has something for all of its jobs, and every file,
process, letter, request or commit it needs is made to fail in turn.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from osm.base.database import db
from osm.base.transaction import WHOLE, Pace, WorkerBeat, put_away
from osm.check.acts import due
from osm.files.queries import NOT_KEPT
from osm.imports.acts import work
from osm.jobs.lanes import CLOCKS, DONE_AT, JOBS, LANES, MAIL, NETWORKS, Job, Lane
from osm.jobs.running import _run, run_lane
from osm.listening.acts import hearing
from osm.models import (
    Comment,
    Connection,
    DueCommentReading,
    DueReading,
    Event,
    ImportRow,
    ImportRun,
    Message,
    OutboxAction,
    PageGuard,
    Reminder,
)
from osm.regulation.blacklist import OutboxState
from osm.reminders.acts import mailing

from .boundary import OUTSIDE, Boundary, Site, Unforeseen, watched
from .everything_due import NOON, Everything, everything_due

pytestmark = pytest.mark.sqlite

SOON = (60, 62, 66, 80, 120, 180)
"""Seconds after noon of the first rounds."""
ONCE = dict.fromkeys(LANES, (60, 62, 200, 4000)) | {NETWORKS: (60, 62, 66, 200, 2000, 90_000)}
"""A day later pages are asked again who manages them."""
LATER = {lane: (400, 900, *range(2000, 26_000, 3700)) for lane in LANES} | {
    NETWORKS: (400, 900, *range(1800, 22_000, 2000)),
    MAIL: (400, 900, *range(2000, 34_000, 3700)),
}
LONG = ("imports", "backup", "administrators", "callbacks", "pages", "past-plan", "keys")
"""Jobs that take long: they run only where one of their own calls is to fail."""
REFUSED = ("failed", work._UNEXPECTED)
"""A file that cannot be read is refused at once, in words: somebody waits for it, and loads it again."""
LOST = {
    ("network answer", "keys"): "a new key that was in the answer: the page says that the old one is refused",
    ("file", "plan"): "a publication that cannot be ordered is its author's at once, in words",
}
"""Of what fails once, what is not made good by the program itself, and why."""
MOST = 8
"""How often a call into the world outside is made within two minutes for one thing that cannot be done."""
PACE = Pace(seconds=60.0)
"""Of the worker: what a network is asked for is taken in by the next round."""


@pytest.fixture
def office(app, desk, tmp_path, monkeypatch) -> Iterator[tuple[Everything, Boundary]]:
    folder = app.extensions["osm"].settings.data_dir
    monkeypatch.setattr(hearing, "LONG_POLL", 0)
    with everything_due(app, desk, tmp_path) as one, watched(folder) as boundary:
        yield one, boundary


def begin(one: Everything, lane: Lane) -> None:
    one.put_back()
    if lane is MAIL:  # letters are for what the clocks have reminded of
        run_lane(CLOCKS, NOON, WHOLE)


def rounds(one: Everything, boundary: Boundary, lane: Lane, when: Iterable[int]) -> None:
    """Rounds of this lane alone."""
    failing = boundary.failing
    jobs = [
        job for job in JOBS if job.lane is lane and (failing is None or job.name not in LONG or job.name == failing.job)
    ]
    for seconds in when:
        at = NOON + timedelta(seconds=seconds)
        one.app.extensions["osm"].clock.set(at)
        boundary.is_on = True
        for job in jobs:
            boundary.job = job.name
            run(job, at)
            while asked := [thread for thread in threading.enumerate() if thread.name == "page"]:
                for thread in asked:
                    thread.join()
                if job.name != "pages":  # the job `pages` would ask them again without end
                    run(job, at)
        boundary.is_on = False
        put_away()


def run(job: Job, at: datetime) -> None:
    DONE_AT.forget()
    _done, error = _run([job], [], at, PACE)
    assert error is None or is_unforeseen(error), error


def is_unforeseen(error: BaseException | None) -> bool:
    return error is not None and (isinstance(error, Unforeseen) or is_unforeseen(error.__cause__ or error.__context__))


def facts(one: Everything) -> dict[str, Any]:
    """The result: here, in the networks, in the mailbox."""
    acts = {act.idempotency_key: str(act.state) for act in db.session.scalars(select(OutboxAction))}
    count = {model.__tablename__: db.session.scalar(select(func.count()).select_from(model))
             for model in (Message, Comment, Event, Reminder, DueReading, DueCommentReading)}  # fmt: skip
    mails = Counter(str(state) for state in db.session.scalars(select(Reminder.mail)))
    return {
        "acts": acts,
        "effects": {world.group: dict(world.effects) for world in one.worlds},
        "runs": [(str(run.state), run.error) for run in db.session.scalars(select(ImportRun).order_by(ImportRun.id))],
        "counts": count,
        "letters": dict(Counter(letter["To"] for letter in one.mailbox.letters)),
        "mails": dict(mails),
        "copies": sorted(path.name for path in one.copies.iterdir()) if one.copies.exists() else [],
        "pages": [(str(row.state), row.said, row.acts_rest_until, row.gap_since) for row in
                  db.session.scalars(select(Connection).order_by(Connection.id))],
        "troubles": [one.name for one in mailing.troubles()],
    }  # fmt: skip


def differences(left: dict[str, Any], right: dict[str, Any]) -> str:
    return "; ".join(f"{name}: {left[name]} → {right[name]}" for name in left if left[name] != right[name])


def calm(one: Everything, boundary: Boundary, lane: Lane, when: Iterable[int], job: str = "") -> dict[str, Any]:
    """The facts after some time without failures."""
    boundary.fail(Site("none", "", job) if job else None)
    begin(one, lane)
    rounds(one, boundary, lane, when)
    return facts(one)


def sites(one: Everything, boundary: Boundary, lane: Lane) -> list[Site]:
    boundary.fail(None)
    begin(one, lane)
    rounds(one, boundary, lane, ONCE[lane])
    return sorted(boundary.seen)


def one_of_each(found: Iterable[Site]) -> list[Site]:
    """A call of each job, and a call of each kind."""
    chosen: list[Site] = []
    for site in found:
        if all(site.job != other.job for other in chosen) or all(site.what != other.what for other in chosen):
            chosen.append(site)
    return chosen


@pytest.mark.parametrize("lane", LANES, ids=lambda lane: lane.name)
def test_once(office, lane, often):
    one, boundary = office
    every = sites(one, boundary, lane)
    found = often(one_of_each(every), every)
    without = {job: calm(one, boundary, lane, ONCE[lane], job) for job in {site.job for site in found}}
    wrong = []
    for site in found:
        boundary.fail(site, 1)
        begin(one, lane)
        rounds(one, boundary, lane, ONCE[lane])
        now = facts(one)
        if (site.what, site.job) in LOST or now["runs"][0] == REFUSED:
            continue
        if said := differences(without[site.job], now):
            wrong.append(f"{site.job}: {site.what} in {site.where}: {said}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.nightly
@pytest.mark.parametrize("lane", LANES, ids=lambda lane: lane.name)
def test_always(office, lane):
    one, boundary = office
    found = sites(one, boundary, lane)
    when = (*SOON, *LATER[lane])
    without = {job: calm(one, boundary, lane, when, job) for job in {site.job for site in found}}
    wrong = []
    for site in found:
        boundary.fail(site)
        begin(one, lane)
        before = texts()
        rounds(one, boundary, lane, SOON)
        soon = len(boundary.failed)
        rounds(one, boundary, lane, LATER[lane])
        for problem in problems(one, boundary, soon, before, without[site.job]):
            wrong.append(f"{site.job}: {site.what} in {site.where}: {problem}; {soon} times, {boundary.failed[:1]}")
    assert not wrong, "\n".join(wrong)


def texts() -> set[str]:
    """All words that people see about failures."""
    said = set(db.session.scalars(select(OutboxAction.error))) | set(db.session.scalars(select(ImportRun.error)))
    said |= set(db.session.scalars(select(ImportRow.reason)))
    said |= set(db.session.scalars(select(Connection.said))) | set(db.session.scalars(select(PageGuard.look_said)))
    said |= set(db.session.scalars(select(WorkerBeat.detail).where(WorkerBeat.name.endswith("failed"))))
    said |= {f"trouble {one.name}" for one in mailing.troubles()} | {f"unread {kind}" for kind in due.given_up()}
    said |= {f"mail {state}" for state in db.session.scalars(select(Reminder.mail)) if state in ("failed", "unclear")}
    return said | set(db.session.scalars(select(Event.action).where(Event.action == NOT_KEPT)))


def problems(
    one: Everything, boundary: Boundary, soon: int, before: set[str], without: dict[str, Any]
) -> Iterator[str]:
    site, now = boundary.failing, facts(one)
    assert site is not None
    twice = [effect for world in one.worlds for effect in world.effects.items() if effect[1] > 1]
    if twice:
        yield f"done twice: {twice}"
    happened = Counter(what for world in one.worlds for (what, _whom), times in world.effects.items())
    done = Counter(act.partition(":")[0] for act, state in now["acts"].items() if state == "done")
    if any(number > happened[{"publish": "reply"}.get(kind, kind)] for kind, number in done.items()):
        yield f"said to be done: {done}, and is: {happened}"
    if site.what.split()[0] in OUTSIDE and soon > MOST:
        yield f"tried {soon} times within two minutes"
    left = differences(without, now)
    if left and not texts() - before:
        yield f"nothing is said of {left}"
    failed = {subject[1] for subject in boundary.failed if subject and subject[0] == "act"}
    waits = [act for act in db.session.scalars(select(OutboxAction).where(OutboxAction.state == OutboxState.PENDING))
             if act.id not in failed]  # fmt: skip
    if failed and waits:
        yield f"others wait: {[(act.idempotency_key, act.error) for act in waits]}"
