"""The black list: proposed with evidence, decided once, banned, ended or lifted; every step is in the log."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osm.base.database import db
from osm.base.errors import ServiceError
from osm.base.transaction import transaction
from osm.blacklist.acts import entries
from osm.blacklist.acts.rows import KIND
from osm.check.acts.due import evidence_digest
from osm.log.queries.history import edits_of
from osm.messages.acts import closing
from osm.models import Author, BlacklistEvidence, BlacklistProposal, Comment, Event, Evidence, OutboxAction
from osm.outbox.acts import orders as acts_orders
from osm.regulation.blacklist import BanTerm, CommentGround, ListState, OutboxKind, OutboxState
from osm.regulation.errors import MissingInput, StaleVersion

from .blacklisting import DAY, NOW, RUDE, again, allow_at_once, comment, excluded, orders, proposed


@pytest.fixture
def author(office) -> int:
    with transaction() as session:
        row = Author(network="vk", profile_url="https://vk.com/id77", name="Пётр С.")
        session.add(row)
        session.flush()
        return row.id


@pytest.fixture(autouse=True)
def _settings_as_they_were(app):
    kept = app.extensions["osm"].settings
    yield
    app.extensions["osm"].settings = kept


def test_an_excluded_message_proves_the_proposal_with_its_own_snapshot(office, author):
    closure = excluded(office, author)
    proposal = entries.propose(closure, actor=office.vera, now=NOW + timedelta(hours=1))
    (evidence,) = proposal.evidence
    assert (proposal.state, proposal.ground, proposal.term) == (ListState.PENDING, "insult", BanTerm.THREE_DAYS)
    assert (proposal.author_name, proposal.network) == ("Пётр С.", "vk")
    assert (evidence.text, evidence.sha256) == (RUDE, closure.evidence.sha256)
    assert evidence.taken_at == closure.evidence.taken_at
    assert orders() == []


def test_a_comment_is_kept_as_it_was_and_its_hash_states_it(office, author):
    row = comment(author)
    proposal = entries.propose(row, ground="spam", actor=office.vera, now=NOW)
    (evidence,) = proposal.evidence
    stated = ("text", "url", "author_name", "author_url", "published_at", "taken_at")
    assert evidence.sha256 == evidence_digest(Evidence(**{name: getattr(evidence, name) for name in stated}))
    assert (evidence.text, evidence.comment_id, proposal.term) == (row.text, row.id, BanTerm.WEEK)


def test_a_proposal_needs_a_ground(office, author):
    row = comment(author, text="Дороги ужасные, администрация не работает")
    for wrong in ("", "criticism"):
        with pytest.raises(MissingInput) as refused:
            entries.propose(row, ground=wrong, actor=office.vera, now=NOW)
        assert refused.value.field == "ground"
    assert db.session.scalars(db.select(BlacklistProposal)).all() == []


def test_an_unknown_author_cannot_be_proposed(office):
    row = comment(author_id=None)
    with pytest.raises(MissingInput) as refused:
        entries.propose(row, ground="spam", actor=office.vera, now=NOW)
    assert refused.value.field == "author"


def test_proposed_again_before_the_decision_adds_evidence_once(office, author):
    proposal = proposed(office, author)
    row = comment(author)
    for _ in range(2):
        assert entries.propose(row, ground="spam", actor=office.vera, now=NOW).id == proposal.id
    assert len(again(proposal).evidence) == 2
    assert proposal.version == 3


@pytest.mark.parametrize("also_a_comment", [False, True])
def test_an_exclusion_that_is_taken_back_proves_nothing(office, author, also_a_comment):
    closure = excluded(office, author)
    proposal = entries.propose(closure, actor=office.vera, now=NOW)
    if also_a_comment:
        entries.propose(comment(author), ground="ad", actor=office.vera, now=NOW)
    message = closure.message
    closing.restore_message(message.id, message.version, reason="Это не брань", actor=office.anna, now=NOW + DAY)
    known = again(proposal)
    if also_a_comment:
        assert (known.state, known.ground, len(known.evidence)) == (ListState.PENDING, "ad", 1)
    else:
        assert (known.state, known.decided_by_id) == (ListState.REJECTED, office.anna.id)


def test_what_is_graver_raises_the_term_that_waits_for_a_decision(office, author):
    proposal = proposed(office, author)  # an insult: three days
    row = comment(author, text="Ноги тебе переломаю, глава")
    entries.propose(row, ground="threat", actor=office.vera, now=NOW)
    known = again(proposal)
    assert (known.ground, known.term, known.proposed_term) == ("threat", BanTerm.MONTH, BanTerm.MONTH)
    entries.propose(comment(author, 2), ground="ad", actor=office.vera, now=NOW)  # of less weight: no change
    known = again(proposal)
    assert (known.ground, known.term, len(known.evidence)) == ("threat", BanTerm.MONTH, 3)


def test_only_the_curator_prolongs_a_ban_that_was_ordered_at_once(app, office, author):
    allow_at_once(app)
    proposal = entries.propose(comment(author), ground="spam", at_once=True, actor=office.vera, now=NOW)
    entries.propose(comment(author, 2), ground="threat", actor=office.vera, now=NOW)
    assert (again(proposal).ground, again(proposal).term) == ("spam", BanTerm.WEEK)


def test_each_offence_that_was_listed_raises_the_next_term(office, author):
    terms = []
    for decide in (entries.approve, entries.approve, entries.reject):
        proposal = proposed(office, author)
        terms.append(proposal.term)
        decide(proposal.id, proposal.version, reason="Решено", actor=office.anna, now=NOW)
    terms.append(proposed(office, author).term)
    # The third was rejected and does not count.
    assert terms == [BanTerm.THREE_DAYS, BanTerm.WEEK, BanTerm.MONTH, BanTerm.MONTH]


def test_a_year_later_an_offence_is_forgotten(office, author):
    proposal = proposed(office, author)
    entries.approve(proposal.id, 1, actor=office.anna, now=NOW)
    assert entries.earlier_terms(author, NOW + 364 * DAY) == [BanTerm.THREE_DAYS]
    assert entries.earlier_terms(author, NOW + 366 * DAY) == []


def test_approved_banned_and_ended(office, author):
    proposal = proposed(office, author)
    entries.approve(proposal.id, 1, term="week", reason="", actor=office.anna, now=NOW)
    assert again(proposal).state is ListState.APPROVED
    assert orders() == [(OutboxKind.BAN, OutboxState.PENDING)]
    entries.mark_applied(proposal.id, 2, actor=office.vera, now=NOW + DAY)
    assert again(proposal).expires_at == NOW + 8 * DAY
    assert orders() == [(OutboxKind.BAN, OutboxState.DONE_BY_HAND)]
    assert entries.expire_due(NOW + 8 * DAY - timedelta(seconds=1)) == 0
    assert entries.expire_due(NOW + 8 * DAY) == 1
    assert entries.expire_due(NOW + 8 * DAY) == 0
    assert again(proposal).state is ListState.EXPIRED
    assert len(orders()) == 1, "ВКонтакте lifts a ban with a term by itself"


def test_for_ever_does_not_end(office, author):
    proposal = proposed(office, author, term="forever")
    entries.approve(proposal.id, 1, actor=office.anna, now=NOW)
    entries.mark_applied(proposal.id, 2, actor=office.anna, now=NOW)
    assert again(proposal).expires_at is None
    assert entries.expire_due(NOW + 4000 * DAY) == 0


def test_the_outbox_sets_the_ban_and_the_worker_starts_the_term_once(office, author):
    proposal = proposed(office, author)
    entries.approve(proposal.id, 1, actor=office.anna, now=NOW)
    assert entries.follow_outbox(NOW) == 0
    with transaction() as session:
        action = session.scalars(db.select(OutboxAction)).unique().one()
        action.state, action.settled_at = OutboxState.DONE, NOW + timedelta(minutes=5)
        action.settled_by_id = office.vera.id
    assert entries.run(NOW + timedelta(minutes=6)) == 1
    assert entries.run(NOW + timedelta(minutes=6)) == 0
    assert again(proposal).state is ListState.APPLIED
    assert proposal.applied_at == NOW + timedelta(minutes=5)
    assert proposal.expires_at == NOW + 3 * DAY + timedelta(minutes=5)
    assert edits_of(KIND, proposal.id)[0].actor == office.vera.name


def test_the_end_of_a_term_is_the_systems(office, author):
    proposal = proposed(office, author)
    entries.approve(proposal.id, 1, actor=office.anna, now=NOW)
    entries.mark_applied(proposal.id, 2, actor=office.anna, now=NOW)
    entries.expire_due(NOW + 4 * DAY)
    assert edits_of(KIND, proposal.id)[0].actor == "система"


def test_a_mark_that_was_taken_back_stops_the_term(office, author):
    proposal = proposed(office, author)
    entries.approve(proposal.id, 1, actor=office.anna, now=NOW)
    action = db.session.scalars(db.select(OutboxAction)).unique().one()
    acts_orders.mark_done_by_hand(action.id, action.version, at=None, actor=office.vera, now=NOW + DAY)
    assert entries.run(NOW + DAY) == 1
    assert again(proposal).state is ListState.APPLIED
    acts_orders.reopen(action.id, 2, actor=office.vera, now=NOW + DAY)
    assert entries.run(NOW + DAY) == 1
    assert entries.run(NOW + DAY) == 0
    assert (again(proposal).state, proposal.applied_at, proposal.expires_at) == (ListState.APPROVED, None, None)


@pytest.mark.parametrize("banned", [False, True])
def test_lifted_before_or_after_the_ban_is_set(office, author, banned):
    proposal = proposed(office, author)
    entries.approve(proposal.id, 1, actor=office.anna, now=NOW)
    version = 2
    if banned:
        entries.mark_applied(proposal.id, 2, actor=office.anna, now=NOW)
        version = 3
    with pytest.raises(MissingInput):
        entries.lift(proposal.id, version, reason=" ", actor=office.anna, now=NOW)
    entries.lift(proposal.id, version, reason="Извинился", actor=office.anna, now=NOW)
    assert again(proposal).state is ListState.LIFTED
    ban_orders = [(OutboxKind.BAN, OutboxState.DONE_BY_HAND), (OutboxKind.UNBAN, OutboxState.PENDING)]
    assert orders() == (ban_orders if banned else [(OutboxKind.BAN, OutboxState.CANCELLED)])


def test_another_term_runs_from_the_ban_and_is_ordered_again(office, author):
    proposal = proposed(office, author)
    entries.approve(proposal.id, 1, actor=office.anna, now=NOW)
    entries.mark_applied(proposal.id, 2, actor=office.anna, now=NOW)
    entries.change_term(proposal.id, 3, term="week", reason="Повторил", actor=office.anna, now=NOW + DAY)
    assert again(proposal).expires_at == NOW + 7 * DAY
    assert orders() == [(OutboxKind.BAN, OutboxState.DONE_BY_HAND), (OutboxKind.BAN, OutboxState.PENDING)]


def test_at_once_only_where_it_is_allowed_and_only_for_spam(app, office, author):
    row = comment(author)
    with pytest.raises(MissingInput) as refused:
        entries.propose(row, ground="spam", at_once=True, actor=office.vera, now=NOW)
    assert refused.value.field == "at_once"
    allow_at_once(app)
    with pytest.raises(MissingInput):
        entries.propose(row, ground="insult", at_once=True, actor=office.vera, now=NOW)
    proposal = entries.propose(row, ground="spam", at_once=True, actor=office.vera, now=NOW)
    assert proposal.state is ListState.PENDING
    assert orders() == [(OutboxKind.BAN, OutboxState.PENDING)]


@pytest.mark.parametrize(("term", "count"), [("", 1), ("month", 2)])
def test_the_curator_reviews_what_was_banned_at_once(app, office, author, term, count):
    allow_at_once(app)
    proposal = entries.propose(comment(author), ground="spam", at_once=True, actor=office.vera, now=NOW)
    entries.mark_applied(proposal.id, 1, actor=office.vera, now=NOW)
    assert again(proposal).state is ListState.PENDING
    entries.approve(proposal.id, 2, term=term, actor=office.anna, now=NOW)
    assert again(proposal).state is ListState.APPLIED
    assert len(orders()) == count


def test_a_rejected_ban_is_taken_back(app, office, author):
    allow_at_once(app)
    proposal = entries.propose(comment(author), ground="spam", at_once=True, actor=office.vera, now=NOW)
    entries.mark_applied(proposal.id, 1, actor=office.vera, now=NOW)
    with pytest.raises(MissingInput):
        entries.reject(proposal.id, 2, reason="", actor=office.anna, now=NOW)
    entries.reject(proposal.id, 2, reason="Это подрядчик", actor=office.anna, now=NOW)
    assert orders()[-1] == (OutboxKind.UNBAN, OutboxState.PENDING)


def test_a_ban_set_a_moment_ago_is_taken_back_as_well(app, office, author):
    """The worker has not noted the ban yet; later it starts no term for a rejected entry."""
    allow_at_once(app)
    proposal = entries.propose(comment(author), ground="spam", at_once=True, actor=office.vera, now=NOW)
    action = db.session.scalars(db.select(OutboxAction)).unique().one()
    acts_orders.mark_done_by_hand(action.id, action.version, at=None, actor=office.vera, now=NOW)
    entries.reject(proposal.id, 1, reason="Это подрядчик", actor=office.anna, now=NOW)
    assert orders() == [(OutboxKind.BAN, OutboxState.DONE_BY_HAND), (OutboxKind.UNBAN, OutboxState.PENDING)]
    assert entries.run(NOW) == 0
    assert (again(proposal).state, proposal.applied_at) == (ListState.REJECTED, None)


def test_one_decision_wins(office, author):
    proposal = proposed(office, author)
    entries.approve(proposal.id, 1, actor=office.anna, now=NOW)
    with pytest.raises(StaleVersion):
        entries.reject(proposal.id, 1, reason="Нет", actor=office.anna, now=NOW)
    with pytest.raises(ServiceError):
        entries.approve(proposal.id, 2, actor=office.anna, now=NOW)


def test_the_log_holds_codes_and_no_texts(office, author):
    proposal = proposed(office, author, note="Ругается не впервые")
    entries.approve(proposal.id, 1, term="week", reason="", actor=office.anna, now=NOW)
    rows = db.session.scalars(db.select(Event).where(Event.object_kind == "blacklist_proposal").order_by(Event.id))
    told = [(row.action, row.clause, row.changes.get("term")) for row in rows.unique()]
    assert told == [
        ("propose_blacklist", "П.17", [None, "three_days"]),
        ("approve_blacklist", "П.17", ["three_days", "week"]),
    ]


def test_the_evidence_outlives_the_comment(office, author):
    row = comment(author)
    proposal = entries.propose(row, ground="spam", actor=office.vera, now=NOW)
    with transaction() as session:
        session.delete(session.get_one(Comment, row.id))
    assert [(one.text, one.comment_id) for one in again(proposal).evidence] == [("Займы без отказа", None)]
    assert db.session.scalars(db.select(BlacklistEvidence)).one().ground is CommentGround.SPAM
