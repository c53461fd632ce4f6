"""A ban that ends: the network lifts it, or a person has to."""

from __future__ import annotations

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.blacklist.acts import entries
from osm.models import OutboxAction
from osm.regulation.blacklist import OutboxKind, OutboxState

from .blacklisting import DAY, NOW, allow_at_once, comment, listed_in, orders


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
