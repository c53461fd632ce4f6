"""An error of ours counts as a try and is repeated, up to a limit, with true words; other pages and acts go on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from osm.base.database import db
from osm.base.transaction import WHOLE, transaction
from osm.connectors.vk import VkConnector
from osm.connectors.vk.events import Reader
from osm.connectors.vk.reading import Reading
from osm.files.acts import files
from osm.files.acts.files import Upload, stored_path
from osm.listening.acts import called, hearing
from osm.models import Comment, Connection, OutboxAction, ReceivedEvent
from osm.outbox.acts import rounds, sending
from osm.outbox.acts.kinds import kinds_of_acts
from osm.pages.acts import connecting
from osm.regulation.blacklist import OutboxKind, OutboxState
from tests.connections.conftest import CITIZEN
from tests.emulators.vk_world import World
from tests.outbox import test_publishing as answering
from tests.outbox import test_sending as deleting
from tests.outbox.test_publishing import APPROVED, SENT
from tests.outbox.test_sending import LATER
from tests.pictures import picture

asked, insult, delete = answering.asked, deleting.insult, deleting.delete


def send(now):
    return rounds.run("this process", now, WHOLE)


def act(number):
    return db.session.get_one(OutboxAction, number, populate_existing=True)


@pytest.fixture
def two(vk, delete, office, now):
    """Two deletions on two pages; the first one cannot be carried out."""
    deleting.delete_on_second_page(vk, office, now, delete())
    return [row.id for row in db.session.scalars(select(OutboxAction).order_by(OutboxAction.id))]


def fails_for(owner, of, name, monkeypatch):
    """Make this method of a connector fail with an unforeseen error for the page of this owner."""
    works = getattr(of, name)

    def failing(self, *given):
        if self._client.owner == owner:
            raise ZeroDivisionError
        return works(self, *given)

    monkeypatch.setattr(of, name, failing)


def fails_in_thread(vk, monkeypatch):
    fails_for(str(vk.world.owner), VkConnector, "delete", monkeypatch)


def fails_when_claimed(vk, monkeypatch):
    with transaction():
        comment = db.session.scalars(select(Comment).order_by(Comment.id)).first()
        comment.target = {**comment.target, "kind": "of another edition"}


def fails_when_noted(vk, monkeypatch):
    first = db.session.scalars(select(OutboxAction.id).order_by(OutboxAction.id)).first()

    def failing(action, _done, _now):
        if action.id == first:
            raise ZeroDivisionError

    kinds = kinds_of_acts()
    monkeypatch.setitem(kinds, OutboxKind.DELETE, replace(kinds[OutboxKind.DELETE], done=failing))


FAILURES = {
    "in the thread": (fails_in_thread, "ошибки самой программы (ZeroDivisionError)"),
    "when it is claimed": (fails_when_claimed, "ошибки самой программы (ValueError)"),
    "when it is noted": (fails_when_noted, "записать итог не удалось: ошибка самой программы (ZeroDivisionError)"),
}


@pytest.mark.parametrize(("fail", "words"), FAILURES.values(), ids=FAILURES)
def test_it_counts_as_a_try_rests_and_ends_with_a_person(vk, two, now, monkeypatch, fail, words):
    fail(vk, monkeypatch)
    broken, sound = two
    when = now + LATER
    assert send(when) == 1
    assert act(sound).state is OutboxState.DONE
    row = act(broken)
    assert (row.state, row.attempts, row.for_person, row.leased_until) == (OutboxState.PENDING, 1, False, None)
    assert words in row.error
    tries = 1
    while not act(broken).for_person and tries < 50:
        assert act(broken).try_at > when
        when, tries = act(broken).try_at, tries + 1
        send(when)
    row = act(broken)
    assert (tries, row.attempts, row.state) == (sending.MOST_TRIES, sending.MOST_TRIES, OutboxState.PENDING)
    assert words in row.error
    assert send(when + timedelta(days=1)) == 0
    page = db.session.scalars(select(Connection).order_by(Connection.id)).first()
    assert (page.acts_rest_until, page.acts_failed) == (None, 0), "it says nothing of the network"


@pytest.mark.parametrize(("ended", "begun"), [(1, 2), (2, 1)], ids=["by chance", "by them perhaps"])
def test_what_ended_with_its_process_once_goes_with_the_others_and_twice_alone(two, now, ended, begun):
    with transaction() as session:
        session.execute(update(OutboxAction).values(interrupted=ended))
    ongoing = rounds.Ongoing()
    assert rounds._begin(ongoing, "this process", now + LATER) == begun
    rounds.wait([answer for _errand, answer in ongoing.busy.values()])
    assert rounds._collect(ongoing, now + LATER) == begun


def test_an_answer_with_a_missing_photo_is_left_to_people_by_name(vk, office, asked):
    message = asked(publish="hand")
    (photo,) = attach(office, message)
    with transaction() as session:
        session.scalars(select(Connection)).one().publish = "auto"
    answering.approve(office, message)
    stored_path(photo.sha256).unlink()
    assert send(SENT) == 0
    (row,) = db.session.scalars(select(OutboxAction).execution_options(populate_existing=True))
    assert (row.for_person, row.attempts, row.sent_at) == (True, 1, None)
    assert "«яма.png»" in row.error
    assert answering.answers(vk) == []


def attach(office, message):
    """While the answer is still being prepared."""
    from osm.approvals import acts as approval

    draft = message.replies[-1].drafts[-1]
    fresh = answering.fresh(message)
    approval.return_draft(fresh.id, fresh.version, draft_id=draft.id, remarks="Фото", actor=office.anna, now=APPROVED)
    found = files.attach_reply_photos(
        message.id, [Upload("яма.png", picture(size=(90, 60)))], actor=office.boris, now=APPROVED
    )
    office.submitted(answering.fresh(message), "17.03 11:30", answering.TEXT)
    return found


@pytest.fixture
def pages(vk, connect, office, now):
    """Two pages that are heard; the first one cannot be read."""
    ids = [connect()]
    world = World(group=200000002, now=vk.world.now, people=vk.world.people)
    ids.append(connecting.connect_page("vk", "200000002", vk.add(world), actor=office.anna, now=now).account_id)
    hearing.run(now, WHOLE)
    return world, ids


def test_a_page_that_cannot_be_read_says_so_and_others_are_heard(vk, pages, now, monkeypatch):
    world, (first, _second) = pages
    fails_for(str(vk.world.owner), Reading, "listen", monkeypatch)
    world.write(world.post("Пост"), CITIZEN, "Слышно?")
    later = now + timedelta(minutes=1)
    assert hearing.run(later, WHOLE) == 1
    page = db.session.scalars(select(Connection).where(Connection.account_id == first)).one()
    assert "ошибки самой программы (ZeroDivisionError)" in page.said
    assert page.rest_until is None, "its acts go on"


def test_an_unreadable_page_is_not_asked_without_a_pause(vk, pages, now, monkeypatch):
    fails_for(str(vk.world.owner), Reading, "listen", monkeypatch)
    listening = hearing.Listening()
    hearing._listen(listening, now, 0)
    hearing.wait(listening.futures)
    hearing._collect(listening, now)
    assert listening.again
    hearing._listen(listening, now + timedelta(seconds=1), 0)
    first = db.session.scalars(select(Connection.id).order_by(Connection.id)).first()
    assert first not in listening.asked


def test_an_unreadable_event_is_skipped_and_looked_for_and_the_others_entered(vk, pages, now, monkeypatch):
    _world, (first, _second) = pages
    page = db.session.scalars(select(Connection).where(Connection.account_id == first)).one()
    bodies = ['{"type": "wall_reply_new", "object": %d}' % number for number in range(3)]  # noqa: UP031
    with transaction() as session:
        for number, body in enumerate(bodies):
            session.add(ReceivedEvent(connection_id=page.id, event_id=str(number), body=body, received_at=now))

    def event(_self, update):
        if update["object"] == 1:
            raise ZeroDivisionError

    monkeypatch.setattr(Reader, "event", event)
    state, when = called.Reading(), now
    for _ in range(20):
        called._begin(state, when)
        called.wait([answer for _rows, answer in state.busy.values()])
        called._collect(state, when)
        when += called.AGAIN
    left = select(ReceivedEvent.id).where(ReceivedEvent.worked_at.is_(None))
    assert db.session.scalars(left).all() == []
    page = db.session.get_one(Connection, page.id, populate_existing=True)
    assert "прочитать не смогла (ошибка ZeroDivisionError)" in page.said
    assert page.gap_since is not None


def test_every_kind_of_act_is_registered(app):
    with app.app_context():
        assert set(kinds_of_acts()) == set(OutboxKind)
