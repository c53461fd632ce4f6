"""A page is connected, checked, given other keys, switched off and on, disconnected; its keys are never shown."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from osm.base.database import db
from osm.base.durable import renew_installation
from osm.models import Account, Connection, ConnectionState, Event, Moderating, Publishing
from osm.outbox.acts import keys
from osm.outbox.queries import is_on
from osm.pages.acts import connecting
from osm.regulation.errors import MissingInput, StaleVersion
from tests.emulators.vk import KEYS


def connection():
    return db.session.scalars(select(Connection).execution_options(populate_existing=True)).one()


def test_the_command_prints_what_the_keys_can(app, vk):
    given = {"network": "vk", "id": "200000001", "title": "", "keys": {"community": KEYS["community"]}}
    done = app.test_cli_runner().invoke(args=["osm", "connect-page", "--json"], input=json.dumps(given))
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert {"read", "reply"} <= set(found["can"])
    assert "удалять" in [one["what"] for one in found["cannot"]]
    with app.app_context():
        account = db.session.get(Account, found["account"])
        assert (account.title, account.url) == ("Администрация", "https://vk.com/club200000001")
        assert (connection().publish, connection().moderate) == (Publishing.ASK, Moderating.AUTO)


@pytest.mark.words
@pytest.mark.parametrize("line", ["", "[]", '{"network": "vk", "id": "1"}', '{"keys": {"user": "x"}}', "{"])
def test_a_call_without_what_is_needed_is_a_bad_call(app, line):
    assert app.test_cli_runner().invoke(args=["osm", "connect-page"], input=line).exit_code == 2


REFUSED = {
    "an unknown network": ("network", {"network": "facebook"}),
    "no number": ("id", {"page_id": "администрация"}),
    "no key": ("keys", {"keys": {"user": "  "}}),
    "a key of another network": ("keys", {"keys": {"bot_token": "x"}}),
    "a key with a word beside it": ("keys", {"keys": {"user": "ключ abc"}}),
    "an end that is no instant": ("keys", {"keys": {"user": "x", "expires_at": "скоро"}}),
    "an end without a key": ("keys", {"keys": {"expires_at": "2027-01-31"}}),
    "an unknown way": ("publish", {"publish": "never"}),
}


@pytest.mark.words
@pytest.mark.parametrize(("field", "given"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_used_is_refused_by_its_field(vk, office, now, field, given):
    with pytest.raises(MissingInput) as refused:
        connecting.connect_page(
            **{"network": "vk", "page_id": "200000001", "keys": KEYS, **given}, actor=office.anna, now=now
        )
    assert refused.value.field == field
    assert db.session.scalars(select(Account)).all() == []


def test_keys_are_stored_encrypted_and_not_logged(vk, office, connect):
    connect()
    stored = db.session.execute(text("SELECT * FROM connection")).one()
    logged = db.session.scalars(select(Event)).all()
    for key in KEYS.values():
        assert key not in str(stored._mapping)
        assert not any(key in json.dumps(event.changes) for event in logged)
    assert keys.opened(connection().keys) == KEYS
    assert [event.action for event in logged] == ["connect_page"]
    assert logged[0].changes["key_names"] == [[], sorted(KEYS)]


def test_a_second_call_replaces_the_keys_and_makes_no_second_page(vk, connect):
    first = connect()
    assert connect("user", moderate="hand") == first
    assert connection().key_names == ["community", "service"]
    assert connection().moderate is Moderating.HAND


def test_a_key_is_replaced_and_the_others_stay(vk, office, connect, now):
    page = connect("user")
    report = connecting.replace_keys(page, 1, {"user": KEYS["user"]}, actor=office.anna, now=now).report
    assert "delete" in [str(act) for act in report.can]
    assert keys.opened(connection().keys) == KEYS
    with pytest.raises(StaleVersion):
        connecting.replace_keys(page, 1, {"user": KEYS["user"]}, actor=office.anna, now=now)


def test_the_end_of_keys_is_kept_with_them_until_one_is_replaced(vk, office, now):
    with_end = {"refresh": "refresh-key", "expires_at": "2026-12-01T10:00:00+10:00"}
    page = connecting.connect_page("vk", "200000001", {**KEYS, **with_end}, actor=office.anna, now=now).account_id
    assert connection().key_names == sorted(KEYS)
    assert connection().expires == {"expires_at": "2026-12-01T10:00:00+10:00"}
    assert keys.opened(connection().keys) == {**KEYS, **with_end}
    connecting.check_page(page, now=now)
    assert connection().expires
    connecting.replace_keys(page, 1, {"user": KEYS["user"]}, actor=office.anna, now=now)
    assert (connection().expires, keys.opened(connection().keys)) == ({}, KEYS)


def test_keys_that_the_network_refuses_stop_the_page_and_say_why(vk, office, connect, now):
    vk.tokens.clear()
    page = connect()
    assert connection().state is ConnectionState.STOPPED
    assert "Ключ ВКонтакте больше не действует" in connection().said
    assert not is_on(connection())
    vk.tokens |= {KEYS["community"]: "group"}
    connecting.check_page(page, actor=office.anna, now=now)
    assert connection().state is ConnectionState.WORKING
    logged = db.session.scalars(db.select(Event).where(Event.action == "check_page")).one()
    assert (logged.actor_id, logged.changes["connection_state"]) == (office.anna.id, ["stopped", "working"])
    connecting.check_page(page, actor=office.anna, now=now)
    assert db.session.scalars(db.select(Event).where(Event.action == "check_page")).one() is logged  # nothing changed


def test_it_is_switched_off_and_on_and_disconnected(vk, office, connect, now):
    page = connect()
    connecting.switch(page, 1, on=False, actor=office.anna, now=now)
    assert not is_on(connection())
    connecting.switch(page, 2, on=True, actor=office.anna, now=now + timedelta(hours=1))
    assert is_on(connection())
    assert connection().switched_on_at == now  # the same installation keeps what was decided before
    connecting.arrange(page, 3, publish="auto", moderate="hand", actor=office.anna, now=now)
    assert (connection().publish, connection().moderate) == (Publishing.AUTO, Moderating.HAND)
    with pytest.raises(StaleVersion):
        connecting.disconnect(page, 3, actor=office.anna, now=now)
    connecting.disconnect(page, 4, actor=office.anna, now=now)
    assert db.session.scalars(select(Connection)).all() == []
    assert db.session.scalars(select(Account.id)).all() == [page]


def test_in_another_installation_every_page_is_off_until_a_person_says_so(vk, office, connect, now):
    page = connect()
    assert is_on(connection())
    renew_installation()
    assert not is_on(connection())
    connecting.switch(page, 1, on=True, actor=office.anna, now=now)
    assert is_on(connection())
