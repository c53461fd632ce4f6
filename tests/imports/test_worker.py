"""The worker's part of an import: turns, stopping, errors of the machine, what one round does."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InternalError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from osm.base import database
from osm.base.database import db
from osm.base.transaction import Pace, WorkerBeat
from osm.imports.acts import files, publishing, runs
from osm.imports.acts import work as acts_work
from osm.imports.acts.publishing import Staged
from osm.imports.acts.work import PUT_OFF, held
from osm.jobs.lanes import JOBS, LANES
from osm.jobs.lease import PROCESS, is_gone
from osm.jobs.running import run_due
from osm.models import Event, ImportRow, ImportRun, ImportState, Message, RowOutcome

from .desk import NOON, Outcome, export, load, messages, rows, start, upload, work
from .waiting import Stopping, hold, waiting


def test_all_runs_are_done_in_their_order(office):
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
def test_stopped_it_leaves_at_once_and_the_next_one_finishes(office, small_steps, after):
    run_id = waiting(30)
    work(pace=Pace(may_continue=Stopping(after)))
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
    work(pace=Pace(may_continue=Stopping(2)))
    before = len(messages())
    hold(run_id, "worker:7")
    monkeypatch.setattr(publishing, "SLICE_SECONDS", -1.0)
    with held(run_id, "worker:7", NOON) as run:
        assert publishing.publish_slice(run, now=NOON) is not None
    assert len(messages()) == before + 1


def test_a_slice_continues_after_the_last_and_a_new_worker_restarts(office, small_steps, monkeypatch):
    run_id = waiting(5)
    began: list[int] = []
    staged = publishing.staged

    def noting(of: int, limit: int, behind: int = -1) -> tuple[Staged, ...]:
        began.append(behind)
        return staged(of, limit, behind)

    monkeypatch.setattr(publishing, "staged", noting)
    work(pace=Pace(may_continue=Stopping(4)))
    stopped_behind = [row.row_no for row in Outcome(run_id).rows if row.outcome is RowOutcome.CREATED]
    assert began == [-1, *stopped_behind[:-1]]
    assert len(stopped_behind) > 1
    began.clear()
    work("worker:2")
    assert began == [-1, *(row.row_no for row in Outcome(run_id).rows[len(stopped_behind) :])]
    assert Outcome(run_id).counts == {"created": 5}


# --- Errors


def test_our_error_while_reading_ends_the_run_with_words_only(office, monkeypatch):
    def broken(*_: object) -> object:
        raise ZeroDivisionError

    bad = waiting(3)
    monkeypatch.setattr(files, "to_payload", broken)
    work()
    assert (Outcome(bad).run.state, Outcome(bad).rows) == (ImportState.FAILED, [])
    assert "ошибкой программы" in Outcome(bad).run.error
    assert messages() == []


def test_a_busy_database_postpones_a_run_and_others_have_their_turn(office, monkeypatch):
    busy, fine = waiting(2), waiting(3)
    publish = acts_work.publish_staged

    def failing(run_id: int, *more: object) -> None:
        if run_id == busy:
            raise OperationalError("UPDATE", {}, Exception("database is locked"))
        publish(run_id, *more)

    monkeypatch.setattr(acts_work, "publish_staged", failing)
    with pytest.raises(OperationalError):
        work()
    assert Outcome(fine).run.state is ImportState.DONE
    assert Outcome(busy).run.state is ImportState.PUBLISHING
    monkeypatch.undo()
    assert work(now=NOON + PUT_OFF / 2) == 0
    assert work(now=NOON + PUT_OFF * 2) == 1
    assert Outcome(busy).run.state is ImportState.DONE
    assert len(messages()) == 3


PASSING = {
    "memory": MemoryError(),
    "no process": BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"),
    "disk": OSError(errno.ENOSPC, "No space left on device"),
    "no connection": NoFreeConnection("QueuePool limit of size 8 overflow 8 reached"),
    "broken off": InternalError("COPY", None, Exception("gone"), connection_invalidated=True),
    "transaction lost": PendingRollbackError("Can't reconnect until invalid transaction is rolled back."),
}


@pytest.mark.parametrize("error", PASSING.values(), ids=PASSING)
@pytest.mark.parametrize("place", [(files, "to_payload"), (publishing, "from_payload")], ids=["r", "p"])
def test_a_shortage_of_the_machine_postpones_a_run_and_refuses_nothing(office, monkeypatch, place, error):
    def failing(*_: object) -> object:
        raise error

    run_id = waiting(3)
    monkeypatch.setattr(*place, failing)
    with pytest.raises(type(error)):
        work()
    assert Outcome(run_id).run.state in (ImportState.STAGING, ImportState.PUBLISHING)
    monkeypatch.undo()
    assert work(now=NOON + PUT_OFF / 2) == 0
    assert work(now=NOON + PUT_OFF * 2) == 1
    assert (Outcome(run_id).run.state, Outcome(run_id).counts) == (ImportState.DONE, {"created": 3})


@pytest.mark.postgresql  # SQLite has no server
@pytest.mark.parametrize("step", ["staging", "publishing"])
def test_a_connection_that_the_server_ends_puts_a_run_off(office, monkeypatch, step):
    """PostgreSQL restarts, or the kernel kills its process: first inside a savepoint, then elsewhere."""
    module, name = {
        "staging": (database, "write_rows"),
        "publishing": (publishing, "update_rows"),
    }[step]
    whole = getattr(module, name)

    def ended(*_: object) -> None:
        db.session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    run_id = waiting(3)
    monkeypatch.setattr(module, name, ended)
    with pytest.raises(Exception, match=r"terminat|closed|rolled back"):
        work()
    assert Outcome(run_id).run.state.value == step
    monkeypatch.setattr(module, name, whole)
    assert work(now=NOON + PUT_OFF * 2) == 1
    assert (Outcome(run_id).run.state, Outcome(run_id).counts) == (ImportState.DONE, {"created": 3})
    assert len(messages()) == 3


def test_a_run_thrown_away_in_between_stops_nothing(office, small_steps):
    run_id = waiting(30)

    def may_continue() -> bool:
        db.session.execute(db.delete(ImportRow))
        db.session.execute(db.delete(ImportRun).where(ImportRun.id == run_id))
        db.session.commit()
        return True

    work(pace=Pace(may_continue=may_continue))
    assert messages() == []


# --- The process


def test_only_an_ended_process_of_this_machine_is_gone():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    host = PROCESS.partition(":")[0]
    assert is_gone(f"{host}:{ended.pid}:0a1b")
    assert not is_gone(PROCESS)
    assert not is_gone(f"{host}:1:0a1b")
    assert not is_gone(f"another-{host}:{ended.pid}:0a1b")
    assert not is_gone("")
    assert PROCESS.startswith(f"{host}:{os.getpid()}:")
    assert is_gone(f"{host}:{os.getpid()}:0a1b"), "a process of before, which had this number"


def test_one_round_does_every_job_and_leaves_a_beat_of_every_lane(app, office):
    run_id = waiting(3)
    done = run_due(app.extensions["osm"].clock.now())
    assert list(done) == [job.name for job in JOBS]
    assert done["imports"] == 1
    assert Outcome(run_id).counts == {"created": 3}
    for lane in LANES:
        assert db.session.get_one(WorkerBeat, lane.name).at == app.extensions["osm"].clock.now()


def test_the_log_of_a_run_names_numbers_and_never_a_text(office):
    done = load(export(*rows(2)))
    events = db.session.query(Event).filter_by(object_kind="import_run", object_id=done.run_id).order_by(Event.id)
    assert [(event.action, event.changes) for event in events] == [
        ("import_start", {}),
        ("import_done", {"created": [0, 2]}),
    ]


def test_what_was_staged_is_emptied_once_the_register_has_it(office):
    """The copy in the staging table would be a second place with personal data."""
    done = load(export(*rows(2)))
    assert [row.payload for row in done.rows] == [{}, {}]
    assert [row.message_id for row in done.rows] == db.session.scalars(db.select(Message.id).order_by(Message.id)).all()


def test_a_second_start_of_the_same_run_is_refused_to_both(app, office):
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
            except runs.RunMovedOn:
                told.append("told")

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(told) == ["started", "told"]
