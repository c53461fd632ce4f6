"""Opening a card or a screen with its text is logged with the person, once a day; a refused attempt is not."""

from __future__ import annotations

import pytest

from osm.base.database import db
from osm.models import Event
from osm.regulation.words import Status
from tests.statements import counted


def readers(message) -> list[int]:
    db.session.rollback()
    query = db.select(Event.actor_id).where(Event.message_id == message.id, Event.action == "read")
    return list(db.session.scalars(query.order_by(Event.id)))


@pytest.mark.parametrize(
    ("who", "status", "address"),
    [
        ("anna", Status.IN_WORK, "/messages/{}"),
        ("gleb", Status.ANSWERED, "/messages/{}"),
        ("boris", Status.IN_WORK, "/messages/{}/answer"),
        ("anna", Status.ON_APPROVAL, "/approvals/{}"),
        ("anna", Status.APPROVED, "/messages/{}/publish"),
    ],
)
def test_each_screen_with_the_citizens_words_is_a_reading(desk, request, who, status, address):
    browser, message = request.getfixturevalue(who), desk.in_status(status)
    version = message.version
    for _ in range(2):
        assert browser.get(address.format(message.id)).status_code == 200
    assert readers(message) == [browser.user_id]
    assert desk.again(message).version == version


def test_who_may_not_know_of_it_has_read_nothing(desk, boris):
    message = desk.in_status(Status.NEW)
    assert boris.get(f"/messages/{message.id}").status_code == 404
    assert readers(message) == []


def test_a_known_reading_costs_one_statement_and_writes_nothing(app, desk, anna):
    message = desk.in_status(Status.NEW)
    anna.get(f"/messages/{message.id}")
    with counted(app) as statements:
        anna.get(f"/messages/{message.id}")
    assert not [line for line in statements if line.startswith(("INSERT", "UPDATE"))]
    assert len([line for line in statements if "event.object_kind = " in line]) == 1


def test_an_act_that_leads_on_has_shown_nothing(desk, anna):
    message = desk.in_status(Status.NEW)
    answer = anna.submit(f"/messages/{message.id}/dismiss", {"version": message.version, "reason": "Спасибо"})
    assert answer.status_code == 303
    assert readers(message) == []


@pytest.mark.parametrize("status", [Status.NEW, Status.IN_WORK, Status.ON_APPROVAL, Status.ANSWERED, Status.EXCLUDED])
def test_the_first_look_of_the_day_costs_little_too(app, desk, anna, status):
    message = desk.in_status(status)
    anna.get("/messages")
    with counted(app) as statements:
        anna.get(f"/messages/{message.id}")
    assert any(line.startswith("INSERT INTO event") for line in statements)
    assert len(statements) <= 15, "\n".join(line[:150] for line in statements)
