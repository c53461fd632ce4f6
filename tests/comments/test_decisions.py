"""Keep, delete, black list, take into work, undo; several at once: all or none; what remains in the outbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from moderation import OwnWord
from osm.base.database import db
from osm.blacklist.acts import entries
from osm.check.acts import dictionary, rules, verdicts
from osm.check.acts.due import comment_digest
from osm.comments.acts import comments
from osm.comments.acts.comments import Choice, Chosen, CommentsRefused
from osm.comments.queries import comments as queries_comments
from osm.models import BlacklistProposal, Event, VerdictChange
from osm.outbox.acts import orders
from osm.outbox.acts.orders import GoneOut
from osm.regulation.blacklist import CommentGround, CommentState, ListState, OutboxState
from osm.regulation.errors import MissingInput, StaleVersion

from .conftest import CIVIL, NOW, RUDE, SPAM, THREAT, the
from .deciding import LATER, actions, answers, decide, events


def test_a_kept_comment_leaves_the_queue_and_its_marks_were_for_nothing(office, add):
    (row,) = add(RUDE)
    row = decide(office, row, Choice.KEEP)
    assert (row.state, row.version, row.decided_by.name, row.decided_at) == (
        CommentState.KEPT, 2, office.vera.name, NOW
    )  # fmt: skip
    assert answers() == {("insult", "wrong")}
    assert actions() == []
    assert events(row) == ["comment_keep"]


def test_a_deleted_comment_keeps_its_evidence_and_waits_in_the_outbox(office, add):
    (row,) = add(RUDE)
    row = decide(office, row, Choice.DELETE, "insult", "прямо в лицо")
    assert (row.state, row.ground, row.reason) == (CommentState.DELETED, CommentGround.INSULT, "прямо в лицо")
    assert row.evidence_sha256 == comment_digest(row)
    (action,) = actions()
    assert (action.kind, action.state, action.comment_id) == ("delete", OutboxState.PENDING, row.id)
    assert action.not_before - action.created_at == timedelta(seconds=10)
    assert answers() == {("insult", "excluded")}
    event = db.session.scalars(db.select(Event).where(Event.action == "comment_delete")).one()
    assert (event.clause, event.note.text) == ("Пр.2.6", "прямо в лицо")
    assert RUDE not in str(event.changes)


@pytest.mark.parametrize("choice", [Choice.DELETE, Choice.BLACKLIST])
@pytest.mark.parametrize("ground", ["", "criticism", "П.17"])
def test_criticism_without_a_ground_is_neither_deleted_nor_proposed(office, add, choice, ground):
    (row,) = add("Администрация работает плохо")
    with pytest.raises(MissingInput, match="Критика без основания не удаляется"):
        decide(office, row, choice, ground)
    assert the(row.external_id).state is CommentState.WAITING
    assert actions() == []


@pytest.mark.words
@pytest.mark.parametrize(
    ("ground", "clause"),
    [
        ("profanity", "Пр.2.6"), ("insult", "Пр.2.6"), ("threat", "Пр.2.6, П.17"),
        ("spam", "Пр.2.6"), ("ad", "Пр.2.6"), ("network_rules", "Пр.2.6"),
    ],
)  # fmt: skip
def test_every_ground_has_its_clause(office, add, ground, clause):
    (row,) = add(CIVIL)
    decide(office, row, Choice.DELETE, ground)
    assert db.session.scalars(db.select(Event).where(Event.action == "comment_delete")).one().clause == clause


def test_the_author_is_proposed_for_the_black_list_with_the_comment(office, add):
    (row,) = add(SPAM)
    row = decide(office, row, Choice.BLACKLIST, "spam")
    proposal = db.session.scalars(db.select(BlacklistProposal)).one()
    assert (proposal.state, proposal.ground, proposal.author_id) == (ListState.PENDING, "spam", row.author_id)
    assert [one.comment_id for one in proposal.evidence] == [row.id]
    comments.undo(row.id, row.version, actor=office.vera, now=LATER)
    db.session.expire_all()
    assert db.session.scalars(db.select(BlacklistProposal)).one().state is ListState.REJECTED
    assert the(row.external_id).state is CommentState.WAITING


def test_of_two_proved_comments_one_taken_back_leaves_the_proposal(office, add):
    first, second = (decide(office, row, Choice.BLACKLIST, "spam") for row in add(SPAM, f"{SPAM} сегодня"))
    comments.undo(first.id, first.version, actor=office.vera, now=LATER)
    db.session.expire_all()
    proposal = db.session.scalars(db.select(BlacklistProposal)).one()
    assert (proposal.state, [one.comment_id for one in proposal.evidence]) == (ListState.PENDING, [second.id])


def test_ground_and_term_leave_with_the_graver_comment(office, add):
    spam, threat = add(SPAM, THREAT)
    decide(office, spam, Choice.BLACKLIST, "spam")
    threat = decide(office, threat, Choice.BLACKLIST, "threat")
    proposal = db.session.scalars(db.select(BlacklistProposal)).one()
    assert (proposal.ground, proposal.term) == ("threat", "month")
    comments.undo(threat.id, threat.version, actor=office.vera, now=LATER)
    db.session.expire_all()
    proposal = db.session.scalars(db.select(BlacklistProposal)).one()
    assert (proposal.ground, proposal.term, proposal.proposed_term) == ("spam", "week", "week")


def test_what_waits_again_is_judged_by_the_rules_of_today(office, add):
    """While it was decided, a change of the words did not reach it."""
    (row,) = add("Старая бабка опять ругается у подъезда")
    row = decide(office, row, Choice.KEEP)
    dictionary.add(OwnWord("lemma", "бабка", "insult", "medium"), actor=office.anna, now=NOW)
    rules.follow()
    verdicts.read_due_comments(NOW)
    assert the(row.external_id).category is None
    comments.undo(row.id, the(row.external_id).version, actor=office.vera, now=LATER)
    verdicts.read_due_comments(LATER)
    db.session.expire_all()
    assert the(row.external_id).category == "insult"
    assert [one.comment_id for one in db.session.scalars(db.select(VerdictChange))] == [row.id]


@pytest.mark.parametrize(("ground", "banned"), [("spam", True), ("insult", False)])
def test_by_a_setting_spam_bots_are_banned_at_once_and_undo_frees(office, add, app, monkeypatch, ground, banned):
    monkeypatch.setattr(
        app.extensions["osm"], "settings", replace(app.extensions["osm"].settings, ban_spam_at_once=True)
    )
    (row,) = add(SPAM)
    row = decide(office, row, Choice.BLACKLIST, ground)
    assert [action.kind for action in actions()] == ["delete", *(["ban"] if banned else [])]
    comments.undo(row.id, row.version, actor=office.vera, now=LATER)
    assert {action.state for action in actions()} == {OutboxState.CANCELLED}
    assert db.session.scalars(db.select(BlacklistProposal)).one().state is ListState.REJECTED


def test_who_is_on_the_list_by_now_is_not_freed_by_undo(office, add):
    (row,) = add(SPAM)
    row = decide(office, row, Choice.BLACKLIST, "spam")
    proposal = db.session.scalars(db.select(BlacklistProposal)).one()
    entries.approve(proposal.id, proposal.version, actor=office.anna, now=LATER)
    assert queries_comments.histories([row.author_id], LATER)[row.author_id].listed is ListState.APPROVED
    with pytest.raises(CommentsRefused, match="уже в чёрном списке"):
        comments.undo(row.id, row.version, actor=office.vera, now=LATER)
    assert the(row.external_id).state is CommentState.DELETED


def test_without_an_author_there_is_no_proposal_and_no_deletion(office, add):
    (row,) = add(SPAM, author=None, author_name=None)
    with pytest.raises(MissingInput, match="Автор неизвестен"):
        decide(office, row, Choice.BLACKLIST, "spam")
    assert the(row.external_id).state is CommentState.WAITING


def test_undo_cancels_what_has_not_gone_out_and_forgets_the_answer(office, add):
    (row,) = add(RUDE)
    row = decide(office, row, Choice.DELETE, "insult")
    comments.undo(row.id, row.version, actor=office.anna, now=LATER)
    row = the(row.external_id)
    assert (row.state, row.ground, row.evidence_sha256, row.decided_at) == (CommentState.WAITING, None, None, None)
    assert [action.state for action in actions()] == [OutboxState.CANCELLED]
    assert answers() == set()
    row = decide(office, row, Choice.DELETE, "insult")
    assert [action.state for action in actions()] == [OutboxState.CANCELLED, OutboxState.PENDING]
    assert events(row) == ["comment_delete", "comment_undo", "comment_delete"]


def test_what_is_done_in_the_network_is_not_undone(office, add):
    (row,) = add(RUDE)
    row = decide(office, row, Choice.DELETE, "insult")
    (action,) = actions()
    orders.mark_done_by_hand(action.id, action.version, at=None, actor=office.vera, now=LATER)
    with pytest.raises(GoneOut):
        comments.undo(row.id, row.version, actor=office.vera, now=LATER)
    assert the(row.external_id).state is CommentState.DELETED
    (action,) = actions()
    orders.reopen(action.id, action.version, actor=office.vera, now=LATER)
    comments.undo(row.id, row.version, actor=office.vera, now=LATER)
    assert the(row.external_id).state is CommentState.WAITING


@pytest.mark.parametrize("minutes", [-1, 1])
def test_a_time_before_the_decision_or_in_the_future_is_refused(office, add, minutes):
    decide(office, add(RUDE)[0], Choice.DELETE, "insult")
    (action,) = actions()
    wrong = NOW + timedelta(minutes=minutes)
    with pytest.raises(MissingInput):
        orders.mark_done_by_hand(action.id, action.version, at=wrong, actor=office.vera, now=NOW)
    assert actions()[0].state is OutboxState.PENDING


def test_a_second_mark_is_reported(office, add):
    decide(office, add(RUDE)[0], Choice.DELETE, "insult")
    (action,) = actions()
    version = action.version
    orders.mark_done_by_hand(action.id, version, at=None, actor=office.vera, now=LATER)
    with pytest.raises(StaleVersion):
        orders.mark_done_by_hand(action.id, version, at=None, actor=office.anna, now=LATER)
    assert actions()[0].settled_by_id == office.vera.id


def test_two_decide_and_one_wins(office, add):
    (row,) = add(RUDE)
    decide(office, row, Choice.KEEP)
    with pytest.raises(CommentsRefused, match=r"решение уже принято: оставлен, .*\. Ничего не изменено"):
        comments.decide([Chosen(row.id, 1)], Choice.DELETE, ground="insult", actor=office.anna, now=NOW)
    assert the(row.external_id).state is CommentState.KEPT


def test_many_are_decided_with_one_reason_and_a_row_each(office, add):
    rows = add(SPAM, f"{SPAM} сегодня", f"{SPAM} завтра")
    chosen = [Chosen(row.id, row.version) for row in rows]
    done = comments.decide(chosen, Choice.DELETE, ground="spam", reason="рассылка", actor=office.vera, now=NOW)
    assert len(done) == 3
    assert [events(row) for row in rows] == [["comment_delete"]] * 3
    assert {the(row.external_id).reason for row in rows} == {"рассылка"}


def test_one_that_cannot_be_decided_leaves_all_as_they_were(office, add):
    rows = add(SPAM, CIVIL)
    decide(office, rows[1], Choice.KEEP)
    chosen = [Chosen(row.id, 1) for row in rows]
    with pytest.raises(CommentsRefused) as refused:
        comments.decide(chosen, Choice.DELETE, ground="spam", actor=office.vera, now=NOW)
    assert [one.comment_id for one in refused.value.refusals] == [rows[1].id]
    assert the(rows[0].external_id).state is CommentState.WAITING
    assert actions() == []


@pytest.mark.words
@pytest.mark.parametrize("number", [0, comments.MOST + 1])
def test_none_and_too_many_are_refused(office, number):
    with pytest.raises(MissingInput):
        comments.decide([Chosen(one, 1) for one in range(number)], Choice.KEEP, actor=office.vera, now=NOW)
