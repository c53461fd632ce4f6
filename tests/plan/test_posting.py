"""A publication is posted at its time and exactly once: late, held, refused, killed, corrected, by hand."""

from __future__ import annotations

from concurrent.futures import wait
from dataclasses import replace
from datetime import time, timedelta
from threading import Thread
from time import monotonic, sleep

import pytest

from osm.base.database import db
from osm.base.transaction import WHOLE, transaction
from osm.connectors.transport import CannotLook
from osm.models import Event, OutboxAction, Publication
from osm.outbox.acts import kinds, orders, rounds
from osm.plan.acts import outgoing, planning, posting
from osm.plan.acts.outgoing import PostBegun
from osm.regulation.blacklist import OutboxState
from osm.reminders.acts.due import read_log
from tests.desk import NOW
from tests.emulators.serving import Trouble
from tests.page_reading import words
from tests.plan.conftest import NOON

TEXT = "Завтра открываем каток. Приходите!"


def scheduled(plan, *pages, late=60, **more) -> Publication:
    row = plan.approved(pages=pages or (plan.vk, plan.ok), **more)
    return planning.set_time(
        row.id, row.version, NOON.astimezone(NOW.tzinfo).date(), time(12), late_minutes=late, schedule=True,
        actor=plan.desk.anna, now=NOW,
    )  # fmt: skip


def tick(now) -> None:
    """A round of the worker, which sees what others have committed."""
    db.session.rollback()
    posting.run_posts(now)
    rounds.run("this process", now, WHOLE)
    posting.run_posts(now)


def posts(vk) -> list[str]:
    return [one["text"] for one in vk.world.posts.values()]


def action() -> OutboxAction:
    return db.session.scalars(db.select(OutboxAction).execution_options(populate_existing=True)).one()


def acts() -> list[str]:
    rows = db.session.scalars(db.select(Event.action).where(Event.object_kind == "publication").order_by(Event.id))
    return list(rows)


def test_at_its_time_it_is_on_both_pages_once(plan, vk, ok):
    row = scheduled(plan, page_texts={plan.ok: "Каток ждёт!"})
    tick(NOON - timedelta(seconds=1))
    assert (posts(vk), ok.world.topics) == ([], {})
    for minute in range(3):
        tick(NOON + timedelta(minutes=minute))
    assert posts(vk) == [TEXT]
    assert [one["title"] for one in ok.world.topics.values()] == ["Каток ждёт!"]
    row = plan.again(row)
    assert row.state == "published"
    urls = sorted(one.url for one in row.placements)
    assert urls[0].startswith("https://ok.ru/group/70000000000001/topic/")
    assert urls[1].startswith("https://vk.com/wall-200000001_")
    assert acts()[-2:] == ["plan_place", "plan_place"]


@pytest.mark.parametrize("trouble", [Trouble.CUT_BEFORE, Trouble.CUT_AFTER], ids=str)
def test_after_an_unclear_end_it_is_looked_for_before_a_second_try(plan, vk, trouble):
    row = scheduled(plan, plan.vk)
    vk.serving.trouble("wall.post", trouble)
    tick(NOON)
    vk.world.honours_guid = False  # VK promises nothing of a repeated guid: the look decides
    with pytest.raises(PostBegun):
        outgoing.save(row.id, plan.again(row).version, plan.written("Другое"), actor=plan.desk.anna, now=NOON)
    tick(NOON + timedelta(minutes=5))
    assert posts(vk) == [TEXT]
    assert plan.again(row).state == "published"


def test_the_same_text_of_another_day_is_another_post(plan, vk):
    vk.world.now -= 7 * 24 * 3600
    vk.world.post(TEXT)
    vk.world.now = int(NOON.timestamp())
    row = scheduled(plan, plan.vk)
    vk.serving.trouble("wall.post", Trouble.CUT_BEFORE)
    tick(NOON)
    tick(NOON + timedelta(minutes=5))
    assert posts(vk) == [TEXT, TEXT]
    assert plan.again(row).state == "published"


def test_after_a_short_sleep_it_goes_out_with_a_word(plan, vk):
    row = scheduled(plan, plan.vk, late=60)
    tick(NOON + timedelta(minutes=50))
    assert posts(vk) == [TEXT]
    assert plan.again(row).state == "published"
    assert "plan_late" in acts()


