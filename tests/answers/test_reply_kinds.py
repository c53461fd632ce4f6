"""Clarification, interim and final answers (П.8–П.13): what each moves, and which interim answers need a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osm.answers.acts import drafting, publication
from osm.answers.acts.templates import Explained, explained
from osm.approvals import acts as approval
from osm.base.database import db
from osm.base.transaction import transaction
from osm.messages.acts import closing, executors
from osm.models import InterimExplanation, Message
from osm.regulation.errors import MissingInput
from osm.regulation.words import (
    ClockKind,
    DeadlineState,
    InterimGround,
    InterimReason,
    ReplyKind,
    Status,
    interim_grounds,
)
from tests.office import OVERRIDE, Office, at, breached, events, last_deadline, running

CONTINUES = Explained(InterimReason.WORK_GOES_ON)
INTERIM, ASKED, FINAL = ReplyKind.INTERIM, ReplyKind.CLARIFICATION, ReplyKind.FINAL


def submit(office: Office, message: Message, kind: str, when: str, why: Explained | None = None) -> None:
    drafting.submit_draft(
        message.id, message.version, text="Разбираемся, ответим в пятницу.", kind=kind, confirmed=True,
        actor=office.boris, now=at(when), interim=why,
    )  # fmt: skip


def publish(office: Office, message: Message, kind: str, when: str, why: Explained | None = None) -> None:
    """Submitted at `when`, approved ten minutes later, published after twenty."""
    submit(office, message, kind, when, why)
    start = at(when)
    draft = drafting.submitted_draft(message)
    approval.approve_draft(
        message.id,
        message.version,
        draft_id=draft.id,
        override=OVERRIDE,
        actor=office.anna,
        now=start + timedelta(minutes=10),
    )
    publication.publish_by_hand(
        message.id, message.version, url="https://vk.com/wall-1_1?reply=2", published_at=None, actor=office.anna,
        now=start + timedelta(minutes=20),
    )  # fmt: skip


# --- The rule


@pytest.mark.parametrize(
    ("published", "is_repeat", "grounds"),
    [
        ((), False, ()),
        ((ASKED,), False, ()),
        ((FINAL,), False, ()),
        ((INTERIM,), False, (InterimGround.SECOND,)),
        ((INTERIM, ASKED, INTERIM), False, (InterimGround.SECOND,)),
        ((), True, (InterimGround.REPEAT,)),
        ((INTERIM,), True, (InterimGround.SECOND, InterimGround.REPEAT)),
    ],
)
def test_which_interim_answers_need_a_reason(published, is_repeat, grounds):
    assert interim_grounds(published, is_repeat=is_repeat) == grounds


# --- A second interim answer; one to a repeat


def second_in_work(office: Office) -> Message:
    message = office.routed("17.03 09:00", "17.03 09:30")
    publish(office, message, "interim", "17.03 11:00")
    publication.prepare_final(message.id, message.version, actor=office.boris, now=at("17.03 12:00"))
    return message


def repeat_in_work(office: Office) -> Message:
    message = office.routed("17.03 09:00", "17.03 09:30")
    with transaction():
        message.is_repeat = True
    return message


@pytest.mark.parametrize(
    ("prepared", "grounds"), [(second_in_work, "second"), (repeat_in_work, "repeat")], ids=["second", "repeat"]
)
def test_refused_without_a_reason_and_logged_as_a_code_with_one(office, prepared, grounds):
    message = prepared(office)
    version = message.version
    with pytest.raises(MissingInput) as refused:
        submit(office, message, "interim", "18.03 10:00")
    assert refused.value.field == "interim_reason"
    assert (message.status, message.version) == (Status.IN_WORK, version)

    submit(office, message, "interim", "18.03 10:00", Explained(InterimReason.OTHER, "ждём смету от подрядчика"))
    kept = db.session.get(InterimExplanation, message.replies[-1].id)
    assert (kept.grounds, kept.reason, kept.text) == (grounds, InterimReason.OTHER, "ждём смету от подрядчика")
    changes = events(message)[-1].changes
    assert changes["interim_reason"] == [None, "other"]
    assert "смет" not in str(changes)


@pytest.mark.parametrize("kind", ["final", "clarification"])
@pytest.mark.parametrize("prepared", [second_in_work, repeat_in_work])
def test_another_kind_needs_none(office, prepared, kind):
    message = prepared(office)
    submit(office, message, kind, "18.03 10:00")
    assert message.status is Status.ON_APPROVAL
    assert db.session.get(InterimExplanation, message.replies[-1].id) is None


def test_the_first_interim_answer_needs_none_and_keeps_none(office):
    message = office.routed("17.03 09:00", "17.03 09:30")
    submit(office, message, "interim", "17.03 11:00", CONTINUES)
    assert db.session.get(InterimExplanation, message.replies[-1].id) is None


def test_the_reason_goes_when_the_draft_comes_again_as_a_final_answer(office):
    message = second_in_work(office)
    submit(office, message, "interim", "18.03 10:00", CONTINUES)
    drafting.withdraw_draft(message.id, message.version, actor=office.boris, now=at("18.03 10:05"))
    submit(office, message, "final", "18.03 10:10")
    assert db.session.get(InterimExplanation, message.replies[-1].id) is None


@pytest.mark.parametrize(("code", "text", "given"), [("", "x", None), ("nonsense", "", None)])
def test_no_reason_was_chosen(code, text, given):
    assert explained(code, text) is given


@pytest.mark.parametrize(("code", "text"), [("other", "  "), ("work_goes_on", "я" * 1001)])
def test_words_that_are_missing_or_too_many(code, text):
    with pytest.raises(MissingInput) as refused:
        explained(code, text)
    assert refused.value.field == "interim_text"


# --- The final term stays


def reopened_draft(office: Office, message: Message) -> None:
    publication.prepare_final(message.id, message.version, actor=office.boris, now=at("18.03 09:30"))
    submit(office, message, "final", "18.03 10:00")
    draft = drafting.submitted_draft(message)
    approval.return_draft(
        message.id, message.version, draft_id=draft.id, remarks="Точнее", actor=office.anna, now=at("18.03 10:10")
    )


def clarified(office: Office, message: Message) -> None:
    publication.prepare_final(message.id, message.version, actor=office.boris, now=at("18.03 09:30"))
    publish(office, message, "clarification", "18.03 10:00")
    publication.author_answered(
        message.id, message.version, text="Дом 12", url="", actor=office.anna, now=at("18.03 15:00")
    )


def second_interim(office: Office, message: Message) -> None:
    publication.prepare_final(message.id, message.version, actor=office.boris, now=at("18.03 09:30"))
    publish(office, message, "interim", "18.03 10:00", CONTINUES)


def raised_and_lowered(office: Office, message: Message) -> None:
    executors.raise_importance(
        message.id, message.version, detected_at=None, reason="", actor=office.anna, now=at("18.03 10:00")
    )
    executors.lower_importance(message.id, message.version, reason="", actor=office.anna, now=at("18.03 11:00"))


@pytest.mark.parametrize("happens", [reopened_draft, clarified, second_interim, raised_and_lowered])
def test_nothing_moves_the_final_term_and_the_final_answer_meets_it(office, happens):
    message = office.routed("17.03 09:00", "17.03 09:30")
    publish(office, message, "interim", "17.03 11:00")
    assert running(message) == {"final": "20.03 17:00"}
    happens(office, message)
    assert running(message)["final"] == "20.03 17:00"
    assert len([d for d in message.deadlines if d.kind is ClockKind.FINAL]) == 1
    if message.status is Status.AWAITING_FINAL:
        publication.prepare_final(message.id, message.version, actor=office.boris, now=at("19.03 09:00"))
    publish(office, message, "final", "19.03 10:00")
    assert message.status is Status.ANSWERED
    assert last_deadline(message, ClockKind.FINAL).state is DeadlineState.MET
    assert running(message) == {}


# --- What the author answers


def asked(office: Office) -> Message:
    """A clarification that was published on 17.03 at 10:20."""
    message = office.routed("17.03 09:00", "17.03 09:30")
    publish(office, message, "clarification", "17.03 10:00")
    return message


def test_the_clocks_start_at_the_instant_at_which_the_author_wrote(office):
    message = asked(office)
    publication.author_answered(
        message.id, message.version, text="Дом 12", url="https://vk.com/wall-1_1?reply=3",
        written_at=at("18.03 09:30"), actor=office.anna, now=at("18.03 11:00"),
    )  # fmt: skip
    assert running(message) == {"answer": "18.03 17:18", "draft": "18.03 14:18"}
    assert (message.followups[-1].written_at, message.followups[-1].entered_at) == (
        at("18.03 09:30"),
        at("18.03 11:00"),
    )
    assert events(message)[-1].changes["restarted_at"][1].startswith("2026-03-17T23:30")


@pytest.mark.parametrize("when", ["17.03 10:19", "18.03 11:01"], ids=["before the question", "in the future"])
def test_the_author_answers_between_the_publication_and_now(office, when):
    message = asked(office)
    with pytest.raises(MissingInput) as refused:
        publication.author_answered(
            message.id, message.version, text="Дом 12", url="", written_at=at(when), actor=office.anna,
            now=at("18.03 11:00"),
        )  # fmt: skip
    assert refused.value.field == "written_at"
    assert message.status is Status.AWAITING_AUTHOR
    assert message.followups == []


def test_a_term_already_over_when_the_answer_was_entered_is_blameless(office):
    message = asked(office)
    publication.author_answered(
        message.id, message.version, text="Дом 12", url="", written_at=at("17.03 10:30"), actor=office.anna,
        now=at("19.03 11:00"),
    )  # fmt: skip
    publish(office, message, "final", "19.03 12:00")
    assert breached(message) == set()


def test_no_answer_closes_with_a_reason_only(office):
    message = asked(office)
    with pytest.raises(MissingInput):
        closing.close_without_answer(message.id, message.version, reason=" ", actor=office.anna, now=at("24.03 10:00"))
    closing.close_without_answer(
        message.id, message.version, reason="Молчит неделю", actor=office.anna, now=at("24.03 10:00")
    )
    assert message.status is Status.DISMISSED
    assert running(message) == {}
    assert breached(message) == set()
