"""An outage of a network is recognised by its pages, and is proposed as one cause for all breaches in it (П.19)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from osm.base.database import db
from osm.base.transaction import WHOLE, transaction
from osm.flow.acts.act import record_breaches
from osm.listening.acts import hearing
from osm.models import Deadline, NetworkOutage, Shortcoming
from osm.regulation.control import Cause, ShortcomingState
from osm.shortcomings.acts import shortcomings
from tests.cast import browser_of
from tests.emulators.serving import Trouble
from tests.page_reading import words

MINUTE = timedelta(minutes=1)
LIST = "/reports/shortcomings"


@pytest.fixture
def account(vk, connect, now, monkeypatch):
    monkeypatch.setattr("osm.connectors.transport.LONGEST_PAUSE", 0)
    number = connect()
    hearing.run(now, WHOLE)
    return number


def goes_down(network):
    network.serving.always = lambda _asked: Trouble.CUT_BEFORE


def comes_back(network):
    network.serving.always = lambda _asked: None


def outages_at(at):
    hearing.run(at, WHOLE)
    shortcomings.note(at)
    db.session.rollback()
    return [(row.network, row.began_at, row.ended_at) for row in db.session.query(NetworkOutage).order_by("id")]


def test_it_lasts_from_the_first_failure_to_the_next_answer(vk, account, now):
    assert outages_at(now) == []
    goes_down(vk)
    assert outages_at(now + MINUTE) == []
    assert outages_at(now + 10 * MINUTE) == [("vk", now + MINUTE, None)]
    assert outages_at(now + 12 * MINUTE) == [("vk", now + MINUTE, None)]
    comes_back(vk)
    assert outages_at(now + 40 * MINUTE) == [("vk", now + MINUTE, now + 40 * MINUTE)]
    assert outages_at(now + 41 * MINUTE) == [("vk", now + MINUTE, now + 40 * MINUTE)]


def test_a_short_silence_and_another_network_that_answers_are_none(vk, account, group, ok, now):
    goes_down(vk)
    outages_at(now + MINUTE)
    comes_back(vk)
    assert outages_at(now + 4 * MINUTE) == []
    goes_down(ok)
    outages_at(now + 5 * MINUTE)
    assert [network for network, *_ in outages_at(now + 20 * MINUTE)] == ["ok"]


@pytest.fixture
def late(vk, account, office, now, clock):
    """Two approved answers that were late because VK was down, and a third in OK. By message."""
    messages = [office.routed("16.03 09:00", "16.03 09:10") for _ in range(3)]
    for message in messages:
        office.submitted(message, "16.03 10:00")
        office.approved(message, "16.03 10:10")
    goes_down(vk)
    outages_at(now + MINUTE)
    outages_at(now + 10 * MINUTE)
    with transaction():
        messages[2].network = "ok"
        for row in db.session.query(Deadline).filter(Deadline.ended_at.is_(None)):
            row.due_at = now + 20 * MINUTE
    clock.set(now + 30 * MINUTE)
    record_breaches(clock.now())
    return rows()


def rows():
    db.session.rollback()
    return db.session.query(Shortcoming).order_by("message_id").all()


def test_one_press_gives_it_as_the_cause_of_all_breaches_in_it(app, late, office):
    assert {row.person_id for row in late} == {office.ids["anna"]}
    anna = browser_of(app, office.ids, "anna")
    page = anna.get(f"{LIST}/{late[0].id}").text
    assert "ВКонтакте: сеть не отвечала с" in words(page)
    assert "ещё 1 нарушение" in words(page)
    assert "не отвечала" not in words(anna.get(f"{LIST}/{late[2].id}").text)
    form = {"row": re.findall(r'name="row" value="([0-9:]+)"', page), "cause": "failure", "shown": late[0].id}
    anna.submit(f"{LIST}/explain", {**form, "words": "Сбой"})
    assert [(row.state, row.cause) for row in rows()] == [
        (ShortcomingState.EXPLAINED, Cause.FAILURE),
        (ShortcomingState.EXPLAINED, Cause.FAILURE),
        (ShortcomingState.ASKED, None),
    ]


def test_what_is_to_be_placed_by_hand_is_listed_until_it_is(app, late, office):
    vera = browser_of(app, office.ids, "vera")
    first, second, other = (row.message for row in late)
    page = words(vera.get("/reports/outages").text)
    assert "не отвечает до сих пор · нарушено сроков ответа: 2" in page
    assert f"№ {first.number} ответ согласован" in page
    assert f"№ {other.number}" not in page
    office.published(second, "25.11 18:00")
    page = words(vera.get("/reports/outages").text)
    assert f"№ {first.number}" in page
    assert f"№ {second.number}" not in page
