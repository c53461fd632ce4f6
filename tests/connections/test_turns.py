"""The rate of a key is kept over all threads and processes."""

from __future__ import annotations

from bisect import bisect_left
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from osm.base.transaction import WHOLE
from osm.connectors.instagram.client import ACTING, READING
from osm.listening.acts import hearing
from osm.outbox.acts import asking
from osm.outbox.acts.keys import wait_turn_of
from osm.pages.acts import connecting
from tests.emulators.instagram import KEYS, PAGE


def test_many_threads_take_turns_one_gap_apart_and_each_key_its_own(app):
    waited = []
    wait = wait_turn_of(app, clock=lambda: 1000.0, sleep=waited.append)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: wait("a key", 3.0), range(20)))
    assert sorted(round(seconds * 3 * 0.8) for seconds in waited) == list(range(1, 20))
    waited.clear()
    wait("another key", 3.0)
    assert waited == []


def test_a_clock_that_was_set_back_delays_no_thread_for_hours(app):
    waited = []
    wait_turn_of(app, clock=lambda: 9000.0, sleep=waited.append)("a key", 3.0)
    wait_turn_of(app, clock=lambda: 1000.0, sleep=waited.append)("a key", 3.0)
    assert waited == []


class Clock:
    """A clock that wakes its sleepers when their time is reached."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_an_hour_has_at_most_200_requests_with_a_share_for_answers(app):
    clock, sent, waited = Clock(), [], []
    reads = wait_turn_of(app, {"page": READING}, clock=clock, sleep=clock.sleep)
    answers = wait_turn_of(app, {"page acts": ACTING, "page": READING}, clock=clock, sleep=clock.sleep)
    for number in range(400):
        reads("key", 1.0)
        sent.append(clock.now)
        for _ in range(20 if number % 60 == 59 else 0):  # five answers, of four requests each
            before = clock.now
            answers("key", 1.0)
            waited.append(clock.now - before)
            sent.append(clock.now)
    assert max(len(sent[at : bisect_left(sent, one + 3600)]) for at, one in enumerate(sent)) <= 200
    assert max(waited) < 2
    assert sent[-1] - sent[0] > 3600 * 3


def test_answers_take_what_reading_leaves_and_then_wait_without_being_refused(app):
    clock = Clock()
    answers = wait_turn_of(app, {"page acts": ACTING, "page": READING}, clock=clock, sleep=clock.sleep)
    for _ in range(ACTING.at_once + READING.at_once):
        answers("key", 1.0)
    assert clock.now - 1000 < 150
    answers("key", 1.0)
    assert 0 < clock.now - 1000 < 300


def test_only_acts_on_an_instagram_page_use_the_requests_of_acts(app, monkeypatch):
    asked = []
    monkeypatch.setattr(asking, "wait_turn_of", lambda _app, budgets: asked.append(budgets) or (lambda *_: None))
    with app.app_context():
        for network, page, acts in (("instagram", PAGE, False), ("instagram", PAGE, True), ("vk", "1", True)):
            asking.connector_for(network, page, KEYS, acts=acts)
    assert [list(one.values()) for one in asked] == [[READING], [ACTING, READING], []]


def test_the_looks_of_an_hour_fit_into_the_requests_for_reading(instagram, office, now):
    media = [instagram.post(f"Пост {number}") for number in range(3)]
    connecting.connect_page("instagram", PAGE, KEYS, has_read=True, actor=office.anna, now=now)
    instagram.serving.asked.clear()
    for minute in range(60):
        if minute % 4 == 0:
            instagram.write(media[minute % 3], "1", "anna", f"Вопрос {minute}")
        hearing.run(now + timedelta(minutes=minute), WHOLE)
        hearing.run(now + timedelta(minutes=minute, seconds=30), WHOLE)
    assert 60 < len(instagram.serving.asked) <= READING.at_once + READING.more
