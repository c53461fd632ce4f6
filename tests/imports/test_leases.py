"""Which worker holds a run of an import, and for how long: one worker at a time, even if it dies."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from osm.base.database import db
from osm.base.transaction import Pace
from osm.imports.acts import work as acts_work
from osm.imports.acts.work import LEASE, LeaseLost, held
from osm.models import Event, ImportState

from .desk import NOON, Outcome, messages, work
from .waiting import Stopping, hold, waiting

pytestmark = pytest.mark.usefixtures("office")


def test_a_run_under_a_lease_is_another_worker_s():
    run_id = waiting(3)
    hold(run_id, "worker:1")
    assert work("worker:2") == 0
    assert Outcome(run_id).run.state is ImportState.STAGING


def test_after_the_lease_anybody_may_take_it():
    run_id = waiting(3)
    hold(run_id, "worker:1")
    assert work("worker:2", now=NOON + LEASE + timedelta(seconds=1)) == 1
    assert Outcome(run_id).counts == {"created": 3}


def test_its_own_holder_continues_before_that():
    run_id = waiting(3)
    hold(run_id, "worker:1")
    assert work("worker:1") == 1


def test_the_lease_of_a_process_that_is_gone_does_not_count():
    run_id = waiting(3)
    hold(run_id, "worker:1")
    assert work("worker:2", pace=Pace(is_gone=lambda owner: owner == "worker:1")) == 1
    assert Outcome(run_id).counts == {"created": 3}


def test_who_lost_the_lease_can_write_nothing_more():
    run_id = waiting(3)
    hold(run_id, "worker:2")
    with pytest.raises(LeaseLost), held(run_id, "worker:1", NOON):
        pytest.fail("the body must not run")


@pytest.mark.parametrize("step", ["staging", "publishing"])
def test_taken_over_in_the_middle_the_first_worker_leaves_in_silence(small_steps, step, caplog):
    """The first worker slept so long that a second one took the run; for a moment both believe they hold it."""
    run_id = waiting(30)
    asked = Stopping(2 if step == "staging" else 12)

    def may_continue() -> bool:
        if asked.left > 0:
            return asked()
        hold(run_id, "worker:2")
        return True

    work("worker:1", pace=Pace(may_continue=may_continue))
    taken = Outcome(run_id).run
    assert taken.lease_owner == "worker:2"
    assert taken.state.value == step
    assert "taken over" in caplog.text
    work("worker:2")
    assert Outcome(run_id).counts == {"created": 30}
    assert (len(messages()), db.session.query(Event).filter_by(action="enter").count()) == (30, 30)


def test_two_workers_at_once_share_the_runs_without_doing_anything_twice(app, small_steps):
    """Real threads on a real database, on the same three files."""
    ids = [waiting(40) for _ in range(3)]
    db.session.rollback()
    errors: list[Exception] = []

    def worker(name: str) -> None:
        with app.app_context():
            try:
                acts_work.run(name, lambda: NOON)
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
