"""An undone comment takes back what it alone had brought to the proposal for the black list, in the log too."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from osm.base.database import db
from osm.blacklist.acts import entries
from osm.blacklist.acts.rows import KIND
from osm.comments.acts import comments
from osm.comments.acts.comments import Choice, Chosen, CommentsRefused
from osm.log.queries.history import edits_of
from osm.models import Author, BlacklistProposal, Comment, OutboxAction
from osm.outbox.acts import orders
from osm.regulation.blacklist import BanTerm, CommentState, ListState, OutboxKind, OutboxState
from tests.blacklist.blacklisting import excluded

from .conftest import NOW, RUDE, SPAM, THREAT, the

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def at_once(app, monkeypatch) -> None:
    """Spam bots are banned before the curator decides."""
    monkeypatch.setattr(
        app.extensions["osm"], "settings", replace(app.extensions["osm"].settings, ban_spam_at_once=True)
    )


def listed(office, row: Comment, ground: str, minutes: int = 0) -> Comment:
    """Deleted, its author proposed."""
    now = NOW + timedelta(minutes=minutes)
    comments.decide([Chosen(row.id, row.version)], Choice.BLACKLIST, ground=ground, actor=office.vera, now=now)
    return the(row.external_id)


def undo(office, row: Comment, minutes: int = 5) -> Comment:
    comments.undo(row.id, row.version, actor=office.vera, now=NOW + timedelta(minutes=minutes))
    return the(row.external_id)


def proposal() -> BlacklistProposal:
    db.session.rollback()
    return db.session.scalars(db.select(BlacklistProposal).execution_options(populate_existing=True)).one()


def proposed_now() -> tuple[str, BanTerm, BanTerm]:
    row = proposal()
    return row.ground, row.term, row.proposed_term


def bans() -> list[OutboxAction]:
    kinds = (OutboxKind.BAN, OutboxKind.UNBAN)
    rows = db.session.scalars(db.select(OutboxAction).where(OutboxAction.kind.in_(kinds)).order_by(OutboxAction.id))
    return list(rows.unique())


def author_of(row: Comment) -> int:
    return db.session.scalars(db.select(Author.id).join(Comment).where(Comment.id == row.id)).one()


def chosen_by_hand(office, author_id: int, term: str) -> None:
    """Proposed from the card of an excluded message, an insult."""
    entries.propose(excluded(office, author_id), term=term, actor=office.vera, now=NOW)


@pytest.mark.parametrize(("ground", "term"), [("insult", "three_days"), ("threat", "month")])
def test_no_ban_goes_out_for_spam_that_is_spam_no_longer(office, add, at_once, ground, term):
    """Even if the spam had made the waiting proposal more serious."""
    rude, spam = add(RUDE, SPAM)
    listed(office, rude, ground)
    spam = listed(office, spam, "spam", 1)
    assert [one.state for one in bans()] == [OutboxState.PENDING]
    undo(office, spam)
    assert [one.state for one in bans()] == [OutboxState.CANCELLED]
    assert (proposal().state, proposal().applied_at_once, proposed_now()) == (
        ListState.PENDING,
        False,
        (ground, term, term),
    )
    assert entries.run(LATER) == 0


def test_of_two_spams_one_taken_back_leaves_the_ban(office, add, at_once):
    first, second = add(SPAM, f"{SPAM} сегодня")
    listed(office, first, "spam")
    undo(office, listed(office, second, "spam", 1))
    assert ([one.state for one in bans()], proposal().applied_at_once) == ([OutboxState.PENDING], True)


def test_who_is_banned_in_the_network_by_now_is_the_curators(office, add, at_once):
    rude, spam = add(RUDE, SPAM)
    listed(office, rude, "insult")
    spam = listed(office, spam, "spam", 1)
    (ban,) = bans()
    orders.mark_done_by_hand(ban.id, ban.version, at=None, actor=office.vera, now=NOW + timedelta(minutes=2))
    with pytest.raises(CommentsRefused, match="уже заблокирован"):
        undo(office, spam)
    assert the(spam.external_id).state is CommentState.DELETED
    assert (proposal().applied_at_once, len(proposal().evidence)) == (True, 2)


def test_a_term_chosen_by_hand_comes_back_and_the_log_says_so(office, add):
    (threat,) = add(THREAT)
    chosen_by_hand(office, author_of(threat), "week")
    threat = listed(office, threat, "threat", 1)
    assert proposed_now() == ("threat", "month", "month")
    undo(office, threat)
    assert proposed_now() == ("insult", "week", "week")
    newest, raised, *_ = edits_of(KIND, proposal().id)
    assert newest.words == (
        "предложение в чёрный список пересмотрено: месяц → неделя. Решение по комментарию отменено."
    )
    assert "неделя → месяц" in raised.words
    assert newest.version == proposal().version


def test_what_remains_counts_if_graver_than_what_was_before(office, add):
    """The spam came while a threat was proposed, so it did not make the proposal more serious."""
    rude, threat, spam = add(RUDE, THREAT, SPAM)
    listed(office, rude, "insult")
    threat = listed(office, threat, "threat", 1)
    listed(office, spam, "spam", 2)
    undo(office, threat)
    assert proposed_now() == ("spam", "week", "week")


@pytest.mark.parametrize("ground", ["insult", "network_rules", "ad"])
def test_a_short_term_chosen_by_hand_yields_to_graver_offences_only(office, add, ground):
    (rude,) = add(RUDE)
    chosen_by_hand(office, author_of(rude), "day")
    listed(office, rude, ground)
    assert proposed_now() == ("insult", "day", "day")


def test_a_graver_offence_raises_the_term_chosen_by_hand(office, add):
    (spam,) = add(SPAM)
    chosen_by_hand(office, author_of(spam), "day")
    listed(office, spam, "spam")
    assert proposed_now() == ("spam", "week", "week")
