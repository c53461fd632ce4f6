"""What an emergency can hold only in part, what it never holds, and what it says of pages without posting."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from osm.base.database import db
from osm.base.transaction import WHOLE, transaction
from osm.emergency import acts, queries
from osm.models import Connection, ConnectionState, Emergency, Event, Publication
from osm.outbox.acts import orders, rounds, sending
from osm.plan.acts import planning, posting
from osm.plan.rules import PublicationState
from tests.emulators.serving import Trouble
from tests.page_reading import words
from tests.plan.conftest import NOON

from .conftest import ANSWER, NOTICE
from .test_emergency import NOW, on, planned, posts, tick, waits

LATER = NOON + timedelta(minutes=5)


def topics(ok) -> list[str]:
    return [one["title"] for one in ok.world.topics.values()]


def errors(row: Publication) -> dict[int, str]:
    return {one.account_id: one.error for one in row.placements}


@pytest.fixture
def half(plan, vk, ok):
    """A publication due at 12:00; on OK it waits, since that page was stopped."""

    def go_out(trouble=None) -> tuple[Publication, int]:
        post = planned(plan, 12)
        stop = orders.stop(plan.ok, reason="Проверка", actor=plan.desk.anna, now=NOW)
        if trouble:
            vk.serving.trouble("wall.post", trouble)
        else:
            vk.refuse["wall.post"].append(214)
        tick(NOON)
        return post, stop.id

    return go_out


def test_refused_on_one_page_it_does_not_go_out_on_the_other(app, plan, desk, vk, ok, half, begin):
    post, stop = half()
    assert plan.again(post).state is PublicationState.FAILED
    row = begin(now=NOON)
    orders.release([stop], actor=desk.anna, now=NOON)
    tick(LATER)
    assert (posts(vk), topics(ok)) == ([NOTICE], [NOTICE])
    assert plan.again(post).state is PublicationState.FAILED
    assert "Придержано" in errors(plan.again(post))[plan.ok]
    assert [one.id for one in queries.held(row.id)] == [post.id]
    acts.end(row.id, on(row).version, actor=desk.anna, now=LATER)
    assert waits(app, desk, LATER) == [row.id], "it is decided by a person"
    tick(LATER)
    assert topics(ok) == [NOTICE]
    post = plan.again(post)
    planning.set_time(post.id, post.version, post.day, time(15), schedule=True, actor=desk.anna, now=LATER)
    assert waits(app, desk, LATER) == []
    tick(NOON + timedelta(hours=3, minutes=1))
    assert sorted(topics(ok)) == sorted([NOTICE, "Каток в 12"])


def test_left_as_it_is_it_asks_no_more(app, plan, desk, half, begin):
    post, _stop = half()
    row = begin(now=NOON)
    acts.end(row.id, on(row).version, actor=desk.anna, now=LATER)
    acts.release(row.id, post.id, to_time=False, actor=desk.anna, now=LATER)
    assert waits(app, desk, LATER) == []
    assert plan.again(post).state is PublicationState.FAILED


def test_asked_on_one_page_it_is_held_on_the_other(plan, desk, vk, ok, half, begin):
    post, stop = half(Trouble.CUT_AFTER)
    row = begin(now=NOON)
    orders.release([stop], actor=desk.anna, now=NOON)
    tick(LATER)
    assert sorted(posts(vk)) == sorted([NOTICE, "Каток в 12"])
    assert topics(ok) == [NOTICE]
    assert [(one.publication_id, one.account_id) for one in queries.not_held(on(row))] == [(post.id, plan.vk)]
    assert [one.id for one in queries.held(row.id)] == [post.id]
    assert (plan.again(post).state, "Придержано" in errors(post)[plan.ok]) == (PublicationState.SCHEDULED, True)
    assert {"plan_hold", "plan_fail"} & set(db.session.scalars(db.select(Event.action))) == {"plan_hold"}
    acts.end(row.id, on(row).version, actor=desk.anna, now=LATER)
    assert queries.held(row.id) == []
    tick(LATER)
    assert sorted(topics(ok)) == sorted([NOTICE, "Каток в 12"])
    assert sorted(posts(vk)) == sorted([NOTICE, "Каток в 12"])
    assert plan.again(post).state is PublicationState.PUBLISHED


@pytest.mark.parametrize("given", ["ended too late", "left as it is"])
def test_what_was_held_and_does_not_go_on_is_decided_by_a_person(plan, desk, ok, half, begin, given):
    post, stop = half(Trouble.CUT_AFTER)
    row, late = begin(now=NOON), NOON + timedelta(hours=9)
    orders.release([stop], actor=desk.anna, now=NOON)
    tick(LATER)
    if given == "ended too late":
        acts.end(row.id, on(row).version, actor=desk.anna, now=late)
    else:
        acts.release(row.id, post.id, to_time=False, actor=desk.anna, now=LATER)
    tick(late)
    assert (topics(ok), plan.again(post).state) == ([NOTICE], PublicationState.FAILED)
    assert db.session.scalars(db.select(Event.action).where(Event.action == "plan_fail")).all() == ["plan_fail"]


def test_certainly_refused_at_the_press_it_is_not_tried_again(monkeypatch, plan, vk, begin):
    """The worker waits for the network's answer during the press."""
    post = planned(plan, 12)
    posting.run_posts(NOON)
    vk.serving.trouble("wall.post", Trouble.LATER)
    settle = sending.settle

    def pressed_before(*given):
        with monkeypatch.context() as patch:
            patch.setattr(sending, "settle", settle)
            begin(now=NOON)
        monkeypatch.undo()
        return settle(*given)

    monkeypatch.setattr(sending, "settle", pressed_before)
    rounds.run("this process", NOON, WHOLE)
    tick(NOON + timedelta(minutes=30))
    assert posts(vk) == [NOTICE]
    assert "Придержано" in errors(plan.again(post))[plan.vk]


