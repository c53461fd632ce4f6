"""The pages of absences: lists, the form that keeps the typed text, the preview, and who sees which absences."""

from __future__ import annotations

import re

import pytest

from osm.base.database import db
from osm.models import Absence
from osm.regulation.words import Status
from tests.office import at
from tests.page_reading import words

NEW = "/admin/absences/new"
LIST = "/admin/absences"


def form(desk, person="boris", first="2026-11-25", last="2026-11-27", substitute="lidia", reason="leave"):
    return {
        "person_id": str(desk.ids[person]),
        "reason": reason,
        "first_day": first,
        "last_day": last,
        "substitute_id": str(desk.ids[substitute]) if substitute else "",
    }


def stored() -> list[Absence]:
    db.session.rollback()
    return list(db.session.scalars(db.select(Absence).order_by(Absence.id)))


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_curator_enters_an_absence_and_finds_it(anna, desk):
    answer = anna.submit(LIST, form(desk))
    (row,) = stored()
    assert answer.location == f"{LIST}/{row.id}"
    page = plain(anna.get(LIST).text)
    assert "с 25.11 по 27.11.2026 отпуск Борис Ежов (ЖКХ) Замещает: Лидия Журавлёва" in page
    assert "Ноябрь 2026" in page


@pytest.mark.words
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"last": "2026-11-24"}, "Последний день раньше первого"),
        ({"first": "2026-11-20", "last": "2026-11-23"}, "Эти дни уже прошли"),
        ({"first": "нет"}, "Укажите первый день"),
        ({"reason": ""}, "Выберите причину"),
        ({"substitute": "boris"}, "Сам себя"),
        ({"substitute": "vera"}, "нужна роль: исполнитель"),
        ({"person": "dina"}, "Выберите сотрудника"),
    ],
)
def test_a_refused_form_keeps_what_was_typed(anna, desk, change, words):
    typed = form(desk, **change)
    answer = anna.submit(LIST, typed)
    assert answer.status_code == 422
    assert words in answer.text
    assert stored() == []
    for name in ("first_day", "last_day"):
        assert f'value="{typed[name]}"' in answer.text
    if typed["substitute_id"] and change.get("person") is None:
        assert f'<option value="{typed["substitute_id"]}" selected' in answer.text


def test_its_effect_is_shown_before_saving(anna, desk):
    for _ in range(2):
        desk.in_status(Status.IN_WORK)
    desk.in_status(Status.ANSWERED)
    for answer in (anna.htmx(f"{LIST}/effects", form(desk)), anna.submit(f"{LIST}/effects", form(desk))):
        assert answer.status_code == 200
        assert "2 открытых сообщения перейдут к замещающему: Лидия Журавлёва" in answer.text
        assert "Новые сообщения в эти дни сразу получает замещающий" in answer.text
    assert stored() == []
    page = anna.submit(f"{LIST}/effects", form(desk)).text
    assert 'value="2026-11-27"' in page
    assert "Не сохранено" not in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"substitute": ""}, "1 открытое сообщение останется без исполнителя"),
        ({"person": "anna", "substitute": "vera"}, "Вера Носова на эти дни получает права: куратор"),
        ({"person": "anna", "substitute": ""}, "права этой роли (куратор) на эти дни не перейдут никому"),
        ({"last": ""}, "Укажите последний день"),
        ({"last": "2026-11-30"}, "Лидия Журавлёва в отсутствии с 28.11 по 30.11.2026: замены на эти дни нет"),
    ],
)
def test_gaps_and_rights_are_shown(anna, desk, away, change, words):
    desk.in_status(Status.IN_WORK)
    away("lidia", 28, 30)
    assert words in plain(anna.htmx(f"{LIST}/effects", form(desk, **change)).text)


def test_a_chain_is_shown_with_its_end(anna, desk, away):
    away("lidia", 26, 26, "roman")
    found = plain(anna.htmx(f"{LIST}/effects", form(desk)).text)
    assert "Лидия Журавлёва в отсутствии 26.11.2026: тогда замещает: Роман Соболев" in found


def test_an_edit_against_another_edit_gets_a_conflict_and_stays(anna, boris, desk, away):
    row = away("boris", 25, 27, "lidia")
    page = f"{LIST}/{row.id}"
    changed = {key: value for key, value in form(desk, last="2026-11-30").items() if key != "person_id"}
    assert boris.submit(page, {**changed, "version": 1}).status_code == 303
    late = anna.submit(page, {**changed, "last_day": "2026-12-02", "version": 1})
    assert late.status_code == 409
    assert 'value="2026-12-02"' in late.text
    assert "Борис Ежов: отсутствие изменено" in late.text
    assert "Сейчас записано: 30.11.2026." in late.text


