"""The second factor: codes of a telephone and of paper, remembered browsers, who needs one, how it is reset."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from html import unescape

import pyotp
import pytest
from sqlalchemy import select

from osm.base.database import db
from osm.base.transaction import transaction
from osm.login.acts.attempts import LIMIT_LOGIN_AND_ADDRESS
from osm.models import Event, PaperCode, RememberedBrowser, Reminder, SecondFactor, User, WebSession
from osm.people.acts import users
from osm.people.acts.absences import Given, enter_absence
from osm.regulation.words import Role
from osm.reminders.acts.due import read_log
from tests.cast import Browser, browser_of
from tests.desk import NOW as AT_THE_DESK
from tests.page_reading import words

pytestmark = pytest.mark.usefixtures("cast")

OURS = {"Origin": "http://localhost"}
Code = Callable[..., str]


def secret_of(page: str) -> str:
    return re.search(r'id="set-up-key">([A-Z2-7 ]+)<', page)[1].replace(" ", "")


def paper_of(page: str) -> list[str]:
    return re.findall(r"<li><code>([0-9]{5}-[0-9]{5})</code>", page)


@pytest.fixture
def set_up(clock) -> Callable[[Browser], tuple[Code, list[str]]]:
    """Turn it on in this browser: `code(minutes=…)` is what the telephone shows, and the codes on paper."""

    def turn_on(browser: Browser) -> tuple[Code, list[str]]:
        telephone = pyotp.TOTP(secret_of(browser.get("/second-factor").text))

        def code(**off: float) -> str:
            return telephone.at(clock.now() + timedelta(**off))

        page = browser.submit("/second-factor", {"code": code()})
        assert page.status_code == 200, page.text
        return code, paper_of(page.text)

    return turn_on


@pytest.fixture
def required(app, monkeypatch):
    """The setting asks it of curators, heads and administrators."""
    roles = frozenset({Role.CURATOR, Role.HEAD, Role.ADMIN})
    monkeypatch.setattr(app.extensions["osm"], "settings", replace(app.extensions["osm"].settings, second_factor=roles))


@pytest.fixture
def later(clock):
    """`later(minutes=1)`: the clock goes on."""
    return lambda **by: clock.set(clock.now() + timedelta(**by))


def first_step(browser: Browser, login: str = "anna", **more: str):
    answer = browser.log_in(login, f"пароль-{login}", **more)
    assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/login/code")
    return answer


def second_step(browser: Browser, code: str, **more: str):
    return browser.submit("/login/code", {"code": code, **more}, page="/login/code")


def is_in(browser: Browser) -> bool:
    return browser.get("/sessions").status_code == 200


# --- Setting it up


def test_the_page_shows_a_picture_and_the_key_and_offers_the_same_when_it_is_opened_again(anna):
    page = anna.get("/second-factor")
    assert page.headers["Cache-Control"] == "no-store"
    picture = page.text.partition('role="img"')[2]
    assert picture.partition(">")[2].startswith("<svg")
    assert "style=" not in picture.partition("</svg>")[0]
    assert unescape(page.text).count(f"secret={secret_of(page.text)}") == 1
    assert secret_of(anna.get("/second-factor").text) == secret_of(page.text)


def test_another_log_in_is_offered_another_key(app, cast, anna):
    assert secret_of(anna.get("/second-factor").text) != secret_of(
        browser_of(app, cast, "anna").get("/second-factor").text
    )


def test_it_is_stored_encrypted_and_its_codes_as_hashes(app, anna, cast, set_up):
    secret = secret_of(anna.get("/second-factor").text)
    _code, paper = set_up(anna)
    assert len(set(paper)) == 10
    with app.app_context():
        assert secret not in db.session.get_one(SecondFactor, cast["anna"]).secret
        hashes = db.session.scalars(select(PaperCode.code_hash)).all()
    assert len(set(hashes)) == 10
    assert all(one.startswith("$argon2id$") for one in hashes)


def test_a_wrong_code_turns_nothing_on(app, anna):
    answer = anna.submit("/second-factor", {"code": "000000"})
    assert answer.status_code == 422
    assert "Код не подошёл" in answer.text
    assert 'aria-invalid="true"' in answer.text
    with app.app_context():
        assert db.session.scalars(select(SecondFactor)).all() == []


@pytest.mark.parametrize(("minutes", "said"), [(2, "спешат примерно на 2 мин"), (-2, "отстают примерно на 2 мин")])
def test_a_clock_that_is_wrong_is_named(anna, clock, minutes, said):
    telephone = pyotp.TOTP(secret_of(anna.get("/second-factor").text))
    answer = anna.submit("/second-factor", {"code": telephone.at(clock.now() + timedelta(minutes=minutes))})
    assert answer.status_code == 422
    assert said in answer.text


def test_other_sessions_end_when_it_is_turned_on(app, cast, anna, set_up):
    other = browser_of(app, cast, "anna")
    set_up(anna)
    assert is_in(anna)
    assert not is_in(other)


# --- Logging in


def test_after_the_password_the_code_is_asked_for_and_opens_the_page(client, anna, set_up, later):
    code, _ = set_up(anna)
    later(minutes=1)
    assert first_step(client, next="/password?from=mail").location == "/login/code?next=/password?from%3Dmail"
    assert not is_in(client)
    assert client.get("/messages").status_code == 302
    answer = second_step(client, code(), next="/password?from=mail")
    assert (answer.status_code, answer.location) == (303, "/password?from=mail")
    assert is_in(client)


def test_the_cookie_of_the_first_step_is_worth_nothing_after_the_second(app, client, anna, set_up, later):
    code, _ = set_up(anna)
    later(minutes=1)
    first_step(client)
    half = client.get_cookie("osm_session").value
    second_step(client, code())
    assert client.get_cookie("osm_session").value != half
    thief = app.test_client()
    thief.set_cookie("osm_session", half)
    assert thief.get("/login/code").location == "/login?next=/"
    assert not is_in(thief)


def test_a_code_works_once(app, client, anna, set_up, later):
    code, _ = set_up(anna)
    first_step(client)
    used = second_step(client, code())
    assert used.status_code == 422
    assert "уже использован" in used.text
    later(seconds=30)
    assert second_step(client, code()).status_code == 303
    other = app.test_client()
    first_step(other)
    assert "уже использован" in second_step(other, code()).text
    assert not is_in(other)
    with app.app_context():
        read_log(app.extensions["osm"].clock.now())
        kinds = db.session.scalars(select(Reminder.kind).where(Reminder.recipient_id == anna.user_id)).all()
    assert "code_again" in kinds


def test_a_clock_of_the_server_that_was_set_back_locks_nobody_out(client, anna, set_up, later):
    later(hours=11)
    code, _ = set_up(anna)
    later(hours=-11)
    first_step(client)
    assert second_step(client, code()).status_code == 303


@pytest.mark.parametrize("seconds", [-30, 30])
def test_a_neighbouring_step_is_taken_and_earlier_ones_are_then_over(client, anna, set_up, later, seconds):
    code, _ = set_up(anna)
    later(minutes=3)
    first_step(client)
    assert second_step(client, code(seconds=seconds)).status_code == 303


@pytest.mark.parametrize(
    ("minutes", "said"), [(-2, "отстают примерно на 2 мин"), (2, "включите на телефоне автоматическое время")]
)
def test_at_the_log_in_a_code_of_later_is_not_confirmed(client, anna, set_up, later, minutes, said):
    """Who knows that a code will be right in two minutes waits for them."""
    code, _ = set_up(anna)
    later(minutes=10)
    first_step(client)
    answer = second_step(client, code(minutes=minutes))
    assert answer.status_code == 422
    assert said in answer.text
    assert "спешат" not in answer.text


def test_a_code_of_paper_works_once_however_it_is_typed(app, client, anna, set_up):
    _, paper = set_up(anna)
    first_step(client)
    assert second_step(client, f" {paper[3].replace('-', ' ')} ").status_code == 303
    assert is_in(client)
    assert "осталось 9 кодов" in words(client.get("/second-factor").text)
    other = app.test_client()
    first_step(other)
    assert "уже использован" in second_step(other, paper[3]).text
    assert second_step(other, paper[4]).status_code == 303


def test_wrong_codes_are_throttled_like_passwords_and_a_right_password_forgets_none(client, anna, set_up, later):
    code, _ = set_up(anna)
    later(minutes=1)
    for _ in range(LIMIT_LOGIN_AND_ADDRESS):
        first_step(client)
        assert second_step(client, "123456").status_code == 422
    assert second_step(client, code()).status_code == 429
    assert client.log_in("anna", "пароль-anna").status_code == 429
    later(minutes=16)
    first_step(client)
    assert second_step(client, code()).status_code == 303


def test_the_code_has_to_come_within_ten_minutes(client, anna, set_up, later):
    code, _ = set_up(anna)
    first_step(client)
    token = client.token("/login/code")
    later(minutes=11)
    answer = client.post("/login/code", data={"csrf_token": token, "code": code()})
    assert answer.status_code == 401
    assert "Войдите снова" in answer.text


def test_who_is_blocked_at_the_second_step_stays_out(app, client, cast, anna, set_up, later):
    code, _ = set_up(anna)
    later(minutes=1)
    first_step(client)
    token = client.token("/login/code")
    with app.app_context():
        users.block_user(cast["anna"], 1, actor=None, now=app.extensions["osm"].clock.now())
    assert client.post("/login/code", data={"csrf_token": token, "code": code()}).status_code == 401
    assert not is_in(client)


def test_a_lost_form_goes_through_both_steps(app, client, cast, anna, set_up, later):
    code, _ = set_up(anna)
    later(minutes=1)
    lost = {"kept_to": "/admin/office", "kept_fields": '[["name", "Название", "Администрация"]]'}
    asked = client.log_in("anna", "пароль-anna", next="/admin/office", **lost)
    assert asked.status_code == 200
    assert "введённое в форму можно будет отправить" in asked.text
    hidden = dict(re.findall(r'name="(kept_\w+|next)" value="([^"]*)"', asked.text))
    answer = second_step(client, code(), **{name: unescape(value) for name, value in hidden.items()})
    assert answer.status_code == 200
    assert "Введённое не пропало" in answer.text
    assert ">\nАдминистрация</textarea>" in answer.text


def test_with_another_key_of_encryption_the_paper_still_lets_in(app, client, anna, set_up, later, monkeypatch):
    code, paper = set_up(anna)
    later(minutes=1)
    other = replace(app.extensions["osm"].settings, encryption_key="another-key-of-a-restored-backup")
    monkeypatch.setattr(app.extensions["osm"], "settings", other)
    first_step(client)
    assert "ключ шифрования на сервере другой" in second_step(client, code()).text
    assert second_step(client, paper[0]).status_code == 303


# --- Remembered browsers


def test_a_remembered_browser_is_not_asked_for_thirty_days(app, client, anna, set_up, later):
    code, _ = set_up(anna)
    later(minutes=1)
    first_step(client)
    second_step(client, code(), remember="1")
    assert client.log_in("anna", "пароль-anna").location != "/login/code?next=/"
    assert is_in(client)
    first_step(app.test_client())
    later(days=29, hours=23)
    assert client.log_in("anna", "пароль-anna").status_code == 303
    assert is_in(client)
    later(hours=2)
    first_step(client)


def test_the_mark_is_stored_as_a_hash_and_is_another_each_time(app, client, anna, set_up, later):
    code, _ = set_up(anna)
    marks = []
    for _ in range(2):
        later(days=31)
        first_step(client)
        second_step(client, code(), remember="1")
        with app.app_context():
            newest = select(RememberedBrowser.mark_hash).order_by(RememberedBrowser.created_at.desc()).limit(1)
            marks.append(db.session.scalars(newest).one())
        cookie = client.get_cookie("osm_browser").value
        assert marks[-1] not in cookie
    assert marks[0] != marks[1]


def test_it_is_listed_with_the_log_ins_and_can_be_forgotten(app, client, anna, boris, set_up, later):
    code, _ = set_up(anna)
    later(minutes=1)
    first_step(client)
    second_step(client, code(), remember="1")
    page = client.get("/sessions").text
    mark = re.search(r'name="browser" value="(\w+)"', page)[1]
    assert "до 25.12.2026" in words(page)
    boris.submit("/sessions/forget", {"browser": mark})
    with app.app_context():
        assert len(db.session.scalars(select(RememberedBrowser)).all()) == 1
    assert client.submit("/sessions/forget", {"browser": mark}).status_code == 303
    first_step(client)


@pytest.mark.parametrize("act", ["password", "reset", "again", "block"])
def test_what_changes_the_log_in_ends_it(app, cast, client, anna, dina, set_up, later, act):
    code, paper = set_up(anna)
    later(minutes=1)
    first_step(client)
    second_step(client, code(), remember="1")
    later(minutes=1)
    if act == "password":
        new = {"old_password": "пароль-anna", "password": "сосна-утро-42", "password_again": "сосна-утро-42"}
        assert client.submit("/password", new).status_code == 303
    elif act == "again":
        telephone = pyotp.TOTP(secret_of(client.get("/second-factor").text))
        shown = telephone.at(app.extensions["osm"].clock.now())
        assert client.submit("/second-factor", {"code": shown, "old_code": paper[0]}).status_code == 200
    else:
        way = {"reset": "reset-password", "block": "block"}[act]
        dina.submit(f"/admin/users/{cast['anna']}/{way}", {"version": "1"})
    with app.app_context():
        assert db.session.scalars(select(RememberedBrowser)).all() == []


# --- One's own page


def test_a_new_telephone_needs_a_code_of_the_old_one(app, client, anna, set_up, later):
    code, _ = set_up(anna)
    later(minutes=1)
    telephone = pyotp.TOTP(secret_of(anna.get("/second-factor").text))
    shown = telephone.at(app.extensions["osm"].clock.now())
    refused = anna.submit("/second-factor", {"code": shown, "old_code": "000000"})
    assert refused.status_code == 422
    assert "Код не подошёл" in refused.text
    assert anna.submit("/second-factor", {"code": shown, "old_code": code()}).status_code == 200
    later(minutes=1)
    first_step(client)
    assert second_step(client, code()).status_code == 422
    assert second_step(client, telephone.at(app.extensions["osm"].clock.now())).status_code == 303


def test_new_codes_of_paper_end_the_old_ones(client, anna, set_up, later):
    code, old = set_up(anna)
    later(minutes=1)
    assert anna.submit("/second-factor/codes", {"code": "000000"}).status_code == 422
    page = anna.submit("/second-factor/codes", {"code": code()})
    assert page.headers["Cache-Control"] == "no-store"
    new = paper_of(page.text)
    assert len(new) == 10
    first_step(client)
    assert second_step(client, old[0]).status_code == 422
    assert second_step(client, new[0]).status_code == 303


def test_it_is_turned_off_with_password_and_code(app, client, anna, set_up, later):
    code, paper = set_up(anna)
    later(minutes=1)
    refused = anna.submit("/second-factor/off", {"password": "не-тот-пароль", "code": code()})
    assert (refused.status_code, "Пароль введён неверно" in refused.text) == (422, True)
    short = anna.submit("/second-factor/off", {"password": "пароль-anna", "code": code()})
    assert "нужен пароль от 12 знаков" in short.text
    new = {"old_password": "пароль-anna", "password": "сосна-утро-42", "password_again": "сосна-утро-42"}
    anna.submit("/password", new)
    assert anna.submit("/second-factor/off", {"password": "сосна-утро-42", "code": "000000"}).status_code == 422
    assert anna.submit("/second-factor/off", {"password": "сосна-утро-42", "code": paper[0]}).status_code == 303
    assert client.log_in("anna", "сосна-утро-42").location == "/"
    assert is_in(client)


def test_with_it_a_shorter_password_is_enough(anna, boris, set_up):
    set_up(anna)
    for browser, status in ((anna, 303), (boris, 422)):
        new = {"old_password": f"пароль-{browser.login}", "password": "ёж-в-лесу", "password_again": "ёж-в-лесу"}
        assert browser.submit("/password", new).status_code == status
    assert "Не короче 12 знаков" in boris.get("/password").text


# --- Who needs one


def test_who_needs_one_is_led_to_set_it_up_and_nowhere_else(required, client, set_up, later):
    client.log_in("anna", "пароль-anna")
    for path in ("/", "/messages", "/sessions", "/password", "/help"):
        answer = client.get(path)
        assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/second-factor")
    assert "Для вашей роли" in client.get("/second-factor").text
    set_up(client)
    assert client.get("/messages").status_code == 200
    assert "Выключить нельзя" in client.get("/second-factor").text
    later(minutes=1)
    assert client.submit("/second-factor/off", {"password": "пароль-anna", "code": "000000"}).status_code == 422


def test_others_are_not(required, boris, vera, efim):
    for browser in (boris, vera, efim):
        assert browser.get("/").status_code == 200


def test_demonstration_accounts_do_without(app, required, anna, cast):
    with app.app_context(), transaction() as session:
        session.get_one(User, cast["anna"]).is_demo = True
    assert anna.get("/messages").status_code == 200


def test_an_open_form_is_kept_through_the_set_up(app, required, anna, clock):
    form = {"name": "Администрация", "responsible": "Иванова", "version": "0"}
    held = anna.submit("/admin/office", form, headers=OURS)
    assert held.status_code == 403
    assert "Введённое в форму не пропало" in held.text
    hidden = {name: unescape(value) for name, value in re.findall(r'name="(kept_\w+|next)" value="([^"]*)"', held.text)}
    telephone = pyotp.TOTP(secret_of(held.text))
    wrong = anna.submit("/second-factor", {"code": "000000", **hidden})
    assert unescape(wrong.text).count("Иванова") == 1
    done = anna.submit("/second-factor", {"code": telephone.at(clock.now()), **hidden})
    assert done.status_code == 200
    assert ">\nИванова</textarea>" in done.text
    assert 'action="/admin/office"' in done.text


def test_htmx_is_told_and_the_form_stays(required, anna):
    answer = anna.htmx("/keys", {"keys": "off"})
    assert answer.status_code == 403
    assert answer.headers["HX-Retarget"] == "#notices"
    assert "введённое осталось в форме" in answer.text


def test_who_becomes_a_curator_logs_in_again_and_sets_it_up(app, required, cast, boris, dina, set_up):
    set_up(dina)
    assert is_in(boris)
    edit = {"version": "1", "name": "Борис Ежов", "role": "curator"}
    assert dina.submit(f"/admin/users/{cast['boris']}", edit).status_code == 303
    assert not is_in(boris)
    boris.log_in("boris", "пароль-boris")
    assert boris.get("/messages").location.startswith("/second-factor")


def test_an_edit_without_a_change_of_roles_ends_no_session(cast, boris, dina):
    edit = {"version": "1", "name": "Борис Ежов", "role": "executor", "phone": "2-15"}
    assert dina.submit(f"/admin/users/{cast['boris']}", edit).status_code == 303
    assert is_in(boris)


# --- Reset


def test_another_administrator_resets_it_and_the_person_learns_of_it(app, client, cast, anna, dina, now, set_up):
    set_up(anna)
    assert "Сбросить второй фактор" in dina.get(f"/admin/users/{cast['anna']}").text
    with app.app_context():
        read_log(now)
    assert dina.submit(f"/admin/users/{cast['anna']}/reset-second-factor", {"version": "1"}).status_code == 303
    assert not is_in(anna)
    assert client.log_in("anna", "пароль-anna").location == "/"
    with app.app_context():
        event = db.session.scalars(select(Event).where(Event.action == "reset_second_factor")).one()
        assert (event.actor_id, event.object_id) == (cast["dina"], cast["anna"])
        read_log(now)
        kinds = db.session.scalars(select(Reminder.kind).where(Reminder.recipient_id == cast["anna"])).all()
    assert set(kinds) >= {"second_factor", "factor_reset"}
    assert "Администратор сбросил ваш второй фактор" in client.get("/reminders").text


def test_nobody_resets_his_own_and_nobody_else_may(app, cast, dina, anna, boris, set_up):
    set_up(dina)
    address = f"/admin/users/{cast['dina']}/reset-second-factor"
    assert "Сбросить второй фактор" not in dina.get(f"/admin/users/{cast['dina']}").text
    assert "другой администратор" in dina.submit(address, {"version": "1"}).text
    for browser in (anna, boris):
        assert browser.submit(address, {"version": "1"}).status_code == 403
    with app.app_context():
        assert db.session.get(SecondFactor, cast["dina"]) is not None


def test_there_is_nothing_to_reset_of_who_has_none(cast, dina):
    answer = dina.submit(f"/admin/users/{cast['anna']}/reset-second-factor", {"version": "1"})
    assert answer.status_code == 409
    assert "Второго фактора у сотрудника нет" in answer.text


# --- How long a session lasts


def test_a_session_that_is_used_ends_after_seven_days(app, anna, later):
    for _ in range(27):
        later(hours=6)
        assert is_in(anna)
    later(hours=5, minutes=59)
    assert is_in(anna)
    later(minutes=1)
    assert not is_in(anna)
    with app.app_context():
        assert len(db.session.scalars(select(WebSession)).all()) == 1


def test_a_substitute_needs_one_while_he_has_the_rights(required, desk, vera):
    assert vera.get("/messages").status_code == 200
    away = Given("leave", date(2026, 11, 24), date(2026, 11, 27), desk.ids["vera"])
    enter_absence(desk.ids["anna"], away, actor=desk.anna, now=AT_THE_DESK)
    assert vera.get("/messages").location.startswith("/second-factor")