def test_the_server_slept_too_long_it_waits_for_its_author(plan, vk):
    row = scheduled(plan, plan.vk, late=15)
    tick(NOON + timedelta(minutes=50))
    row = plan.again(row)
    assert (posts(vk), row.state) == ([], "failed")
    assert "Назначьте новое время" in row.placements[0].error
    later = NOON + timedelta(hours=1)
    planning.set_time(row.id, row.version, row.day, time(14), schedule=True, actor=plan.desk.anna, now=later)
    tick(NOON + timedelta(hours=2))
    assert posts(vk) == [TEXT]
    row = plan.again(row)
    assert (row.state, row.placements[0].error) == ("published", "")


def test_what_is_stopped_waits_and_past_its_term_asks_its_author(plan, vk):
    row = scheduled(plan, plan.vk, late=15)
    stop = orders.stop(None, reason="Взлом", actor=plan.desk.anna, now=NOW)
    tick(NOON)
    assert (posts(vk), plan.again(row).state) == ([], "scheduled")
    tick(NOON + timedelta(minutes=30))
    assert (posts(vk), plan.again(row).state) == ([], "failed")
    orders.release([stop.id], actor=plan.desk.anna, now=NOON)
    tick(NOON + timedelta(minutes=31))
    assert posts(vk) == [], "what its author does not want late does not go out after the release either"


def test_moved_cancelled_and_corrected_until_then(plan, vk):
    anna = plan.desk.anna
    moved, cancelled, corrected = (scheduled(plan, plan.vk, title=title) for title in ("А", "Б", "В"))
    stop = orders.stop(None, reason="Проверка", actor=anna, now=NOW)
    tick(NOON)  # ordered, and held
    planning.set_time(moved.id, plan.again(moved).version, moved.day, time(13), schedule=False, actor=anna, now=NOON)
    planning.cancel(cancelled.id, plan.again(cancelled).version, reason="", actor=anna, now=NOON)
    new = plan.written("Каток откроем в пятницу.", pages=(plan.vk,))
    outgoing.save(corrected.id, plan.again(corrected).version, new, actor=anna, now=NOON)
    orders.release([stop.id], actor=anna, now=NOON)
    tick(NOON + timedelta(minutes=1))
    assert posts(vk) == ["Каток откроем в пятницу."]
    tick(NOON + timedelta(hours=1))
    assert posts(vk) == ["Каток откроем в пятницу.", TEXT]


def test_where_the_program_cannot_people_are_reminded_and_place_it(plan, vk, ok):
    row = scheduled(plan, form="poll", fields={"question": "Где?", "options": "Парк\nПлощадь"})
    tick(NOON)
    assert (posts(vk), ok.world.topics) == ([], {})
    assert acts()[-1] == "plan_by_hand"
    tick(NOON + timedelta(hours=5))
    assert acts().count("plan_by_hand") == 1
    assert plan.again(row).state == "scheduled"


def test_refused_by_the_network_its_author_can_try_again(plan, vk, vera, clock):
    clock.set(NOON)
    row = scheduled(plan, plan.vk)
    vk.refuse["wall.post"].append(214)
    tick(NOON)
    read_log(NOON)
    row = plan.again(row)
    assert row.state == "failed"
    assert row.placements[0].error
    assert "уже сделано" not in vera.get("/reminders").text
    planning.try_again(row.id, row.version, actor=plan.desk.anna, now=NOON)
    tick(NOON + timedelta(minutes=1))
    assert (posts(vk), plan.again(row).state) == ([TEXT], "published")
    assert "уже сделано" in vera.get("/reminders").text


def test_placed_by_hand_in_between_no_post_is_sent(plan, vk):
    row = scheduled(plan, plan.vk)
    stop = orders.stop(None, reason="Проверка", actor=plan.desk.anna, now=NOW)
    tick(NOON)
    outgoing.note_placed(
        row.id, plan.again(row).version, placement_id=row.placements[0].id, url="https://vk.com/wall-200000001_7",
        placed_at=None, actor=plan.desk.anna, now=NOON,
    )  # fmt: skip
    orders.release([stop.id], actor=plan.desk.anna, now=NOON)
    tick(NOON + timedelta(minutes=1))
    assert (posts(vk), action().state, plan.again(row).state) == ([], OutboxState.CANCELLED, "published")