def test_it_is_ended_early(boris, desk, away):
    row = away("boris", 25, 27, "lidia")
    assert "Снова на месте" in boris.get(f"{LIST}/{row.id}").text
    assert boris.submit(f"{LIST}/{row.id}/end", {"version": 1}).status_code == 303
    page = plain(boris.get(f"{LIST}/{row.id}").text)
    assert "Завершено сегодня в 11:00" in words(page)
    assert "Сохранить" not in page


# --- Who may enter which


def test_an_executor_enters_his_own_and_no_other(boris, desk):
    page = boris.get(NEW).text
    assert "Меня не будет" in page
    assert 'name="person_id"' not in page
    boris.submit(LIST, form(desk, person="lidia", substitute="roman"))
    (row,) = stored()
    assert row.person_id == desk.ids["boris"]


def test_an_executor_chooses_among_those_who_can_work_for_him(boris, desk, away):
    def offered(page):
        return {login for login in desk.ids if f'<option value="{desk.ids[login]}"' in page}

    assert offered(boris.get(NEW).text) == {"lidia", "roman"}
    assert offered(boris.get(f"{LIST}/{away('boris', 25, 27).id}").text) == {"lidia", "roman"}
    wrong = boris.submit(LIST, form(desk, substitute="vera")).text
    assert offered(wrong) == {"lidia", "roman", "vera"}


def test_an_executor_sees_what_concerns_him(boris, desk, away):
    hidden, mine, covered = (
        away("lidia", 25, 26, "roman"),
        away("boris", 27, 28, "lidia"),
        away("roman", 29, 30, "boris"),
    )
    page = boris.get(LIST).text
    assert f"{LIST}/{mine.id}" in page
    assert f"{LIST}/{covered.id}" in page
    assert f"{LIST}/{hidden.id}" not in page
    assert boris.get(f"{LIST}/{hidden.id}").status_code == 404
    assert "Сохранить" not in boris.get(f"{LIST}/{covered.id}").text
    foreign = {**form(desk), "version": 1}
    assert boris.submit(f"{LIST}/{hidden.id}", foreign).status_code == 404
    refused = boris.submit(f"{LIST}/{covered.id}", foreign)
    assert refused.status_code == 409
    assert "вносит куратор или администратор" in refused.text


def test_an_executor_gets_there_by_his_own_menu_and_administers_nothing(boris, cast):
    page = boris.get("/").text
    assert 'class="menu-item" href="/admin/absences"' in page
    assert ">Управление" not in page


def test_the_first_deputy_of_the_department_is_proposed(app, anna, desk):
    from osm.base.transaction import transaction
    from osm.models import Deputy

    with transaction() as session:
        session.add(Deputy(department_id=desk.boris.department_id, user_id=desk.ids["lidia"], place=1))
    page = anna.get(f"{NEW}?person={desk.ids['boris']}").text
    assert f'<option value="{desk.ids["lidia"]}" selected' in page


@pytest.mark.parametrize("month", ["2026-12", "2026-13", "нет", "0001-01"])
def test_the_list_of_a_month(anna, desk, away, month):
    away("boris", 28, 30)
    page = plain(anna.get(f"{LIST}?month={month}").text)
    assert ("Декабрь 2026 0" in page) == (month == "2026-12")
    assert "Замещающего нет" in page


def test_the_log_names_the_absence_and_its_person(dina, boris, desk, away):
    away("boris", 25, 27, "lidia")
    page = plain(dina.get("/admin/log?kind=absence").text)
    assert "отсутствие внесено" in page
    assert "Отсутствие «Борис Ежов»" in page
    assert "причина: Отпуск" in page
    assert "последний день: 27.11.2026" in page


def test_the_office_clock_decides_which_day_it_is(anna, desk, away, clock):
    away("boris", 26, 26, "lidia")
    for instant, now in (("25.11 23:59", False), ("26.11 00:00", True), ("26.11 23:59", True), ("27.11 00:00", False)):
        clock.set(at(instant))
        anna = _again(anna)
        page = plain(anna.get(LIST).text)
        assert ("Сейчас 1" in page) == now, instant


def _again(browser):
    """The session of two days ago has ended: he logs in again."""
    browser.log_in(browser.login, f"пароль-{browser.login}")
    return browser


def test_the_list_of_people_shows_absences_without_a_substitute(dina, desk, away):
    away("boris", 25, 27, "lidia")
    away("roman", 25, 28)
    page = dina.get("/admin/users").text
    assert "отсутствует по 27.11, замещает: Лидия Журавлёва" in page
    red = re.findall(r'<strong class="alarm">(.*?)</strong>', page, re.DOTALL)
    assert [plain(words) for words in red] == ["отсутствует по 28.11, замены нет"]
