"""A worker that is given the lease frees what the one before had taken up, whenever the lease comes."""

from __future__ import annotations

from threading import Event

from osm.cli import worker


class LateLease:
    """A lease that its thread is given right after the worker has looked for it."""

    asked = 0

    @property
    def held(self) -> bool:
        self.asked += 1
        return self.asked > 1


def test_what_was_taken_up_is_freed_before_the_first_round_that_works(app, monkeypatch):
    done, stop = [], Event()

    def round_of_work(_now, _pace) -> dict[str, int]:
        stop.set()
        done.append("round")
        return {}

    monkeypatch.setattr(worker, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(worker.readings, "release_all", lambda: done.append("freed"))
    monkeypatch.setattr(worker, "run_due", round_of_work)
    with app.app_context():
        worker.work(LateLease(), stop)
    assert done == ["freed", "round"]