def test_a_process_that_dies_with_its_post_on_the_way_leaves_one(plan, vk):
    row = scheduled(plan, plan.vk)
    posting.run_posts(NOON)
    ongoing = rounds.Ongoing()
    rounds._begin(ongoing, "dead process", NOON)
    for _errand, answer in ongoing.busy.values():
        answer.result()  # the post is there, but this has not been noted
    vk.world.honours_guid = False
    kinds.release_of(lambda owner: owner == "dead process")
    tick(NOON + timedelta(seconds=5))
    assert posts(vk) == [TEXT]
    assert plan.again(row).state == "published"


def test_the_card_says_who_places_it_and_what_went_wrong(plan, vk, vera):
    row = scheduled(plan)
    page = vera.get(f"/plan/{row.id}").text
    assert page.count("Программа опубликует сама") == 2
    vk.refuse["wall.post"].append(214)
    tick(NOON)
    page = vera.get(f"/plan/{row.id}").text
    assert "Повторить программой" in page
    assert "Не вышло" in page
    assert 'id="badge-plan" class="count">1' in page
    done = vera.submit(f"/plan/{row.id}/try-again", {"version": plan.again(row).version})
    assert done.status_code == 303, done.text
    tick(NOON + timedelta(minutes=1))
    assert plan.again(row).state == "published"


def test_taken_off_a_page_and_put_there_again_it_is_looked_for(plan, vk):
    anna = plan.desk.anna
    row = scheduled(plan, plan.vk)
    vk.serving.trouble("wall.post", Trouble.CUT_AFTER)
    tick(NOON)  # the post is there, but the program does not know
    vk.world.honours_guid = False
    with transaction():
        action().for_person = True
    tick(NOON)
    planning.set_time(row.id, plan.again(row).version, row.day, time(14), schedule=True, actor=anna, now=NOON)
    outgoing.save(row.id, plan.again(row).version, plan.written(pages=(plan.ok,)), actor=anna, now=NOON)
    outgoing.save(row.id, plan.again(row).version, plan.written(pages=(plan.vk,)), actor=anna, now=NOON)
    assert [one.account_id for one in plan.again(row).placements] == [plan.vk]
    tick(NOON + timedelta(hours=2))
    assert (posts(vk), plan.again(row).state) == ([TEXT], "published")
    assert len(db.session.scalars(db.select(OutboxAction)).all()) == 2, "what was tried stays known"


def test_a_page_that_is_left_out_keeps_what_was_tried_there(plan, vk, ok):
    row = scheduled(plan)
    vk.serving.trouble("wall.post", Trouble.CUT_AFTER)
    tick(NOON)
    page = next(one for one in plan.again(row).placements if one.account_id == plan.vk)
    outgoing.leave_out(row.id, plan.again(row).version, placement_id=page.id, actor=plan.desk.anna, now=NOON)
    row = plan.again(row)
    assert (row.state, [one.account_id for one in row.placements]) == ("published", [plan.ok])
    tried = db.session.scalars(db.select(OutboxAction).where(OutboxAction.placement_id == page.id)).one()
    assert (tried.state, tried.sent_at) == (OutboxState.CANCELLED, NOON)


def test_a_shifted_week_reminds_and_goes_out_again(plan, vk):
    anna = plan.desk.anna
    poll = scheduled(plan, plan.vk, form="poll", fields={"question": "Где?", "options": "Парк\nПлощадь"})
    tick(NOON)
    assert planning.shift([(poll.id, plan.again(poll).version)], 7, actor=anna, now=NOON) == (1, 0)
    assert plan.again(poll).ordered_at is None
    tick(NOON + timedelta(days=7))
    assert acts().count("plan_by_hand") == 2


@pytest.mark.parametrize("trouble", [None, Trouble.CUT_AFTER], ids=str)
def test_tried_again_by_a_person_lateness_is_not_asked(plan, vk, trouble):
    row = scheduled(plan, plan.vk, late=15)
    if trouble:
        vk.serving.trouble("wall.post", trouble)
    else:
        vk.refuse["wall.post"].append(214)
    tick(NOON)
    vk.world.honours_guid = False
    with transaction():
        action().for_person = True
    tick(NOON)
    late = NOON + timedelta(hours=1)
    planning.try_again(row.id, plan.again(row).version, actor=plan.desk.anna, now=late)
    tick(late)
    assert (posts(vk), plan.again(row).state) == ([TEXT], "published")


