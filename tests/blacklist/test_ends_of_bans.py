"""A ban that ends: the network lifts it, or a person has to."""

from __future__ import annotations

from datetime import datetime

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.blacklist.acts import bans, entries
from osm.models import BlacklistProposal, OutboxAction
from osm.regulation.blacklist import ListState, OutboxKind, OutboxState

from .blacklisting import DAY, NOW, again, allow_at_once, comment, listed_in, orders


@pytest.fixture(autouse=True)
def _settings_as_they_were(app):
    kept = app.extensions["osm"].settings
    yield
    app.extensions["osm"].settings = kept


@pytest.mark.parametrize("network", ["ok", "telegram", "max"])
def test_without_terms_in_the_network_the_end_is_a_task(office, network):
    listed_in(office, network)
    entries.expire_due(NOW + 3 * DAY)
    assert orders()[1:] == [(OutboxKind.UNBAN, OutboxState.PENDING)]


@pytest.mark.parametrize("network", ["vk", "telegram"])
def test_where_the_program_gave_the_network_the_term_its_end_is_no_task(office, network):
    listed_in(office, network)
    with transaction() as session:
        session.scalars(db.select(OutboxAction)).unique().one().state = OutboxState.DONE
    entries.expire_due(NOW + 3 * DAY)
    assert orders() == [(OutboxKind.BAN, OutboxState.DONE)]


@pytest.mark.parametrize("term", ["forever", "month"])
def test_a_shorter_term_that_the_network_lacks_ends_as_a_task(office, term):
    proposal = listed_in(office, "vk", term=term)
    entries.change_term(proposal.id, 3, term="week", reason="Извинился", actor=office.anna, now=NOW + DAY)
    entries.expire_due(NOW + 7 * DAY)
    assert orders()[1:] == [(OutboxKind.BAN, OutboxState.CANCELLED), (OutboxKind.UNBAN, OutboxState.PENDING)]


def test_another_term_is_no_task_where_the_network_counts_none(office):
    proposal = listed_in(office, "ok")
    entries.change_term(proposal.id, 3, term="week", reason="Повторил", actor=office.anna, now=NOW + DAY)
    assert orders() == [(OutboxKind.BAN, OutboxState.DONE_BY_HAND)]


def test_the_end_frees_no_author_who_was_banned_again_at_once(app, office):
    proposal = listed_in(office, "ok")
    allow_at_once(app)
    entries.propose(comment(proposal.author_id), ground="spam", at_once=True, actor=office.vera, now=NOW + DAY)
    entries.expire_due(NOW + 3 * DAY)
    assert OutboxKind.UNBAN not in {kind for kind, _ in orders()}


def listed_again(office, earlier: BlacklistProposal, term: str) -> BlacklistProposal:
    """The same author, banned for another text by hand a day later."""
    given = {"ground": "threat", "term": term, "actor": office.vera, "now": NOW + DAY}
    proposal = entries.propose(comment(earlier.author_id), **given)
    entries.approve(proposal.id, 1, actor=office.anna, now=NOW + DAY)
    return entries.mark_applied(proposal.id, 2, actor=office.anna, now=NOW + DAY)


def lifted_there() -> None:
    with transaction():
        bans.note_lifted("vk", url="https://vk.example/7", by="Кира", by_end=False, account_id=1, now=NOW + 2 * DAY)


def test_the_end_frees_an_author_whom_the_network_still_bans_by_a_lifted_ban(office):
    earlier = listed_in(office, "vk", term="week")
    later = listed_again(office, earlier, "forever")
    entries.lift(later.id, 3, reason="Ошибка", actor=office.anna, now=NOW + 2 * DAY)
    entries.expire_due(NOW + 7 * DAY)
    assert orders()[2:] == [(OutboxKind.UNBAN, OutboxState.PENDING)]


def test_a_shorter_ban_beside_a_longer_one_is_ordered_until_the_longer_one_ends(office):
    earlier = listed_in(office, "vk", term="month")
    later = listed_again(office, earlier, "day")
    ordered = db.session.scalars(db.select(OutboxAction).where(OutboxAction.proposal_id == later.id)).unique().one()
    assert ordered.ban_until == again(earlier).expires_at


def test_what_was_lifted_in_the_network_is_lifted_although_another_text_waits_for_a_decision(office):
    listed = listed_in(office, "vk", term="month")
    waiting = entries.propose(comment(listed.author_id), ground="threat", actor=office.vera, now=NOW + DAY)
    lifted_there()
    assert (again(listed).state, again(waiting).state) == (ListState.LIFTED, ListState.PENDING)


def test_an_author_freed_in_the_network_is_taken_off_the_list_whole(office):
    earlier = listed_in(office, "vk", term="week")
    later = listed_again(office, earlier, "month")
    lifted_there()
    assert (again(earlier).state, again(later).state) == (ListState.LIFTED, ListState.LIFTED)


def banned_there(until: datetime) -> BlacklistProposal:
    with transaction():
        given = {"name": "Павел", "url": "https://vk.example/7", "reason": "spam", "by": "Кира", "account_id": 1}
        bans.note_ban("vk", until=until, now=NOW, **given)
    return db.session.scalars(db.select(BlacklistProposal)).unique().one()


def test_a_shorter_term_of_a_ban_set_in_the_network_ends_as_a_task_too(office):
    row = banned_there(NOW + 7 * DAY)
    entries.change_term(row.id, row.version, term="day", reason="Извинился", actor=office.anna, now=NOW + 2 * DAY)
    entries.expire_due(NOW + 2 * DAY)
    assert orders()[1:] == [(OutboxKind.UNBAN, OutboxState.PENDING)]


def test_a_new_term_of_a_ban_set_in_the_network_leaves_it_in_force(office):
    row = banned_there(NOW + 7 * DAY)
    entries.change_term(row.id, row.version, term="month", reason="Повторил", actor=office.anna, now=NOW + DAY)
    entries.run(NOW + DAY)
    assert (again(row).state, row.applied_at) == (ListState.APPLIED, NOW)


def test_an_end_that_still_waits_frees_no_author_who_was_banned_again(office):
    earlier = listed_in(office, "ok")
    entries.expire_due(NOW + 3 * DAY)
    listed_again(office, earlier, "month")
    assert orders()[1] == (OutboxKind.UNBAN, OutboxState.CANCELLED)


def test_word_of_our_own_ban_after_it_was_lifted_here_does_not_keep_it(office):
    listed = listed_in(office, "vk")
    entries.lift(listed.id, 3, reason="Извинился", actor=office.anna, now=NOW)
    ours = db.session.scalars(db.select(OutboxAction.ban_until).where(OutboxAction.kind == OutboxKind.BAN)).one()
    assert banned_there(ours).state is ListState.LIFTED
    assert orders()[1:] == [(OutboxKind.UNBAN, OutboxState.PENDING)]
