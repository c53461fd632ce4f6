"""The worker asks the directory: who is gone there is out here within minutes, and nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from osm.base.application import FixedClock, current_settings
from osm.base.database import db
from osm.base.transaction import WHOLE
from osm.directory.acts import entering, people
from osm.directory.acts.people import follow
from osm.jobs import lanes, running
from osm.jobs.lanes import DONE_AT
from osm.jobs.running import SINCE
from osm.models import Event, Reminder, Source, User, WebSession
from osm.people.queries.handovers import OfferKind
from osm.regulation.words import Role
from osm.reminders.acts.mailing import troubles
from tests.people.handing_over import NOW, offers

from .slapd import password_of

pytestmark = pytest.mark.slapd


@pytest.fixture
def inside(app, cast, ldap):
    """Пётр (curator) and Анна (executor) are logged in; login → browser."""
    ldap.add("third", "Третий Человек", ("departments",))
    browsers = {}
    for login in ("petrov", "sidorova", "third"):
        browsers[login] = app.test_client()
        assert browsers[login].log_in(login, password_of(login)).status_code == 303
    return browsers


def ask(app, now) -> int:
    with app.app_context():
        return entering.run(now, WHOLE, current_settings().directory)


def row(app, login: str) -> User:
    with app.app_context():
        return db.session.scalars(select(User).where(User.login == login)).one()


def is_in(browser) -> bool:
    return browser.get("/password").status_code == 200


def test_who_is_still_there_stays(app, inside, now):
    versions = {login: row(app, login).version for login in inside}
    assert ask(app, now) == 0
    assert all(map(is_in, inside.values()))
    assert {login: row(app, login).version for login in inside} == versions


@pytest.mark.parametrize(
    "leaves",
    [
        lambda ldap: ldap.remove("petrov"),
        lambda ldap: ldap.change("petrov", userAccountControl="514"),
        lambda ldap: ldap.change("petrov", pwdAccountLockedTime="000001010000Z"),
        lambda ldap: ldap.take_out("petrov", "press"),
    ],
    ids=["removed", "disabled", "locked", "out of his group"],
)
def test_who_is_gone_is_out_at_once(app, inside, ldap, now, leaves):
    leaves(ldap)
    assert ask(app, now) == 1
    assert not is_in(inside["petrov"])
    assert is_in(inside["sidorova"])
    gone = row(app, "petrov")
    assert (gone.is_active, gone.gone_at) == (False, now)
    with app.app_context():
        assert db.session.scalar(select(WebSession).where(WebSession.user_id == gone.id)) is None
        assert db.session.scalars(select(Event.object_id).where(Event.action == "block_user")).all() == [gone.id]
    assert app.test_client().log_in("petrov", password_of("petrov")).status_code in (401, 403)


def test_who_comes_back_is_let_in_again(app, inside, ldap, now):
    ldap.take_out("petrov", "press")
    ask(app, now)
    ldap.put_into("petrov", "departments")
    assert app.test_client().log_in("petrov", password_of("petrov")).status_code == 303
    back = row(app, "petrov")
    assert (back.is_active, back.gone_at, back.own_roles) == (True, None, {Role.EXECUTOR})


def test_another_group_is_another_role_in_the_middle_of_work(app, inside, ldap, now):
    assert inside["petrov"].get("/approvals").status_code == 200
    ldap.put_into("petrov", "departments")
    ldap.take_out("petrov", "press")
    assert ask(app, now) == 1
    assert not is_in(inside["petrov"])  # a change of roles ends the sessions
    again = app.test_client()
    assert again.log_in("petrov", password_of("petrov")).status_code == 303
    assert again.get("/approvals").status_code == 403


def test_new_name_and_mail_come_along(app, inside, ldap, now):
    ldap.rename("petrov", "Пётр Новый", "novy")
    assert ask(app, now) == 1
    assert row(app, "novy").name == "Пётр Новый"


def test_without_an_answer_nobody_is_blocked_and_the_administrator_reads_it(app, inside, ldap, now):
    ldap.stop()
    assert ask(app, now) == 0
    assert all(map(is_in, inside.values()))
    later = now + lanes.LONGEST_SILENCE
    SINCE.forget(app)  # the worker has just begun: no lane is silent yet
    with app.app_context():
        (trouble,) = troubles()
        assert (trouble.name, trouble.reason) == (entering.SERVER, "соединение отклонено")
        assert running.raise_alarms(later) == 1
        told = db.session.scalars(select(Reminder)).one()
        assert told.facts["name"] == "каталог пользователей (соединение отклонено)"
    ldap.start()
    ask(app, later)
    with app.app_context():
        assert troubles() == []


def test_a_wrong_filter_blocks_nobody(app, inside, ldap, use_directory, now):
    use_directory(**ldap.environ(OSM_LDAP_FILTER="(&(uid={login})(description=никого))"))
    assert ask(app, now) == 0
    assert all(map(is_in, inside.values()))
    with app.app_context():
        assert "OSM_LDAP_FILTER" in troubles()[0].reason


def test_a_base_that_is_gone_blocks_nobody(app, inside, ldap, use_directory, now):
    use_directory(**ldap.environ(OSM_LDAP_BASE="ou=elsewhere,dc=adm,dc=example"))
    assert ask(app, now) == 0
    assert all(map(is_in, inside.values()))


def test_the_filter_is_asked_too(app, inside, ldap, use_directory, now):
    use_directory(**ldap.environ(OSM_LDAP_FILTER="(&(uid={login})(!(uid=petrov)))"))
    assert ask(app, now) == 1
    assert not is_in(inside["petrov"])


def test_the_last_administrator_loses_his_sessions_only(app, inside, ldap, now):
    ldap.put_into("third", "boss")
    ask(app, now)
    with app.app_context():
        dina = db.session.scalars(select(User).where(User.login == "dina")).one()
        follow(dina.id, None, now, Source.LOCAL)
    ldap.remove("third")
    ask(app, now)
    last = row(app, "third")
    assert last.is_active
    assert not is_in(inside["third"])
    assert app.test_client().log_in("third", password_of("third")).status_code == 401


def test_his_work_is_offered_for_handover(three):
    three.routed("16.03 09:00", "16.03 09:10")
    people.follow(three.ids["boris"], None, NOW, Source.LOCAL)
    assert [offer.kind for offer in offers()] == [OfferKind.BLOCKED]


def test_local_people_are_not_asked_about(app, cast, ldap, now):
    assert ask(app, now) == 0
    assert row(app, "anna").is_active


def test_it_is_asked_every_five_minutes_and_not_more(app, ldap, now, monkeypatch):
    asked = []
    job = next(one for one in lanes.JOBS if one.name == "directory")
    assert job.pause <= timedelta(minutes=15).total_seconds()
    monkeypatch.setattr(entering, "_ask", lambda *given: asked.append(given) or {})
    DONE_AT.forget(app)
    with app.app_context():
        for minutes in (0, 1, 4):
            app.extensions["osm"].clock = FixedClock(now + timedelta(minutes=minutes))
            running.run_lane(lanes.DIRECTORY, now + timedelta(minutes=minutes), WHOLE)
    assert len(asked) == 1
