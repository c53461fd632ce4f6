"""What looks like a secret and what does not; the terms of checks."""

from __future__ import annotations

from datetime import date

import pytest

from osm.regulation.own_pages import after_months, bad_answers, is_old_password, secret_in


@pytest.mark.parametrize(
    "text",
    [
        "пароль: зима2026",
        "Пароль=zima",
        "пароль: Зима!ночь",
        "пароль Qwerty12",
        "login admin, password: qwe",
        "пин-код 4821",
        "резервные коды: 48211234",
        "12345678 87654321 11223344",
        "1234 5678, 8765 4321, 1122 3344",
        "vk1.a.EXAMPLE_example_EXAMPLE",
        "ключ abcdefghijklmnopqrstuvwxyz012345",
        "у Ивановой P@ssw0rd!",
        "a7Kq29xB",
    ],
)
def test_what_looks_like_a_secret(text):
    assert secret_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "пароль сменён 12.10.2026, знает Иванова",
        "пароль — у начальника пресс-центра",
        "Пароль: сменить до пятницы",
        "Секретное слово: «сменить», коды восстановления: в сейфе",
        "8 (42355) 2-05-05, дежурный",
        "+7 924 000-00-00 служебный, press@example.org",
        "https://vk.com/id123456789",
        "id123456789",
        "SMM2go, Postmypost, VK Реклама",
        "smmplanner.com — отложенные записи",
        "коды восстановления лежат в сейфе, кабинет 214",
        "№ 215-па от 12.03.2026",
    ],
)
def test_what_people_write_passes(text):
    assert secret_in(text) == ""


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 11, 25), 3, date(2027, 2, 25)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 12, 31), 6, date(2027, 6, 30)),
        (date(2026, 1, 31), 12, date(2027, 1, 31)),
    ],
)
def test_so_many_months_later(day, months, then):
    assert after_months(day, months) == then


def test_a_password_is_old_after_a_year():
    assert not is_old_password(date(2025, 11, 25), date(2026, 11, 25))
    assert is_old_password(date(2025, 11, 25), date(2026, 11, 26))


def test_bad_findings_are_in_the_order_of_the_questions():
    assert bad_answers({"sessions": "bad", "recovery": "none", "second_factor": "bad"}) == ["second_factor", "sessions"]
