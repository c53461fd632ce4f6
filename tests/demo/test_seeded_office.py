"""What the demonstration holds on a Wednesday morning: consistent history, versions, files, people."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from PIL import Image

from osm.base.database import db
from osm.check.acts.due import evidence_digest
from osm.demo.office import seed
from osm.files.acts.files import stored_path
from osm.flow.acts.clocks import in_force
from osm.imports.queries.editions import count_not_in_source
from osm.login.acts.passwords import password_matches
from osm.models import (
    AnswerGroup,
    Attachment,
    Deadline,
    Draft,
    DraftState,
    DraftText,
    Event,
    Evidence,
    Followup,
    Origin,
    Purpose,
    Reply,
    Topic,
    User,
)
from osm.regulation.executors import PartState
from osm.regulation.words import ClockKind, DeadlineState, Importance, Role, Status

from ..databases import empty_tables
from .office import WEDNESDAY, messages, rows

pytestmark = pytest.mark.usefixtures("seeded")


@pytest.fixture(scope="module")
def seeded(_shared_app, backend):
    """Seeded once for all tests of this file: they only read."""
    app = _shared_app(backend)
    empty_tables(app)
    with app.app_context():
        yield seed(WEDNESDAY)
    empty_tables(app)


def test_there_is_work_in_every_shape(seeded):
    everything = messages()
    assert {message.network for message in everything} == {"vk", "ok", "telegram", "max", "instagram"}
    assert {message.origin for message in everything} == set(Origin)
    assert 8 <= sum(message.importance is Importance.HIGH for message in everything) <= 10
    assert sum(message.is_repeat for message in everything) >= 2
    assert seeded.messages[Status.ANSWERED] >= 5
    assert seeded.messages[Status.IN_WORK] >= 5
    assert {d.kind for d in rows(Deadline) if d.breached_at} == {
        ClockKind.ROUTE, ClockKind.DRAFT, ClockKind.APPROVE, ClockKind.REWORK, ClockKind.ANSWER, ClockKind.FINAL,
    }  # fmt: skip
    local = in_force().calendar.local
    days = {local(d.due_at).date() - local(WEDNESDAY).date() for d in rows(Deadline) if d.state is DeadlineState.OPEN}
    assert {timedelta(0), timedelta(1), timedelta(5)} <= days, "today, tomorrow and next week"


def test_drafts_have_versions_remarks_corrections_and_other_hands():
    drafts = rows(Draft)
    assert {draft.state for draft in drafts} == set(DraftState)
    assert max(draft.number for draft in drafts) >= 3
    texts = {(draft.reply_id, draft.text) for draft in drafts}
    assert len(texts) == len(drafts), "each version differs from the one before"
    assert any(draft.received_by and draft.author_id != draft.submitted_by_id for draft in drafts)
    greeting = re.compile(r"Здравствуйте|Добрый день|\w+, (?:здравствуйте|добрый день)!")
    assert all(greeting.match(draft.text) for draft in drafts if draft.state is DraftState.APPROVED)
    assert [typed.text[:12] for typed in rows(DraftText)] == ["Здравствуйте"]
    assert len(rows(Followup)) == 3


def test_no_text_keeps_a_mark_of_the_files():
    texts = [m.text for m in messages()] + [d.text + d.remarks for d in rows(Draft)]
    assert [text for text in texts if "{" in text or "\n\n" in text or text != text.strip()] == []


def test_the_history_of_each_message_is_whole_and_in_order():
    for message in messages():
        history = db.session.scalars(db.select(Event).where(Event.message_id == message.id).order_by(Event.id)).all()
        assert history[0].action == "enter"
        assert [event.at for event in history] == sorted(event.at for event in history)
        versions = [tuple(event.changes["version"]) for event in history if "version" in event.changes]
        assert versions == [(n, n + 1) for n in range(1, message.version)]
        statuses = [event.changes["status"] for event in history if "status" in event.changes]
        assert [old for old, _ in statuses[1:]] == [new for _, new in statuses[:-1]]
        assert statuses[-1][1] == message.status


def test_the_log_is_in_order_of_time_and_within_working_hours(seeded):
    log, calendar = rows(Event), in_force().calendar
    assert len(log) == seeded.events
    assert [event.at for event in log] == sorted(event.at for event in log)
    assert [event for event in log if event.actor_id and not calendar.is_working(event.at)] == []


def test_each_reply_that_is_out_was_approved_and_has_its_own_address():
    published = [reply for message in messages() for reply in message.replies if reply.published_at]
    assert len({reply.published_url for reply in published}) == len(published) >= 15
    for reply in published:
        assert reply.approved_draft.state is DraftState.APPROVED
        assert reply.approved_draft.decided_at <= reply.published_at


def test_people_can_log_in_and_work_reaches_the_topics_department(seeded):
    users = {user.login: user for user in rows(User)}
    assert {login: set(user.roles) for login, user in users.items()} == {
        "anna": {Role.CURATOR}, "vera": {Role.MODERATOR}, "dina": {Role.ADMIN}, "efim": set(),
        **{login: {Role.HEAD} for login in ("gleb", "maxim", "sveta", "tamara")},
        **{login: {Role.EXECUTOR} for login in ("boris", "lidia", "roman", "olga", "pavel", "nina", "igor")},
    }  # fmt: skip
    assert all(user.is_demo and user.is_active for user in users.values())
    for account in seeded.users:
        assert account.password == f"demo-{account.login}"
    assert password_matches(users["anna"], "demo-anna")
    assert not password_matches(users["anna"], "demo-boris")
    assert all(topic.department for topic in rows(Topic))
    for message in messages():
        active = [row.department_id for row in message.assignments if row.ended_at is None and message.topic]
        if len(active) == 1:
            assert active == [message.topic.department_id], message.text
        elif active:
            assert message.topic.department_id in active, message.text
    assert "Борис Ежов" in {row.executor.name for m in messages() for row in m.assignments if row.ended_at is None}


def test_one_message_has_two_executors_in_order_and_some_have_one_answer():
    """A newcomer sees one part that is sent and one that is open (П.14), and a common answer."""
    shared = [message for message in messages() if any(row.part_state for row in message.assignments)]
    assert [message.status for message in shared] == [Status.IN_WORK]
    stand = [(row.order_no, row.part_state, len(row.parts)) for row in shared[0].assignments]
    assert stand == [(1, PartState.SENT, 1), (2, PartState.ASKED, 0)]
    clocks = {d.state: d.assignment_id for d in shared[0].deadlines if d.kind is ClockKind.PART}
    assert clocks == {
        DeadlineState.MET: shared[0].assignments[0].id,
        DeadlineState.OPEN: shared[0].assignments[1].id,
    }
    assert len(rows(AnswerGroup)) >= 1


def test_photos_and_evidence_are_what_they_say(seeded):
    photos = rows(Attachment)
    assert {photo.purpose for photo in photos} == set(Purpose)
    assert len(photos) == 7
    for photo in photos:
        with Image.open(stored_path(photo.sha256)) as picture:
            assert (picture.format, photo.content_type) == ("JPEG", "image/jpeg")
    for evidence in rows(Evidence):
        assert evidence.sha256 == evidence_digest(evidence)


def test_old_answers_are_in_the_source_and_recent_ones_wait():
    waiting = count_not_in_source()
    entered = db.session.scalar(db.select(db.func.count(Reply.id)).where(Reply.entered_in_source_at.is_not(None)))
    assert 0 < waiting < entered
