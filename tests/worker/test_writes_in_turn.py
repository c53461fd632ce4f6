"""SQLite has one write lock without a queue: the background leaves it free for a while between two of its writes."""

from __future__ import annotations

import time

import pytest

from osm.base import transaction
from osm.base.transaction import PAUSE_SECONDS, in_background


class Clock:
    def __init__(self) -> None:
        self.now = time.monotonic()

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("held", "other_work", "free"),
    [
        pytest.param(0.03, 0.0, 0.01, id="a third as long as it was held"),
        pytest.param(3.0, 0.0, PAUSE_SECONDS, id="never longer than people notice"),
        pytest.param(3.0, 5.0, 5.001, id="other work is as good as a pause"),
    ],
)
def test_between_two_writes_of_the_background_others_have_their_turn(app, monkeypatch, held, other_work, free):
    clock = Clock()
    monkeypatch.setattr(transaction, "time", clock)
    monkeypatch.setattr(transaction, "_turns", transaction._Turns())
    with app.app_context(), in_background():
        with transaction.transaction():
            clock.now += held
            ended = clock.now
        clock.now += other_work
        with transaction.transaction():
            assert clock.now - ended == pytest.approx(free)
