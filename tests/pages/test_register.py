"""The register of official pages (Пр.1.2.1): entered, changed, closed; its history and its state on any day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.models import Account, User
from osm.networks.pages import page_of
from osm.pages.acts.connecting import connect_page
from osm.pages.acts.register import Given, edit_page, enter_page
from osm.shell.filters import day_of
from tests.emulators.vk import KEYS, vk_network

PAGE = {
    "url": "https://m.vk.com/Priozerny?from=search",
    "title": "Приозёрный округ",
    "body": "Администрация Приозёрного округа",
    "body_inn": "7707083893",
    "state": "active",
    "opened_on": "2022-03-01",
    "unit": "Пресс-центр",
    "phone": "8 (000) 000-08-00",
    "email": "press@priozerny.example",
    "act": "Постановление администрации",
    "act_number": "215",
    "act_on": "04.02.2022",
    "verified": "1",
}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("vk.com/club123", ("vk", "123", "https://vk.com/club123")),
        ("https://m.vk.com/Priozerny?from=search", ("vk", "priozerny", "https://vk.com/Priozerny")),
        ("https://ok.ru/group/55", ("ok", "55", "https://ok.ru/group/55")),
        ("https://t.me/s/priozerny", ("telegram", "priozerny", "https://t.me/priozerny")),
        ("https://www.youtube.com/channel/UCaB", ("youtube", "channel/UCaB", "https://youtube.com/channel/UCaB")),
    ],
)
def test_the_address_names_the_network_and_the_page(typed, found):
    assert page_of(typed) == found


@pytest.mark.parametrize(
    "typed",
    [
        "https://vk.com/wall-1_2", "https://vk.com/topic-1_2", "https://vk.com/feed", "https://vk.com/priozerny?w=wall-1_2",
        "https://t.me/c/1/2", "https://t.me/priozerny/12", "https://ok.ru/group/5/topic/7", "https://ok.ru/feed",
        "https://www.instagram.com/p/Ab1/", "https://youtube.com/watch?v=Ab1", "https://rutube.ru/video/ab1/",
        "https://x.com/priozerny/status/1", "https://facebook.com/priozerny/posts/1", "https://dzen.ru/a/Ab1",
    ],
)  # fmt: skip
def test_the_address_of_a_post_names_no_page(typed):
    with pytest.raises(ValueError, match="http"):
        page_of(typed)


def test_a_state_that_changes_has_a_separate_day(anna, vera):
    page = anna.submit("/accounts", PAGE).location
    stored = PAGE | {"version": 1, "state_on": PAGE["opened_on"]}
    for day in (PAGE["opened_on"], ""):
        refused = anna.submit(page, stored | {"state": "suspended", "state_on": day})
        assert refused.status_code == 422
        assert "укажите, с какого дня" in refused.text
    anna.submit(page, stored | {"state": "suspended", "state_on": "2026-11-01"})
    assert "приостановлен с 01.11.2026" in vera.get(page).text
    anna.submit(page, PAGE | {"version": 2, "state": "closed", "state_on": "2026-11-01", "is_correction": "1"})
    assert "закрыт с 01.11.2026" in vera.get(page).text
    assert "исправлена ошибка" in vera.get(page).text


def test_a_page_with_a_number_becomes_no_page_with_another(anna):
    page = anna.submit("/accounts", PAGE | {"url": "https://vk.com/club123"}).location
    other = anna.submit(page, PAGE | {"version": 1, "url": "https://vk.com/club456"})
    assert other.status_code == 422
    assert "у этой другой номер" in other.text
    assert anna.submit(page, PAGE | {"version": 1, "url": "https://vk.com/priozerny"}).location == page


def test_a_page_is_entered_changed_and_closed_and_every_edition_stays(app, anna, vera, cast, now):
    days = {name: day_of(PAGE[name]) for name in ("opened_on", "act_on")}
    given = Given(**PAGE | days | {"verified": True})
    zone = app.extensions["osm"].settings.time_zone
    with app.app_context():
        person = db.session.get(User, cast["anna"])
        entered = enter_page(given, actor=person, now=now - timedelta(days=9), zone=zone).id
        later = replace(given, title="Приозёрный: новости", phone="8 (000) 000-08-01")
        edit_page(entered, 1, later, actor=person, now=now - timedelta(days=3), zone=zone)
    page = f"/accounts/{entered}"
    anna.submit(f"{page}/close", {"version": 2, "closed_on": "2026-11-24"})
    shown = vera.get(page).text
    ground = "Постановление администрации от 04.02.2022 №\N{NO-BREAK SPACE}215"
    for words in (ground, "ИНН 7707083893", "закрыт с 24.11.2026", "Приозёрный округ → Приозёрный: новости"):
        assert words in shown, words
    assert "Закрыть страницу" not in anna.get(page).text
    for day, there in (
        ("2026-11-15", ["В этот день реестр был пуст"]),
        ("2026-11-16", ["Приозёрный округ", "000-08-00", "действует", "vk.com/Priozerny"]),
        ("2026-11-24", ["Приозёрный: новости", "000-08-01", "действует"]),
        ("2026-11-25", ["Приозёрный: новости", "закрыт с 24.11.2026"]),
    ):
        for address in ("/accounts", "/accounts/print"):
            listed = vera.get(f"{address}?on={day}").text
            assert [words for words in there if words not in listed] == [], (address, day)
    assert "Дата не разобрана" in vera.get("/accounts?on=вчера").text


def test_unusable_values_are_reported_at_their_field_and_typing_stays(anna, vera):
    wrong = {
        "url": ("адрес", "Нужен адрес страницы целиком"),
        "title": (" ", "Напишите, как страница называется."),
        "body": ("", "Напишите, чья это страница."),
        "body_inn": ("7707083894", "Такого ИНН не бывает"),
        "email": ("почта", "Это не адрес почты"),
        "state": ("gone", "Выберите состояние"),
        "opened_on": ("вчера", "Дата не разобрана"),
        "state_on": ("2027-01-01", "Этот день ещё не наступил"),
        "act": ("", "Напишите, что это за документ"),
        "unit": ("я" * 201, "больше 200 знаков"),
    }
    for field, (typed, said) in wrong.items():
        answer = anna.submit("/accounts", PAGE | {field: typed})
        assert answer.status_code == 422, field
        assert said in answer.text, field
        assert f'id="{field}-error"' in answer.text
        if field != "title":
            assert "Приозёрный округ" in answer.text
    anna.submit("/accounts", PAGE)
    again = anna.submit("/accounts", PAGE | {"url": "vk.com/priozerny"})
    assert "Эта страница уже в реестре: «Приозёрный округ»" in again.text
    assert vera.submit("/accounts", PAGE).status_code == 403


def test_of_two_who_change_it_the_second_reads_what_changed(anna, dina):
    page = anna.submit("/accounts", PAGE).location
    assert dina.submit(page, PAGE | {"version": 1, "unit": "Аппарат"}).location == page
    late = anna.submit(page, PAGE | {"version": 1, "unit": "ЖКХ"})
    assert late.status_code == 409
    for words in (
        'data-problem="StaleVersion"',
        "Дина Орлова: сведения реестра изменены",
        'value="ЖКХ"',
        "Сейчас записано: Аппарат.",
    ):
        assert words in late.text, words
    late = anna.submit(f"{page}/close", {"version": 1, "closed_on": "2026-11-25"})
    assert late.status_code == 409
    assert 'value="2026-11-25"' in late.text.partition('<details class="confirm" open>')[2]
    other = anna.submit(page, PAGE | {"version": 2, "url": "https://ok.ru/priozerny"})
    assert "Страница внесена как ВКонтакте" in other.text
    assert anna.submit(page, PAGE | {"version": 2, "unit": "Аппарат"}).location == page, "nothing new is no edition"
    assert anna.get(page).text.count("Дина Орлова") == 1


@pytest.mark.parametrize("named", [False, True], ids=["by its number", "by its name"])
def test_a_page_that_is_connected_later_is_the_same_account(app, anna, dina, now, named):
    with vk_network(limits=False) as vk:
        vk.world.profile["screen_name"] = "priozerny"
        kept = app.extensions["osm"].settings
        app.extensions["osm"].settings = replace(kept, network_urls={"vk": vk.base})
        try:
            anna.submit("/accounts", PAGE if named else PAGE | {"url": f"https://vk.com/club{vk.world.group}"})
            with app.app_context():
                connect_page("vk", str(vk.world.group), {"community": KEYS["community"]}, actor=None, now=now)
                (account,) = db.session.scalars(db.select(Account))
                assert account.external_id == str(vk.world.group)
                page = account.id
        finally:
            app.extensions["osm"].settings = kept
    assert "Программа читает страницу" in dina.get(f"/accounts/{page}").text
    assert "не внесены" not in dina.get("/accounts").text


def test_a_connected_page_waits_to_be_entered(app, anna, now):
    with app.app_context(), transaction() as session:
        url = "https://vk.com/club5"
        session.add(Account(network="vk", external_id="5", title="Страница пять", url=url, created_at=now))
    listed = anna.get("/accounts").text
    assert "Известны программе, но в реестр не внесены" in listed
    form = anna.get("/accounts/new?page=1").text
    assert 'value="Страница пять"' in form
    anna.submit("/accounts", PAGE | {"url": "https://vk.com/club5"})
    assert "не внесены" not in anna.get("/accounts").text
    assert anna.get("/accounts/2").status_code == 404
