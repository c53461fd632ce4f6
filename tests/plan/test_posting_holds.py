"""A publication that is being sent to a page is not removed from it; its error is shown in the words of the network."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.files.acts.files import Upload, stored_path
from osm.models import AccountEdition, OutboxAction
from osm.outbox.acts import kinds, rounds
from osm.plan.acts import news, outgoing, planning, posting
from osm.plan.acts.outgoing import PostBegun
from osm.regulation.blacklist import OutboxState
from osm.regulation.own_pages import PageState
from tests.desk import NOW
from tests.emulators.serving import Trouble
from tests.outbox.test_holding import begin, end, held_up, pass_by
from tests.pictures import picture
from tests.plan.conftest import NOON
from tests.plan.test_posting import TEXT, acts, posts, scheduled, tick


@pytest.fixture
def with_photo(plan, vk, ok):
    row = scheduled(plan)
    uploads = [Upload("каток.png", picture(size=(90, 60)))]
    news.add(row.id, row.version, news.reduced(uploads), actor=plan.desk.anna, now=NOON - timedelta(hours=1))
    return plan.again(row)


def leave_out(plan, row, now):
    row = plan.again(row)
    page = next(one for one in row.placements if one.account_id == plan.vk)
    outgoing.leave_out(row.id, row.version, placement_id=page.id, actor=plan.desk.anna, now=now)


def test_on_its_way_it_is_not_left_out_despite_slow_photos(plan, vk, with_photo):
    posting.run_posts(NOON)
    with held_up(vk, "photos.saveWallPhoto") as arrived:
        ongoing = begin(NOON)
        assert arrived.wait(30)
        for minute in range(1, 6):
            pass_by(ongoing, kinds.RENEW_SECONDS)
            rounds._renew(ongoing, NOON + timedelta(minutes=minute))
        with pytest.raises(PostBegun):
            leave_out(plan, with_photo, NOON + timedelta(minutes=5))
    assert end(ongoing, NOON + timedelta(minutes=5)) == 2
    assert posts(vk) == [TEXT]
    assert plan.again(with_photo).state == "published"


def test_left_out_after_its_process_was_held_up_it_does_not_appear(plan, vk, with_photo):
    """The machine slept while photos were sent, for longer than the lease."""
    posting.run_posts(NOON)
    with held_up(vk, "photos.saveWallPhoto") as arrived:
        ongoing = begin(NOON)
        assert arrived.wait(30)
        pass_by(ongoing, 3600)
        leave_out(plan, with_photo, NOON + timedelta(hours=1))
    end(ongoing, NOON + timedelta(hours=1))
    states = {one.account_id: one.state for one in db.session.scalars(db.select(OutboxAction))}
    assert (posts(vk), states[plan.vk]) == ([], OutboxState.CANCELLED)


def test_a_missing_file_of_a_photo_is_reported_before_sending(plan, vk, with_photo):
    file = stored_path(with_photo.photos[0].sha256)
    kept = file.read_bytes()
    file.unlink()
    other = scheduled(plan, plan.vk, title="Другое", text="Приходите на ярмарку")
    tick(NOON)
    row = plan.again(with_photo)
    assert (posts(vk), row.state, plan.again(other).state) == (["Приходите на ярмарку"], "failed", "published")
    assert "Файла фото" in row.placements[0].error
    assert "не отвечала" not in row.placements[0].error
    of_row = db.select(OutboxAction).where(OutboxAction.placement_id == row.placements[0].id)
    tried = db.session.scalars(of_row.execution_options(populate_existing=True)).one()
    assert (tried.attempts, tried.sent_at) == (1, None)
    file.write_bytes(kept)
    planning.try_again(row.id, row.version, actor=plan.desk.anna, now=NOON)
    tick(NOON + timedelta(minutes=1))
    assert plan.again(row).state == "published"


def test_too_late_says_what_kept_it(plan, vk):
    row = scheduled(plan, plan.vk, late=15)
    vk.serving.trouble("wall.post", Trouble.CUT_BEFORE)
    tick(NOON)
    tick(NOON + timedelta(minutes=30))
    said = plan.again(row).placements[0].error
    assert "Последняя попытка: Связь с соцсетью прервалась." in said


def test_one_that_cannot_be_ordered_stops_no_other(plan, vk, monkeypatch):
    broken, sound = scheduled(plan, plan.vk), scheduled(plan, plan.vk, text="Ярмарка")
    order = posting._posting_order

    def failing(row, *given):
        if row.id == broken.id:
            raise ValueError("nobody foresaw this")
        return order(row, *given)

    monkeypatch.setattr(posting, "_posting_order", failing)
    tick(NOON)
    assert (posts(vk), plan.again(sound).state, plan.again(broken).state) == (["Ярмарка"], "published", "failed")
    assert "ошибки самой программы (ValueError)" in plan.again(broken).placements[0].error


def close_ok(plan):
    with transaction() as session:
        about = {"body": "Округ", "title": "Город ОК", "url": "https://ok.ru/group/7", "since": NOW, "number": 1}
        session.add(AccountEdition(account_id=plan.ok, state=PageState.CLOSED, state_on=NOW.date(), **about))


def test_a_page_that_was_closed_since_gets_nothing_the_others_do(plan, vk, ok):
    row = scheduled(plan)
    close_ok(plan)
    tick(NOON)
    assert (posts(vk), ok.world.topics) == ([TEXT], {})
    left = next(one for one in plan.again(row).placements if one.account_id == plan.ok)
    assert "сейчас не ведут" in left.error
    outgoing.leave_out(row.id, plan.again(row).version, placement_id=left.id, actor=plan.desk.anna, now=NOON)
    assert plan.again(row).state == "published"


def test_nobody_is_asked_to_place_it_by_hand_on_a_closed_page(plan, vk, ok):
    row = scheduled(plan, form="poll", fields={"question": "Где?", "options": "Парк\nПлощадь"})
    close_ok(plan)
    tick(NOON)
    by_page = {one.account_id: one for one in plan.again(row).placements}
    assert "сейчас не ведут" in by_page[plan.ok].error
    assert (by_page[plan.ok].told_at, by_page[plan.vk].told_at) == (None, NOON)
    tick(NOON + timedelta(minutes=1))
    assert acts().count("plan_by_hand") == acts().count("plan_fail") == 1
