"""A connected page is asked for its managers: an unknown one is shown, and reported once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osm.base.database import db
from osm.base.transaction import WHOLE, transaction
from osm.flow.acts.clocks import in_force
from osm.guarding.acts import leaving
from osm.listening.acts import hearing
from osm.models import Account, Connection, Event, PageAdministrator, PageGuard, Reminder
from osm.outbox.acts import asking
from osm.reminders.acts.due import read_log
from osm.reminders.queries import lines_of
from tests.connections.conftest import ok, vk  # noqa: F401  (fixtures)
from tests.emulators.ok import KEYS as OK_KEYS
from tests.emulators.vk import KEYS

GIVEN = {"network": "vk", "id": "200000001", "title": "", "publish": "ask", "moderate": "auto"}


@pytest.fixture
def connected(vk, dina):  # noqa: F811
    """VK's page with all its keys; Семён is an editor there."""
    vk.world.person(88, "Семён", "Королёв")
    vk.world.managers[88] = "editor"
    return dina.submit("/admin/pages", GIVEN | {f"key-{name}": key for name, key in KEYS.items()}).location


def test_a_manager_known_to_the_network_but_not_recorded(app, connected, dina, anna):
    at = f"{connected}/security"
    assert dina.submit(f"{at}/look", {}).location == at
    shown = anna.get(at).text
    for words in ("Ирина Сотова", "владелец", "Семён Королёв", "https://vk.com/id88", "здесь не записаны"):
        assert words in shown, words
    assert "не записаны: 2" in anna.get("/admin/security").text
    named = {"version": 1, "name": "Семён Королёв", "profile": "https://vk.com/id88", "right": "editor", "since": "",
             "second_factor": "unknown"}  # fmt: skip
    assert anna.submit(f"{at}/people", named).location == at
    gone = named | {"version": 2, "name": "Пётр Ушедший", "profile": "id99"}
    assert anna.submit(f"{at}/people", gone).location == at
    shown = anna.get(at).text
    assert "соцсеть его не называет" in shown
    assert "не записаны: 1" in anna.get("/admin/security").text


def test_the_worker_asks_once_a_day_and_reports_a_stranger_once(app, clock, now, vk, connected, cast):  # noqa: F811
    with app.app_context():
        hearing.run(now, WHOLE)
        assert leaving.run(now, WHOLE) == 1
        assert leaving.run(now + timedelta(hours=1), WHOLE) == 0
        assert leaving.run(now + timedelta(days=1), WHOLE) == 1
        assert db.session.query(Event).filter_by(action="page_strangers").count() == 1
        read_log(now)
        told = db.session.query(Reminder.recipient_id).filter_by(kind="page_stranger")
        assert {one for (one,) in told} == {cast[login] for login in ("anna", "vera", "dina")}
        of_anna = db.session.query(Reminder.id).filter_by(kind="page_stranger", recipient_id=cast["anna"])
        of_anna = [one for (one,) in of_anna]
        assert [line.is_settled for line in lines_of(of_anna, in_force().calendar)] == [False]
        with transaction() as session:
            for one in session.query(PageGuard).one().named:
                account = session.query(Account.id).scalar()
                session.add(
                    PageAdministrator(
                        account_id=account, name=one["name"], profile=one["url"], right="admin", entered_at=now
                    )
                )
        assert [line.is_settled for line in lines_of(of_anna, in_force().calendar)] == [True]
        db.session.rollback()
        vk.lost.add("groups.getMembers")
        assert leaving.run(now + timedelta(days=3), WHOLE) == 1
        guard = db.session.query(PageGuard).one()
        assert len(guard.named) == 2  # it keeps the names from before
        assert guard.look_said


def test_what_the_network_refuses_is_reported_and_forgets_nothing(vk, connected, dina):  # noqa: F811
    at = f"{connected}/security"
    dina.submit(f"{at}/look", {})
    vk.lost.add("groups.getMembers")
    refused = dina.submit(f"{at}/look", {})
    assert refused.status_code == 409
    assert "Сверить не получилось" in refused.text
    assert "Семён Королёв" in refused.text


def test_networks_and_pages_that_name_no_manager(app, ok, dina, now, monkeypatch):  # noqa: F811
    typed = GIVEN | {"network": "ok", "id": ok.world.group} | {f"key-{name}": key for name, key in OK_KEYS.items()}
    at = f"{dina.submit('/admin/pages', typed).location}/security"
    assert "Кого называет соцсеть" not in dina.get(at).text
    assert "не называет, кто управляет" in dina.submit(f"{at}/look", {}).text
    opened = []
    monkeypatch.setattr(asking, "connector_of", opened.append)
    with app.app_context():
        hearing.run(now, WHOLE)
        assert db.session.query(Connection.read_at).scalar() is not None
        assert leaving.run(now, WHOLE) == 0
    assert opened == [], "no key is opened for nothing"
    with app.app_context(), transaction() as session:
        session.add(Account(network="vk", external_id="7", title="Без ключей", created_at=now))
    assert dina.submit("/admin/pages/2/security/look", {}).status_code == 404
