"""A try holds its act while it lasts; once its lease has ended it sends and notes nothing."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from sqlalchemy import select

from osm.base.database import db
from osm.base.transaction import WHOLE, transaction
from osm.blacklist.acts import entries
from osm.models import BlacklistProposal, Connection, OutboxAction
from osm.outbox.acts import kinds as acts_kinds
from osm.outbox.acts import orders, rounds
from osm.outbox.acts.orders import GoneOut
from osm.outbox.acts.rounds import Ongoing
from osm.pages.acts import connecting
from osm.regulation.blacklist import OutboxKind, OutboxState
from tests.connections.conftest import CITIZEN
from tests.emulators.serving import Trouble
from tests.outbox import test_publishing as answering
from tests.outbox import test_sending as deleting
from tests.outbox.test_publishing import SENT
from tests.outbox.test_sending import LATER, action

asked, insult, delete, spam = answering.asked, deleting.insult, deleting.delete, deleting.spam
LONG = timedelta(minutes=4)
FAR = datetime(2100, 1, 1, tzinfo=UTC)


@contextmanager
def held_up(network, method):
    """The first request of this method waits until the block is left; yields an event, set when it has arrived."""
    arrived, released = Event(), Event()

    def always(request):
        if not arrived.is_set() and (request.path.endswith(method) or request.query.get("method") == method):
            arrived.set()
            released.wait(30)

    network.serving.always = always
    try:
        yield arrived
    finally:
        released.set()


def begin(now, owner="a process"):
    ongoing = Ongoing()
    rounds._begin(ongoing, owner, now)
    return ongoing


def end(ongoing, now):
    rounds.wait([answer for _errand, answer in ongoing.busy.values()])
    return rounds._collect(ongoing, now)


def pass_by(ongoing, seconds):
    """Make the holds of the threads so many seconds older."""
    for errand, _answer in ongoing.busy.values():
        errand.hold.renewed -= seconds


def send(now):
    return rounds.run("another process", now, WHOLE)


def test_a_long_task_stays_held_and_is_sent_by_no_other(vk, office, asked):
    message = asked(publish="auto")
    answering.approve(office, message)
    vk.world.honours_guid = False
    with held_up(vk, "wall.createComment") as arrived:
        ongoing = begin(SENT)
        assert arrived.wait(30)
        for minute in range(1, 6):
            pass_by(ongoing, acts_kinds.RENEW_SECONDS)
            rounds._renew(ongoing, SENT + timedelta(minutes=minute))
            assert rounds._begin(Ongoing(), "another process", SENT + timedelta(minutes=minute)) == 0
    assert end(ongoing, SENT + LONG) == 1
    assert send(SENT + 2 * LONG) == 0
    assert answering.answers(vk) == [answering.TEXT]


def test_a_task_held_up_past_its_lease_sends_nothing_more(vk, office, asked):
    """The machine slept: the look was answered, but the answer itself is not sent any more."""
    message = asked(publish="auto")
    answering.approve(office, message)
    vk.world.honours_guid = False
    with held_up(vk, "wall.getComments") as arrived:
        ongoing = begin(SENT)
        assert arrived.wait(30)
        pass_by(ongoing, 3600)
        vk.serving.always = lambda _asked: None
        assert send(SENT + LONG) == 1
    assert end(ongoing, SENT + LONG) == 0
    assert answering.answers(vk) == [answering.TEXT]
    assert (action().state, action().error) == (OutboxState.DONE, "")


def test_the_end_of_an_earlier_try_does_not_end_a_later_one(vk, delete, now):
    """Both have the number 1: the process of the first was believed dead."""
    delete()
    vk.serving.trouble("wall.deleteComment", Trouble.CUT_BEFORE)
    first = begin(now + LATER, "gone:1")
    rounds.wait([answer for _errand, answer in first.busy.values()])
    acts_kinds.release_of(lambda owner: owner == "gone:1")
    with held_up(vk, "wall.deleteComment") as arrived:
        second = begin(now + LATER)
        assert arrived.wait(30)
        rounds._collect(first, now + LATER)
        assert (action().try_at, action().leased_by) == (None, "a process")
        assert action().leased_until is not None
    assert end(second, now + LATER) == 1
    assert sum(vk.world.effects.values()) == 1


def test_disconnecting_a_page_leaves_its_failed_acts_to_people(vk, delete, office, now):
    comment = delete()
    with held_up(vk, "wall.deleteComment") as arrived:
        ongoing = begin(now + LATER)
        assert arrived.wait(30)
        connecting.disconnect(comment.account_id, 1, actor=office.anna, now=now + LATER)
        vk.refuse["wall.deleteComment"].append(10)
    end(ongoing, now + LATER)
    assert (action().state, action().for_person) == (OutboxState.PENDING, True)
    assert "выключили" in action().error


def test_switching_a_page_off_leaves_a_dead_processs_acts_to_people(vk, delete, office, now):
    comment = delete()
    begin(now + LATER, "dead process")
    connecting.switch(comment.account_id, 1, on=False, actor=office.anna, now=now + LONG)
    assert action().for_person


def test_a_ban_with_a_deletion_is_not_taken_back_on_the_way(ok, spam, office, now, anna):
    with held_up(ok, "discussions.deleteDiscussionComment") as arrived:
        ongoing = begin(now + LATER)
        assert arrived.wait(30)
        ban = db.session.scalars(select(OutboxAction).where(OutboxAction.kind == OutboxKind.BAN)).one()
        with pytest.raises(GoneOut), transaction():
            orders.cancel(ban, actor=office.anna, now=now + LATER)
        with pytest.raises(GoneOut):
            orders.try_again(ban.id, ban.version, actor=office.anna, now=now + LATER)
        with transaction():
            ban.leased_until = FAR  # by the clock that the page uses
        shown = anna.submit(f"/moderation/outbox/{ban.id}/again", {"version": ban.version})
        assert (shown.status_code, "это сейчас выполняется" in shown.text) == (409, True)
    assert end(ongoing, now + LATER) == 2
    assert deleting.states() == [(OutboxState.DONE, False)] * 2


@pytest.fixture
def listed(insult, office, now):
    """A person on the black list, with an ordered ban."""
    comment = insult()
    row = entries.propose(comment, ground="insult", term="month", actor=office.vera, now=now)
    return entries.approve(row.id, row.version, actor=office.anna, now=now)


def lift(row, office, now):
    row = db.session.get_one(BlacklistProposal, row.id, populate_existing=True)
    entries.lift(row.id, row.version, reason="Ошибка", actor=office.anna, now=now)


def test_a_ban_taken_back_while_it_is_being_set_is_lifted_afterwards(vk, listed, office, now):
    with held_up(vk, "groups.ban") as arrived:
        ongoing = begin(now)
        assert arrived.wait(30)
        lift(listed, office, now)
        assert rounds._begin(Ongoing(), "another process", now) == 0, "the lifting waits for the ban"
    assert end(ongoing, now) == 1
    assert (send(now), vk.world.bans) == (1, {})
    assert vk.world.effects == {("ban", str(CITIZEN)): 1, ("unban", str(CITIZEN)): 1}


def test_an_unclear_ban_that_is_taken_back_is_not_set_again(vk, listed, office, now):
    with held_up(vk, "groups.ban") as arrived:
        ongoing = begin(now)
        assert arrived.wait(30)
        lift(listed, office, now)
        vk.refuse["groups.ban"].append(10)
    end(ongoing, now)
    send(now + LATER)
    kinds = db.session.execute(select(OutboxAction.kind, OutboxAction.state).order_by(OutboxAction.id)).all()
    assert kinds == [(OutboxKind.BAN, OutboxState.CANCELLED), (OutboxKind.UNBAN, OutboxState.DONE)]
    assert vk.world.effects == {}


def test_an_unclear_ban_that_a_person_has_had_repeated_is_lifted_too(vk, listed, office, now):
    vk.serving.trouble("groups.ban", Trouble.CUT_AFTER)
    send(now)
    page = db.session.scalars(select(Connection)).one()
    for on in (False, True):
        connecting.switch(page.account_id, page.version, on=on, actor=office.anna, now=now)
    row = action()
    assert (row.for_person, len(vk.world.bans)) == (True, 1)
    orders.try_again(row.id, row.version, actor=office.anna, now=now)
    lift(listed, office, now)
    send(now + LATER)
    assert vk.world.bans == {}


def test_orders_of_another_proposal_are_not_taken_for_its_own(vk, listed, now):
    """The number is a column: «ban:1» does not also match «ban:11»."""
    (order,) = db.session.scalars(select(OutboxAction))
    assert order.proposal_id == listed.id
    with transaction():
        order.idempotency_key = "of no meaning"
    assert send(now) == 1
    assert entries.run(now) == 1
    assert db.session.get_one(BlacklistProposal, listed.id, populate_existing=True).applied_at is not None
