"""Work that ends its process is tried a few times, alone; the rest is done, and people are notified."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from osm.base.application import current_settings
from osm.base.database import db
from osm.base.transaction import WHOLE, Pace, transaction
from osm.check.acts import due
from osm.imports.acts import publishing as acts_publishing
from osm.imports.acts import work
from osm.jobs import running
from osm.keeping.acts import nightly
from osm.keeping.acts.nightly import STEPS
from osm.listening.acts import hearing
from osm.models import Comment, DueReading, Event, ImportRow, ImportRun, ImportState, OutboxAction, ReadingKind
from osm.outbox.acts import kinds, rounds, sending
from osm.outbox.acts.rounds import Ongoing
from osm.pages.acts.connecting import connect_page
from osm.regulation.blacklist import OutboxKind, OutboxState
from osm.regulation.words import Status
from tests.connections.conftest import vk
from tests.desk import NOW
from tests.emulators.vk import KEYS
from tests.forks import FORKS
from tests.imports.desk import export, rows, start, upload

__all__ = ["vk"]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes")


def send_or_die(environ, base: str, deadly: str, now) -> None:
    """One round of a worker; the deletion of this comment ends the process, as a fault of the machine does."""
    os.environ.update(environ)
    from dataclasses import replace

    from osm import create_app
    from osm.connectors.vk import VkConnector
    from osm.jobs.lease import PROCESS, is_gone

    works = VkConnector.delete
    VkConnector.delete = lambda self, target: os._exit(9) if target.id == deadly else works(self, target)
    app = create_app(with_web=False)
    app.extensions["osm"].settings = replace(app.extensions["osm"].settings, network_urls={"vk": base})
    with app.app_context():
        kinds.release_of(is_gone)
        rounds.run(PROCESS, now, WHOLE)


def test_an_act_that_ends_its_process_is_left_to_a_person_and_the_others_go_out(app, desk, vk):
    connect_page("vk", str(vk.world.group), KEYS, actor=desk.anna, now=NOW)
    hearing.run(NOW, WHOLE)
    post = vk.world.post("Пост")
    for number in range(4):
        vk.world.write(post, vk.world.person(2000 + number, "Житель", str(number)), "Окна")
    hearing.run(NOW, WHOLE)
    with transaction() as session:
        for comment in session.scalars(select(Comment)):
            session.add(
                OutboxAction(
                    kind=OutboxKind.DELETE, network="vk", comment_id=comment.id, not_before=NOW, created_at=NOW,
                    idempotency_key=f"delete:{comment.id}",
                )
            )  # fmt: skip
    deadly = db.session.scalars(select(Comment).order_by(Comment.id)).first()
    settings = app.extensions["osm"].settings
    environ = {
        "OSM_DATA_DIR": str(settings.data_dir), "OSM_DATABASE_URL": settings.database_url,
        "OSM_SECRET_KEY": settings.secret_key, "OSM_ENCRYPTION_KEY": settings.encryption_key,
    }  # fmt: skip
    deadly_id, deadly_there = deadly.id, deadly.target["id"]
    db.session.rollback()
    ends = []
    while not ends or (ends[-1] and len(ends) < 12):
        process = FORKS.Process(target=send_or_die, args=(environ, vk.base, deadly_there, NOW))
        process.start()
        process.join()
        ends.append(process.exitcode)
    assert ends == [9] * sending.MOST_INTERRUPTED + [0]
    acts = {act.comment_id: act for act in db.session.scalars(select(OutboxAction))}
    first = acts.pop(deadly_id)
    assert (first.state, first.for_person, first.sent_at is None) == (OutboxState.PENDING, True, False)
    assert first.error == sending._INTERRUPTED.format(sending.MOST_INTERRUPTED)
    assert db.session.scalar(select(Event.object_id).where(Event.action == "outbox_waits")) == first.id
    assert {act.state for act in acts.values()} == {OutboxState.DONE}
    assert len(vk.world.comments) == 1
    assert max(vk.world.effects.values()) == 1


def test_an_act_whose_result_can_never_be_noted_is_left_to_a_person(app, desk, vk, monkeypatch):
    """Its lease expires each time, as if it were unknown that its process is gone."""
    connect_page("vk", str(vk.world.group), KEYS, actor=desk.anna, now=NOW)
    hearing.run(NOW, WHOLE)
    vk.world.write(vk.world.post("Пост"), vk.world.person(2000, "Житель", ""), "Окна")
    hearing.run(NOW, WHOLE)
    with transaction() as session:
        comment = session.scalars(select(Comment)).one()
        session.add(
            OutboxAction(kind=OutboxKind.DELETE, network="vk", comment_id=comment.id, not_before=NOW, created_at=NOW,
                         idempotency_key="delete")
        )  # fmt: skip
    for number in range(sending.MOST_INTERRUPTED + 2):
        rounds._begin(Ongoing(), f"worker {number}", NOW + number * (kinds.LEASE + timedelta(seconds=1)))
    act = db.session.scalars(select(OutboxAction).execution_options(populate_existing=True)).one()
    assert (act.for_person, act.attempts, act.interrupted) == (True, sending.MOST_INTERRUPTED, 5)


def test_a_text_that_ends_its_process_lets_the_others_be_read_and_rests(desk):
    deadly = desk.in_status(Status.NEW, text="Смертельно").id
    others = {desk.in_status(Status.NEW, text=f"Яма {number}").id for number in range(3)}
    read, died, now = set(), 0, NOW
    for _ in range(40):
        due.release_all()  # a process has ended, another begins
        while taken := due.claim(ReadingKind.VERDICT, 50, now=now):
            ids = {one.subject_id for one in taken}
            if deadly in ids:
                died += 1
                break
            with transaction():
                due.settle(ReadingKind.VERDICT, taken)
            read |= ids
    assert (read, died) == (others, due._FREED_TRIES)
    for _ in range(20):
        now += due.LONGEST_LEASE
        due.release_all()
        died += len(due.claim(ReadingKind.VERDICT, 50, now=now))
    assert died == due.MOST_TRIES
    assert due.given_up() == [ReadingKind.VERDICT]
    assert [facts["name"] for _kind, about, facts in running._alarms(now) if about.startswith("unread")] == [
        running.UNREAD_WORDS[ReadingKind.VERDICT]
    ]
    with transaction() as session:
        due.enqueue([deadly], [ReadingKind.VERDICT])
        assert session.scalars(select(DueReading.attempts).where(DueReading.kind == ReadingKind.VERDICT)).one() == 0


@pytest.mark.parametrize("state", [ImportState.STAGING, ImportState.PUBLISHING])
def test_an_import_that_ends_its_process_ends_with_words(desk, monkeypatch, state):
    run_id = upload(export(*rows(3)))
    start(run_id)
    if state is ImportState.PUBLISHING:
        work._stage(work._claim("first", NOW, Pace(), set()), "first", lambda: NOW, Pace())
    died = []

    class Died(BaseException):
        pass

    def dies(*_args, **_given):
        died.append(run_id)
        raise Died

    monkeypatch.setattr(work, "_stage", dies)
    monkeypatch.setattr(acts_publishing, "publish_slice", dies)
    for number in range(20):
        try:
            work.run(f"worker {number}", lambda: NOW, Pace(is_gone=lambda _owner: True))
        except Died:
            db.session.rollback()
    run = db.session.get_one(ImportRun, run_id, populate_existing=True)
    assert len(died) <= work.MOST_TRIES
    if state is ImportState.STAGING:
        assert (run.state, run.error) == (ImportState.FAILED, work._UNEXPECTED)
    else:
        reasons = db.session.scalars(select(ImportRow.reason)).all()
        assert (run.state, reasons) == (ImportState.DONE, [work._NOT_REACHED] * 3)


def test_an_import_that_gets_on_between_two_ends_is_finished(desk, monkeypatch):
    monkeypatch.setattr(acts_publishing, "TOGETHER", 1)
    monkeypatch.setattr(acts_publishing, "SLICE_SECONDS", 0.0)
    run_id = upload(export(*rows(12)))
    start(run_id)
    while db.session.get_one(ImportRun, run_id, populate_existing=True).state is not ImportState.DONE:
        work.run("worker", lambda: NOW, Pace(seconds=0.0001))
        with transaction() as session:  # as if its process had died
            session.execute(update(ImportRun).where(ImportRun.id == run_id).values(lease_until=None))
    assert db.session.get_one(ImportRun, run_id).counts["created"] == 12


def test_a_backup_that_ends_its_process_rests_for_an_hour(app, desk, tmp_path, monkeypatch):
    from dataclasses import replace

    kept = app.extensions["osm"].settings
    app.extensions["osm"].settings = replace(kept, backup_dir=tmp_path / "copies")
    begun = []
    monkeypatch.setattr(nightly, "_make", lambda *_: begun.append(1) or iter([None] * 100))
    try:
        for minute in range(120):
            nightly.run(NOW + timedelta(minutes=minute), Pace(seconds=0), current_settings())
            STEPS.forget(app)  # its process has ended
    finally:
        app.extensions["osm"].settings = kept
    assert len(begun) == 2
