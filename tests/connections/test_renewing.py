"""A key that ends is renewed if its network allows it, at most once a day; if not, people are warned a week ahead."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from osm.base.application import SystemClock
from osm.base.database import db
from osm.base.transaction import WHOLE, Pace, transaction
from osm.connectors.contract import Act
from osm.listening.acts import hearing
from osm.models import Connection, Event
from osm.outbox.acts import asking, keys, sending
from osm.pages.acts.connecting import check_page, connect_page
from tests.emulators.instagram import KEYS, PAGE
from tests.emulators.serving import Trouble


@pytest.fixture
def now():
    return SystemClock().now()


@pytest.fixture
def page(instagram, office, now):
    """A page of Instagram; its key ends in twenty days."""
    given = {**KEYS, "expires_at": (now + timedelta(days=20)).isoformat()}
    return connect_page("instagram", PAGE, given, has_read=True, actor=office.anna, now=now).account_id


def connection():
    return db.session.scalars(select(Connection).execution_options(populate_existing=True)).one()


def test_it_is_renewed_before_its_end_and_the_page_uses_the_new(instagram, page, now):
    assert asking.renew_keys(now, WHOLE) == 0, "it must be a day old"
    later = now + timedelta(days=1)
    assert (asking.renew_keys(later, WHOLE), asking.renew_keys(later, WHOLE)) == (1, 0)
    assert keys.opened(connection().keys)["access_token"] == instagram.key == "access-key-renewed"
    ends = connection().expires
    assert list(ends) == ["expires_at"]
    assert ends["expires_at"] > (now + timedelta(days=59)).isoformat()
    assert asking.renew_keys(later + timedelta(days=1), WHOLE) == 0
    check_page(page, now=later)
    assert connection().expires == ends, "the next check keeps it"
    hearing.run(later, WHOLE)
    assert connection().read_at == later
    assert "keys_renewed" in db.session.scalars(select(Event.action)).all()


@pytest.mark.parametrize("says", [True, False], ids=["it works", "who knows"])
def test_a_renewed_key_waits_for_nobody(instagram, page, now, anna, says):
    with transaction():
        sending._becomes_manual(connection(), Act.DELETE, "Instagram не принимает ключ.", now)
    assert "Нужен ключ: " in anna.get("/").text
    later = now + timedelta(days=1)
    if not says:
        instagram.serving.always = lambda asked: None if "refresh" in asked.path else Trouble.SERVER_ERROR
    assert asking.renew_keys(later, WHOLE) == 1
    assert keys.opened(connection().keys)["access_token"] == instagram.key
    assert ("Нужен ключ: " in anna.get("/").text, Act.DELETE in connection().can) == (not says, says)


def test_refused_it_is_tried_the_next_day_with_its_end_shown(app, instagram, page, now, dina):
    later = now + timedelta(days=14)
    instagram.serving.trouble("refresh_access_token", *[Trouble.SERVER_ERROR] * 2)
    assert [asking.renew_keys(later + timedelta(hours=hour), WHOLE) for hour in (0, 1, 24)] == [0, 0, 0]
    assert keys.opened(connection().keys)["access_token"] == "access-key"
    assert sum(asked.path == "/refresh_access_token" for asked in instagram.serving.asked) == 2
    assert asking.renew_keys(later + timedelta(hours=48), WHOLE) == 1


def test_a_network_without_renewal_is_not_asked(vk, connect, office, now, monkeypatch):
    connect(when=now)
    monkeypatch.delattr(asking.keys, "opened")  # nor are the keys decrypted
    assert asking.renew_keys(now + timedelta(days=40), WHOLE) == 0
    assert connection().renewal_tried_at is None


def test_a_call_that_found_the_database_busy_is_made_again(instagram, page, now):
    """It has no answer that could be kept for the next round."""
    calls = []

    def busy():
        calls.append(now)
        raise OperationalError("take a turn", {}, Exception("database is locked"))

    asked = {}
    round_ = asking.Asking(lambda _: [connection()], lambda *_: busy, list.append, list.append, asked)
    round_.run(now, Pace(seconds=1))
    asking.wait(asked.values())
    with pytest.raises(OperationalError):
        round_.run(now, Pace(seconds=1))
    round_.run(now, Pace(seconds=1))
    asking.wait(asked.values())
    assert len(calls) == 2
