"""Texts of answers: a sent or approved text cannot be changed in the database unnoticed."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select

from osm.approvals.acts import correct_text
from osm.base.database import db
from osm.log.acts.audit import verify_log
from osm.models import Draft, Event
from osm.regulation.words import Status
from tests.log.test_tampering import COLUMNS
from tests.office import at


@pytest.mark.parametrize("status", [Status.ON_APPROVAL, Status.APPROVED, Status.ANSWERED])
def test_a_text_changed_after_sending_or_approval_is_found(desk, log, status):
    message = desk.in_status(status)
    draft = message.replies[0].drafts[0]
    told = db.session.scalars(select(Event.id).where(Event.object_kind == "draft").order_by(Event.id)).all()
    assert verify_log(beginning()).faults == []
    for change, said in {
        f"UPDATE draft SET text = 'Яма засыпана' WHERE id = {draft.id}": "изменён",
        f"UPDATE draft SET salt = 'x' WHERE id = {draft.id}": "изменён",
    }.items():
        log.tamper(change)
        faults = verify_log(beginning()).faults
        assert [(fault.first_id, fault.words) for fault in faults] == [
            (number, f"текст ответа, о котором она говорит, потом {said}") for number in told
        ]


@pytest.mark.parametrize("given", ["never approved", "approved before"])
def test_another_version_in_the_place_of_the_approved_one_is_found(desk, log, given):
    message = desk.in_status(Status.APPROVED)
    reply = message.replies[0]
    columns = (
        "reply_id, state, came_from, author_id, submitted_by_id, submitted_at, received_by, remarks, is_correction"
    )
    log.tamper(f"INSERT INTO draft (number, text, {columns}) SELECT 9, 'Яма засыпана', {columns} FROM draft")
    other = db.session.scalars(select(Draft.id).where(Draft.number == 9)).one()
    if given == "approved before":
        log.tamper(
            f"INSERT INTO event (id, {COLUMNS}) SELECT 0, {COLUMNS.replace('object_id', str(other))} FROM event "
            "WHERE action = 'approve_draft'"
        )
    assert "подменена" not in str(verify_log(beginning()).faults)
    log.tamper(f"UPDATE reply SET approved_draft_id = {other} WHERE id = {reply.id}")
    last = db.session.scalars(select(Event.id).order_by(Event.id.desc())).first()
    found = [fault for fault in verify_log(beginning()).faults if fault.first_id > 0]
    assert [(fault.first_id, fault.words) for fault in found] == [
        (last, "у ответа на это сообщение подменена согласованная версия")
    ]


def test_a_corrected_answer_is_no_fault(desk):
    message = desk.in_status(Status.ANSWERED)
    given = {"text": "Яма засыпана 27 ноября", "reason": "Ошибка в дате"}
    correct_text(message.id, message.version, **given, actor=desk.anna, now=at("27.11 12:00"))
    assert verify_log(beginning()).faults == []


def beginning() -> datetime:
    return db.session.scalars(select(Event.at).order_by(Event.at)).first()


def test_an_older_versions_text_has_no_digest_and_no_fault(desk, log):
    desk.in_status(Status.APPROVED)
    log.tamper("UPDATE event SET changes = '{}' WHERE object_kind = 'draft'", "UPDATE draft SET text = 'x', salt = ''")
    assert verify_log(beginning()).faults == []


def test_two_equal_texts_do_not_look_equal(desk):
    first, second = (desk.in_status(Status.APPROVED).replies[0].drafts[0] for _ in range(2))
    assert first.text == second.text
    assert first.digest != second.digest
    assert all(len(draft.salt) == 32 for draft in db.session.scalars(select(Draft)))
