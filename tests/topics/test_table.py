"""«Темы и отделы»: all topics in one table, saved by one button."""

from __future__ import annotations

import re
from html import unescape

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.models import Department, Topic
from osm.regulation.words import Status
from osm.topics import acts
from tests.messages.test_route import chosen


def department_of(name: str) -> str | None:
    db.session.rollback()
    topic = db.session.scalars(db.select(Topic).where(Topic.name == name)).one_or_none()
    return topic.department.name if topic and topic.department else None


def form_of(page: str) -> dict[str, str]:
    """The table as a browser would send it back."""
    fields = re.findall(r'<input[^>]*name="((?:was|department)-[^"]+)" value="([^"]*)"', page)
    fields += re.findall(r'<input[^>]*id="[^"]*" name="(department-[^"]+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in fields}


@pytest.fixture
def new_office(app, cast):
    """Its people, and no topic."""
    with app.app_context():
        yield


def test_a_new_office_fills_the_ready_topics_at_once(new_office, dina):
    page = dina.get("/admin/topics").text
    form = form_of(page)
    count = len(acts.starter_topics())
    assert sum(name.startswith("department-new-") for name in form) == count
    form |= {"department-new-0": "Дорожный отдел", "department-new-1": "дорожный  отдел", "department-new-2": "ЖКХ"}
    done = dina.submit("/admin/topics/departments", {**form, "unwanted-new-3": "1"}, follow_redirects=True)
    assert "Новые отделы: Дорожный отдел." in done.text
    names = [topic.name for topic in acts.starter_topics()]
    assert [department_of(name) for name in names[:3]] == ["Дорожный отдел", "Дорожный отдел", "ЖКХ"]
    stored = {topic.name: topic for topic in db.session.scalars(db.select(Topic))}
    assert set(stored) == set(names) - {names[3]}
    assert stored[names[0]].words == acts.starter_topics()[0].words
    assert db.session.scalar(db.select(db.func.count()).where(Department.name == "ЖКХ")) == 1


def test_only_changed_rows_are_saved_and_a_name_may_be_short(desk, anna):
    form = form_of(anna.get("/admin/topics").text)
    heating, roads = desk.topics["Отопление"], desk.topics["Ремонт дорог"]
    anna.submit("/admin/topics/departments", {**form, f"department-{heating}": "дороги"})
    assert department_of("Отопление") == "Управление дорог"
    assert db.session.get_one(Topic, roads).version == 1
    anna.submit(
        "/admin/topics/departments", {**form, f"was-{heating}": "Управление дорог", f"department-{heating}": ""}
    )
    assert department_of("Отопление") is None


def test_an_error_is_in_its_row_and_nothing_is_lost(desk, dina):
    form = form_of(dina.get("/admin/topics").text)
    heating, roads = desk.topics["Отопление"], desk.topics["Ремонт дорог"]
    typed = {**form, f"department-{heating}": "У" * 80, f"department-{roads}": "Связь"}
    answer = dina.submit("/admin/topics/departments", typed)
    assert answer.status_code == 422
    assert "Ничего не сохранено: ошибок 1" in answer.text
    assert f'id="department-{heating}-error"' in answer.text
    assert f'id="department-{roads}-error"' not in answer.text
    assert form_of(answer.text) == typed
    assert department_of("Ремонт дорог") == "Управление дорог"
    assert db.session.scalar(db.select(Department.id).where(Department.name == "Связь")) is None


def test_what_another_person_chose_meanwhile_is_not_overwritten(desk, anna, dina):
    heating = desk.topics["Отопление"]
    form = form_of(anna.get("/admin/topics").text)
    dina.submit("/admin/topics/departments", {**form, f"department-{heating}": "Управление дорог"})
    answer = anna.submit("/admin/topics/departments", {**form, f"department-{heating}": "Связь"})
    assert "Пока вы заполняли, здесь выбрали «Управление дорог»." in answer.text
    assert department_of("Отопление") == "Управление дорог"
    assert anna.submit("/admin/topics/departments", form).status_code == 303, "a row that nobody touched is no conflict"
    assert department_of("Отопление") == "Управление дорог"


def test_a_topic_that_is_not_needed_is_put_away(desk, dina):
    heating = desk.topics["Отопление"]
    dina.submit("/admin/topics/departments", {**form_of(dina.get("/admin/topics").text), f"unwanted-{heating}": "1"})
    assert db.session.get_one(Topic, heating).archived_at is not None
    assert "Убраны из списка: " in dina.get("/admin/topics").text


def test_a_department_without_an_executor_leads_to_the_invitation(desk, dina, anna):
    with transaction() as session:
        session.add(Topic(name="ЗАГС", department=Department(name="ЗАГС", short_name="ЗАГС")))
    address = re.search(r'href="(/admin/users/new[^"]+)"', dina.get("/admin/topics").text)[1]
    page = dina.get(unescape(address)).text
    assert chosen(page, "department_id") == str(
        db.session.scalar(db.select(Department.id).where(Department.name == "ЗАГС"))
    )
    assert re.search(r'id="role-executor"[^>]* checked', page)
    assert "/admin/users/new" not in anna.get("/admin/topics").text


def test_nobody_proposed_is_explained_on_the_row_and_on_the_card(desk, anna):
    message = desk.in_status(Status.NEW, text="Нет отопления")
    desk.give_topic(message, "Отопление")
    told = "Тема «Отопление» без отдела, исполнитель не предложен"
    assert told not in anna.get("/").text
    with transaction() as session:
        session.get_one(Topic, desk.topics["Отопление"]).department_id = None
    assert "выбрать отдел</a></span> · Отопление" in anna.get("/").text
    for address in ("/", f"/messages/{message.id}"):
        page = anna.get(address).text
        assert told in page
        assert f'href="/admin/topics#topic-{desk.topics["Отопление"]}"' in page
    with transaction() as session:
        session.get_one(Topic, desk.topics["Отопление"]).department = Department(name="Связь", short_name="Связь")
    assert "По теме «Отопление» в отделе сейчас нет исполнителя" in anna.get("/").text


def test_others_do_not_save(desk, vera, boris):
    assert [one.submit("/admin/topics/departments").status_code for one in (vera, boris)] == [403, 403]
