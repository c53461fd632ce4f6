"""A ban set in the network itself appears in the black list; our own ban, coming back, changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from osm.base.database import db
from osm.base.transaction import WHOLE, transaction
from osm.blacklist.acts import entries
from osm.blacklist.queries import row
from osm.comments.acts import comments
from osm.comments.acts.comments import Choice, Chosen
from osm.listening.acts import hearing
from osm.models import Account, BlacklistProposal, Comment, OutboxAction
from osm.outbox.acts import rounds
from osm.regulation.blacklist import BanTerm, CommentGround, ListState, OutboxKind, OutboxState
from tests.connections.conftest import CITIZEN
from tests.emulators.vk_world import ADMIN

WEEK = timedelta(days=7)


def hear(when):
    hearing.run(when, WHOLE)
    db.session.expire_all()


def listed():
    return list(db.session.scalars(select(BlacklistProposal).order_by(BlacklistProposal.id)))


def orders():
    found = db.session.scalars(select(OutboxAction).order_by(OutboxAction.id).execution_options(populate_existing=True))
    return [(one.kind, one.state) for one in found]


@pytest.fixture
def account(vk, connect, now):
    number = connect()
    hear(now)
    return number


def test_a_ban_set_in_the_network_is_listed_with_reason_end_author(vk, account, now):
    end = int((now + WEEK).timestamp())
    vk.world.ban(CITIZEN, ADMIN, end, reason=3)
    hear(now)
    hear(now + timedelta(minutes=1))
    (one,) = listed()
    assert (one.state, one.ground, one.term, one.laid_by) == (
        ListState.APPLIED, CommentGround.PROFANITY, BanTerm.WEEK, "Ирина Сотова",
    )  # fmt: skip
    assert (one.author_name, one.author_url) == ("Анна Тестова", f"https://vk.com/id{CITIZEN}")
    assert one.expires_at.timestamp() == end
    assert row(one.id).proposed_by == "в соцсети: Ирина Сотова"
    # VK lifts this ban when its time is over, so no person is asked to.
    entries.run(now + WEEK + timedelta(minutes=1))
    assert ([one.state for one in listed()], orders()) == ([ListState.EXPIRED], [])


def test_what_is_lifted_there_is_off_the_list(vk, account, now):
    vk.world.ban(CITIZEN, ADMIN)
    hear(now)
    vk.world.unban(CITIZEN, ADMIN)
    hear(now + timedelta(minutes=1))
    (one,) = listed()
    assert (one.state, one.lifted_at, one.term) == (ListState.LIFTED, now + timedelta(minutes=1), BanTerm.FOREVER)
    assert one.lift_reason == "Снято в самой соцсети, кем: Ирина Сотова"
    assert orders() == []


def listed_by_us(vk, office, now):
    vk.world.write(vk.world.post("Пост"), CITIZEN, "Оскорбление")
    hear(now)
    row = db.session.scalars(select(Comment)).one()
    chosen = [Chosen(row.id, row.version)]
    comments.decide(chosen, Choice.BLACKLIST, ground="insult", actor=office.vera, now=now)
    (proposal,) = listed()
    entries.approve(proposal.id, proposal.version, actor=office.anna, now=now)


@pytest.mark.parametrize("heard_first", [True, False])
def test_our_own_ban_comes_back_and_changes_nothing_nor_does_its_lifting(vk, account, office, now, heard_first):
    listed_by_us(vk, office, now)
    rounds.run("this process", now + timedelta(minutes=1), WHOLE)
    if heard_first:
        hear(now + timedelta(minutes=1))
    entries.run(now + timedelta(minutes=1))
    hear(now + timedelta(minutes=2))
    (one,) = listed()
    assert (one.state, one.laid_by, one.applied_at) == (ListState.APPLIED, "", now + timedelta(minutes=1))
    entries.lift(one.id, one.version, reason="Извинился", actor=office.anna, now=now + timedelta(minutes=3))
    rounds.run("this process", now + timedelta(minutes=4), WHOLE)
    hear(now + timedelta(minutes=4))
    (one,) = listed()
    assert (one.state, one.lift_reason) == (ListState.LIFTED, "Извинился")
    assert {state for _, state in orders()} == {OutboxState.DONE}


def test_an_order_waiting_for_a_person_is_done_when_somebody_bans_there(vk, connect, office, now):
    connect("user")
    hear(now)
    listed_by_us(vk, office, now)
    rounds.run("this process", now + timedelta(minutes=1), WHOLE)
    assert (OutboxKind.BAN, OutboxState.PENDING) in orders()
    vk.world.ban(CITIZEN, ADMIN, int((now + WEEK).timestamp()), reason=2)
    hear(now + timedelta(minutes=2))
    (one,) = listed()
    assert (one.state, one.applied_at, one.expires_at) == (
        ListState.APPLIED, now + timedelta(minutes=2), (now + WEEK).replace(microsecond=0),
    )  # fmt: skip
    assert (OutboxKind.BAN, OutboxState.DONE_BY_HAND) in orders()


def test_an_order_for_another_page_waits_on(vk, connect, office, now):
    connect("user")
    hear(now)
    listed_by_us(vk, office, now)
    rounds.run("this process", now + timedelta(minutes=1), WHOLE)
    with transaction() as session:
        other = Account(network="vk", external_id="200000002", created_at=now)
        session.add(other)
        session.flush()
        session.scalars(select(Comment)).one().account_id = other.id  # he was heard there last
    vk.world.ban(CITIZEN, ADMIN, int((now + WEEK).timestamp()), reason=2)
    hear(now + timedelta(minutes=2))
    assert (OutboxKind.BAN, OutboxState.PENDING) in orders()
