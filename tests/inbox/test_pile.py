"""«Ждёт меня» with thousands of waiting messages: only a part is read, and it is the right part."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import update

from osm.base.database import db
from osm.base.transaction import transaction
from osm.flow.acts.clocks import in_force
from osm.flow.queries import clocks as queries_clocks
from osm.flow.queries.duties import Asker, day_borders
from osm.inbox.queries import inbox, overview
from osm.inbox.queries.inbox import Rank
from osm.models import Deadline
from osm.regulation.words import Role, Status
from tests.desk import NOW, WAYS, Desk
from tests.office import at
from tests.page_reading import rows

ROLES = [frozenset({Role.CURATOR}), frozenset({Role.MODERATOR}), frozenset({Role.CURATOR, Role.EXECUTOR})]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Set how many are read; cached statements with the other number are dropped before and after."""
    statements = (inbox.near_statement, inbox.count_statement)
    for statement in statements:
        statement.cache_clear()
    yield monkeypatch
    for statement in statements:
        statement.cache_clear()


def asker(desk: Desk, roles: frozenset[Role], when: str = "") -> Asker:
    now = at(when) if when else NOW
    return Asker(desk.boris.id, None, roles, now, day_borders(now, in_force().calendar))


def test_a_pile_that_is_small_is_the_whole_list(desk, counted):
    for status in WAYS:
        desk.in_status(status)
        desk.in_status(status, high=True)
    without_calendar = desk.in_status(Status.NEW)
    with transaction() as session:
        session.execute(update(Deadline).where(Deadline.message_id == without_calendar.id).values(due_at=None))
    askers = [asker(desk, roles, when) for roles in ROLES for when in ("", "25.11 15:00", "30.11 09:00")]
    whole = [sorted(inbox.waiting_places(one)) for one in askers]
    assert all(without_calendar.id in {place.id for place in of_one if place.rank <= Rank.IN_TIME} for of_one in whole)
    counted.setattr(queries_clocks, "is_pile", lambda _statuses: True)
    assert [sorted(inbox.waiting_places(one)) for one in askers] == whole


def test_of_a_pile_each_part_of_the_day_shows_next_terms(desk, counted, anna, clock):
    old = [desk.in_status(Status.NEW) for _ in range(5)]
    asked = [desk.in_status(Status.AWAITING_AUTHOR) for _ in range(3)]
    with transaction() as session:
        for minute, message in enumerate(reversed(old)):
            due = at(f"24.11 10:0{minute}")
            session.execute(update(Deadline).where(Deadline.message_id == message.id).values(due_at=due))
    today = desk.in_status(Status.NEW)
    with transaction() as session:
        due = at("25.11 17:30")
        session.execute(update(Deadline).where(Deadline.message_id == today.id).values(due_at=due))

    counted.setattr(queries_clocks, "COUNTED", 2)
    counted.setattr(queries_clocks, "CLOCKS", 1)
    places = inbox.waiting_places(asker(desk, frozenset({Role.CURATOR})))
    found = {rank: {place.id for place in places if place.rank is rank} for rank in Rank}
    assert found[Rank.LATE] == {old[-1].id, old[-2].id}
    assert found[Rank.IN_TIME] == {today.id}
    assert found[Rank.LATER] == {message.id for message in asked[-2:]}
    top = inbox.next_waiting(asker(desk, frozenset({Role.CURATOR})))
    assert top == (today.id, today.number)
    assert [key for key in rows(anna.get("/").text) if key == f"m-{today.id}"]


def test_of_terms_that_are_level_the_first_messages_are_shown(desk, counted, clock):
    same = [desk.in_status(Status.NEW).id for _ in range(3)]
    due = db.session.scalars(db.select(Deadline.due_at)).first()
    for changed in (NOW, due):  # such a row comes after the others
        with transaction() as session:
            session.execute(update(Deadline).where(Deadline.message_id == same[0]).values(due_at=changed))
    counted.setattr(queries_clocks, "COUNTED", 2)
    counted.setattr(overview, "COUNTED", 2)
    for clocks in (1, 3):
        counted.setattr(queries_clocks, "CLOCKS", clocks)
        counted.setattr(overview, "CLOCKS", clocks)
        assert {place.id for place in inbox.waiting_places(asker(desk, frozenset({Role.CURATOR})))} == set(same[:2])
        assert [row.id for row in overview.late_messages(at("25.11 12:00")).rows] == same[:2]
        inbox.near_statement.cache_clear()


def test_what_is_beyond_the_counted_is_left_out(desk, counted, clock):
    for _ in range(3):
        desk.in_status(Status.NEW)
    counted.setattr(overview, "COUNTED", 2)
    assert overview.late_messages(at("25.11 12:00")).total == 2
