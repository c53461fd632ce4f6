"""`osm message NUMBER`: the message as JSON, as words, or not at all."""

from __future__ import annotations

import json

import pytest

from osm.regulation.words import Status
from tests.desk import NOW, furnish


@pytest.fixture
def desk(app, cast, clock):
    clock.set(NOW)
    with app.app_context():
        yield furnish(cast)


@pytest.fixture
def run(app):
    return lambda *arguments: app.test_cli_runner().invoke(args=["osm", "message", *arguments])


def test_json_has_all_that_is_known(desk, run):
    message = desk.in_status(Status.REWORK)
    result = run(message.number, "--json")
    assert result.exit_code == 0
    data = json.loads(result.stdout)
    assert {"status", "version", "importance", "deadlines", "verdict", "replies", "links", "events"} <= set(data)
    assert (data["number"], data["status"], data["version"], data["importance"]) == (
        message.number,
        "rework",
        4,
        "normal",
    )
    assert data["verdict"] is None
    assert data["links"] == []
    due = {deadline["kind"]: deadline["due_at"] for deadline in data["deadlines"] if deadline["state"] == "open"}
    assert due == {"rework": "2026-11-25T11:30:00+10:00", "answer": "2026-11-25T17:58:00+10:00"}
    (reply,) = data["replies"]
    (draft,) = reply["drafts"]
    assert (draft["state"], draft["remarks"], draft["author"]) == ("returned", "Назовите срок", "Борис Ежов")
    actions = [(event["at"], event["actor"], event["action"]) for event in data["events"]]
    assert actions == [
        ("2026-11-25T10:05:00+10:00", None, "enter"),
        ("2026-11-25T10:10:00+10:00", "Анна Ларина", "route"),
        ("2026-11-25T10:20:00+10:00", "Борис Ежов", "submit_draft"),
        ("2026-11-25T10:30:00+10:00", "Анна Ларина", "return_draft"),
    ]
    assert data["events"][1]["changes"]["status"] == ["new", "in_work"]


def test_versions_are_in_the_order_of_their_making(desk, run):
    message = desk.in_status(Status.REWORK)
    desk.submitted(message, "25.11 10:40", "Вторая")
    (reply,) = json.loads(run(message.number, "--json").stdout)["replies"]
    assert [(draft["number"], draft["state"]) for draft in reply["drafts"]] == [(1, "returned"), (2, "submitted")]


@pytest.mark.words
@pytest.mark.parametrize("typed", ["{0}", "№ {0}", " {0} "])
def test_people_get_it_in_words(desk, run, typed):
    message = desk.in_status(Status.ANSWERED)
    result = run(typed.format(message.number))
    assert result.exit_code == 0
    assert f"№ {message.number}: Ответ дан. Версия 5." in result.stdout
    assert "✓ Ответ в соцсети (П.8): до 25.11.2026 17:58" in result.stdout
    assert "Окончательный ответ, опубликован 25.11.2026 10:40: https://vk.com/wall-1_1?reply=2" in result.stdout
    assert "25.11.2026 10:10 Анна Ларина: направлено — Борис Ежов (ЖКХ)" in result.stdout


def test_an_unknown_number_is_one_line_for_people_and_status_one(desk, run):
    result = run("7777777", "--json")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == "Нет сообщения с номером «7777777». Проверьте номер, каким он стоит на карточке.\n"


def test_a_call_without_a_number_is_a_bad_call(run):
    assert run().exit_code == 2
