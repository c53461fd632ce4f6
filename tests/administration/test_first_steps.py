"""The first steps of an installation: what is open, who does it, and when the list is gone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import delete

from osm.administration.screens.first_steps import DONE_ONCE, DONE_UNTIL, STEPS
from osm.base.database import db
from osm.base.transaction import WorkerBeat, transaction
from osm.calendar.acts import check_year
from osm.keeping.acts.nightly import TRIED
from osm.log.acts.record import record
from osm.models import (
    Account,
    Connection,
    ConnectionState,
    Department,
    Event,
    ImportRun,
    ImportSource,
    ImportState,
    Topic,
    User,
    UserRole,
)
from osm.people.acts.office import edit_office
from osm.regulation.words import Post, Role
from tests.cast import browser_of
from tests.desk import NOW
from tests.page_reading import words
from tests.statements import counted

ALL = [step.title for step in STEPS]


@pytest.fixture
def fresh(app, desk, tmp_path):
    """The office of the desk, which has not done its first steps yet; its backups are switched on."""
    for memory in (DONE_ONCE, DONE_UNTIL):
        memory.forget(app)
    app.extensions["osm"].settings = replace(app.extensions["osm"].settings, backup_dir=tmp_path)
    return desk


def list_on(page: str) -> str:
    found = re.search(r'<details class="first-steps".*?</details>', page, re.DOTALL)
    return found[0] if found else ""


def open_on(page: str) -> dict[str, str]:
    """Title → what is wrong, as a person reads it."""
    rows = re.findall(r"<li>.*?<strong>(.*?):</strong>(.*?)</p>", list_on(page), re.DOTALL)
    return {unescape(title): " ".join(unescape(re.sub(r"<[^>]+>", "", words)).split()) for title, words in rows}


def do_all(desk) -> None:
    """Every step, in this transaction, without the screens."""
    edit_office(
        1, name="Администрация", inn="", letterhead="Администрация", site="", responsible="А. Ларина, пресс-секретарь",
        phones="", duty_phones="2-05-05", actor=desk.dina, now=NOW,
    )  # fmt: skip
    check_year(2026, actor=desk.dina, now=NOW)
    with transaction() as session:
        record("without_mail", at=NOW, actor=desk.dina)
        session.get_one(User, desk.ids["gleb"]).post = Post.HEAD
        session.merge(WorkerBeat(name=TRIED, at=NOW, detail="{}"))
        page = Account(network="vk", external_id="1", url="https://vk.com/club1", created_at=NOW)
        session.add(Connection(account=page, switched_on_at=NOW, version=1))
        session.add(
            ImportRun(
                source=ImportSource(name="ИМ"), filename="1.xlsx", sha256="0", state=ImportState.DONE, created_at=NOW
            )
        )


def test_a_bare_office_reads_everything_in_its_order(fresh, dina):
    with transaction() as session:
        for table in (Topic,):
            for row in session.scalars(db.select(table)):
                row.archived_at = NOW
        session.execute(delete(UserRole).where(UserRole.role != Role.ADMIN))
    page = dina.get("/admin").text
    assert list(open_on(page)) == ALL
    assert "Осталось 9 шагов из 9" in page
    assert open_on(page)["Люди"] == "нет куратора, нет исполнителей, не указано, кто глава"
    assert open_on(page)["Темы и отделы"] == "тем ещё нет: исполнитель не предлагается"


def test_each_step_is_found_out_and_the_list_goes(app, fresh, anna, dina):
    do_all(fresh)
    assert open_on(anna.get("/").text) == open_on(dina.get("/admin").text) == {}
    assert "Всё работает" not in dina.get("/admin").text  # the lanes do not run here; the steps are not what is missing


def test_somebody_who_may_not_do_a_step_reads_who_does(fresh, anna, dina):
    page = anna.get("/").text
    assert open_on(page)["Календарь"].endswith("Делает Дина Орлова")
    assert "/admin/calendar" not in list_on(page)
    assert 'href="/admin/topics"' not in list_on(page), "the topics of the desk are done"
    assert 'href="/admin/office"' in list_on(page)
    assert 'href="/admin/calendar"' in list_on(dina.get("/").text)


def test_others_see_no_list(fresh, vera, boris, gleb):
    assert [list_on(browser.get("/").text) for browser in (vera, boris, gleb)] == ["", "", ""]


def test_topics_without_a_department_or_an_executor_are_counted(fresh, dina):
    with transaction() as session:
        session.add_all(
            [Topic(name="Связь"), Topic(name="ЗАГС", department=Department(name="ЗАГС", short_name="ЗАГС"))]
        )
    words = open_on(dina.get("/admin").text)["Темы и отделы"]
    assert words == "1 из 4 без отдела, 1 из 4 ведут в отдел без исполнителя: по ним исполнитель не предлагается"


def test_without_mail_the_page_says_how_to_set_it_up(fresh, dina):
    page = dina.get("/admin/mail").text
    assert "OSM_SMTP_HOST=" in page
    assert "Отправить пробное письмо" not in page


def test_an_office_may_do_without_mail_and_without_a_page(fresh, dina, anna):
    for code, title in (("mail", "Почта"), ("page", "Страница в соцсети")):
        assert title in open_on(dina.get("/admin").text)
        assert dina.submit(f"/admin/first-steps/{code}/without").status_code == 303
        assert title not in open_on(dina.get("/admin").text)
    assert dina.submit("/admin/first-steps/office/without").status_code == 404
    assert anna.submit("/admin/first-steps/mail/without").status_code == 403


def test_a_year_is_checked_by_a_person_and_each_year_again(app, fresh, dina, clock):
    page = dina.get("/admin/calendar").text
    assert "Календарь 2026 сверен" in page
    assert dina.submit("/admin/calendar/checked", {"year": 2026}).status_code == 303
    assert "Календарь" not in open_on(dina.get("/admin").text)
    assert "Дина Орлова" in dina.get("/admin/calendar").text
    assert dina.submit("/admin/calendar/checked", {"year": 1990}).status_code == 404


def test_few_steps_are_folded_but_not_under_the_hand(app, fresh, dina):
    assert '<details class="first-steps" open>' in dina.get("/admin").text
    do_all(fresh)
    with transaction() as session:
        session.execute(delete(WorkerBeat))
        session.add(Topic(name="Связь"))
    assert list(open_on(dina.get("/admin").text)) == ["Темы и отделы", "Резервная копия"]
    assert '<details class="first-steps" open>' in dina.get("/admin").text, "she is doing them"
    assert '<details class="first-steps">' in browser_of(app, fresh.ids, "dina").get("/admin").text


def test_the_page_of_a_step_says_what_it_lacks_and_leads_on(fresh, dina, anna):
    line = re.compile(r'<nav class="next-step-line".*?</nav>', re.DOTALL)

    def said(path: str) -> str:
        return " ".join(words(line.search(dina.get(path).text)[0]).split())

    assert "Сведения об администрации: не указаны: название" in said("/admin/office")
    assert 'href="/admin/mail">Дальше: Почта' in dina.get("/admin/office").text
    edit_all = {"name": "Округ", "letterhead": "Округ", "responsible": "Анна", "duty_phones": "2-11-80"}
    saved = dina.submit("/admin/office", {"version": 1, **edit_all}, follow_redirects=True)
    assert "Этот шаг сделан. Дальше: Почта" in " ".join(words(line.search(saved.text)[0]).split())
    assert not line.search(dina.get("/admin/log").text)
    assert "Дальше" not in words(anna.get("/imports").text), "the others are not hers"


def test_a_connected_page_ticks_its_step_and_a_refused_key_is_said(fresh, dina):
    with transaction() as session:
        account = Account(network="vk", external_id="1", url="https://vk.com/club1", created_at=NOW)
        connection = Connection(account=account, switched_on_at=NOW, version=1, state=ConnectionState.STOPPED)
        session.add(connection)
    assert open_on(dina.get("/admin").text)["Страница в соцсети"].startswith("соцсеть не принимает ключ, нужен новый")
    with transaction():
        connection.state = ConnectionState.WORKING
    page = dina.get("/admin").text
    assert "Страница в соцсети" not in open_on(page)
    assert "Страница подключена" in list_on(page)


def test_where_all_is_done_no_page_leads_on(fresh, dina):
    do_all(fresh)
    assert "next-step-line" not in dina.get("/admin/office").text


def test_once_done_the_first_page_is_left_alone(app, fresh, dina, anna, clock):
    do_all(fresh)
    assert list_on(dina.get("/").text) == ""
    assert db.session.scalars(db.select(Event.action).order_by(Event.id.desc())).first() == "first_steps_done"
    with transaction() as session:
        session.add(Topic(name="Связь"))
    assert list_on(dina.get("/admin").text) == "", "the database is asked once an hour"
    clock.set(clock.now() + timedelta(hours=1, minutes=1))
    assert list(open_on(dina.get("/admin").text)) == ["Темы и отделы"]
    assert list_on(anna.get("/").text) == list_on(dina.get("/").text) == ""
    DONE_ONCE.forget(app)
    assert list_on(anna.get("/").text) == "", "another process learns it from the log"


def test_the_list_costs_two_statements_and_nothing_once_all_is_done(app, fresh, anna):
    def statements() -> int:
        with counted(app) as seen:
            anna.get("/")
        return len(seen)

    statements()
    shown = statements()
    DONE_ONCE.set(True, app)
    assert shown - statements() == 2
