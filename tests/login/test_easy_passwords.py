"""Common passwords are refused on every page that sets one; others are accepted."""

from __future__ import annotations

import pytest

from osm.login.acts import passwords
from osm.login.acts.passwords import (
    SHORTEST_WITH_CODE,
    change_password,
    common_passwords,
    first_password,
    is_pattern,
    why_easy,
)
from osm.people.acts import users
from osm.people.acts.users import create_user
from osm.regulation.errors import MissingInput
from osm.regulation.words import Role

COMMON = "распространённых"
PATTERN = "Повторы и ряды"
OWN = "по логину или имени"
BLANK = "одних пробелов"
PLACE = "Название места"

EASY = {
    PATTERN: [
        "12345678", "87654321", "1234567890", "11111111", "11223344", "12121212", "123123123", "qwertyui", "qwerty123",
        "1q2w3e4r", "1qaz2wsx", "qazwsxedc", "zxcvbnm,", "asdfghjk", "ytrewq321", "abcd1234", "ABCDEFGH", "абвгдежз",
        "йцукенгш", "ЙЦУКЕН123", "фывапрол", "1йфя2цыч", "йфяцычувс", "a        ", "аб аб аб аб",
    ],
    COMMON: [
        "password", "Password1!", "P@ssw0rd", "iloveyou", "letmein12", "пароль123", "Пароль2026!", "gfhjkm123",
        "ghbdtn2026", "gfhjkmgfhjkm", "привет12", "любовь777", "администратор", "  sunshine  ", "a1b2c3d4",
    ],
    OWN: [
        "ivanova.m", "IVANOVA1985", "bdfyjdf1985", "demo-ivanova-m", "Иванова2026", "Mariya-2026",
        "Maria1985", "МарияИванова", "иванова мария",
    ],
    PLACE: [
        "Лесозаводск1", "лесозаводск2026", "Лесозаводске!", "ЛЕСОЗАВОДСКИЙ1", "Lesozavodsk1", "ktcjpfdjlcr1",
        "Lesozavodske2", "Владивосток1", "vladivostok25", "Ussuriysk1", "ussurijsk1", "Приморье2026", "Ружино-2026",
        "Заречинск1", "zarechinsk2026",
    ],
    BLANK: ["        ", "\t\t\t\t\t\t\t\t", "\u00a0" * 8, "\u200b" * 8],
}  # fmt: skip

GOOD = [
    "сосна-утро-42",
    "мой дом на горе",
    "kd7m-x3fp-9wqa",
    "Zk4!pq9Lm",
    "рыжий_кот_81",
    "верная лошадь",
    "quiet-Tram-07",
    "лесная тропа 5",
    "тулупчик-81-да",
]


@pytest.mark.parametrize(("words", "password"), [(why, one) for why, some in EASY.items() for one in some])
def test_what_others_try_first_is_refused_with_its_reason(words, password):
    assert words in why_easy(password, "ivanova.m", "Мария Иванова", "Администрация Заречинского округа")


@pytest.mark.parametrize("password", GOOD)
def test_an_unguessable_password_is_accepted(password):
    assert why_easy(password, "ivanova.m", "Мария Иванова", "Администрация Заречинского округа") == ""


def test_what_the_program_makes_up_is_taken():
    assert [made for _ in range(2000) if why_easy(made := first_password(), "vera", "Вера Носова")] == []


def test_the_list_holds_what_no_rule_finds():
    lines = passwords.FILE.read_text(encoding="utf-8").splitlines()
    assert 200 <= len(lines) <= 500
    assert lines == sorted(set(lines)) == sorted(common_passwords())
    assert [
        line for line in lines if len(line) < SHORTEST_WITH_CODE or line != line.casefold() or is_pattern(line)
    ] == []


def _by_the_command(ids, password, now):
    create_user("ivanova", "Мария Иванова", [Role.CURATOR], password, now=now)


def _by_the_administrator(ids, password, now):
    users.reset_password(ids["anna"], 1, password=password, actor=None, now=now)


def _by_oneself(ids, password, now):
    change_password(ids["anna"], "пароль-anna", password, now=now)


@pytest.mark.words
@pytest.mark.parametrize("set_password", [_by_the_command, _by_the_administrator, _by_oneself])
@pytest.mark.parametrize("password", ["12345678", "password", " " * 8])
def test_it_is_refused_on_every_page_that_sets_a_password(app, cast, now, set_password, password):
    with app.app_context(), pytest.raises(MissingInput, match=r"легко угадать|пробуют первым"):
        set_password(cast, password, now)


def test_nothing_hashes_a_password_past_the_check(desk):
    """All code that sets a password calls `hash_password`, which checks the rules."""
    from osm.settings import ROOT

    texts = {path: path.read_text(encoding="utf-8") for path in (ROOT / "osm").rglob("*.py")}
    hashing = {path.name for path, text in texts.items() if "hasher.hash(" in text or "PasswordHasher(" in text}
    assert hashing == {"passwords.py"}
    assert passwords.hash_password("сосна-утро-42", "anna", "Анна Ларина").startswith("$argon2id$")


def test_the_page_says_it_next_to_the_field(anna):
    asked = {"old_password": "пароль-anna", "password": "йцукенгш", "password_again": "йцукенгш"}
    answer = anna.submit("/password", asked)
    assert answer.status_code == 422
    assert "Повторы и ряды клавиш легко угадать. Придумайте другой." in answer.text
    assert 'id="password-error"' in answer.text