# --- Screens


@pytest.fixture
def press(desk, anna):
    """Анна prepares and begins; return the page, and the first words on it."""

    def begun(name: str = "Дамба") -> str:
        at = anna.submit("/emergencies", {"name": name, "text": NOTICE, "answer": ANSWER}).location
        assert anna.submit(f"{at}/begin", {"version": "1", "confirmed": "1"}).location == at
        return words(anna.get(at).text)

    return begun


def test_the_answer_and_the_page_name_what_could_not_be_held(plan, vk, half, press, clock):
    half(Trouble.CUT_AFTER)
    clock.set(NOON)
    said = press()
    assert "Не удалось придержать: «Каток»" in said
    assert "Соцсеть уже получила" in said


def test_said_in_a_minute_where_it_goes_out(plan, networks, press):
    said = press()
    assert "Объявление выйдет через минуту." in said
    assert "разместит программа" in said


def test_said_that_publications_are_stopped(plan, desk, networks, press):
    orders.stop(None, reason="Взлом", actor=desk.anna, now=NOW)
    said = press()
    assert "через минуту" not in said
    assert "Объявление пока не выйдет: публикации остановлены" in said
    assert "разместит программа" not in said


@pytest.mark.parametrize("rests", [False, True], ids=["fails", "rests"])
def test_said_that_the_network_does_not_answer(plan, networks, press, rests):
    with transaction() as session:
        page = session.scalars(db.select(Connection).where(Connection.account_id == plan.vk)).one()
        if rests:
            page.acts_rest_until = NOW + timedelta(days=3650)
        else:
            page.state = ConnectionState.FAILING
    said = press()
    assert "не на всех страницах: соцсеть не отвечает" in said
    assert said.count("разместит программа") == 1


def test_said_where_it_is_placed_by_hand(plan, press):
    assert "Объявление пока не выйдет: разместите его руками" in press()
    assert db.session.scalar(db.select(db.func.count(Emergency.id))) == 1