def test_without_words_a_person_looks_for_it(plan, vk):
    """Any other post without words would be confused with ours."""
    wordless = posting.Post(" ", (), "k", NOON, is_late=False)
    with pytest.raises(CannotLook):
        posting._found_on_page(wordless, _Unasked())
    assert posting._found_on_page(replace(wordless, in_spite=True), _Unasked()) is None


@pytest.mark.parametrize("trouble", [Trouble.CUT_BEFORE, Trouble.CUT_AFTER], ids=str)
def test_with_a_late_list_of_posts_a_person_says_whether_published(plan, ok, trouble):
    """OK lists its posts only together with their statistics (F10)."""
    row = scheduled(plan, plan.ok)
    ok.serving.trouble("mediatopic.post", trouble)
    tick(NOON)
    came = {number: ok.world.topics.pop(number) for number in list(ok.world.topics)}  # not listed yet
    tick(NOON + timedelta(minutes=5))
    row = plan.again(row)
    assert (ok.world.topics, row.state) == ({}, "failed")
    assert "Повторить программой" in row.placements[0].error
    assert "неизвестно, вышла ли" in row.placements[0].error
    ok.world.topics.update(came)
    planning.try_again(row.id, row.version, actor=plan.desk.anna, now=NOON)
    tick(NOON + timedelta(minutes=6))
    assert [one["title"] for one in ok.world.topics.values()] == [TEXT]
    assert plan.again(row).state == "published"


def test_what_was_certainly_refused_is_tried_again_automatically(plan, ok):
    row = scheduled(plan, plan.ok)
    ok.refuse["mediatopic.post"].append(8)  # too much at once
    tick(NOON)
    assert action().sent_at is None
    tick(NOON + timedelta(minutes=15))
    assert [one["title"] for one in ok.world.topics.values()] == [TEXT]
    assert plan.again(row).state == "published"


class _Unasked:
    def posts(self, _since):
        raise AssertionError("the network was asked")


def test_a_stop_holds_the_reminder_too_and_says_what_waits(plan, vk, anna):
    row = scheduled(plan, plan.ok, form="poll", fields={"question": "Где?", "options": "Парк\nПлощадь"})
    late = scheduled(plan, plan.vk, late=15)
    stop = orders.stop(None, reason="Траур", actor=plan.desk.anna, now=NOW)
    tick(NOON)
    assert "plan_by_hand" not in acts()
    tick(NOON + timedelta(minutes=30))
    assert plan.again(late).state == "failed"
    page = words(anna.get("/admin/pages/stops").text)
    assert "опоздали публикации плана, сами они уже не выйдут: 1" in page
    orders.release([stop.id], actor=plan.desk.anna, now=NOON)
    tick(NOON + timedelta(minutes=31))
    tick(NOON + timedelta(minutes=32))
    assert (acts().count("plan_by_hand"), plan.again(row).state) == (1, "scheduled")


@pytest.mark.postgresql  # SQLite locks no rows
def test_the_worker_locks_the_publication_before_its_post(app, plan, vk):
    """As people do: with the post first, the worker and a person moving the publication would wait for each other."""
    row = scheduled(plan, plan.vk)
    posting.run_posts(NOON)
    ongoing = rounds.Ongoing()
    rounds._begin(ongoing, "this process", NOON)
    wait([answer for _errand, answer in ongoing.busy.values()])

    def collect() -> None:
        with app.app_context():
            rounds._collect(ongoing, NOON)

    with db.engine.connect() as person, db.engine.connect() as other:
        person.execute(db.text("SELECT id FROM publication FOR UPDATE"))
        worker = Thread(target=collect)
        worker.start()
        until = monotonic() + 20
        while not other.scalar(db.text("SELECT count(*) FROM pg_locks WHERE NOT granted")) and monotonic() < until:
            sleep(0.02)
        other.execute(db.text("SELECT id FROM outbox_action FOR UPDATE NOWAIT"))
        other.rollback()
        person.rollback()
        worker.join()
    assert plan.again(row).state == "published"
