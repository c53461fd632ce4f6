"""Two links of one message decided at once, with real threads: its mark of a repeat says what the links say (П.15)."""

from __future__ import annotations

from osm.base.database import db
from osm.base.transaction import transaction
from osm.messages.acts import closing
from osm.models import LinkKind, LinkState, Message, MessageLink, User
from osm.regulation.words import Status
from tests.desk import NOW

from .test_ticks import at_once

ROUNDS = 6


def test_one_is_taken_back_while_the_other_is_confirmed(app, desk):
    for _ in range(ROUNDS):
        first, second, later = (desk.in_status(Status.NEW).id for _ in range(3))
        with transaction() as session:
            session.add_all(
                MessageLink(later_id=later, earlier_id=earlier, kind=LinkKind.REPEAT, score=1, version=1)
                for earlier in (first, second)
            )
        closing.decide_link(later, first, 1, confirmed=True, actor=desk.anna, now=NOW)
        decisions = {desk.ids["anna"]: (first, 2, False), desk.ids["vera"]: (second, 1, True)}

        def decide(actor: User, later: int = later, decisions: dict = decisions) -> object:
            other, version, confirmed = decisions[actor.id]
            return closing.decide_link(later, other, version, confirmed=confirmed, actor=actor, now=NOW).id

        at_once(app, decide, list(decisions))
        db.session.rollback()
        links = {link.earlier_id: link for link in db.session.scalars(db.select(MessageLink).filter_by(later_id=later))}
        assert [links[first].state, links[second].state] == [LinkState.REJECTED, LinkState.CONFIRMED]
        assert [links[first].marks, links[second].marks] == [False, True]
        assert db.session.get_one(Message, later).is_repeat
        closing.decide_link(later, second, 2, confirmed=False, actor=desk.anna, now=NOW)
        db.session.rollback()
        assert not db.session.get_one(Message, later).is_repeat
