"""Administrators and other users: what each act does, what is refused, who is notified about which user."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from osm.base.database import db
from osm.base.errors import NotFound
from osm.base.transaction import transaction
from osm.login.acts.passwords import change_password, first_password, password_matches
from osm.login.acts.sessions import LoginRefused, find_session, log_in
from osm.models import Department, Event, User, UserRole
from osm.people.acts import users
from osm.people.acts.users import LastAdministrator, OwnPassword, create_user
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import Role
from tests.cast import hire

FIRST = "kd7m-x3fp-9wqa"


@pytest.fixture
def ids(app, now):
    with app.app_context():
        yield hire(now)


def user(ids, login):
    return db.session.get_one(User, ids[login])


def given(person, **changed):
    """What the form of this person sends when only `changed` was typed."""
    values = {
        "name": person.name,
        "position": person.position,
        "phone": person.phone,
        "department_id": person.department_id,
        "roles": person.roles,
    }
    return {**values, **changed}


def last_event(action):
    return db.session.scalars(select(Event).where(Event.action == action).order_by(Event.id.desc())).first()


def test_first_passwords_differ_and_are_easy_to_dictate():
    made = {first_password() for _ in range(100)}
    assert len(made) == 100
    assert not {character for password in made for character in password} & set("ilo01IO")


def test_a_first_password_opens_the_account_until_it_is_changed(ids, now):
    dina = user(ids, "dina")
    made = create_user("pavel", " Павел  Сом ", [Role.EXECUTOR], FIRST, must_change_password=True, actor=dina, now=now)
    assert (made.name, made.must_change_password, made.version) == ("Павел Сом", True, 1)
    assert log_in("pavel", FIRST, "10.0.0.1", now=now)
    change_password(made.id, FIRST, "свой-новый-пароль", now=now)
    assert not user({"pavel": made.id}, "pavel").must_change_password
    event = last_event("create_user")
    assert (event.actor_id, event.object_id, event.changes["roles"]) == (dina.id, made.id, [None, ["executor"]])


def test_an_edit_is_stored_and_the_log_keeps_no_texts(ids, now):
    boris, dina = user(ids, "boris"), user(ids, "dina")
    press = db.session.scalars(select(Department.id).where(Department.name == "Пресс-центр")).one()
    changed = given(boris, name="Борис Новый", phone=" 8  000 ", department_id=press, roles=[Role.HEAD, Role.EXECUTOR])
    users.edit_user(boris.id, 1, **changed, actor=dina, now=now)
    boris = user(ids, "boris")
    assert (boris.name, boris.phone, boris.department_id, boris.roles, boris.version) == (
        "Борис Новый", "8 000", press, {Role.HEAD, Role.EXECUTOR}, 2,
    )  # fmt: skip
    changes = last_event("edit_user").changes
    assert changes["roles"] == [["executor"], ["executor", "head"]]
    assert changes["fields"] == [[], ["name", "phone"]]
    assert changes["version"] == [1, 2]
    assert "Новый" not in str(changes)


REFUSED = {
    "no name": ({"name": " \u00a0 "}, "name"),
    "a long name": ({"name": "я" * 201}, "name"),
    "a long telephone": ({"phone": "8" * 61}, "phone"),
    "a long position": ({"position": "я" * 201}, "position"),
    "the machine's role": ({"roles": [Role.SYSTEM]}, "role"),
    "a department that is not there": ({"department_id": 999}, "department_id"),
}


@pytest.mark.words
@pytest.mark.parametrize(("changed", "where"), REFUSED.values(), ids=REFUSED)
def test_unusable_values_are_refused_by_field_and_not_stored(ids, now, changed, where):
    boris = user(ids, "boris")
    with pytest.raises(MissingInput) as refused:
        users.edit_user(boris.id, 1, **given(boris, **changed), actor=user(ids, "dina"), now=now)
    assert refused.value.field == where
    assert user(ids, "boris").version == 1
    with pytest.raises(MissingInput) as refused:
        create_user("novy", **{**given(boris), **changed}, password=FIRST, now=now)
    assert refused.value.field == where
    assert last_event("edit_user") is None
    assert last_event("create_user") is None


def test_a_login_is_used_once(ids, now):
    with pytest.raises(MissingInput, match="уже занят"):
        create_user(" Boris ", "Другой Борис", [], FIRST, now=now)


def test_blocking_ends_the_sessions_and_unblocking_brings_the_password_back(ids, now):
    token = log_in("boris", "пароль-boris", "10.0.0.1", now=now)
    dina, boris_id = user(ids, "dina"), ids["boris"]
    users.block_user(boris_id, 1, actor=dina, now=now)
    assert find_session(token, now=now) is None
    with pytest.raises(LoginRefused):
        log_in("boris", "пароль-boris", "10.0.0.1", now=now)
    assert last_event("block_user").changes == {"is_active": [True, False], "sessions": [1, 0], "version": [1, 2]}
    users.unblock_user(boris_id, 2, actor=dina, now=now)
    assert find_session(token, now=now) is None
    assert log_in("boris", "пароль-boris", "10.0.0.1", now=now)


def test_a_new_password_replaces_the_old_one_and_must_be_changed(ids, now):
    token = log_in("boris", "пароль-boris", "10.0.0.1", now=now)
    users.reset_password(ids["boris"], 1, password=FIRST, actor=user(ids, "dina"), now=now)
    boris = user(ids, "boris")
    assert password_matches(boris, FIRST)
    assert boris.must_change_password
    assert find_session(token, now=now) is None
    with pytest.raises(OwnPassword):
        users.reset_password(ids["dina"], 1, password=FIRST, actor=user(ids, "dina"), now=now)


def test_sessions_end_everywhere_or_but_one(ids, now):
    first, second = (log_in("dina", "пароль-dina", "10.0.0.1", now=now) for _ in range(2))
    mine = find_session(first, now=now).id_hash
    assert users.end_sessions(ids["dina"], 1, actor=user(ids, "dina"), now=now, keep_session=mine) == 1
    assert find_session(first, now=now)
    assert find_session(second, now=now) is None
    assert users.end_sessions(ids["dina"], 2, actor=user(ids, "dina"), now=now) == 1


ACTS = {
    "edit": lambda p, v, a, now: users.edit_user(p.id, v, **given(p, name="Другое Имя"), actor=a, now=now),
    "block": lambda p, v, a, now: users.block_user(p.id, v, actor=a, now=now),
    "unblock": lambda p, v, a, now: users.unblock_user(p.id, v, actor=a, now=now),
    "reset": lambda p, v, a, now: users.reset_password(p.id, v, password=FIRST, actor=a, now=now),
    "end sessions": lambda p, v, a, now: users.end_sessions(p.id, v, actor=a, now=now),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_an_older_version_gets_a_conflict_and_changes_nothing(ids, now, act):
    boris, dina = user(ids, "boris"), user(ids, "dina")
    users.edit_user(boris.id, 1, **given(boris, phone="8"), actor=dina, now=now)
    before = (user(ids, "boris").password_hash, user(ids, "boris").is_active)
    with pytest.raises(StaleVersion):
        act(user(ids, "boris"), 1, dina, now + timedelta(minutes=1))
    boris = user(ids, "boris")
    assert (boris.name, boris.password_hash, boris.is_active, boris.version) == ("Борис Ежов", *before, 2)
    act(boris, 2, dina, now)
    assert user(ids, "boris").version == 3


def test_a_user_who_does_not_exist(ids, now):
    with pytest.raises(NotFound):
        users.block_user(999, 1, actor=None, now=now)


TAKEN_AWAY = {
    "blocked": lambda p, a, now: users.block_user(p.id, p.version, actor=a, now=now),
    "without the role": lambda p, a, now: users.edit_user(p.id, p.version, **given(p, roles=[]), actor=a, now=now),
}


@pytest.mark.parametrize("act", TAKEN_AWAY.values(), ids=TAKEN_AWAY)
def test_the_last_administrator_stays(ids, now, act):
    dina, gleb = user(ids, "dina"), user(ids, "gleb")
    with pytest.raises(LastAdministrator):
        act(dina, dina, now)
    users.edit_user(gleb.id, 1, **given(gleb, roles=[Role.ADMIN]), actor=dina, now=now)
    act(user(ids, "dina"), user(ids, "dina"), now)  # now there is another
    with pytest.raises(LastAdministrator):
        act(user(ids, "gleb"), user(ids, "gleb"), now)
    users.block_user(ids["boris"], 1, actor=gleb, now=now)  # Boris is no administrator, so he is not the last


@pytest.mark.parametrize("act", TAKEN_AWAY.values(), ids=TAKEN_AWAY)
def test_two_administrators_who_take_it_from_each_other_at_once(app, ids, now, act):
    with transaction() as session:
        session.add(UserRole(user_id=ids["gleb"], role=Role.ADMIN))
    start = Barrier(2)

    def one(actor, other):
        with app.app_context():
            mine, theirs = user(ids, actor), user(ids, other)
            start.wait()
            try:
                act(theirs, mine, now)
            except LastAdministrator:
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(one, ["dina", "gleb"], ["gleb", "dina"]))
    assert sorted(done) == [False, True]
    db.session.rollback()
    left = select(User.id).join(UserRole).where(UserRole.role == Role.ADMIN, User.is_active)
    assert len(db.session.scalars(left).all()) == 1
