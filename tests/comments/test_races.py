"""Two moderators at the same instant, with real threads: no comment is held or decided twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from osm.base.database import db
from osm.comments.acts import comments, holds
from osm.comments.acts.comments import Choice, Chosen, CommentsRefused
from osm.models import Comment, Message, OutboxAction, User
from osm.regulation.words import Status

from .conftest import CIVIL, NOW, RUDE


@pytest.fixture
def both(app, office) -> Callable[[Callable[[User], Any]], list[Any]]:
    """The same by Vera and by Anna at once; what each gets, a refusal as itself."""

    def run(act: Callable[[User], Any]) -> list[Any]:
        gate = Barrier(2)

        def one(login: str) -> Any:
            with app.app_context():
                person = db.session.get_one(User, office.ids[login])
                gate.wait()
                try:
                    return act(person)
                except CommentsRefused as refused:
                    return refused

        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(one, ["vera", "anna"]))

    return run


def test_two_people_never_get_the_same(both, add):
    rows = add(*(f"{CIVIL} {number}" for number in range(30)))
    first, second = both(lambda person: holds.take([], f"page{person.id}", actor=person, now=NOW))
    assert not set(first) & set(second)
    assert set(first) | set(second) <= {row.id for row in rows}
    assert len(first) + len(second) >= 25


def test_of_two_decisions_one_wins(both, add):
    (row,) = add(RUDE)
    chosen = [Chosen(row.id, row.version)]

    def act(person: User) -> Any:
        return len(comments.decide(chosen, Choice.DELETE, ground="insult", actor=person, now=NOW))

    done = both(act)
    assert sorted(type(one).__name__ for one in done) == ["CommentsRefused", "int"]
    db.session.rollback()
    assert db.session.query(OutboxAction).count() == 1
    assert db.session.get_one(Comment, row.id).version == 2


@pytest.mark.parametrize("turn", range(3))
def test_two_comments_of_one_message_undone_at_once_free_it(both, add, office, turn):
    """Neither may rely on the other comment: each sees what the other has done."""
    post = {"network": "ok", "post_url": "https://ok.ru/group/1/topic/2"}
    rows = [add(CIVIL, author=one, **post)[0] for one in "78"]
    chosen = [Chosen(row.id, row.version) for row in rows]
    comments.decide(chosen, Choice.TAKE, actor=office.vera, now=NOW)
    of = dict(zip([office.vera.id, office.anna.id], [row.id for row in rows], strict=True))
    done = both(lambda person: comments.undo(of[person.id], 2, actor=person, now=NOW).message_id)
    assert done == [None, None]
    db.session.rollback()
    assert [one.status for one in db.session.scalars(db.select(Message)).unique()] == [Status.DISMISSED]


def test_pages_of_one_person_that_come_and_go_never_deadlock(app, office, add):
    """A tab is looked at again, another is opened, one is left: each holds and frees the same rows."""
    rows = add(*(f"{CIVIL} {number}" for number in range(20)), *(f"{RUDE} {number}" for number in range(20)))
    shown = [(row.id, row.version) for row in rows]
    gate = Barrier(3)

    def renewing(person: User, turn: int) -> None:
        holds.renew("old", shown, actor=person, now=NOW)

    def opening(person: User, turn: int) -> None:
        holds.take([], f"new{turn}", most=15, actor=person, now=NOW)

    def leaving(person: User, turn: int) -> None:
        holds.release("old", actor=person)

    def again(act: Callable[[User, int], None]) -> None:
        with app.app_context():
            person = db.session.get_one(User, office.ids["vera"])
            gate.wait()
            for turn in range(25):
                act(person, turn)

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(again, act) for act in (renewing, opening, leaving)]:
            done.result()
