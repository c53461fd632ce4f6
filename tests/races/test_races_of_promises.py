"""Two acts on one promise at once, with real threads: one wins, the other is refused, no row is stored twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask

from osm.answers.acts import drafting, promises, publication
from osm.approvals import acts as approval
from osm.approvals.acts import Override
from osm.base.database import db
from osm.files.acts.files import Upload
from osm.jobs.running import run_due
from osm.messages.acts import routing
from osm.models import Attachment, Event, OverrideReason, Promise, PromiseState, User
from osm.regulation.errors import StaleVersion
from tests.answers.conftest import photo
from tests.desk import URL, Desk
from tests.office import at

from .test_races_of_parts import race

ROUNDS = 6
DAY = at("27.11 11:00")
"""The control date itself."""
Doing = Callable[[], object]


def promised(desk: Desk) -> Promise:
    """An answer of 25.11 that names Friday, 27.11."""
    m = desk.incident("25.11 10:05")
    routing.route_message(
        m.id, m.version, executor_id=desk.ids["boris"], task="", actor=desk.anna, now=at("25.11 10:10")
    )
    text = "Здравствуйте! МКУ «Дорожник» засыплет яму на Калининской, 12 до 27 ноября."
    drafting.submit_draft(
        m.id, m.version, text=text, kind="final", confirmed=True, actor=desk.boris, now=at("25.11 10:20")
    )
    draft = drafting.submitted_draft(m)
    spite = Override(OverrideReason.IS_THERE)
    approval.approve_draft(m.id, m.version, draft_id=draft.id, override=spite, actor=desk.anna, now=at("25.11 10:30"))
    publication.publish_by_hand(m.id, m.version, url=URL, published_at=None, actor=desk.anna, now=at("25.11 10:40"))
    return db.session.scalars(db.select(Promise).where(Promise.message_id == m.id)).one()


def reported(desk: Desk) -> Promise:
    row = promised(desk)
    return promises.report(row.id, row.version, result="Засыпали", uploads=[], actor=desk.boris, now=at("27.11 10:00"))


Deed = Callable[[Desk, Promise, str], Doing]


def deed(service: Callable[..., object], **given: object) -> Deed:
    def doing(desk: Desk, row: Promise, login: str) -> Doing:
        promise_id, version, person = row.id, row.version, desk.ids[login]
        return lambda: service(promise_id, version, **given, actor=db.session.get_one(User, person), now=DAY)

    return doing


def reporting(desk: Desk, row: Promise, login: str) -> Doing:
    promise_id, version, person = row.id, row.version, desk.ids[login]
    content, name = photo()
    picture = content.read()
    return lambda: promises.report(
        promise_id, version, result=f"Засыпали, {login}", uploads=[Upload(name, picture)],
        actor=db.session.get_one(User, person), now=DAY,
    )  # fmt: skip


moving = deed(promises.move, due_on=date(2026, 12, 4), reason="Ждём асфальт")
done = deed(promises.decide_done)
not_kept = deed(promises.decide_not_kept, reason="Подрядчик отказался")
dropping = deed(promises.drop, reason="Это не срок работ")

PAIRS: dict[str, tuple[Callable[[Desk], Promise], tuple[Deed, str], tuple[Deed, str]]] = {
    "closed twice": (reported, (done, "anna"), (done, "galina")),
    "closed and moved": (reported, (done, "anna"), (moving, "galina")),
    "moved twice": (promised, (moving, "anna"), (moving, "galina")),
    "moved and given up": (promised, (moving, "anna"), (not_kept, "galina")),
    "dropped twice": (promised, (dropping, "anna"), (dropping, "galina")),
    "reported twice": (promised, (reporting, "boris"), (reporting, "boris")),
    "reported and moved": (promised, (reporting, "boris"), (moving, "anna")),
    "reported and dropped": (promised, (reporting, "boris"), (dropping, "anna")),
}
LEFT = {done: PromiseState.DONE, moving: PromiseState.MOVED, not_kept: PromiseState.NOT_KEPT,
        dropping: PromiseState.DROPPED, reporting: PromiseState.REPORTED}  # fmt: skip


def check_stored(row: Promise, won: Deed) -> None:
    """The promise, its successor, its photos and its log are those of the winner alone."""
    db.session.rollback()
    row = db.session.get_one(Promise, row.id, populate_existing=True)
    assert row.state is LEFT[won]
    of_message = db.select(Promise).where(Promise.message_id == row.message_id, Promise.id != row.id)
    others = db.session.scalars(of_message).all()
    assert [(other.due_on, other.replaces_id) for other in others] == (
        [(date(2026, 12, 4), row.id)] if won is moving else []
    )
    photos = db.session.query(Attachment).filter_by(message_id=row.message_id).count()
    assert photos == len(row.photos) == (won is reporting)
    at_once = db.select(Event).where(Event.object_kind == "promise", Event.object_id == row.id, Event.at == DAY)
    assert len(db.session.scalars(at_once).all()) == 1


@pytest.mark.parametrize("name", PAIRS)
def test_one_wins_and_the_other_gets_a_conflict(app: Flask, two_curators: Desk, name: str) -> None:
    desk = two_curators
    begin, *both = PAIRS[name]
    for _ in range(ROUNDS):
        row = begin(desk)
        refusals = race(app, *(do(desk, row, login) for do, login in both))
        assert sorted(type(refusal).__name__ for refusal in refusals) == ["NoneType", "StaleVersion"], refusals
        assert isinstance(next(filter(None, refusals)), StaleVersion)
        check_stored(row, next(do for (do, _), refusal in zip(both, refusals, strict=True) if refusal is None))


@pytest.mark.parametrize("do", [done, moving], ids=["closed", "moved"])
def test_a_round_of_the_worker_at_the_same_moment_changes_nothing(app: Flask, two_curators: Desk, do: Deed) -> None:
    desk = two_curators
    for _ in range(ROUNDS):
        row = reported(desk)
        person, tick = race(app, do(desk, row, "anna"), lambda: run_due(DAY))
        assert (person, tick) == (None, None)
        check_stored(row, do)
