"""«Отправить» of a one-time link pressed twice at once: one answer is kept, the other person reads that it is shut."""

from __future__ import annotations

from functools import partial

import pytest

from osm.base.database import db
from osm.models import NeighbourQuestion, User
from osm.neighbours.acts import answering, asking
from osm.regulation.words import Status
from tests.desk import NOW
from tests.neighbours.conftest import ask, body, send
from tests.races.test_handover_races import race

__all__ = ["ask", "body", "send"]


@pytest.fixture
def out(desk, ask, send) -> NeighbourQuestion:
    return send(ask(desk.in_status(Status.IN_WORK), way="link"))


def test_two_sends_at_once_keep_one_answer(app, out):
    answering.enter_code(asking.token_of(out.mark), asking.code_for(out.mark), NOW)
    question_id, mark = out.id, out.mark
    db.session.rollback()
    deeds = [
        partial(answering.receive, question_id, mark, text=one, photos=[], now=NOW) for one in ("первый", "второй")
    ]
    ends = race(app, *deeds)
    db.session.rollback()
    assert sorted(str(type(end)) for end in ends) == sorted([str(type(None)), str(answering.Shut)])
    won = ("первый", "второй")[ends.index(None)]
    assert db.session.get_one(NeighbourQuestion, question_id).answer == won


def test_wrong_codes_at_once_are_all_counted(app, out):
    token, wrong = asking.token_of(out.mark), f"{(int(asking.code_for(out.mark)) + 1) % 10**6:06}"
    question_id = out.id
    db.session.rollback()
    race(app, *(partial(answering.enter_code, token, wrong, NOW) for _ in range(5)))
    db.session.rollback()
    row = db.session.get_one(NeighbourQuestion, question_id)
    assert (row.wrong_codes, str(row.state)) == (5, "closed")


def test_withdrawn_while_it_is_sent_one_of_both_is_refused(app, desk, out):
    answering.enter_code(asking.token_of(out.mark), asking.code_for(out.mark), NOW)
    db.session.rollback()
    question_id, mark, anna = out.id, out.mark, desk.anna.id
    version = db.session.get_one(NeighbourQuestion, question_id).version
    db.session.rollback()

    def withdraw() -> None:
        asking.withdraw(question_id, version, actor=db.session.get_one(User, anna), now=NOW)

    ends = race(app, withdraw, partial(answering.receive, question_id, mark, text="ответ", photos=[], now=NOW))
    db.session.rollback()
    assert sum(end is None for end in ends) == 1
    row = db.session.get_one(NeighbourQuestion, question_id)
    assert (str(row.state), row.answer) in {("withdrawn", ""), ("answered", "ответ")}
