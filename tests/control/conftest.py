"""The desk with its leaders: Глеб is chief of staff, Максим the head, Света a deputy who supervises ЖКХ."""

from __future__ import annotations

import pytest

from osm.base.application import FixedClock
from osm.base.transaction import transaction
from osm.flow.acts.act import record_breaches
from osm.models import Department, Message, Office, Shortcoming, User, UserRole
from osm.regulation.words import Post, Role, Status
from tests.control.late import rows
from tests.desk import RECEIVED, Desk
from tests.office import at

LEADERS = {"maxim": ("Максим Северов", Post.HEAD), "sveta": ("Светлана Рощина", Post.DEPUTY_HEAD)}


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """Everybody has Gleb's password."""
    with transaction() as session:
        desk.gleb.post = Post.CHIEF_OF_STAFF
        for login, (name, post) in LEADERS.items():
            person = User(
                login=login, name=name, post=post, phone="8 (000) 000-08-10", password_hash=desk.gleb.password_hash,
                created_at=RECEIVED, role_rows=[UserRole(role=Role.HEAD)],
            )  # fmt: skip
            session.add(person)
            session.flush()
            desk.ids[login] = person.id
        housing = session.query(Department).filter_by(short_name="ЖКХ").one()
        housing.supervisor_id = desk.ids["sveta"]
        session.add(Office(id=1, letterhead="АДМИНИСТРАЦИЯ\nГОРОДА", duty_phones="2-05-05, дежурный"))
    return desk


@pytest.fixture
def message(desk: Desk) -> Message:
    """A burst pipe, routed to Борис at 10:10."""
    return desk.in_status(Status.IN_WORK, high=True, text="Прорвало трубу на Пушкинской, кипяток во дворе")


@pytest.fixture
def late(desk: Desk, clock: FixedClock) -> Shortcoming:
    """Boris's draft is late, and the late answer follows from it. It is 18:10."""
    message = desk.in_status(Status.IN_WORK)
    clock.set(at("25.11 18:10"))
    record_breaches(clock.now())
    return rows(message)[0]
