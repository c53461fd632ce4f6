"""Two people enter the same message at the same moment: real threads, one message, the other one gets the link."""

from __future__ import annotations

import threading

import pytest

from osm.base.database import db
from osm.messages.acts import entry
from osm.messages.acts.entry import AlreadyEntered
from osm.models import Author, Message, NumberSeries, User

from .desk import NOON

PAIRS = 15


@pytest.mark.parametrize("same", [True, False], ids=["the same message", "different messages of one new author"])
def test_pairs_of_entries(app, office, same):
    outcome: list[str] = []
    gate = threading.Barrier(2)
    anna = office.anna.id
    db.session.rollback()

    def enter(who: int) -> None:
        with app.app_context():
            for number in range(PAIRS):
                gate.wait()
                try:
                    entry.enter_message(
                        text=f"Яма номер {number}" + ("" if same else f" у {who}"),
                        network="vk",
                        author_name="Лидия",
                        author_url=f"https://vk.com/id900700{number}",
                        actor=db.session.get_one(User, anna),
                        now=NOON,
                    )
                    outcome.append("entered")
                except AlreadyEntered:
                    outcome.append("told")
                except Exception as error:
                    outcome.append(repr(error))

    threads = [threading.Thread(target=enter, args=(who,)) for who in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    entered = PAIRS if same else 2 * PAIRS
    assert sorted(outcome) == ["entered"] * entered + ["told"] * (2 * PAIRS - entered)
    assert db.session.query(Author).count() == PAIRS
    numbers = [int(number.removeprefix("ОСМ-")) for number in db.session.scalars(db.select(Message.number))]
    assert len(set(numbers)) == entered
    assert db.session.get_one(NumberSeries, "ОСМ").last == max(numbers) == entered
