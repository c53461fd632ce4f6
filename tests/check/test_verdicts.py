"""Texts are checked after entry (П.17): proposed, answered once, judged again when the text changes, kept otherwise."""

from __future__ import annotations

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.check.acts import due, verdicts
from osm.check.queries import pieces, verdict_on
from osm.messages.acts import closing
from osm.models import Decision, FindingAnswer, FindingReply, Message, MessageVerdict, ReadingKind
from osm.regulation.errors import MissingInput, StaleVersion
from tests.office import at

NOW = at("20.03 12:00")
RUDE = "Вы там все сволочи, когда дорогу сделаете?"


def checked(office, text: str) -> Message:
    message = office.incident("20.03 10:00", text=text)
    verdicts.read_due(NOW)
    return message


def verdict(message: Message) -> MessageVerdict:
    db.session.rollback()
    return db.session.get_one(MessageVerdict, message.id, populate_existing=True)


def answers() -> set[tuple[str, FindingReply]]:
    return {(row.category, row.reply) for row in db.session.scalars(db.select(FindingAnswer))}


@pytest.mark.parametrize(
    ("text", "decision", "grounds"),
    [
        ("Спасибо, свет во дворе дали", Decision.PASS, ()),
        (RUDE, Decision.EXCLUDE, ("insult",)),
        ("Эта сосулька кого-нибудь убьёт", Decision.PASS, ()),
    ],
)
def test_a_new_message_is_judged_by_the_worker(office, text, decision, grounds):
    message = checked(office, text)
    found = verdict_on(verdict(message), text, verdicts.digest(text))
    assert (found.decision, found.grounds) == (decision, grounds)
    assert all(text[one.start : one.end] == one.fragment for one in found.findings)
    assert "".join(piece.text for piece in pieces(text, found)) == text


def test_wrongly_marked_removes_the_marks_and_is_counted(office):
    message = checked(office, RUDE)
    row = verdict(message)
    verdicts.reply_to_findings(message.id, row.version, reply=FindingReply.WRONG, actor=office.anna, now=NOW)
    assert answers() == {("insult", FindingReply.WRONG)}
    found = verdict_on(verdict(message), RUDE, verdicts.digest(RUDE))
    assert [piece.found for piece in pieces(RUDE, found)] == [()]


def test_answering_in_spite_of_a_ground_wants_a_reason(office, answers_marked):
    message = checked(office, RUDE)
    with pytest.raises(MissingInput):
        verdicts.reply_to_findings(message.id, 1, reply=FindingReply.ANSWERED, reason=" ", actor=office.anna, now=NOW)
    assert answers() == set()
    verdicts.reply_to_findings(
        message.id, 1, reply=FindingReply.ANSWERED, reason="Вопрос по существу", actor=office.anna, now=NOW
    )
    assert verdict(message).reply is FindingReply.ANSWERED


def test_two_people_answer_one_wins(office, answers_marked):
    message = checked(office, RUDE)
    verdicts.reply_to_findings(message.id, 1, reply=FindingReply.WRONG, actor=office.anna, now=NOW)
    with pytest.raises(StaleVersion):
        verdicts.reply_to_findings(
            message.id, 1, reply=FindingReply.ANSWERED, reason="Вопрос", actor=office.vera, now=NOW
        )
    assert verdict(message).reply is FindingReply.WRONG


def test_an_exclusion_with_the_same_ground_says_that_the_mark_was_right(office):
    message = checked(office, RUDE)
    closing.exclude_message(message.id, 1, ground="insult", note="сволочи", actor=office.anna, now=NOW)
    assert answers() == {("insult", FindingReply.EXCLUDED)}


def test_an_exclusion_with_another_ground_says_nothing_of_the_mark(office):
    message = checked(office, RUDE)
    closing.exclude_message(message.id, 1, ground="spam", note="", actor=office.anna, now=NOW)
    assert answers() == set()


@pytest.mark.parametrize(
    ("ground", "text_later", "reply"),
    [
        ("insult", RUDE, FindingReply.EXCLUDED),
        ("spam", RUDE, None),
        ("insult", f"{RUDE} Негодяи вы!", None),  # an export changed the words after the exclusion
    ],
)
def test_excluded_before_the_check_the_same_ground_has_answered_it(office, ground, text_later, reply):
    message = office.incident("20.03 10:00", text=RUDE)
    closing.exclude_message(message.id, 1, ground=ground, note="", actor=office.anna, now=at("20.03 11:00"))
    with transaction() as session:
        session.get_one(Message, message.id).text = text_later
    verdicts.read_due(NOW)
    assert verdict(message).reply is reply
    assert answers() == ({("insult", FindingReply.EXCLUDED)} if reply else set())
    if reply:
        assert verdict(message).replied_by_id == office.anna.id


def test_read_again_the_answer_stays_unless_the_text_has_changed(office):
    message = checked(office, RUDE)
    verdicts.reply_to_findings(message.id, 1, reply=FindingReply.WRONG, actor=office.anna, now=NOW)
    for text, reply in ((RUDE, FindingReply.WRONG), (RUDE + " Негодяи вы!", None)):
        with transaction() as session:
            session.get_one(Message, message.id).text = text
            due.enqueue([message.id], [ReadingKind.VERDICT])
        assert verdicts.read_due(NOW) == 1
        assert verdict(message).reply is reply


def test_a_changed_text_shows_no_old_marks(office):
    message = checked(office, RUDE)
    assert verdict_on(verdict(message), "Другой текст", verdicts.digest("Другой текст")) is None
