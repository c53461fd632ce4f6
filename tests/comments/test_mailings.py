"""From a certain number on near copies count as a mailing: a person is asked to look, in any order of arrival."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from random import Random

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.check.acts import copies, verdicts
from osm.models import UNMARKED, Comment, Decision
from osm.regulation.blacklist import CommentState
from osm.regulation.words import Ground
from tests.likeness.wave import changed

from .conftest import NOW, SPAM, line, read

pytestmark = pytest.mark.usefixtures("office", "from_three")

#: The rules of the library mark nothing in it.
CALM = "Хватит терпеть и молчать, соседи, собираемся все вместе в субботу утром на площади у фонтана"


@pytest.fixture
def from_three(app, monkeypatch):
    """Three copies are a mailing."""
    monkeypatch.setattr(app.extensions["osm"], "settings", replace(app.extensions["osm"].settings, copies_mailing=3))


def wave(count: int, text: str = CALM, start: int = 1) -> None:
    chance = Random(start)
    read(*(line(id=number, text=changed(text, 0.05, chance)) for number in range(start, start + count)))


def check() -> None:
    verdicts.read_due_comments(NOW)


def copy() -> None:
    copies.read_due(NOW)


def marked() -> list[bool]:
    db.session.rollback()
    rows = db.session.scalars(db.select(Comment).order_by(Comment.id).execution_options(populate_existing=True))
    return [any(one["rule"] == copies.RULE for one in row.findings) for row in rows]


@pytest.mark.parametrize("order", list(permutations([check, copy])), ids=["checked first", "grouped first"])
def test_from_that_number_on_all_are_marked_in_any_order(order):
    wave(2)
    for step in order:
        step()
    check()
    assert marked() == [False, False]
    wave(1, start=3)
    for step in order:
        step()
    check()
    assert marked() == [True] * 3
    wave(2, start=4)
    for step in order:
        step()
    check()
    assert marked() == [True] * 5


def test_the_reason_is_said_and_a_person_looks():
    wave(3)
    copy()
    check()
    row = db.session.scalars(db.select(Comment).order_by(Comment.id)).first()
    (finding,) = row.findings
    assert (row.decision, row.category, row.state) == (Decision.REVIEW, Ground.SPAM, CommentState.WAITING)
    assert (finding["start"], finding["end"], finding["severity"]) == (0, len(row.text), "medium")
    assert finding["why"] == "Почти таких же текстов за две недели — 3 или больше: похоже на рассылку."
    assert row.rank < UNMARKED


def test_what_the_rules_exclude_stays_what_it_is():
    wave(3, text=SPAM)
    check()
    before = {row.id: (row.decision, row.rank) for row in db.session.scalars(db.select(Comment))}
    copy()
    check()
    db.session.rollback()
    rows = list(db.session.scalars(db.select(Comment)))
    assert {row.id: (row.decision, row.rank) for row in rows if before[row.id][0] is Decision.EXCLUDE} == {
        number: kept for number, kept in before.items() if kept[0] is Decision.EXCLUDE
    }
    assert any(row.decision is Decision.EXCLUDE for row in rows)
    assert marked() == [True] * 3


def test_what_was_decided_is_not_looked_at_again():
    wave(2)
    copy()
    check()
    with transaction() as session:
        kept = session.scalars(db.select(Comment).order_by(Comment.id)).first()
        kept.state, kept.decided_at = CommentState.KEPT, NOW
    wave(1, start=3)
    copy()
    check()
    assert marked() == [False, True, True]
