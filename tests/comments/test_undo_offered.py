"""If a decision cannot be undone, no button offers it; if it can, no page says otherwise."""

from __future__ import annotations

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.blacklist.acts import entries
from osm.comments.acts import comments, holds
from osm.comments.acts.comments import Choice, CommentsRefused
from osm.messages.acts import routing
from osm.models import BlacklistProposal, Message
from osm.outbox.acts import orders
from osm.outbox.acts.orders import GoneOut
from osm.regulation.blacklist import CommentState, OutboxState
from tests.statements import counted

from .conftest import CIVIL, NOW, RUDE, the
from .deciding import LATER, actions, decide


def untouched(_office, _row):
    """Nothing has followed from it yet."""


def routed(office, row):
    message = db.session.get_one(Message, row.message_id)
    routing.route_message(
        message.id, message.version, executor_id=office.boris.id, task="", actor=office.anna, now=LATER
    )


def listed(office, _row):
    proposal = db.session.scalars(db.select(BlacklistProposal)).one()
    entries.approve(proposal.id, proposal.version, term="month", actor=office.anna, now=LATER)


def rejected(office, _row):
    proposal = db.session.scalars(db.select(BlacklistProposal)).one()
    entries.reject(proposal.id, proposal.version, reason="Нет", actor=office.anna, now=LATER)


def asked(_office, _row, **more):
    with transaction():
        (action,) = actions()
        action.sent_at, action.leased_until = NOW, LATER
        for name, value in more.items():
            setattr(action, name, value)


def left_to_a_person(office, row):
    asked(office, row, for_person=True, leased_until=None)


def refused(office, row):
    asked(office, row, state=OutboxState.FAILED, settled_at=NOW, leased_until=None)


def done_by_hand(office, _row):
    (action,) = actions()
    orders.mark_done_by_hand(action.id, action.version, at=None, actor=office.anna, now=LATER)


CASES = [
    (CIVIL, Choice.KEEP, "", untouched, ""),
    (CIVIL, Choice.TAKE, "", untouched, ""),
    (CIVIL, Choice.TAKE, "", routed, "с сообщением № 1/26 уже работают"),
    (RUDE, Choice.BLACKLIST, "insult", untouched, ""),
    (RUDE, Choice.BLACKLIST, "insult", rejected, ""),
    (RUDE, Choice.BLACKLIST, "insult", listed, "автор уже в чёрном списке: сначала снимите его там"),
    (RUDE, Choice.DELETE, "insult", untouched, ""),
    (RUDE, Choice.DELETE, "insult", asked, "удаление в соцсети сейчас выполняется"),
    (RUDE, Choice.DELETE, "insult", left_to_a_person, ""),
    (RUDE, Choice.DELETE, "insult", refused, ""),
    (RUDE, Choice.DELETE, "insult", done_by_hand, "удаление в соцсети выполнено"),
]


@pytest.mark.parametrize(
    ("text", "choice", "ground", "then", "words"), CASES, ids=[f"{one[1]}-{one[3].__name__}" for one in CASES]
)
def test_what_is_said_is_what_would_happen(office, add, text, choice, ground, then, words):
    (row,) = add(text)
    row = decide(office, row, choice, ground)
    then(office, row)
    row = the(row.external_id)
    said = holds.why_not([row.id]).get(row.id, "")
    assert said.replace(_number(row), "1/26") == words
    if words:
        with pytest.raises((CommentsRefused, GoneOut)):
            comments.undo(row.id, row.version, actor=office.vera, now=LATER)
    else:
        comments.undo(row.id, row.version, actor=office.vera, now=LATER)
        assert the(row.external_id).state is CommentState.WAITING
        assert holds.why_not([row.id]) == {}


def test_many_take_as_many_statements_as_one(app, office, add):
    texts = ("Когда уберут снег?", "Где автобус?", "Нет воды второй день", "Во дворе темно")
    rows = [decide(office, add(text)[0], Choice.TAKE) for text in texts]
    for row in rows:
        routed(office, row)

    def statements(ids):
        db.session.rollback()
        with counted(app) as seen:
            holds.why_not(ids)
        return len(seen)

    ids = [row.id for row in rows]
    assert statements(ids) == statements(ids[:1])


def _number(row):
    message = db.session.get(Message, row.message_id) if row.message_id else None
    return message.number if message else "—"


def test_of_two_comments_of_one_message_each_can_be_taken_back(office, add):
    post = {"network": "ok", "post_url": "https://ok.ru/group/1/topic/2"}  # a comment has no address here
    first, second = (decide(office, add(CIVIL, author=who, **post)[0], Choice.TAKE) for who in "78")
    assert first.message_id == second.message_id
    routed(office, first)
    assert holds.why_not([first.id, second.id]) == {}
