"""A body outside, links that are on, and questions to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from osm.base.database import db
from osm.models import NeighbourBody, NeighbourQuestion
from osm.neighbours.acts import asking
from osm.settings.environment import MailSettings, Security
from tests.desk import NOW
from tests.reminders.mailbox import Mailbox

PUBLIC = "https://open.les.example.ru"
MAIL = "info@vodokanal.example.ru"
ASKED = "Когда дадут воду на Калининской, 12?"


@pytest.fixture
def set_settings(app, monkeypatch) -> Callable[..., None]:
    def set_(**given) -> None:
        monkeypatch.setattr(app.extensions["osm"], "settings", replace(app.extensions["osm"].settings, **given))

    return set_


@pytest.fixture
def links(app, set_settings) -> None:
    set_settings(site=replace(app.extensions["osm"].settings.site, links=PUBLIC))


@pytest.fixture
def body(desk) -> NeighbourBody:
    return asking.create_body(name="Водоканал", email=MAIL, phone="2-22-22", actor=desk.anna, now=NOW)


@pytest.fixture
def ask(desk, body) -> Callable[..., NeighbourQuestion]:
    """`ask(message, way="link")` by Boris; `text`, `with_citizen`, `by`."""

    def ask(message, *, way="letter", text=ASKED, with_citizen=False, by=None, now=NOW):
        return asking.ask(
            message.id, body_id=body.id, way=way, text=text, with_citizen=with_citizen, public_url=PUBLIC,
            actor=by or desk.boris, now=now,
        )  # fmt: skip

    return ask


@pytest.fixture
def send(desk) -> Callable[..., NeighbourQuestion]:
    def send(row, *, text=None, seen=False, has_mail=True, public_url=PUBLIC, now=NOW):
        return asking.send(
            row.id, row.version, text=text if text is not None else row.text, seen=seen, public_url=public_url,
            has_mail=has_mail, actor=desk.anna, now=now,
        )  # fmt: skip

    return send


@pytest.fixture
def mailbox(app, set_settings) -> Iterator[Mailbox]:
    box = Mailbox()
    set_settings(mail=MailSettings("127.0.0.1", box.port, Security.NONE, "osm@example.ru"))
    yield box
    box.stop()


def again(row: NeighbourQuestion) -> NeighbourQuestion:
    """As the database has it now."""
    db.session.rollback()
    return db.session.get_one(NeighbourQuestion, row.id, populate_existing=True)
