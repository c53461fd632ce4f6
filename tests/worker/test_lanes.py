"""Lanes: a slow job delays no other lane, a lane with failing jobs continues, a lane that returns ends the process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text

from osm.base.database import db
from osm.base.supervised import Stop
from osm.base.transaction import Pace, WorkerBeat
from osm.jobs import lanes, running
from osm.jobs.lanes import FILES, JOBS, LANES, READING, Job, Lane
from tests.office import hire

from .processes import wait_for
from .test_killed import NOW, missing, store_missed

pytestmark = pytest.mark.xdist_group("worker")


@pytest.fixture
def going(app) -> Iterator[Callable[..., None]]:
    """`going(lane, …)` runs these lanes in their threads; they are stopped afterwards."""
    stop, threads = threading.Event(), []

    def start(*of: Lane) -> None:
        for lane in of:
            threads.append(threading.Thread(target=running.keep_going, args=(app, lane, stop), daemon=True))
            threads[-1].start()

    yield start
    stop.set()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


class Slow:
    """A job that sleeps until it is woken."""

    def __init__(self) -> None:
        self.sleeps, self.woken = threading.Event(), threading.Event()

    def __call__(self, _now: object, _pace: Pace) -> int:
        self.sleeps.set()
        while not self.woken.is_set():
            time.sleep(0.05)
        return 0


@pytest.fixture
def slow() -> Iterator[Slow]:
    one = Slow()
    yield one
    one.woken.set()


@pytest.mark.postgresql
def test_a_connection_that_is_lost_in_a_round_ends_no_lane(app, monkeypatch, going):
    """The job fails, or reads until the round is over and never notices."""
    rounds = []

    def lose(_now: object, _pace: Pace) -> int:
        rounds.append(1)
        if len(rounds) <= 2:
            number = db.session.scalar(text("SELECT pg_backend_pid()"))
            with db.engine.connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:number)"), {"number": number})
            if len(rounds) == 1:
                raise ValueError
        return 0

    monkeypatch.setattr(lanes, "JOBS", with_job("backup", lose))
    monkeypatch.setattr("osm.jobs.running.beat", lambda lane, now: None)  # otherwise it would notice first
    going(FILES)
    wait_for(lambda: len(rounds) >= 4)


def with_job(name: str, run: Callable[..., int]) -> list[Job]:
    """All jobs unchanged except this one."""
    return [replace(job, run=run) if job.name == name else job for job in JOBS]


@pytest.mark.parametrize("name", ["comments", "search", "imports", "backup"])
def test_a_breach_is_noted_while_another_lane_is_busy(app, monkeypatch, going, slow, name):
    monkeypatch.setattr(lanes, "JOBS", with_job(name, slow))
    app.extensions["osm"].clock.set(NOW)
    with app.app_context():
        hire()
        going(*LANES)
        assert slow.sleeps.wait(60)
        store_missed(3, 1)
        begun = time.monotonic()
        wait_for(lambda: missing() == 0)
        print(f"noted after {time.monotonic() - begun:.2f} s")
        assert not slow.woken.is_set()


@pytest.mark.parametrize("busy", LANES, ids=lambda lane: lane.name)
def test_each_lane_goes_on_while_another_is_busy(app, monkeypatch, going, slow, busy):
    rounds = {lane.name: 0 for lane in LANES if lane is not busy}

    def count(lane: Lane) -> Callable[..., int]:
        def run(_now: object, _pace: object) -> int:
            rounds[lane.name] += 1
            return 0

        return run

    monkeypatch.setattr(
        lanes, "JOBS", [Job(lane.name, lane.words, lane, slow if lane is busy else count(lane)) for lane in LANES]
    )
    monkeypatch.setattr(running, "PAUSE_SECONDS", 0.01)
    with app.app_context():
        going(*LANES)
        assert slow.sleeps.wait(60)
        before = dict(rounds)
        wait_for(lambda: all(rounds[name] >= before[name] + 3 for name in rounds))
        assert not slow.woken.is_set()


def test_a_lane_whose_job_fails_does_its_other_jobs_and_goes_on(app, monkeypatch, going, caplog):
    done = []

    def fail(_now: object, _pace: object) -> int:
        raise RuntimeError("broken")

    monkeypatch.setattr(
        lanes,
        "JOBS",
        [Job("bad", "падает", FILES, fail), Job("good", "работает", FILES, lambda *_: done.append(1) or 0)],
    )
    monkeypatch.setattr(running, "PAUSE_SECONDS", 0.01)
    with app.app_context():
        going(FILES)
        wait_for(lambda: len(done) >= 3)
        assert db.session.get(WorkerBeat, FILES.name) is not None
    assert [record.message for record in caplog.records].count("job failed") >= 2


def test_a_lane_that_could_not_begin_tries_again(app, monkeypatch, going, caplog):
    asked, done = [], []

    def begin() -> None:
        asked.append(len(done))
        if len(asked) < 3:
            raise RuntimeError("not yet")

    lane = replace(READING, begin=begin)
    monkeypatch.setattr(lanes, "JOBS", [Job("job", "дело", lane, lambda *_: done.append(1) or 0)])
    monkeypatch.setattr(running, "PAUSE_SECONDS", 0.01)
    with app.app_context():
        going(lane)
        wait_for(lambda: len(done) >= 2)
    assert asked == [0, 0, 0]
    assert "round failed" in caplog.text


@pytest.fixture
def process(app, monkeypatch) -> Callable[[], None]:
    """The process itself, but without its signals and its log: those belong to the tests."""
    monkeypatch.setattr(running.signal, "signal", lambda *_: None)
    monkeypatch.setattr(running.supervised, "configure", lambda *_: None)

    def run() -> None:
        with app.app_context():
            running.run(app)

    return run


def test_a_lane_that_ends_by_itself_ends_the_others_and_the_process(monkeypatch, process, caplog):
    ended = []

    class Broken:
        def __init__(self, _app: object, lane: str) -> None:
            self.lane = lane

        held = False

        def __enter__(self) -> Broken:
            if self.lane == READING.name:
                raise MemoryError
            return self

        def __exit__(self, *_: object) -> None:
            ended.append(self.lane)

    monkeypatch.setattr(running, "LaneLease", Broken)
    with pytest.raises(SystemExit) as end:
        process()
    assert end.value.code == 1
    assert sorted(ended) == ["clocks", "directory", "files", "mail", "networks"]
    assert "lane ended" in caplog.text


def test_one_that_does_not_come_to_an_end_does_not_keep_the_process(monkeypatch, process, slow):
    def asked_to_stop(stop: Stop, _seconds: float) -> bool:
        stop.asked = slow.sleeps.wait(60)
        return stop.asked

    monkeypatch.setattr(lanes, "JOBS", [Job("slow", "долгое", READING, slow)])
    monkeypatch.setattr(running, "TIME_TO_STOP", 3.5)
    monkeypatch.setattr(Stop, "wait", asked_to_stop)
    process()
    assert not slow.woken.is_set()
    [left] = [thread for thread in threading.enumerate() if thread.name == READING.name]
    slow.woken.set()
    left.join(60)
    assert not left.is_alive()
