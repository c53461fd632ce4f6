"""The administrator's page of the directory, the command, and what people of the directory see."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pyotp
import pytest

from .slapd import password_of

pytestmark = [pytest.mark.slapd, pytest.mark.sqlite]
PAGE = "/admin/directory"


def test_without_settings_it_says_so(dina):
    page = dina.get(PAGE).text
    assert page.count("выключено") == 3
    assert "Проверить" not in page


def test_it_names_the_ways_and_the_roles_and_no_secret(dina, ldap):
    page = dina.get(PAGE).text
    assert ldap.url in page
    assert "cn=press,ou=groups" in page
    assert "reader-of-tests" not in page


def test_the_check_says_what_works(dina, ldap):
    page = dina.submit(f"{PAGE}/check").text
    assert f"{ldap.url} отвечает, сертификат проверен" in page
    assert "фильтр находит: 3" in page
    assert "роль: куратор" in page.lower()
    assert "такой группы нет" not in page


@pytest.mark.parametrize(
    ("login", "words"),
    [
        ("petrov", "да, роли: Куратор"),
        ("nobody", "ни в одной из групп"),
        ("*", "не найден"),
        ("no-such", "не найден"),
    ],
)
def test_it_says_of_a_person_whether_he_gets_in(dina, ldap, login, words):
    assert words in dina.submit(f"{PAGE}/check", {"login": login}).text


def test_it_says_what_is_wrong(dina, ldap, use_directory):
    use_directory(**ldap.environ(OSM_LDAP_ROLES="cn=no-such,dc=adm,dc=example=curator"))
    assert "такой группы нет" in dina.submit(f"{PAGE}/check").text
    use_directory(**ldap.environ(OSM_LDAP_URL=ldap.url_of_another_host))
    assert "выдан другому имени" in dina.submit(f"{PAGE}/check").text
    ldap.stop()
    use_directory(**ldap.environ())
    assert "соединение отклонено" in dina.submit(f"{PAGE}/check").text


@pytest.mark.oidc
def test_the_provider_is_checked_too(dina, oidc):
    page = dina.submit(f"{PAGE}/check").text
    assert f"{oidc.issuer} отвечает" in page
    assert "выход из единого входа" in page


def test_the_command_says_the_same(app, cast, ldap):
    run = app.test_cli_runner().invoke
    done = run(args=["osm", "directory", "petrov", "--json"])
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 0
    assert lines[-1] == {"ok": True, "what": "Войдёт ли", "say": "да, роли: Куратор"}
    done = run(args=["osm", "directory", "nobody"])
    assert done.exit_code == 1
    assert done.stdout.splitlines()[-1].startswith("НЕТ  Войдёт ли: нет")


def test_a_person_of_the_directory_changes_his_password_elsewhere(app, client, cast, ldap):
    client.log_in("petrov", password_of("petrov"))
    page = client.get("/password").text
    assert "Ваш пароль хранится не здесь" in page
    assert 'name="old_password"' not in page
    answer = client.submit("/password", {"old_password": "", "password": "x" * 20, "password_again": "x" * 20})
    assert answer.status_code == 422


def test_his_code_alone_turns_his_second_factor_off(app, client, cast, ldap, clock, now):
    client.log_in("petrov", password_of("petrov"))
    telephone = pyotp.TOTP(re.search(r"secret=([A-Z2-7]+)", client.get("/second-factor").text)[1])
    client.submit("/second-factor", {"code": telephone.at(clock.now())})
    clock.set(now + timedelta(minutes=1))
    again = app.test_client()
    assert again.log_in("petrov", password_of("petrov")).location.startswith("/login/code")
    again.submit("/login/code", {"code": telephone.at(clock.now())}, page="/login/code")
    assert 'name="password"' not in again.get("/second-factor").text
    assert again.submit("/second-factor/off", {"code": "000000"}).status_code != 303
    clock.set(now + timedelta(minutes=2))
    assert again.submit("/second-factor/off", {"code": telephone.at(clock.now())}).status_code == 303
    assert app.test_client().log_in("petrov", password_of("petrov")).location == "/"


def test_the_administrator_gives_him_no_password(app, client, cast, dina, ldap):
    client.log_in("petrov", password_of("petrov"))
    page = dina.get("/admin/users?q=petrov").text
    there = page.partition('class="person-name" href="')[2].partition('"')[0]
    card = dina.get(there).text
    assert "каталог организации" in card
    assert "Выдать новый пароль" not in card
    version = card.partition('name="version" value="')[2].partition('"')[0]
    answer = dina.submit(f"{there}/reset-password", {"version": version})
    assert answer.status_code == 409
    assert "в каталоге организации" in answer.text
    assert dina.submit(f"{there}/link", {"version": version, "source": "oidc"}).status_code == 400  # it is not on
    assert dina.submit(f"{there}/link", {"version": "0", "source": "local"}).status_code == 409
