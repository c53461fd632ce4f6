"""The worker's part: leases, two workers at once, stopping, errors that are nobody's fault."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from osm import jobs
from osm.extensions import db
from osm.services import import_publishing, import_runs, import_staging, import_work
from osm.services.import_work import LEASE, PUT_OFF, LeaseLost, Pace, held
from osm.store.models import Event, ImportRow, ImportRun, ImportState, Message, WorkerBeat

from .desk import NOON, Outcome, export, load, messages, rows, start, upload, work


@pytest.fixture
def small_steps(monkeypatch):
    """Batches of ten rows, slices of one: many places at which something can happen."""
    monkeypatch.setattr(import_staging, "BATCH", 10)
    monkeypatch.setattr(import_publishing, "TOGETHER", 1)
    monkeypatch.setattr(import_publishing, "SLICE_SECONDS", 0.0)
    monkeypatch.setattr(import_work, "BREATH", 0.0)


def waiting(count: int = 30, **how: object) -> int:
    run_id = upload(export(*rows(count)))
    start(run_id, **how)
    return run_id


class Stopping:
    """Asked between two steps; says «stop» from the given time on."""

    def __init__(self, after: int) -> None:
        self.left = after

    def __call__(self) -> bool:
        self.left -= 1
        return self.left >= 0


def test_runs_are_taken_up_in_their_order_and_all_of_them(office):
    first, second = waiting(2), waiting(3)
    assert work() == 2
    assert [Outcome(run_id).counts for run_id in (first, second)] == [{"created": 2}, {"created": 1, "unchanged": 2}]
    assert work() == 0


def test_a_run_that_waits_for_a_person_is_left_alone(office):
    run_id = upload(export(*rows(2)))
    assert work() == 0
    start(run_id, dry_run=True)
    assert work() == 1
    assert work() == 0
    assert Outcome(run_id).run.state is ImportState.CHECKED


@pytest.mark.parametrize("after", range(1, 9))
def test_told_to_stop_it_leaves_at_once_and_the_next_one_finishes(office, small_steps, after):
    run_id = waiting(30)
    work(pace=Pace(goes_on=Stopping(after)))
    run = Outcome(run_id).run
    assert run.state in (ImportState.STAGING, ImportState.PUBLISHING)
    assert (run.lease_owner, run.lease_until) == ("", None)
    work("worker:2")
    assert Outcome(run_id).counts == {"created": 30}
    assert len(messages()) == 30


def test_a_long_import_gives_the_other_jobs_their_turn(office, small_steps):
    run_id = waiting(30)
    rounds = 0
    while Outcome(run_id).run.state is not ImportState.DONE:
        assert work(pace=Pace(seconds=0.05)) == 1
        rounds += 1
    assert rounds > 1
    assert Outcome(run_id).counts == {"created": 30}


def test_however_slow_the_machine_each_slice_gets_on(office, small_steps, monkeypatch):
    run_id = waiting(5)
    work(pace=Pace(goes_on=Stopping(2)))
    before = len(messages())
    hold(run_id, "worker:7")
    monkeypatch.setattr(import_publishing, "SLICE_SECONDS", -1.0)
    with held(run_id, "worker:7", NOON) as run:
        assert import_publishing.publish_slice(run, now=NOON) == 1
    assert len(messages()) == before + 1


# --- Leases


def hold(run_id: int, owner: str, minutes: float = 1) -> None:
    run = db.session.get_one(ImportRun, run_id)
    run.lease_owner, run.lease_until = owner, NOON + timedelta(minutes=minutes)
    db.session.commit()


def test_a_run_under_a_lease_is_another_worker_s(office):
    run_id = waiting(3)
    hold(run_id, "worker:1")
    assert work("worker:2") == 0
    assert Outcome(run_id).run.state is ImportState.STAGING


def test_after_the_lease_anybody_may_take_it(office):
    run_id = waiting(3)
    hold(run_id, "worker:1")
    assert work("worker:2", now=NOON + LEASE + timedelta(seconds=1)) == 1
    assert Outcome(run_id).counts == {"created": 3}


def test_its_own_holder_goes_on_before_that(office):
    run_id = waiting(3)
    hold(run_id, "worker:1")
    assert work("worker:1") == 1


def test_the_lease_of_a_process_that_is_gone_does_not_count(office):
    run_id = waiting(3)
    hold(run_id, "worker:1")
    assert work("worker:2", pace=Pace(is_gone=lambda owner: owner == "worker:1")) == 1
    assert Outcome(run_id).counts == {"created": 3}


def test_who_lost_the_lease_can_write_nothing_more(office):
    run_id = waiting(3)
    hold(run_id, "worker:2")
    with pytest.raises(LeaseLost), held(run_id, "worker:1", NOON):
        pytest.fail("the body must not run")


@pytest.mark.parametrize("step", ["staging", "publishing"])
def test_taken_over_in_the_middle_the_first_worker_leaves_in_silence(office, small_steps, step, caplog):
    """The first worker slept for so long that a second one took the run; both believe in it for a moment."""
    run_id = waiting(30)
    asked = Stopping(2 if step == "staging" else 12)

    def goes_on() -> bool:
        if asked.left > 0:
            return asked()
        hold(run_id, "worker:2")
        return True

    work("worker:1", pace=Pace(goes_on=goes_on))
    taken = Outcome(run_id).run
    assert taken.lease_owner == "worker:2"
    assert taken.state.value == step
    assert "taken over" in caplog.text
    work("worker:2")
    assert Outcome(run_id).counts == {"created": 30}
    assert (len(messages()), db.session.query(Event).filter_by(action="enter").count()) == (30, 30)


def test_two_workers_at_once_share_the_runs_and_nothing_is_done_twice(app, office, small_steps):
    """Real threads on a real database, on the same three files."""
    ids = [waiting(40) for _ in range(3)]
    db.session.rollback()
    errors: list[Exception] = []

    def worker(name: str) -> None:
        with app.app_context():
            try:
                import_work.take_up(name, lambda: NOON)
            except Exception as error:
                errors.append(error)

    threads = [threading.Thread(target=worker, args=(f"worker:{number}",)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert errors == []
    assert [Outcome(run_id).run.state for run_id in ids] == [ImportState.DONE] * 3
    assert sum(Outcome(run_id).run.counts["created"] for run_id in ids) == 40
    assert sum(Outcome(run_id).run.counts["unchanged"] for run_id in ids) == 80
    assert (len(messages()), db.session.query(Event).filter_by(action="enter").count()) == (40, 40)


# --- Errors


def test_an_error_of_ours_while_reading_ends_the_run_with_words_and_without_rows(office, monkeypatch):
    def broken(*_: object) -> object:
        raise ZeroDivisionError

    bad = waiting(3)
    monkeypatch.setattr(import_staging, "to_payload", broken)
    work()
    assert (Outcome(bad).run.state, Outcome(bad).rows) == (ImportState.FAILED, [])
    assert "ошибкой программы" in Outcome(bad).run.error
    assert messages() == []


def test_a_busy_database_puts_a_run_off_and_the_others_have_their_turn(office, monkeypatch):
    busy, fine = waiting(2), waiting(3)
    publish = import_work._publish

    def failing(run_id: int, *more: object) -> None:
        if run_id == busy:
            raise OperationalError("UPDATE", {}, Exception("database is locked"))
        publish(run_id, *more)

    monkeypatch.setattr(import_work, "_publish", failing)
    with pytest.raises(OperationalError):
        work()
    assert Outcome(fine).run.state is ImportState.DONE
    assert Outcome(busy).run.state is ImportState.PUBLISHING
    monkeypatch.undo()
    assert work(now=NOON + PUT_OFF / 2) == 0
    assert work(now=NOON + PUT_OFF * 2) == 1
    assert Outcome(busy).run.state is ImportState.DONE
    assert len(messages()) == 3


def test_a_run_that_was_thrown_away_meanwhile_stops_nothing(office, small_steps):
    run_id = waiting(30)

    def goes_on() -> bool:
        db.session.execute(db.delete(ImportRow))
        db.session.execute(db.delete(ImportRun).where(ImportRun.id == run_id))
        db.session.commit()
        return True

    work(pace=Pace(goes_on=goes_on))
    assert messages() == []


# --- The process


def test_a_process_of_this_machine_that_has_ended_is_gone_and_no_other():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    host = jobs.PROCESS.rpartition(":")[0]
    assert jobs.is_gone(f"{host}:{ended.pid}")
    assert not jobs.is_gone(jobs.PROCESS)
    assert not jobs.is_gone(f"{host}:1")
    assert not jobs.is_gone(f"another-{host}:{ended.pid}")
    assert not jobs.is_gone("")
    assert f"{host}:{os.getpid()}" == jobs.PROCESS


def test_one_round_does_every_job_and_leaves_a_beat(app, office):
    run_id = waiting(3)
    done = jobs.run_due(app.extensions["osm_clock"].now())
    assert list(done) == [job.name for job in jobs.JOBS]
    assert done["imports"] == 1
    assert Outcome(run_id).counts == {"created": 3}
    assert db.session.get_one(WorkerBeat, jobs.WORKER).at == app.extensions["osm_clock"].now()


def test_the_log_of_a_run_names_numbers_and_never_a_text(office):
    done = load(export(*rows(2)))
    events = db.session.query(Event).filter_by(object_kind="import_run", object_id=done.run_id).order_by(Event.id)
    assert [(event.action, event.changes) for event in events] == [
        ("import_start", {}),
        ("import_done", {"created": [0, 2]}),
    ]


def test_what_was_staged_is_emptied_once_the_register_has_it(office):
    """The copy in the staging table would only be a second place of personal data."""
    done = load(export(*rows(2)))
    assert [row.payload for row in done.rows] == [{}, {}]
    assert [row.message_id for row in done.rows] == [message.id for message in db.session.query(Message)]


def test_a_second_start_of_the_same_run_is_refused_under_the_eyes_of_both(app, office):
    """Two people press the button at once: real threads, one of them wins."""
    run_id = upload(export(*rows(2)))
    db.session.rollback()
    told: list[str] = []
    gate = threading.Barrier(2)

    def press() -> None:
        with app.app_context():
            gate.wait()
            try:
                start(run_id)
                told.append("started")
            except import_runs.RunMovedOn:
                told.append("told")

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(told) == ["started", "told"]
