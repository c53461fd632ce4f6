"""Texts and versions: nothing typed is written over, an approval belongs to one version (П.10–П.12, П.18)."""

from __future__ import annotations

import pytest

from osm.answers.acts import drafting
from osm.answers.queries.drafting import editor_text
from osm.approvals import acts as approval
from osm.approvals.acts import Override
from osm.base.errors import TextChangedElsewhere
from osm.models import DraftState, OverrideReason
from osm.regulation.errors import MissingInput
from osm.regulation.words import Status
from tests.office import OVERRIDE, at


def test_typed_text_is_kept_apart_for_each_person(office):
    reply = office.routed("17.03 09:00", "17.03 09:10").replies[0]
    drafting.save_text(reply.id, text="Мой", seen_at=None, actor=office.boris, now=at("17.03 09:20"))
    drafting.save_text(reply.id, text="Её", seen_at=None, actor=office.anna, now=at("17.03 09:21"))
    assert editor_text(reply.id, office.boris.id).text == "Мой"
    assert editor_text(reply.id, office.anna.id).text == "Её"


def test_a_second_window_does_not_write_over_the_first(office):
    reply = office.routed("17.03 09:00", "17.03 09:10").replies[0]
    first = drafting.save_text(reply.id, text="Раз", seen_at=None, actor=office.boris, now=at("17.03 09:20")).saved_at
    drafting.save_text(reply.id, text="Раз два", seen_at=first, actor=office.boris, now=at("17.03 09:21"))
    with pytest.raises(TextChangedElsewhere) as refused:
        drafting.save_text(reply.id, text="Раз три", seen_at=first, actor=office.boris, now=at("17.03 09:22"))
    assert refused.value.saved == "Раз два"
    assert editor_text(reply.id, office.boris.id).text == "Раз два"


def test_saving_the_same_text_again_is_no_conflict(office):
    reply = office.routed("17.03 09:00", "17.03 09:10").replies[0]
    for minute in (20, 21):
        drafting.save_text(reply.id, text="Раз", seen_at=None, actor=office.boris, now=at(f"17.03 09:{minute}"))


def test_typing_does_not_raise_the_version_of_the_message(office):
    message = office.routed("17.03 09:00", "17.03 09:10")
    version = message.version
    drafting.save_text(message.replies[0].id, text="Раз", seen_at=None, actor=office.boris, now=at("17.03 09:20"))
    assert message.version == version


def test_the_editor_opens_with_the_last_version_unless_something_newer_was_typed(office):
    message = office.routed("17.03 09:00", "17.03 09:10")
    office.submitted(message, "17.03 10:00", "Первый")
    reply = message.replies[0]
    assert editor_text(reply.id, office.boris.id).text == "Первый"
    drafting.save_text(reply.id, text="Новее", seen_at=None, actor=office.boris, now=at("17.03 10:30"))
    assert editor_text(reply.id, office.boris.id).text == "Новее"


@pytest.mark.words
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": "  "}, "text"),
        ({"text": "а" * 20_001}, "text"),
        ({"confirmed": False}, "confirmed"),
        ({"kind": "x"}, "kind"),
    ],
)
def test_a_draft_with_something_missing_is_refused_by_the_field_name(office, change, field):
    message = office.routed("17.03 09:00", "17.03 09:10")
    given = {"text": "Здравствуйте!", "kind": "final", "confirmed": True, **change}
    with pytest.raises(MissingInput) as refused:
        drafting.submit_draft(message.id, message.version, **given, actor=office.boris, now=at("17.03 10:00"))
    assert refused.value.field == field
    assert message.status is Status.IN_WORK


def test_what_the_curator_enters_for_an_executor_stays_his(office):
    message = office.routed("17.03 09:00", "17.03 09:10")
    draft = drafting.submit_for_executor(
        message.id,
        message.version,
        text="Засыпали.",
        kind="final",
        executor_id=office.boris.id,
        received_by="по телефону",
        actor=office.anna,
        now=at("17.03 10:00"),
    )
    assert (draft.author_id, draft.submitted_by_id) == (office.boris.id, office.anna.id)
    assert draft.received_by == "по телефону"


def test_it_cannot_be_entered_for_somebody_who_was_not_asked(office):
    message = office.routed("17.03 09:00", "17.03 09:10")
    with pytest.raises(MissingInput):
        drafting.submit_for_executor(
            message.id,
            message.version,
            text="Засыпали.",
            kind="final",
            executor_id=office.nina.id,
            received_by="по телефону",
            actor=office.anna,
            now=at("17.03 10:00"),
        )


