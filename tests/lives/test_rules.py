"""The faults that lives can find: each rule says what is broken, and the same steps give the same fault again."""

from __future__ import annotations

import sqlite3
from functools import wraps

import pytest

from tests.lives.kinds import KINDS
from tests.lives.records import Records
from tests.lives.town import Town
from tests.lives.walk import Fault, Life, again, shortest

ROUND = {"at": "2026-11-25T09:10+10:00", "do": "round"}
BREAKS = {
    "UPDATE comment SET state = 'kept', decided_at = stored_at WHERE id = 7": "comment 7 is kept",
    "UPDATE message SET status = 'new' WHERE id = 3": "message 3 is new",
    "UPDATE instruction SET state = 'dropped', reason = 'x', closed_at = given_at": "instruction 1 is dropped",
    "DELETE FROM placement WHERE id = 1": "rows of placement are lost: [1]",
    "UPDATE reply SET approved_draft_id = NULL WHERE published_at IS NULL": "order 900 is to send",
}


@pytest.fixture
def fresh(place: Town) -> Town:
    place.put_back()
    return place


@pytest.mark.parametrize("statement", BREAKS)
def test_what_is_done_behind_the_log_is_found(fresh: Town, statement: str) -> None:
    records = Records(fresh)
    before = records.now()
    with sqlite3.connect(fresh.database) as connection:
        if "approved_draft_id" in statement:
            connection.execute(
                "INSERT INTO outbox_action (id, kind, network, state, not_before, created_at, idempotency_key, error,"
                " version, message_id, draft_id, target) SELECT 900, 'publish', 'vk', 'pending', opened_at, opened_at,"
                " 'x', '', 1, message_id, approved_draft_id, '{}' FROM reply WHERE approved_draft_id IS NOT NULL"
                " AND published_at IS NULL LIMIT 1"
            )
        connection.execute(statement)
    assert any(BREAKS[statement] in one for one in records.since(before, "this"))


def test_unapproved_text_is_found_in_the_network(fresh: Town) -> None:
    world = fresh.vk.world
    world.write(next(iter(world.posts)), world.owner, "Этого никто не согласовал")
    world.post("И этого тоже", number=900)
    said = Records(fresh).since(Records(fresh).now(), "this")
    assert len([one for one in said if "nobody has approved" in one]) == 2


def test_what_waits_and_is_not_shown_is_found(fresh: Town) -> None:
    life = Life(fresh, KINDS["message"], 0, "message")
    anna = life.people["anna"]
    _, page, _ = anna.get("/")
    assert life.records.missing("anna", page, lambda address: anna.get(address)[1]) == []
    page.links.clear()
    assert any("/messages/" in one for one in life.records.missing("anna", page, lambda _: page))


def test_a_poll_that_is_silent_is_found(fresh: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    views = fresh.app.view_functions
    monkeypatch.setitem(views, "inbox.news", wraps(views["inbox.news"])(lambda: ("", 204)))
    life = Life(fresh, KINDS["message"], 0, "message")
    vera, anna = life.people["vera"], life.people["anna"]
    life._look(anna)
    _, page, _ = vera.get("/messages/new")
    form = next(one for one in page.forms if one.action == "/messages/new")
    data = dict(form.hidden()) | {"text": "Нет воды на Лесной, 4", "network": "vk"}
    assert vera.send("/messages/new", data).status_code == 303
    with pytest.raises(Fault, match="its poll says nothing"):
        life._watch(anna)


def test_a_failure_comes_again_by_the_fewest_steps(fresh: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**_given: object) -> str:
        raise RuntimeError("as the test asks")

    views = fresh.app.view_functions
    monkeypatch.setitem(views, "publications_of_plan.move", wraps(views["publications_of_plan.move"])(fails))
    life = Life(fresh, KINDS["plan"], 0, "plan")
    move = {
        **ROUND,
        "do": "press",
        "who": "vera",
        "page": "/plan/1",
        "form": "/plan/1/move",
        "button": "Перенести на день позже",
        "sends": [],
        "typed": [],
    }
    with pytest.raises(Fault, match="500") as found:
        for step in (ROUND, {**ROUND, "do": "open", "who": "vera", "page": "/plan", "of": ""}, move):
            life.play(step)
    fewest = shortest(fresh, KINDS["plan"], found.value)
    assert [step["do"] for step in fewest.steps] == ["press"]
    with pytest.raises(Fault, match="as the test asks"):
        again(fresh, KINDS["plan"], fewest)
