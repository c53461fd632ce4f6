"""What has outlived its term goes, wherever it is; numbers, figures and the proof of the log stay."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from osm.base.database import db
from osm.base.errors import ServiceError
from osm.base.transaction import Pace, transaction
from osm.base.types import Span
from osm.flow.acts.clocks import in_force
from osm.log.acts.audit import seal_events, verify_log
from osm.models import Attachment, Author, Draft, LegalHold, Message
from osm.regulation.errors import MissingInput
from osm.reports.queries.counting import EVERYTHING, read_clocks
from osm.reports.queries.figures import figures_of
from osm.reports.queries.streets import breakdowns_of
from osm.retention import queries
from osm.retention.acts import office, purge
from osm.retention.rules import Kept
from tests.conftest import MORNING
from tests.keeping.installations import Installation

from .office import LATER, dina, purge_all
from .poison import end_everything, found_in, poison


def figures() -> Any:
    calendar = in_force().calendar
    span = Span(date(2026, 1, 1), date(2026, 12, 31), calendar.tz)
    clocks = read_clocks(span, LATER, EVERYTHING)
    return figures_of(span, LATER, calendar, clocks=clocks), breakdowns_of(span, LATER, EVERYTHING, clocks)


def test_a_poisoned_copy_has_none_of_its_names_afterwards(place: Installation):
    with place.app.app_context():
        end_everything(MORNING)
        assert poison() > 60
        seal_events(MORNING)
        before = figures()
    assert len(marked := found_in(place)) > 25, marked
    with place.app.app_context():
        run = purge_all()
        assert run.counts["messages"] > 20
        seal_events(LATER)
        after = figures()
        assert verify_log(LATER + timedelta(seconds=1)).faults == []
    assert found_in(place) == set()
    assert after == before


def test_the_check_of_the_log_knows_a_purge_from_a_forgery(place: Installation):
    """What a purge did not say is a fault as ever: a note without its purge, a text that is not empty but another."""
    with place.app.app_context():
        end_everything(MORNING)
        purge_all()
        seal_events(LATER)
        assert verify_log(LATER).faults == []
        with transaction() as session:
            session.execute(update(Draft).values(text="Другой ответ", salt="1" * 32))
        assert "текст ответа" in verify_log(LATER).faults[0].words


def test_open_messages_and_what_is_on_hold_stay(place: Installation):
    """A hold of its own, of its author, an open complaint; a message at work has no term yet."""
    with place.app.app_context():
        open_ids = set(db.session.scalars(select(Message.id).where(Message.closed_at.is_(None))))
        due = queries.outlived(Kept.MESSAGES, "message", LATER - timedelta(days=1825)).order_by(None)
        over = select(Message).where(Message.id.in_(due), Message.author_id.is_not(None)).order_by(Message.id)
        rows = db.session.scalars(over).unique().all()
        mine, of_author = rows[0], next(row for row in rows if row.author_id != rows[0].author_id)
        third = next(row for row in rows if row.author_id not in (mine.author_id, of_author.author_id))
        with pytest.raises(MissingInput):
            hold("message", "нет такого")
        hold("message", mine.number)
        lifted = hold("message", third.number)
        office.set_hold("message", of_author.number, with_author=True, ground="court", document="Запрос № 1",
                        actor=dina(), now=MORNING)  # fmt: skip
        office.lift_hold(lifted.id, actor=dina(), now=MORNING)
        with pytest.raises(ServiceError):
            office.lift_hold(lifted.id, actor=dina(), now=MORNING)
        same_author = set(db.session.scalars(select(Message.id).where(Message.author_id == of_author.author_id)))
        expected = open_ids | {mine.id} | same_author
        purge_all()
        left = set(db.session.scalars(select(Message.id).where(Message.text != "", Message.recalled_at.is_(None))))
        assert left >= expected
        assert third.id not in left
        assert db.session.get(Author, of_author.author_id).name


def hold(subject: str, number: str) -> LegalHold:
    return office.set_hold(
        subject, number, with_author=False, ground="police", document="КУСП 7", actor=dina(), now=MORNING
    )


def test_the_worker_waits_for_a_person_and_then_works_each_night(place: Installation):
    night = datetime(2035, 3, 4, 18, 30, tzinfo=UTC)  # 04:30 in Vladivostok
    with place.app.app_context():
        assert purge.run(night, Pace()) == 0
        assert queries.due_counts(night)
        with pytest.raises(purge.RunUnderWay):
            purge.order(actor=dina(), now=MORNING + timedelta(days=100))
            purge.order(actor=dina(), now=MORNING + timedelta(days=100))
        while queries.open_run() is not None:
            purge.run(MORNING + timedelta(days=100), Pace())
        first = queries.last_run()
        assert first.ended_at
        assert first.ordered_by_id
        assert "messages" not in first.counts, "their term is five years"
        purge.run(night, Pace())
        second = queries.last_run()
        assert second.id != first.id
        assert second.ended_at
        assert second.ordered_by_id is None
        assert second.counts["messages"] > 5
        assert purge.run(night + timedelta(minutes=1), Pace()) == 0, "once a night"
        with pytest.raises(purge.NothingToDestroy):
            purge.order(actor=dina(), now=night)


def test_a_restored_backup_loses_again_what_was_destroyed(place: Installation, tmp_path: Path):
    with place.app.app_context():
        end_everything(MORNING)
        poison()
        seal_events(MORNING)
    place.backup(tmp_path / "before.zip")
    with place.app.app_context():
        purge_all()
        seal_events(LATER)
    place.restore(tmp_path / "before.zip", now=LATER)
    assert found_in(place) == set()
    with place.app.app_context():
        seal_events(LATER)
        assert verify_log(LATER + timedelta(minutes=1)).faults == []


def test_on_another_server_the_list_comes_with_the_backup(place: Installation, install, tmp_path: Path):
    with place.app.app_context():
        end_everything(MORNING)
        purge_all()
    place.backup(tmp_path / "after.zip")
    other = install("other")
    other.restore(tmp_path / "after.zip", now=LATER)
    assert (other.folder / "purges.jsonl").read_text() == (place.folder / "purges.jsonl").read_text()


def test_files_that_no_row_names_go_and_young_ones_stay(place: Installation):
    with place.app.app_context():
        folder = place.folder / "uploads" / "ab"
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("ab" + "0" * 62, "ab" + "1" * 62):
            (folder / name).write_bytes(b"x")
        os.utime(folder / ("ab" + "0" * 62), (0, 0))
        named = [row.sha256 for row in db.session.scalars(select(Attachment))]
        assert purge.sweep(datetime.now(UTC)) == 1
        assert [path.name for path in folder.iterdir() if path.name.startswith("ab")] == ["ab" + "1" * 62]
        assert all((place.folder / "uploads" / name[:2] / name).is_file() for name in named)


def test_terms_have_bounds(place: Installation):
    with place.app.app_context():
        for kept, days in ((Kept.MESSAGES, 0), (Kept.NOTES, 1826), (Kept.DRAFTS, None)):
            with pytest.raises(MissingInput):
                office.change_terms({kept: days}, actor=dina(), now=MORNING)
        assert office.change_terms({Kept.NOTES: 30, Kept.FILES: 1095}, actor=dina(), now=MORNING) == 1
        assert queries.terms()[Kept.NOTES] == 30
