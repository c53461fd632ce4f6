"""«Управление» → «Страницы»: what the forms do, what they refuse, and that no page ever shows a key."""

from __future__ import annotations

import pytest

from osm.base.durable import renew_installation
from osm.base.transaction import WHOLE, transaction
from osm.listening.acts import hearing
from osm.models import Account, Connection
from osm.outbox.acts import sending
from tests.emulators.instagram import PAGE as INSTAGRAM_PAGE
from tests.emulators.ok import KEYS as OK_KEYS
from tests.emulators.vk import KEYS
from tests.page_reading import words

GIVEN = {"network": "vk", "id": "200000001", "title": "", "publish": "ask", "moderate": "auto"}


@pytest.fixture
def page(vk, dina):
    typed = {**GIVEN, "key-community": KEYS["community"]}
    return dina.submit("/admin/pages", typed).location


def test_a_connected_page_says_what_it_can_and_what_is_missing(vk, dina, page):
    shown = dina.get(page).text
    for said in ("Администрация", "отвечаем", "удаляем: руками", "Нужен ключ администратора", "ждём первого ответа"):
        assert said in shown, said
    assert "отвечаем" in dina.get("/admin/pages").text
    dina.submit(f"{page}/keys", {"network": "vk", "version": 1, "key-user": KEYS["user"]})
    shown = dina.get(page).text
    assert "удаляем: руками" not in shown
    assert "Ирина Сотова" in shown
    assert not any(key in shown for key in KEYS.values())


def test_a_page_of_the_register_links_to_its_filled_in_connection_form(app, vk, dina, anna):
    with app.app_context(), transaction() as session:
        session.add(
            Account(network="vk", external_id="200000001", title="Округ", created_at=app.extensions["osm"].clock.now())
        )
    way = "/admin/pages/new?network=vk&amp;id=200000001&amp;title=%D0%9E%D0%BA%D1%80%D1%83%D0%B3"
    assert f'href="{way}"' in dina.get("/admin/pages/1").text
    assert way not in anna.get("/admin/pages/1").text
    shown = dina.get(way.replace("&amp;", "&")).text
    assert 'value="200000001"' in shown
    assert 'value="Округ"' in shown


def test_who_speaks_for_the_page_is_listed_and_can_be_taken_out(app, dina, anna, page):
    with app.app_context(), transaction() as session:
        session.query(Connection).one().administrators = ["77", "88"]
    assert "https://vk.com/id88" in anna.get(page).text
    assert anna.submit(f"{page}/speakers/remove", {"version": 1, "who": "88"}).status_code == 403
    assert dina.submit(f"{page}/speakers/remove", {"version": 1, "who": "88"}).location == page
    shown = dina.get(page).text
    assert "https://vk.com/id77" in shown
    assert "https://vk.com/id88" not in shown
    assert dina.submit(f"{page}/speakers/remove", {"version": 1, "who": "77"}).status_code == 409
    gone = dina.submit(f"{page}/speakers/remove", {"version": 2, "who": "88"})
    assert "уже нет" in gone.text
    assert "убран администратор страницы" in shown


def test_what_cannot_be_used_comes_back_without_the_key(vk, dina, cast):
    wrong = dina.submit("/admin/pages", {**GIVEN, "id": "администрация", "key-user": KEYS["user"]})
    assert wrong.status_code == 422
    assert "Это не номер страницы" in wrong.text
    assert KEYS["user"] not in wrong.text
    assert wrong.text.count("вставьте его ещё раз") == 1, "of the one that was typed"
    assert "Вставьте хотя бы один ключ" in dina.submit("/admin/pages", GIVEN).text


def test_a_failure_of_the_program_shows_no_key_either(dina, monkeypatch):
    monkeypatch.setattr("osm.outbox.acts.asking.connector_for", lambda *_, **__: 1 / 0)
    failed = dina.submit("/admin/pages", {**GIVEN, "key-user": KEYS["user"] * 3})
    assert failed.status_code == 500
    assert GIVEN["id"] in failed.text
    assert KEYS["user"] not in failed.text


def test_each_network_has_a_separate_form(ok, dina):
    assert "сервисный ключ" in dina.get("/admin/pages/new").text.lower()
    shown = dina.get("/admin/pages/new?network=ok").text
    assert "Публичный ключ приложения" in shown
    assert "ервисный ключ" not in shown
    typed = {**GIVEN, "network": "ok", "id": ok.world.group}
    wrong = dina.submit("/admin/pages", typed)
    assert wrong.status_code == 422
    assert "Публичный ключ приложения" in wrong.text
    page = dina.submit("/admin/pages", typed | {f"key-{name}": key for name, key in OK_KEYS.items()}).location
    shown = dina.get(page).text
    for said in ("Администрация", "Ирина Сотова", "отвечаем", "блокируем: руками", "только вместе с удалением"):
        assert said in shown, said
    assert not any(key in shown for key in OK_KEYS.values())


