"""Two people change the black list or the dictionary in the same instant: one proposal, one decision, one entry."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask

from osm.base.database import db
from osm.base.errors import NotFound, ServiceError
from osm.base.transaction import transaction
from osm.blacklist.acts import entries
from osm.check.acts import dictionary
from osm.check.acts.verdicts import digest
from osm.models import Author, BlacklistProposal, Comment, OutboxAction, OwnEntry, User
from osm.regulation.errors import MissingInput, StaleVersion
from tests.conftest import MORNING as NOW

REFUSED = (StaleVersion, NotFound, MissingInput, ServiceError)


def at_once(app: Flask, cast: dict[str, int], acts: list[tuple[str, Callable[[User], Any]]]) -> list[str]:
    """Run the acts together; return the sorted names of the results: `done` or the refusal."""
    barrier = Barrier(len(acts))

    def run(login: str, act: Callable[[User], Any]) -> str:
        with app.app_context():
            person = db.session.get_one(User, cast[login])
            barrier.wait()
            try:
                act(person)
            except REFUSED as error:
                return type(error).__name__
            return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(lambda pair: run(*pair), acts))


@pytest.fixture
def comments(app: Flask, cast: dict[str, int]) -> list[int]:
    """Two comments of one author."""
    with app.app_context(), transaction() as session:
        author = Author(network="vk", profile_url="https://vk.com/id77", name="Пётр С.")
        rows = [
            Comment(network="vk", external_id=str(n), author=author, text=text, text_digest=digest(text), stored_at=NOW)
            for n, text in enumerate(("Займы", "Займы без отказа"))
        ]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


def propose(comment_id: int) -> Callable[[User], Any]:
    return lambda person: entries.propose(db.session.get_one(Comment, comment_id), ground="spam", actor=person, now=NOW)


def test_two_who_propose_one_author_make_one_proposal_with_both_texts(app, cast, comments):
    done = at_once(app, cast, [("vera", propose(comments[0])), ("anna", propose(comments[1]))])
    assert done == ["done", "done"]
    with app.app_context():
        proposal = db.session.scalars(db.select(BlacklistProposal)).one()
        assert sorted(one.text for one in proposal.evidence) == ["Займы", "Займы без отказа"]


def test_two_who_decide_one_wins(app, cast, comments):
    with app.app_context():
        number = propose(comments[0])(db.session.get_one(User, cast["vera"])).id
    done = at_once(
        app,
        cast,
        [
            ("anna", lambda person: entries.approve(number, 1, actor=person, now=NOW)),
            ("vera", lambda person: entries.reject(number, 1, reason="Нет", actor=person, now=NOW)),
        ],
    )
    assert done == ["StaleVersion", "done"]
    with app.app_context():
        proposal = db.session.scalars(db.select(BlacklistProposal)).one()
        orders = db.session.scalars(db.select(OutboxAction)).unique().all()
        assert len(orders) == (proposal.state == "approved")


def test_the_same_word_twice_is_one_entry(app, cast):
    word = dictionary.own_word({"kind": "lemma", "text": "прыгалка", "category": "insult"})
    add = lambda person: dictionary.add(word, actor=person, now=NOW)  # noqa: E731
    assert at_once(app, cast, [("vera", add), ("anna", add)]) == ["MissingInput", "done"]
    with app.app_context():
        assert len(db.session.scalars(db.select(OwnEntry)).all()) == 1


def test_two_who_undo_the_same_undo_it_once(app, cast):
    with app.app_context():
        word = dictionary.own_word({"kind": "lemma", "text": "прыгалка", "category": "insult"})
        change = dictionary.add(word, actor=db.session.get_one(User, cast["vera"]), now=NOW).added_id
    undo = lambda person: dictionary.undo(change, actor=person, now=NOW)  # noqa: E731
    assert at_once(app, cast, [("vera", undo), ("anna", undo)]) == ["ServiceError", "done"]
