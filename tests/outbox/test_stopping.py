"""«Остановить публикации» holds all that would be sent, for one page or all; it is let out one by one or together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from osm.base.database import db
from osm.base.errors import NotFound
from osm.base.transaction import WHOLE
from osm.comments.acts import comments
from osm.comments.acts.comments import Choice, Chosen
from osm.listening.acts import hearing
from osm.models import Comment, Event, EventNote, OutboxAction, User
from osm.outbox import queries
from osm.outbox.acts import orders, rounds
from osm.outbox.acts.orders import StoppedAlready
from osm.outbox.acts.rounds import Ongoing
from osm.regulation.errors import MissingInput, StaleVersion
from tests.connections.conftest import CITIZEN
from tests.statements import counted

pytestmark = pytest.mark.usefixtures("page", "vk")

LATER = timedelta(seconds=11)


@pytest.fixture
def page(vk, connect, office, now):
    """A connected page; the deletion of two comments is ordered."""
    number = connect()
    hearing.run(now, WHOLE)
    post = vk.world.post("Пост")
    for text in ("Первое", "Второе"):
        vk.world.write(post, CITIZEN, text)
    hearing.run(now, WHOLE)
    rows = [Chosen(one.id, one.version) for one in db.session.scalars(select(Comment).order_by(Comment.id))]
    comments.decide(rows, Choice.DELETE, ground="insult", actor=office.anna, now=now)
    return number


def send(now):
    return rounds.run("this process", now + LATER, WHOLE)


def test_everything_is_held_until_it_is_released_and_the_log_says_why(vk, office, now):
    with pytest.raises(MissingInput):
        orders.stop(None, reason=" ", actor=office.anna, now=now)
    held = orders.stop(None, reason="Траур", actor=office.anna, now=now)
    with pytest.raises(StoppedAlready):
        orders.stop(None, reason="Траур", actor=office.anna, now=now)
    assert (send(now), len(vk.world.comments), queries.count_held()) == (0, 2, 2)
    orders.release([held.id], actor=office.anna, now=now)
    with pytest.raises(NotFound):
        orders.release([held.id], actor=office.anna, now=now)
    assert (send(now), len(vk.world.comments), queries.count_held()) == (2, 0, 0)
    said = select(Event.action, EventNote.text).outerjoin(EventNote, EventNote.event_id == Event.id)
    logged = db.session.execute(said.where(Event.action.in_(("stop_publications", "release_publications")))).all()
    assert [tuple(row) for row in logged] == [("stop_publications", "Траур"), ("release_publications", None)]


def test_one_page_alone_is_held_and_lifting_ends_both_of_two_stops(page, office, now):
    orders.stop(page, reason="Взломана", actor=office.anna, now=now)
    orders.stop(None, reason="Траур", actor=office.nina, now=now)
    orders.release([queries.stops()[0].id], actor=office.anna, now=now)
    assert [row.account.name for row in queries.stops()] == ["Администрация"]
    assert send(now) == 0
    assert orders.release([row.id for row in queries.stops()], actor=office.anna, now=now) == 1
    assert send(now) == 2


def test_what_is_held_takes_one_statement(app, office, now):
    orders.stop(None, reason="Траур", actor=office.anna, now=now)
    db.session.expunge_all()
    with counted(app) as statements:
        assert {row.about for row, _connection in queries.held_acts()} == {"Первое", "Второе"}
    assert len([one for one in statements if one.startswith("SELECT")]) == 1


def test_a_page_of_yesterday_releases_no_stop_that_it_has_not_shown(page, office, now):
    first = orders.stop(None, reason="Траур", actor=office.anna, now=now).id
    orders.release([first], actor=office.anna, now=now)
    orders.stop(page, reason="Взломана", actor=office.anna, now=now)
    with pytest.raises(NotFound):
        orders.release([first], actor=office.anna, now=now)
    with pytest.raises(NotFound):
        orders.release([first], actor=office.anna, now=now)
    assert (send(now), [row.reason for row in queries.stops()]) == (0, ["Взломана"])


def test_one_act_is_let_out_alone_and_a_later_stop_holds_it(office, now):
    held = orders.stop(None, reason="Траур", actor=office.anna, now=now)
    (first, _connection), (second, _connection) = queries.held_acts()
    seen = first.version
    orders.let_out(first.id, seen, actor=office.anna, now=now)
    with pytest.raises(StaleVersion):
        orders.let_out(first.id, seen, actor=office.anna, now=now)
    assert (send(now), [row.id for row, _connection in queries.held_acts()]) == (1, [second.id])
    orders.let_out(second.id, second.version, actor=office.anna, now=now)
    orders.release([held.id], actor=office.anna, now=now)
    orders.stop(None, reason="Снова", actor=office.anna, now=now + timedelta(seconds=1))
    assert send(now) == 0


def test_what_is_stopped_while_the_worker_claims_is_claimed_before_or_held(app, office, now):
    """After the press nothing new begins: what is still sent was claimed before, and is shown as claimed."""
    barrier, anna = Barrier(2), office.anna.id

    def stop():
        with app.app_context():
            barrier.wait()
            orders.stop(None, reason="Траур", actor=db.session.get_one(User, anna), now=now)
            leased = db.session.scalars(select(OutboxAction.id).where(OutboxAction.leased_until.is_not(None))).all()
            return set(leased)

    def claim():
        with app.app_context():
            ongoing = Ongoing()
            barrier.wait()
            rounds._begin(ongoing, "a process", now + LATER)
            return set(ongoing.busy)

    with ThreadPoolExecutor(2) as pool:
        stopped, claimed = pool.submit(stop), pool.submit(claim)
        before, went = stopped.result(), claimed.result()
    assert before == went
    assert send(now) == 0


def test_the_press_centre_stops_and_the_curator_or_administrator_lets_out(app, page, anna, vera, dina, boris):
    assert dina.submit("/admin/pages/stops", {"page": "", "reason": "Траур"}).status_code == 303
    for person in (anna, vera, dina):
        assert "Публикации остановлены" in person.get("/admin/pages/stops").text
    assert "Траур" in vera.get("/moderation").text
    assert "Публикации остановлены" not in boris.get("/").text
    shown = vera.get("/admin/pages/stops").text
    assert "Удалить комментарий" in shown
    assert ("Первое" in shown, "Анна Тестова" in shown) == (True, True)
    for_administrator = dina.get("/admin/pages/stops").text  # an administrator does not see what citizens write
    assert ("Отправить это" in for_administrator, "Первое" in for_administrator) == (True, False)
    assert "Анна Тестова" not in for_administrator
    assert ("Отправить это" in shown, "Возобновить" in shown) == (False, False)
    empty = anna.submit("/admin/pages/stops", {"page": str(page), "reason": ""})
    assert (empty.status_code, "Напишите, почему" in empty.text) == (422, True)
    with app.app_context():
        ((row, _page), *_), (stop,) = queries.held_acts(), queries.stops()
    assert anna.submit(f"/admin/pages/stops/let-out/{row.id}", {"version": row.version}).status_code == 303
    assert anna.submit("/admin/pages/stops/release", {"stop": stop.id}).status_code == 303
    assert "Ничего не остановлено" in anna.get("/admin/pages/stops").text
    assert "возобновят куратор или администратор" in vera.get("/admin/pages/stops").text
    assert vera.submit("/admin/pages/stops", {"page": str(page), "reason": "Взломана"}).status_code == 303
    assert boris.submit("/admin/pages/stops", {"page": "", "reason": "Шутка"}).status_code == 403
    assert "Публикации остановлены: Администрация" in vera.get("/moderation/outbox").text
    with app.app_context():
        seen = [row.id for row in queries.stops()]
    assert vera.submit("/admin/pages/stops/release", {"stop": seen}).status_code == 403
    assert anna.submit("/admin/pages/stops/release", {"stop": seen}).status_code == 303
    assert "Публикации остановлены" not in vera.get("/moderation/outbox").text
