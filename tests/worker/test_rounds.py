"""A round of the worker: its jobs, their order, and their lanes."""

from __future__ import annotations

import json
from threading import Event

import pytest

from osm.base.transaction import Pace
from osm.jobs import lanes, running
from osm.jobs.lanes import CLOCKS, DIRECTORY, FILES, JOBS, LANES, MAIL, NETWORKS, READING, Job, Lane
from osm.jobs.running import run_due
from tests.office import at

NOW = at("17.03 10:00")
IN_ORDER = [
    "terms", "breaches", "urgent", "danger", "arrivals", "imports", "administrators", "directory",
    "inbox-mail", "callbacks", "pages", "lessons",
    "rules", "comments", "verdicts", "search", "repeats", "blacklist", "pictures", "plan", "outbox", "past-plan",
    "keys", "reminders", "terms-near", "week", "promises", "page-checks", "copies", "memos", "outages", "marks",
    "bursts", "sessions", "files", "backup", "purge", "put-away", "readings", "alarms", "questions", "mail", "letters",
    "seals",
]  # fmt: skip
OF_LANES = {
    CLOCKS: [
        "terms",
        "breaches",
        "urgent",
        "danger",
        "blacklist",
        "reminders",
        "terms-near",
        "week",
        "promises",
        "page-checks",
        "memos",
        "outages",
        "sessions",
        "readings",
        "questions",
        "seals",
    ],
    FILES: ["arrivals", "imports", "files", "backup", "purge", "put-away"],
    READING: ["lessons", "rules", "comments", "verdicts", "search", "repeats", "copies", "marks", "bursts"],
    NETWORKS: ["administrators", "callbacks", "pages", "pictures", "plan", "outbox", "past-plan", "keys"],
    MAIL: ["alarms", "mail", "letters"],
    DIRECTORY: ["directory", "inbox-mail"],
}


def test_the_tick_does_all_jobs_in_one_order(app):
    done = app.test_cli_runner().invoke(args=["osm", "tick", "--at", NOW.isoformat()])
    assert done.exit_code == 0
    assert list(json.loads(done.output)) == IN_ORDER


def test_the_tick_carries_each_job_to_its_end(app, monkeypatch):
    paces: list[Pace] = []
    monkeypatch.setattr(
        lanes, "JOBS", [Job(lane.name, lane.words, lane, lambda now, pace: paces.append(pace) or 0) for lane in LANES]
    )
    with app.app_context():
        run_due(NOW)
    assert [pace.seconds for pace in paces] == [float("inf")] * len(LANES)


@pytest.mark.parametrize("lane", LANES, ids=lambda lane: lane.name)
def test_a_lane_does_its_own_jobs_in_the_same_order(lane):
    assert [job.name for job in JOBS if job.lane is lane] == OF_LANES[lane]


class LateLease:
    """A lease that its thread gets right after the lane has checked for it."""

    asked = 0

    @property
    def held(self) -> bool:
        self.asked += 1
        return self.asked > 1


class Pauses(Event):
    """Asked to wait, it notes how long and returns at once; after so many times it says «stop»."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.left, self.asked = times, list[float]()

    def wait(self, timeout: float | None = None) -> bool:
        self.asked.append(timeout or 0.0)
        self.left -= 1
        if not self.left:
            self.set()
        return self.is_set()


def work(monkeypatch, lane: Lane, found: int = 0) -> list[float]:
    """Let the lane do a round in which its job finds so much; return its pause afterwards."""
    monkeypatch.setattr(lanes, "JOBS", [Job("job", "дело", lane, lambda now, pace: found)])
    stop = Pauses(2)
    running.work(lane, LateLease(), stop)
    return stop.asked[-1]


def test_what_was_taken_up_is_freed_before_the_first_round_that_works(app, monkeypatch):
    done = []
    monkeypatch.setattr(lanes, "JOBS", [])
    monkeypatch.setattr(lanes.due, "release_all", lambda: done.append("freed"))
    monkeypatch.setattr(running, "run_lane", lambda *_: done.append("round") or {})
    with app.app_context():
        running.work(READING, LateLease(), Pauses(2))
    assert done == ["freed", "round"]


@pytest.mark.parametrize(
    ("lane", "found", "pause"),
    [
        (Lane("all at once", "сразу"), 7, running.PAUSE_SECONDS),
        (Lane("in turns", "по частям", seconds=1), 0, running.PAUSE_SECONDS),
        (Lane("in turns", "по частям", seconds=1), 7, 0),
    ],
)
def test_only_a_lane_that_left_something_over_goes_on_without_a_pause(app, monkeypatch, lane, found, pause):
    with app.app_context():
        assert work(monkeypatch, lane, found) == pause


def test_a_lane_that_gives_way_rests_in_proportion(app, monkeypatch):
    lane = Lane("polite", "уступает", seconds=1, gives_way=lambda: True)
    with app.app_context():
        assert work(monkeypatch, lane, 7) > 0
        assert work(monkeypatch, lane, 0) == running.PAUSE_SECONDS
