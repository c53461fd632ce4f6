"""Where the act leaves a choice (П.3, П.17), a page has the setting."""

from __future__ import annotations

from osm.base.database import db
from osm.models import OfficeSettings
from osm.people.queries.handovers import may_answer_marked, publishing_networks
from tests.page_reading import problem

PAGE = "/admin/regulation"
LETTER = {"version": 1, "answer_marked": "0", "publishing_networks": ["vk", "ok"]}
ACT = {"act_number": "14-р", "act_on": "2026-11-20"}


def stored():
    db.session.rollback()
    return db.session.scalars(db.select(OfficeSettings)).one()


def test_a_new_installation_follows_the_letter_and_the_curator_publishes(app):
    with app.app_context():
        assert (may_answer_marked(), publishing_networks()) == (False, frozenset())


def test_the_administrator_says_where_executors_publish(app, dina):
    assert dina.submit(PAGE, LETTER).status_code == 303
    with app.app_context():
        assert publishing_networks() == {"vk", "ok"}
    page = dina.get(PAGE).text
    assert 'value="vk" checked' in page
    assert "Дина Орлова: изменено, как мы работаем по регламенту" in page
    assert "исполнители размещают ответы: Одноклассники, ВКонтакте" in dina.get("/admin/log").text


def test_another_reading_of_clause_17_names_the_act_that_decided_it(app, dina):
    changed = {**LETTER, "answer_marked": "1"}
    for given, field in ((changed, "act_number"), ({**changed, "act_number": "14-р"}, "act_on")):
        refused = dina.submit(PAGE, given)
        assert (refused.status_code, f'id="{field}-error"' in refused.text) == (422, True)
        assert 'name="answer_marked" value="1" checked' in refused.text, "what was chosen stays"
    assert dina.submit(PAGE, {**changed, **ACT, "act_on": "2026-12-25"}).status_code == 422
    assert dina.submit(PAGE, {**changed, **ACT, "act_on": "вчера"}).status_code == 422
    with app.app_context():
        assert not may_answer_marked()
    dina.submit(PAGE, {**changed, **ACT})
    with app.app_context():
        assert may_answer_marked()
    page = dina.get(PAGE).text
    assert "Решено документом № 14-р от 20.11.2026" in page
    assert "№ 14-р от 20.11.2026" in dina.get("/admin/log").text
    # Back to the letter it is a decision too; other settings need no act.
    assert dina.submit(PAGE, {**LETTER, "version": 2}).status_code == 422
    assert dina.submit(PAGE, {**changed, "version": 2, "publishing_networks": ["vk"]}).status_code == 303


def test_of_two_administrators_the_second_gets_a_conflict(app, dina):
    dina.submit(PAGE, LETTER)
    late = dina.submit(PAGE, {**LETTER, "publishing_networks": ["vk"]})
    assert (late.status_code, problem(late.text)) == (409, "StaleVersion")
    with app.app_context():
        assert stored().publishing_networks == ["ok", "vk"]


def test_an_unknown_network_is_refused(app, dina):
    assert dina.submit(PAGE, {**LETTER, "publishing_networks": ["<b>"]}).status_code == 422
    with app.app_context():
        assert db.session.scalars(db.select(OfficeSettings)).all() == []


def test_the_minutes_without_an_export_are_a_whole_number_in_bounds(app, dina):
    for wrong in ("5", "601", "час"):
        refused = dina.submit(PAGE, {**LETTER, "load_minutes": wrong})
        assert (refused.status_code, f'value="{wrong}"' in refused.text) == (422, True)
    assert dina.submit(PAGE, {**LETTER, "load_minutes": "90"}).status_code == 303
    with app.app_context():
        assert stored().load_minutes == 90
