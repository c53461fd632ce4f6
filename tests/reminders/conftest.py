"""Reminders of the desk: Wednesday 25 November, 11:00, working time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import update

from osm.base.database import db
from osm.base.transaction import transaction
from osm.jobs import lanes, running
from osm.models import Event, Reminder, ReminderMark, User
from osm.regulation.control import MailMode
from osm.reminders.acts import mailing
from osm.reminders.acts.due import read_log
from osm.settings.environment import MailSettings, Security
from tests.desk import NOW

from .mailbox import Mailbox

Told = Callable[..., list[str]]


@pytest.fixture
def reminded(app, desk) -> Told:
    """`reminded("boris")`: read the log, then the kinds of his reminders in order; `now`: at another time."""

    def reminded(login: str, now=NOW) -> list[str]:
        read_log(now)
        kinds = select_kinds(desk.ids[login])
        db.session.rollback()
        return kinds

    return reminded


def select_kinds(person: int) -> list[str]:
    found = db.select(Reminder.kind).where(Reminder.recipient_id == person).order_by(Reminder.at, Reminder.id)
    return list(db.session.scalars(found))


@pytest.fixture
def from_here(desk) -> Callable[[], None]:
    """`from_here()`: read the log so far and drop its reminders."""

    def skip() -> None:
        with transaction() as session:
            last = session.scalar(db.select(db.func.max(Event.id)))
            session.merge(ReminderMark(id=1, event_id=last))

    return skip


@pytest.fixture
def mailbox(app, desk) -> Iterator[Mailbox]:
    """A real server on loopback that accepts the letters of the desk; everybody of the cast has an address."""
    settings = app.extensions["osm"].settings
    box = Mailbox()
    with transaction() as session:
        for login, person in desk.ids.items():
            session.execute(update(User).where(User.id == person).values(email=f"{login}@example.ru"))
    mail = MailSettings("127.0.0.1", box.port, Security.NONE, "osm@example.ru", base_url="https://osm.example.ru")
    app.extensions["osm"].settings = replace(settings, mail=mail)
    yield box
    app.extensions["osm"].settings = settings
    box.stop()


@pytest.fixture(autouse=True)
def _nothing_remembered(app) -> None:
    for memory in (mailing.PAUSED, mailing.TAKEN, mailing.TROUBLES, lanes.DONE_AT, running.SINCE):
        memory.forget(app)


@pytest.fixture
def wants(desk) -> Callable[[str, MailMode], None]:
    """`wants("boris", MailMode.DIGEST)`."""

    def wants(login: str, mode: MailMode) -> None:
        with transaction() as session:
            session.execute(update(User).where(User.id == desk.ids[login]).values(mail_mode=mode))

    return wants