def test_a_forbidden_network_is_connected_only_by_who_has_read_the_warning(instagram, dina, anna):
    assert "признана экстремистской" in dina.get("/admin/pages/new?network=instagram").text
    assert anna.get("/admin/pages/new?network=instagram").status_code == 403
    typed = {**GIVEN, "network": "instagram", "id": INSTAGRAM_PAGE, "key-access_token": "access-key"}
    wrong = dina.submit("/admin/pages", typed)
    assert wrong.status_code == 422
    assert "Отметьте, что предупреждение прочитано" in wrong.text
    shown = dina.get(dina.submit("/admin/pages", typed | {"has_read": "1"}).location).text
    for said in ("Администрация", "https://www.instagram.com/gorod_official/", "блокируем: руками"):
        assert said in shown, said


def test_it_is_checked_arranged_switched_off_and_on_and_disconnected(app, vk, dina, page):
    assert dina.submit(f"{page}/check", {}).location == page
    given = {"version": 1, "moderate": "hand", "answers": "ask"}
    assert dina.submit(f"{page}/ways", {**given, "publish": "auto"}).location == page
    late = dina.submit(f"{page}/ways", {**given, "publish": "hand"})
    assert late.status_code == 409
    assert "Сейчас записано: сразу после согласования." in late.text
    dina.submit(f"{page}/switch", {"version": 2, "on": "0"})
    assert "выключена" in dina.get(page).text
    dina.submit(f"{page}/switch", {"version": 3, "on": "1"})
    with app.app_context():
        renew_installation()
    assert "база скопирована или восстановлена" in dina.get(page).text
    assert dina.submit(f"{page}/disconnect", {"version": 4}).location == page
    assert "не подключена" in dina.get(page).text
    assert dina.get("/admin/pages/999").status_code == 404


def test_a_wrong_key_is_red_and_unconnected_and_each_reason_appears_once(app, vk, dina, anna):
    typed = {**GIVEN, "key-community": KEYS["community"], "key-user": "a-key-of-yesterday"}
    here = dina.submit("/admin/pages", typed).location
    shown = dina.get(here).text
    assert "Страница подключена" not in shown
    assert "Соцсеть не принимает: ключ администратора." in shown
    assert "соцсеть его не принимает" in shown
    assert "ВКонтакте не принимает ключ или его право: часть действий на странице теперь за людьми" in words(shown)
    assert "https://vk.com/club200000001?act=tokens" in shown
    assert words(shown).count("Ключ ВКонтакте больше не действует") == 1
    assert "Нужен ключ администратора." not in shown
    assert shown.count("Нужен сервисный ключ.") == 1
    assert "соцсеть не принимает ключ" in dina.get("/admin/pages").text
    assert "передайте его администратору" in words(anna.get("/").text)
    dina.submit(f"{here}/keys", {"network": "vk", "version": 1, "key-user": KEYS["user"]})
    assert "не принимает" not in dina.get(here).text
    assert "Нужен ключ: " not in anna.get("/").text


def test_a_page_with_refused_keys_is_red_everywhere_until_one_works(vk, dina):
    here = dina.submit("/admin/pages", {**GIVEN, "key-community": "wrong"}).location
    shown = dina.get(here).text
    assert "<h1>200000001</h1>" in shown
    assert "программа страницу не читает" in words(shown)
    assert words(shown).count("Ключ ВКонтакте больше не действует") == 1
    assert "остановлена: нужен ключ" in dina.get("/admin/pages").text
    checked = dina.submit(f"{here}/check", {})
    assert "Соцсеть не принимает: ключ сообщества." in dina.get(checked.location).text
    dina.submit(f"{here}/keys", {"network": "vk", "version": 1, "key-community": KEYS["community"]})
    assert "<h1>Администрация</h1>" in dina.get(here).text


def test_a_stopped_page_and_a_lost_right_wait_for_the_curator(app, vk, dina, anna, boris, now):
    keys = {f"key-{name}": key for name, key in KEYS.items()}
    here = dina.submit("/admin/pages", {**GIVEN, **keys}).location
    assert "Нужен ключ: " not in anna.get("/").text
    with app.app_context(), transaction() as session:
        connection = session.query(Connection).one()
        sending._becomes_manual(connection, "delete", "Ключ ВКонтакте больше не действует.", now)
    assert "часть действий на странице теперь за людьми" in words(anna.get("/").text)
    vk.tokens.clear()
    with app.app_context():
        hearing.run(now, WHOLE)
    row = words(anna.get("/").text)
    assert "программа страницу не читает и ничего на ней не делает" in row
    assert "Сначала получите новый ключ: где его делают" in row
    assert "вставьте его в «Ключи»" in words(dina.get("/admin").text)
    assert "Нужен ключ: " not in boris.get("/").text
    dina.submit(f"{here}/switch", {"version": 1, "on": "0"})
    assert "Нужен ключ: " not in anna.get("/").text
