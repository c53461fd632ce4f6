"""«Управление», the first page of the administrator: what does not work, and the rooms."""

from __future__ import annotations

from dataclasses import replace

import pytest

from osm.administration.screens.start import ROOMS
from osm.base.transaction import WorkerBeat, transaction
from osm.jobs.lanes import CLOCKS, LANES
from osm.keeping.acts.nightly import FAILED, GOOD, TRIAL_FAILED
from osm.log.acts.record import record
from osm.log.models import FAULT
from osm.models import ImportRun, ImportSource, ImportState, LoginAttempt
from osm.shell.frame import MANAGEMENT, SECTIONS
from tests.desk import NOW
from tests.office import at
from tests.page_reading import words

pytestmark = pytest.mark.usefixtures("desk")

QUIET = "Всё работает"


@pytest.fixture
def sound(app, desk, tmp_path):
    """An office where everything works."""
    app.extensions["osm"].settings = replace(app.extensions["osm"].settings, backup_dir=tmp_path)
    beats(**{lane.name: "" for lane in LANES}, **{GOOD: "{}"})
    return desk


def beats(**details: str) -> None:
    with transaction() as session:
        for name, detail in details.items():
            session.merge(WorkerBeat(name=name, at=NOW, detail=detail))


def test_it_is_quiet_where_everything_works(sound, dina):
    page = words(dina.get("/admin").text)
    assert QUIET in page
    assert "Осталось" not in page


def test_each_trouble_is_shown_and_links_to_its_page(sound, dina):
    beats(**{FAILED: '{"reason": "нет места"}', TRIAL_FAILED: '{"reason": "не читается"}'})
    with transaction() as session:
        session.delete(session.get_one(WorkerBeat, CLOCKS.name))
        record(FAULT, at=at("25.11 09:10"), actor=None, object_kind="log", changes={"found": (None, ["дыра"])})
        run = ImportRun(
            source=ImportSource(name="ИМ"), filename="ноябрь.xlsx", sha256="0", state=ImportState.FAILED,
            created_at=at("24.11 18:05"),
        )  # fmt: skip
        session.add(run)
        session.add_all(LoginAttempt(login="boris", address=f"10.0.0.{n}", at=NOW) for n in range(40))
    page = dina.get("/admin").text
    assert QUIET not in page
    for told in (
        "Фоновая программа не отвечает: сроки не отмечаются.",
        "Журнал изменён в обход программы, найдено сегодня в 9:10. Что найдено",
        "Резервная копия не получилась. Резервные копии",
        "Последнюю резервную копию восстановить не удалось.",
        "Файл «ноябрь.xlsx» не загрузился вчера в 18:05. Почему",
        "После неверных паролей ждут: Борис Ежов. Впустить",
    ):
        assert told in words(page)
    for address in ("/admin/log", "/admin/backups", "/imports/1", "/admin/logins"):
        assert f'<a href="{address}">' in page.split('id="troubles-title"')[1].split("</section>")[0]


def test_switched_off_copies_are_reported(app, dina):
    app.extensions["osm"].settings = replace(app.extensions["osm"].settings, backup_dir=None)
    assert "Ночные резервные копии выключены" in dina.get("/admin").text


def test_every_room_of_the_administrator_is_explained(dina):
    page = dina.get("/admin").text.split('id="rooms-title"')[1]
    tabs = [{there: there} if isinstance(there, str) else there for there in SECTIONS[MANAGEMENT].tabs.values()]
    assert {"/admin", *ROOMS} == {address for screens in tabs for address in screens.values()}
    rooms = [path for path in ROOMS if dina.get(path).status_code == 200]
    assert [f'href="{path}"' in page for path in rooms] == [True] * len(rooms)


def test_a_room_is_marked_alone_and_leads_back(dina):
    page = dina.get("/admin/users").text
    tabs = page.split('aria-label="Управление"')[1].split("</nav>")[0]
    assert tabs.count("aria-current") == 1
    assert 'href="/admin/users" aria-current="page">Люди' in tabs
    assert '<a href="/admin" aria-current="page">Управление' in page


@pytest.mark.words
@pytest.mark.parametrize(
    ("login", "start"),
    [("anna", "/"), ("boris", "/"), ("vera", "/"), ("gleb", "/"), ("dina", "/admin"), ("efim", "/")],
)
def test_after_log_in_everybody_begins_where_his_work_is(client, login, start):
    assert client.log_in(login, f"пароль-{login}").location == start
    assert client.get("/login").location == start


def test_who_asked_for_a_page_gets_that_page(client):
    assert client.log_in("dina", "пароль-dina", next="/admin/log").location == "/admin/log"


def test_who_is_no_administrator_is_refused(anna, gleb):
    assert [browser.get("/admin").status_code for browser in (anna, gleb)] == [403, 403]
    assert 'href="/admin"' not in anna.get("/help").text


def test_in_the_inbox_the_way_there_is_shown(dina):
    page = dina.get("/").text
    assert "Сообщений для вас здесь не бывает" in page
    assert '<a class="btn btn-primary" href="/admin">' in page
