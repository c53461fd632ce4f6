"""Where the office says so an executor sends his approved answer to a connected page, as the curator does (П.3)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from osm.answers.acts import ordering
from osm.base.database import db
from osm.base.errors import NotYours
from osm.base.transaction import WHOLE, transaction
from osm.listening.acts import hearing
from osm.models import Comment, OutboxAction
from osm.outbox.acts import rounds
from osm.pages.acts.connecting import connect_page
from osm.regulation.words import Status
from tests.cast import browser_of
from tests.connections.conftest import CITIZEN
from tests.desk import NOW
from tests.emulators.vk import KEYS

pytestmark = pytest.mark.usefixtures("desk")


@pytest.fixture
def message(desk, vk):
    """The message of a comment on the connected page; Boris's answer is approved."""
    connect_page("vk", str(vk.world.group), KEYS, actor=desk.anna, now=NOW - timedelta(hours=2), publish="ask")
    hearing.run(NOW - timedelta(hours=2), WHOLE)
    vk.world.write(vk.world.post("Пост"), CITIZEN, "Когда вывезут мусор?")
    hearing.run(NOW - timedelta(hours=2), WHOLE)
    found = desk.in_status(Status.APPROVED)
    with transaction():
        db.session.scalars(select(Comment)).one().message_id = found.id
    return desk.again(found)


def address(message, more="publication"):
    return f"/messages/{message.id}/{more}"


def sent():
    db.session.rollback()  # the worker sees what was done by now
    return rounds.run("this process", NOW + timedelta(minutes=2), WHOLE)


def action():
    db.session.rollback()
    return db.session.scalars(select(OutboxAction).execution_options(populate_existing=True)).one()


def test_he_presses_the_same_button_and_the_log_names_him(desk, vk, boris, message, set_office):
    set_office(publishing_networks=["vk"])
    page = boris.get(address(message, "publish")).text
    assert f'action="{address(message)}"' in page
    assert "Опубликовать</button>" in page
    in_row = boris.htmx(address(message, "publish"), method="GET")
    assert in_row.headers["HX-Redirect"] == address(message, "publish"), "the program can place it: there is its page"
    assert boris.submit(address(message), {"version": message.version}).status_code == 303
    assert sent() == 1
    found = desk.again(message)
    assert (found.status, found.replies[0].published_by_id) == (Status.ANSWERED, boris.user_id)
    assert len([one for one in vk.world.comments.values() if one["from_id"] == vk.world.owner]) == 1


def test_he_stops_it_within_the_minute_and_tries_again_what_was_refused(vk, boris, message, set_office):
    set_office(publishing_networks=["vk"])
    boris.submit(address(message), {"version": message.version})
    assert boris.submit(address(message, "publication/stop"), {"version": message.version}).status_code == 303
    assert sent() == 0
    boris.submit(address(message), {"version": message.version})
    vk.world.change(next(iter(vk.world.comments)), "Мусор вывезли, спасибо")
    assert sent() == 0, "the comment says something else by now: a person looks"
    row = db.session.scalars(select(OutboxAction).order_by(OutboxAction.id.desc())).first()
    again = {"version": message.version, "action": row.id, "action_version": row.version, "in_spite": "1"}
    assert boris.submit(address(message, "publication/again"), again).status_code == 303
    assert sent() == 1


@pytest.mark.parametrize("networks", [[], ["ok"]])
def test_elsewhere_the_curator_publishes(boris, message, set_office, networks):
    set_office(publishing_networks=networks)
    assert f'action="{address(message)}"' not in boris.get(address(message, "publish")).text
    refused = boris.submit(address(message), {"version": message.version})
    assert (refused.status_code, "публикует куратор" in refused.text) == (403, True)
    assert db.session.scalars(select(OutboxAction)).all() == []


def test_a_colleague_does_not_send_it_for_him(app, desk, message, set_office):
    lidia = browser_of(app, desk.ids, "lidia")
    set_office(publishing_networks=["vk"])
    assert f'action="{address(message)}"' not in lidia.get(address(message, "publish")).text
    assert lidia.submit(address(message), {"version": message.version}).status_code == 403
    with pytest.raises(NotYours):
        ordering.stop(message.id, message.version, actor=desk.lidia, now=NOW)


def test_of_two_the_second_changes_nothing(anna, boris, message, set_office):
    set_office(publishing_networks=["vk"])
    boris.submit(address(message), {"version": message.version})
    anna.submit(address(message), {"version": message.version})
    assert action().created_by_id == boris.user_id
    assert boris.submit(address(message), {"version": message.version - 1}).status_code == 409