def test_an_approval_needs_the_version_that_the_curator_had_before_her(office):
    message = office.routed("17.03 09:00", "17.03 09:10")
    first = office.submitted(message, "17.03 10:00", "Первый").id
    drafting.withdraw_draft(message.id, message.version, actor=office.boris, now=at("17.03 10:01"))
    office.submitted(message, "17.03 10:02", "Второй")
    with pytest.raises(MissingInput) as refused:
        approval.approve_draft(
            message.id, message.version, draft_id=first, override=OVERRIDE, actor=office.anna, now=at("17.03 10:05")
        )
    assert refused.value.field == "draft_id"
    assert message.status is Status.ON_APPROVAL


@pytest.mark.parametrize("corrected", [None, "Здравствуйте! Засыпали."])
@pytest.mark.parametrize(
    ("given", "field"),
    [
        (None, "in_spite"),
        (Override(OverrideReason.OTHER), "in_spite_text"),
        (Override(OverrideReason.HURRY, "ы" * 1001), "in_spite_text"),
    ],
)
def test_no_version_with_an_unmet_criterion_is_approved_without_a_reason(office, corrected, given, field):
    message = office.routed("17.03 09:00", "17.03 09:10")
    draft = office.submitted(message, "17.03 10:00")
    who = {"draft_id": draft.id, "override": given, "actor": office.anna, "now": at("17.03 10:05")}
    with pytest.raises(MissingInput) as refused:
        if corrected:
            approval.correct_and_approve(message.id, message.version, text=corrected, **who)
        else:
            approval.approve_draft(message.id, message.version, **who)
    assert refused.value.field == field
    assert (message.status, draft.state) == (Status.ON_APPROVAL, DraftState.SUBMITTED)
    assert len(message.replies[0].drafts) == 1


def test_the_curator_corrects_a_version_and_the_executor_still_answers_for_it(office):
    message = office.routed("17.03 09:00", "17.03 09:10")
    given = office.submitted(message, "17.03 10:00", "Засыплют 18 марта.")
    corrected = approval.correct_and_approve(
        message.id,
        message.version,
        draft_id=given.id,
        text="Здравствуйте! Засыплют 18 марта.",
        override=OVERRIDE,
        actor=office.anna,
        now=at("17.03 10:05"),
    )
    assert (corrected.number, corrected.is_correction, corrected.state) == (2, True, DraftState.APPROVED)
    assert (corrected.author_id, corrected.submitted_by_id) == (office.boris.id, office.anna.id)
    assert given.state is DraftState.CORRECTED
    assert message.replies[0].approved_draft_id == corrected.id


def test_a_correction_that_changes_nothing_approves_the_version_itself(office):
    message = office.routed("17.03 09:00", "17.03 09:10")
    given = office.submitted(message, "17.03 10:00", "Засыплют.")
    same = approval.correct_and_approve(
        message.id,
        message.version,
        draft_id=given.id,
        text="Засыплют.",
        override=OVERRIDE,
        actor=office.anna,
        now=at("17.03 10:05"),
    )
    assert same.id == given.id
    assert len(message.replies[0].drafts) == 1


def test_a_revoked_approval_is_none(office):
    message = office.routed("17.03 09:00", "17.03 09:10")
    office.submitted(message, "17.03 10:00")
    draft = office.approved(message, "17.03 10:10")
    approval.revoke_approval(
        message.id, message.version, reason="Другая улица", actor=office.anna, now=at("17.03 10:20")
    )
    assert message.status is Status.REWORK
    assert message.replies[0].approved_draft is None
    assert (draft.state, draft.remarks) == (DraftState.REVOKED, "Другая улица")


@pytest.mark.words
@pytest.mark.parametrize("remarks", ["", "  \n"])
def test_a_return_without_remarks_is_refused(office, remarks):
    message = office.routed("17.03 09:00", "17.03 09:10")
    draft = office.submitted(message, "17.03 10:00")
    with pytest.raises(MissingInput) as refused:
        approval.return_draft(
            message.id, message.version, draft_id=draft.id, remarks=remarks, actor=office.anna, now=at("17.03 10:20")
        )
    assert refused.value.field == "remarks"
