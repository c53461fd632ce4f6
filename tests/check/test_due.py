"""The queue of readings: changes of a message enter it, a lease covers each, it is done once, never lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osm.answers.acts import publication
from osm.approvals import acts as approval
from osm.base.database import db
from osm.base.transaction import transaction
from osm.check.acts import due
from osm.models import DueReading, ReadingKind
from tests.office import OVERRIDE, at

SEARCH = ReadingKind.SEARCH
NOW = at("17.03 09:00")


def queued(kind: ReadingKind = SEARCH) -> set[int]:
    db.session.rollback()
    return set(db.session.scalars(db.select(DueReading.message_id).where(DueReading.kind == kind)))


def empty_queue() -> None:
    with transaction() as session:
        session.execute(db.delete(DueReading))


def queue_again(message, *kinds: ReadingKind) -> None:
    with transaction():
        due.enqueue([message.id], kinds or [SEARCH])


class Reader:
    """Remembers what it read; raises for texts in `broken`."""

    def __init__(self) -> None:
        self.read: list[list[int]] = []
        self.written: list[int] = []
        self.broken: set[int] = set()
        self.between = lambda: None

    def __call__(self, ids):
        self.read.append(list(ids))
        if self.broken & set(ids):
            raise ValueError("cannot be read")
        self.between()
        return lambda: self.written.extend(ids)


def test_a_new_message_has_all_readings_of_new_messages(office):
    message = office.incident("17.03 09:00")
    assert {kind for kind in ReadingKind if message.id in queued(kind)} == due.ON_ENTRY


def test_each_act_that_changes_a_text_queues_the_search_again(office):
    message = office.routed("17.03 09:00", "17.03 09:10")
    empty_queue()
    draft = office.submitted(message, "17.03 10:00")
    assert queued() == {message.id}
    empty_queue()
    approval.correct_and_approve(
        message.id,
        message.version,
        draft_id=draft.id,
        text="Другой ответ.",
        override=OVERRIDE,
        actor=office.anna,
        now=at("17.03 10:10"),
    )
    assert queued() == {message.id}
    empty_queue()
    office.published(message, "17.03 10:20")
    publication.reopen_message(
        message.id, message.version, text="Яма опять на месте", url="", actor=office.anna, now=at("17.03 12:00")
    )
    assert queued() == {message.id}


def test_work_is_claimed_once_and_settled(office):
    first, second = office.incident("17.03 09:00"), office.incident("17.03 09:01")
    reader = Reader()
    assert due.work_off(SEARCH, reader, limit=10, now=NOW) == 2
    assert reader.written == [first.id, second.id]
    assert queued() == set()
    assert due.work_off(SEARCH, reader, limit=10, now=NOW) == 0


def test_the_newest_may_come_first(office):
    ids = [office.incident("17.03 09:00").id for _ in range(3)]
    reader = Reader()
    due.work_off(SEARCH, reader, limit=2, now=NOW, newest_first=True)
    assert reader.written == [ids[2], ids[1]]


def test_two_workers_never_read_the_same_at_once(office):
    office.incident("17.03 09:00")
    assert len(due.claim(SEARCH, 10, now=NOW)) == 1
    assert due.claim(SEARCH, 10, now=NOW + timedelta(seconds=59)) == []


def test_what_a_crash_left_is_read_ever_more_seldom(office):
    office.incident("17.03 09:00")
    now = NOW
    for minutes in (1, 2, 4, 8, 16, 32, 60, 60):
        assert len(due.claim(SEARCH, 10, now=now)) == 1
        assert due.claim(SEARCH, 10, now=now + timedelta(minutes=minutes, seconds=-1)) == []
        now += timedelta(minutes=minutes)


def test_a_lease_that_a_wrong_clock_gave_does_not_last_for_ever(office):
    office.incident("17.03 09:00")
    assert due.claim(SEARCH, 10, now=NOW + timedelta(days=400))
    assert due.claim(SEARCH, 10, now=NOW)


def test_what_changes_while_it_is_read_stays_queued(office):
    message = office.incident("17.03 09:00")
    reader = Reader()
    reader.between = lambda: queue_again(message)
    due.work_off(SEARCH, reader, limit=10, now=NOW)
    assert queued() == {message.id}
    reader.between = lambda: None
    assert due.work_off(SEARCH, reader, limit=10, now=NOW) == 1
    assert queued() == set()


def test_work_ending_after_its_lease_writes_and_settles_nothing_newer(office):
    """A slow process: another one has read the message, and the text has changed after that."""
    message = office.incident("17.03 09:00")
    empty_queue()
    queue_again(message)
    late = due.claim(SEARCH, 10, now=NOW)
    in_time = due.claim(SEARCH, 10, now=NOW + due.LEASE)
    with transaction():
        due.settle(SEARCH, late)
        assert not due._are_queued(SEARCH, late, DueReading)
        due.settle(SEARCH, in_time)
    assert queued() == set()
    queue_again(message)
    with transaction():
        due.settle(SEARCH, late)
    assert queued() == {message.id}


def test_one_that_cannot_be_read_holds_up_no_other_and_rests(office, caplog):
    good, bad = office.incident("17.03 09:00"), office.incident("17.03 09:01")
    reader = Reader()
    reader.broken = {bad.id}
    assert due.work_off(SEARCH, reader, limit=10, now=NOW) == 1
    assert reader.written == [good.id]
    assert queued() == {bad.id}
    assert "reading failed" in caplog.text
    assert due.work_off(SEARCH, reader, limit=10, now=NOW) == 0
    reader.broken = set()
    assert due.work_off(SEARCH, reader, limit=10, now=NOW + due.LEASE) == 1


def test_a_result_that_cannot_be_written_leaves_the_reading_queued(office):
    message = office.incident("17.03 09:00")

    def refuse():
        raise ValueError("cannot be written")

    assert due.work_off(SEARCH, lambda ids: refuse, limit=10, now=NOW) == 0
    assert queued() == {message.id}


def test_kinds_are_separate_queues(office):
    message = office.incident("17.03 09:00")
    empty_queue()
    queue_again(message, ReadingKind.REPEATS, ReadingKind.VERDICT)
    assert due.claim(SEARCH, 10, now=NOW) == []
    assert len(due.claim(ReadingKind.REPEATS, 10, now=NOW)) == 1
    assert queued(ReadingKind.VERDICT) == {message.id}


@pytest.mark.parametrize(("at_most", "counted"), [(2, 2), (10, 3)])
def test_counting_ends_at_its_limit(office, at_most, counted):
    for _ in range(3):
        office.incident("17.03 09:00")
    assert due.count_queued(SEARCH, at_most) == counted


def test_what_an_ended_worker_had_claimed_is_free_at_once(office):
    message = office.incident("17.03 09:00")
    empty_queue()
    queue_again(message)
    assert due.claim(SEARCH, 10, now=NOW)
    assert due.claim(SEARCH, 10, now=NOW) == []
    assert due.release_all() == 1
    assert [one.subject_id for one in due.claim(SEARCH, 10, now=NOW)] == [message.id]
    empty_queue()
    assert due.release_all() == 0
