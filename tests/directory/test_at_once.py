"""Several things at the same moment, with real threads, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from osm.base.application import current_settings
from osm.base.database import db
from osm.directory.acts import people
from osm.directory.acts.entering import log_in
from osm.directory.acts.people import Found
from osm.login.acts.sessions import LoginRefused
from osm.models import Event, Source, User, WebSession
from osm.regulation.words import Role
from tests.races.test_handover_races import race

from .slapd import password_of

FOUND = Found(Source.LDAP, "entryUUID=1", "petrov", "Пётр Петров", "", "", (Role.CURATOR,))


@pytest.mark.slapd
def test_two_first_log_ins_at_once_make_one_person(app, cast, ldap, now):
    def enter():
        log_in(current_settings().directory, "petrov", password_of("petrov"), "127.0.0.1", now=now)

    assert race(app, enter, enter, enter) == [None, None, None]
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(User.source == Source.LDAP)) == 1
        assert db.session.scalar(select(func.count(WebSession.id_hash))) == 3
        assert db.session.scalar(select(func.count()).where(Event.action == "create_user")) == 1


def test_a_log_in_and_the_worker_at_once(app, cast, now):
    """Whoever is first: in the end the row is what the last of them said, and nobody is half blocked."""
    with app.app_context():
        user_id = people.let_in(FOUND, now)
    for _ in range(5):
        refused = race(app, lambda: people.let_in(FOUND, now), lambda: people.follow(user_id, None, now, Source.LDAP))
        assert [type(one) for one in refused if one] in ([], [LoginRefused])
        with app.app_context():
            user = db.session.get_one(User, user_id)
            assert user.is_active is (user.gone_at is None)
            people.let_in(FOUND, now)
