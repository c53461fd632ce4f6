"""A person leaves: one task for each page and each key that he had access to, closed one by one."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from osm.base.database import db
from osm.base.transaction import transaction
from osm.flow.acts.clocks import in_force
from osm.guarding.acts import leaving
from osm.models import Account, Connection, PageAdministrator, PageTask, Reminder, User
from osm.regulation.own_pages import is_same_person, is_written_down, profile_number
from osm.reminders.acts.due import read_log
from osm.reminders.queries import lines_of
from tests.cast import browser_of
from tests.connections.conftest import vk  # noqa: F401  (a fixture)
from tests.emulators.vk import KEYS

from .conftest import SECRET
from .test_pages import SOMEBODY


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ирина Сотова", "Сотова Ирина Петровна", True),
        ("Семён Королёв (агентство)", "Семен Королев", True),
        ("Ирина Сотова", "Ирина Сотникова", False),
        ("Ирина", "Ирина Сотова", False),
        ("", "Ирина Сотова", False),
    ],
)
def test_the_words_of_a_name_identify_a_person(one, other, same):
    assert is_same_person(one, other) is same


def test_the_number_of_a_profile_alone_decides_where_it_is_known():
    assert [profile_number(one) for one in ("id77", "77", "https://vk.com/id77/", "vk.com/durov")] == ["77"] * 3 + [""]
    assert is_written_down("77", "Ира С.", "https://vk.com/id77", "Ирина Сотова")
    assert not is_written_down("78", "Ирина Сотова", "id77", "Ирина Сотова")
    assert is_written_down("78", "Ирина Сотова", "vk.com/sotova", "Ирина Сотова")


@pytest.fixture
def second(app, page, now):
    with app.app_context(), transaction() as session:
        account = Account(network="ok", external_id="5", title="Вторая", created_at=now)
        session.add(account)
        session.flush()
        return account.id


def tasks(app):
    with app.app_context():
        return db.session.query(PageTask).order_by(PageTask.id).all()


def enters(anna, account_id, user_id, version=1):
    given = SOMEBODY | {"version": version, "name": "", "user_id": user_id}
    assert anna.submit(f"/admin/pages/{account_id}/security/people", given).status_code == 303


def test_a_user_who_is_switched_off_leaves_a_task_for_each_page(app, cast, page, second, anna, dina, boris, now):
    for account_id in (page, second):
        enters(anna, account_id, boris.user_id)
    shown = dina.get(f"/admin/users/{boris.user_id}")
    assert shown.status_code == 200
    dina.submit(f"/admin/users/{boris.user_id}/block", {"version": 1})
    assert [task.account_id for task in tasks(app)] == [page, second]
    for person in (anna, dina):
        inbox = person.get("/").text
        assert "Борис Ежов" in inbox, person.login
        assert "закройте доступ" in inbox
    first, other = tasks(app)
    assert anna.submit(f"/admin/security/tasks/{first.id}", {"version": 1, "outcome": "closed"}).status_code == 303
    unsaid = dina.submit(f"/admin/security/tasks/{other.id}", {"version": 1, "outcome": "stays", "reason": " "})
    assert unsaid.status_code == 422
    assert "почему остаётся" in unsaid.text
    with app.app_context():
        read_log(now)
        told = db.session.query(Reminder.object_id, Reminder.id).filter_by(kind="page_task", recipient_id=cast["anna"])
        ids = dict(told.all())
        lines = {line.id: line.is_settled for line in lines_of(ids.values(), in_force().calendar)}
        assert (lines[ids[first.id]], lines[ids[other.id]]) == (True, False)
    kept = dina.submit(f"/admin/security/tasks/{other.id}", {"version": 1, "outcome": "stays", "reason": SECRET})
    assert kept.status_code == 422
    reason = {"version": 1, "outcome": "stays", "reason": "Доработает по договору"}
    assert dina.submit(f"/admin/security/tasks/{other.id}", reason).status_code == 303
    late = anna.submit(f"/admin/security/tasks/{other.id}", {"version": 1, "outcome": "closed"})
    assert late.status_code == 409
    shown = anna.get("/admin/security/tasks").text
    for words in ("Закрывать нечего", "закрыто, Анна Ларина", "остаётся: Доработает по договору, Дина Орлова"):
        assert words in shown, words
    with app.app_context():
        ended = {row.account_id: row.ended_at for row in db.session.query(PageAdministrator)}
    assert ended[page] is not None
    assert ended[second] is None
    assert "Закрытие доступа" in dina.get("/admin/log").text


def test_a_person_without_a_user_is_listed_once_by_hand(app, page, second, anna, vera):
    for account_id in (page, second):
        anna.submit(f"/admin/pages/{account_id}/security/people", SOMEBODY | {"version": 1})
    with app.app_context():
        first = db.session.query(PageAdministrator.id).order_by(PageAdministrator.id).first()[0]
    at = f"/admin/pages/{page}/security"
    assert anna.submit(f"{at}/people/{first}/leaves", {"version": 2}).location == at
    assert "доступ к которым надо закрыть: 2" in anna.get(at).text
    assert vera.submit(f"{at}/people/{first}/leaves", {"version": 3}).location == at
    assert "Новых задач нет" in vera.get(at).text
    assert len(tasks(app)) == 2
    assert "Закрыть доступ: Ирина Сотова" in vera.get(at).text
    vera.submit(f"{at}/people/{first}/remove", {"version": 4})
    done, _ = tasks(app)
    assert (done.outcome, done.closed_by_id) == ("closed", vera.user_id)


def test_who_leaves_speaks_for_the_page_no_more(app, vk, dina, now):  # noqa: F811
    typed = {"network": "vk", "id": "200000001", "title": "", "publish": "ask", "moderate": "auto"}
    page = dina.submit("/admin/pages", typed | {f"key-{name}": key for name, key in KEYS.items()}).location
    he = SOMEBODY | {"version": 1, "profile": "https://vk.com/id88", "name": "Семён Королёв"}
    assert dina.submit(f"{page}/security/people", he).status_code == 303
    with app.app_context(), transaction():
        of_page = select(Connection)
        db.session.scalars(of_page).one().administrators = ["77", "88"]
        leaving.open_tasks(None, "Семён Королёв", actor=None, now=now)
        assert db.session.scalars(of_page).one().administrators == ["77"]


def test_a_key_is_closed_when_another_one_has_come(app, cast, now, vk, dina):  # noqa: F811
    typed = {"network": "vk", "id": "200000001", "title": "", "publish": "ask", "moderate": "auto"}
    page = dina.submit("/admin/pages", typed | {f"key-{name}": key for name, key in KEYS.items()}).location
    with app.app_context(), transaction():
        dina_id = cast["dina"]
        leaving.open_tasks(db.session.get_one(User, dina_id), "Дина Орлова", actor=None, now=now)
        leaving.open_tasks(None, "Сотова Ирина", actor=None, now=now)
    opened = {(task.name, task.key_name): task.id for task in tasks(app)}
    his = {("Дина Орлова", key) for key in KEYS}
    assert set(opened) == his | {("Сотова Ирина", "user")}  # VK gives her name for this key
    task = opened["Дина Орлова", "user"]
    vera = browser_of(app, cast, "vera")
    still = vera.submit(f"/admin/security/tasks/{task}", {"version": 1, "outcome": "closed"})
    assert still.status_code == 422
    assert "ещё прежний ключ" in still.text
    dina.submit(f"{page}/keys", {"network": "vk", "version": 1, "key-user": KEYS["user"]})
    assert vera.submit(f"/admin/security/tasks/{task}", {"version": 1, "outcome": "closed"}).status_code == 303
    other = opened["Дина Орлова", "service"]
    assert vera.submit(f"/admin/security/tasks/{other}", {"version": 1, "outcome": "closed"}).status_code == 422
    assert not any(key in vera.get("/admin/security/tasks").text for key in KEYS.values())
