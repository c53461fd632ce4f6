"""Hand-overs and absences with real threads (П.3): one wins, the other is refused; all the work moves or none."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from flask import Flask

from osm.answers.acts import drafting
from osm.base.database import db
from osm.base.errors import NotYours
from osm.models import Absence, Assignment, Message, User
from osm.people.acts import absences, office
from osm.people.acts.absences import Given
from osm.people.acts.office import OfferChanged
from osm.people.queries.handovers import Offer, offers_on
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import Status
from tests.by_day import by_day
from tests.desk import NOW, Desk

TODAY = date(2026, 11, 25)
ROUNDS = 6

Deed = Callable[[], object]


def race(app: Flask, *deeds: Deed) -> list[Exception | None]:
    """Run all at the same instant, each in a new thread and session; return the refusal of each."""
    start = Barrier(len(deeds))

    def run(deed: Deed) -> Exception | None:
        with app.app_context():
            start.wait(10)
            try:
                deed()
            except Exception as error:
                return error
        return None

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(run, deeds))


def person(desk: Desk, login: str) -> User:
    return db.session.get_one(User, desk.ids[login])


def given(substitute_id: int | None, last: int = 27) -> Given:
    return Given("leave", TODAY, date(2026, 11, last), substitute_id)


def enter(desk: Desk, who: str, substitute: str, by: str = "anna") -> Absence:
    what = given(desk.ids[substitute])
    return absences.enter_absence(desk.ids[who], what, actor=person(desk, by), now=NOW)


def press(desk: Desk, offer: Offer, by: str) -> Deed:
    return lambda: office.hand_over(
        offer.holder_id, offer.owner_id, offer.seen, target_id=None, actor=person(desk, by), now=NOW
    )


def holders(messages: list[Message]) -> list[int]:
    """The holder of each message; fails if a message has two executors by accident."""
    db.session.rollback()
    found = []
    for message in messages:
        rows = db.session.scalars(
            db.select(Assignment.executor_id).where(Assignment.message_id == message.id, Assignment.ended_at.is_(None))
        ).all()
        assert len(rows) == 1
        found.append(rows[0])
    return found


@pytest.fixture
def offered(two_curators: Desk) -> tuple[Desk, list[Message], Absence, Offer]:
    desk = two_curators
    messages = [desk.in_status(Status.IN_WORK) for _ in range(3)]
    absence = enter(desk, "boris", "lidia")
    return desk, messages, absence, offers_on(TODAY)[0]


@pytest.mark.parametrize("_round", by_day(range(ROUNDS), 2))
def test_two_curators_confirm_at_once(app, offered, _round):
    desk, messages, _, offer = offered
    refusals = race(app, press(desk, offer, "anna"), press(desk, offer, "galina"))
    assert sorted(type(refusal).__name__ for refusal in refusals) == ["NoneType", "OfferChanged"]
    assert holders(messages) == [desk.ids["lidia"]] * 3
    ended = db.session.scalars(db.select(Assignment).where(Assignment.ended_at.is_not(None))).all()
    assert len(ended) == 3


@pytest.mark.parametrize("_round", by_day(range(ROUNDS), 2))
def test_the_executor_sends_at_the_same_moment(app, offered, _round):
    desk, messages, _, offer = offered
    one = messages[1]
    seen = one.version

    def send() -> None:
        drafting.submit_draft(
            one.id, seen, text="Готово.", kind="final", confirmed=True, actor=person(desk, "boris"), now=NOW
        )

    pressed, sent = race(app, press(desk, offer, "anna"), send)
    assert (pressed is None) != (sent is None)
    if pressed is None:
        assert isinstance(sent, StaleVersion | NotYours)
        assert holders(messages) == [desk.ids["lidia"]] * 3
    else:
        assert isinstance(pressed, OfferChanged)
        assert holders(messages) == [desk.ids["boris"]] * 3


@pytest.mark.parametrize("end", [True, False], ids=["ended", "another substitute"])
@pytest.mark.parametrize("_round", by_day(range(ROUNDS), 2))
def test_the_absence_is_changed_in_between(app, offered, end, _round):
    desk, messages, absence, offer = offered
    absence_id = absence.id

    def change() -> None:
        if end:
            absences.end_absence(absence_id, 1, actor=person(desk, "galina"), now=NOW)
        else:
            what = given(desk.ids["roman"])
            absences.edit_absence(absence_id, 1, what, actor=person(desk, "galina"), now=NOW)

    pressed, changed = race(app, press(desk, offer, "anna"), change)
    assert changed is None
    if pressed is None:
        assert holders(messages) == [desk.ids["lidia"]] * 3
    else:
        assert isinstance(pressed, OfferChanged)
        assert holders(messages) == [desk.ids["boris"]] * 3


@pytest.mark.parametrize("pairs", [(("boris", "lidia"), ("lidia", "boris")), (("boris", "lidia"), ("boris", "roman"))])
@pytest.mark.parametrize("_round", by_day(range(ROUNDS), 2))
def test_two_absences_that_exclude_each_other(app, two_curators, pairs, _round):
    desk = two_curators
    (one, other) = pairs
    refusals = race(app, lambda: enter(desk, *one), lambda: enter(desk, *other, by="galina"))
    assert sorted(type(refusal).__name__ for refusal in refusals) == ["MissingInput", "NoneType"]
    assert isinstance(next(filter(None, refusals)), MissingInput)
    db.session.rollback()
    assert db.session.scalar(db.select(db.func.count()).select_from(Absence)) == 1
