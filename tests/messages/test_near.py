"""Messages near by their words, on the card: for people who may see all, linked by one press of the curator."""

from __future__ import annotations

import re

import pytest

from osm.base.database import db
from osm.base.errors import NotFound
from osm.base.transaction import transaction
from osm.check.acts import repeats
from osm.messages.acts import closing
from osm.models import Author, LinkKind, LinkState, Message, MessageLink
from osm.regulation.errors import StaleVersion
from osm.regulation.words import Status
from tests.desk import NOW

from .test_linked import same_author

LIGHT = "Фонари у дома 12 на улице Калининской погасли"
DARK = "На улице Калининской у дома 40 нет освещения"
HTMX = {"HX-Request": "true"}
OTHER = "Когда откроют каток на стадионе?"


@pytest.fixture
def dark(desk) -> tuple[Message, Message, Message]:
    """Two about one matter in words too different for a proposal, and another one."""
    found = [desk.in_status(Status.NEW, text=text) for text in (DARK, OTHER, LIGHT)]
    repeats.read_due(NOW)
    db.session.rollback()
    assert not db.session.scalars(db.select(MessageLink)).all(), "nothing is claimed of them"
    return desk.again(found[0]), desk.again(found[1]), desk.again(found[2])


def near(browser, message: Message) -> str:
    return browser.get(f"/messages/{message.id}/near").text


def link() -> MessageLink:
    db.session.rollback()
    return db.session.scalars(db.select(MessageLink)).one()


def test_the_card_loads_the_nearest_and_one_press_links_them(desk, dark, anna):
    first, other, light = dark
    assert f'hx-get="/messages/{light.id}/near"' in anna.get(f"/messages/{light.id}").text
    page = near(anna, light)
    assert f"№ {first.number}" in page
    assert f"№ {other.number}" not in page, "it names no place"
    shown = anna.get(f"/messages/{light.id}/near", headers=HTMX).text
    assert re.search(r"<details id=\"near\">\s*<summary>Похожие по словам <span class=\"count\">1</span>", shown), (
        "closed"
    )
    assert "Похожие" not in anna.get(f"/messages/{other.id}/near", headers=HTMX).text, "nothing is like it"
    assert "ничего похожего" in near(anna, other)
    assert anna.submit(f"/messages/{light.id}/links/{first.id}", {"version": 0, "answer": "yes"}).status_code == 303
    assert (link().kind, link().state, link().later_id) == (LinkKind.SAME_MATTER, LinkState.CONFIRMED, light.id)
    assert f"№ {first.number}" not in near(anna, light), "it stands among the linked ones now"
    assert [event.action for event in desk.log(light)][-1] == "same_matter_confirmed"


def test_of_the_same_author_it_is_a_repeat(desk, dark, anna):
    first, _, light = dark
    same_author(first, light)
    with transaction() as session:
        session.execute(db.delete(MessageLink))
    assert "тот же автор" in near(anna, light)
    anna.submit(f"/messages/{light.id}/links/{first.id}", {"version": 0, "answer": "yes"})
    assert link().kind is LinkKind.REPEAT
    assert desk.again(light).is_repeat


def test_the_same_author_by_name_is_shown_and_makes_a_repeat(desk, dark, anna):
    first, _, light = dark
    with transaction() as session:
        for message in (first, light):
            session.get_one(Message, message.id).author = Author(network=message.network, name="Пётр Ильин")
    assert "тот же автор по имени" in near(anna, light)
    anna.submit(f"/messages/{light.id}/links/{first.id}", {"version": 0, "answer": "yes"})
    assert link().kind is LinkKind.REPEAT
    assert "тот же автор по имени" in anna.get(f"/messages/{light.id}").text


def test_another_matter_is_shown_no_more(dark, anna):
    first, _, light = dark
    anna.submit(f"/messages/{light.id}/links/{first.id}", {"version": 0, "answer": "no"})
    assert link().state is LinkState.REJECTED
    assert f"№ {first.number}" not in near(anna, light)


def test_what_is_not_read_yet_is_said_so(desk, anna):
    assert "ещё не прочитано" in near(anna, desk.in_status(Status.NEW, text=DARK))


def test_an_executor_sees_no_messages_of_others(desk, dark, boris):
    mine = desk.in_status(Status.IN_WORK, text=LIGHT)
    repeats.read_due(NOW)
    assert boris.get(f"/messages/{mine.id}/near").status_code == 403
    assert "/near" not in boris.get(f"/messages/{mine.id}").text


def test_of_two_who_see_the_same_pair_the_second_gets_a_conflict(desk, dark):
    first, _, light = dark
    say = {"actor": desk.anna, "now": NOW}
    closing.decide_link(light.id, first.id, 0, confirmed=True, **say)
    with pytest.raises(StaleVersion):
        closing.decide_link(first.id, light.id, 0, confirmed=False, **say)
    for other in (light.id, 10**6):
        with pytest.raises(NotFound):
            closing.decide_link(light.id, other, 0, confirmed=True, **say)
