"""A post made outside the plan is entered once, is counted, and is never confused with what the program placed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from osm.base.database import db
from osm.base.transaction import WHOLE, transaction
from osm.models import Account, Connection, Event, OutboxAction, Placement, Publication
from osm.outbox.acts import keys, rounds
from osm.plan.acts import outgoing, planning, posting
from osm.plan.acts.texts import zone
from osm.plan.queries.week import posts_of
from osm.plan.rules import STEPS, PlanAct, StepNotAllowed
from tests.emulators.serving import Trouble
from tests.emulators.vk import KEYS
from tests.page_reading import words
from tests.plan.conftest import NOON
from tests.plan.test_posting import TEXT, posts, scheduled, tick
from tests.statements import counted

HOUR = timedelta(hours=1)


def look(now) -> None:
    """A round of the worker, which sees what others have committed."""
    db.session.rollback()
    posting.run_past_plan(now, WHOLE)


def found() -> list[Publication]:
    db.session.rollback()
    wanted = db.select(Publication).where(Publication.state == "found").order_by(Publication.id)
    return list(db.session.scalars(wanted).unique())


def counted_posts(plan) -> dict[int, int]:
    """How many posts of this week are counted on each page."""
    db.session.rollback()
    week = posts_of(date(2026, 11, 23), date(2026, 11, 29), zone=zone())
    return {page: sum(one.is_placed and one.page == page for one in week) for page in (plan.vk, plan.ok)}


def test_an_unplanned_post_enters_once_with_all_that_is_known(plan, vk, ok):
    number = vk.world.post("Воду дадут к вечеру.\nПодробности в ЕДДС.")
    vk.world.posts[number]["attachments"] = [
        {"type": "photo", "photo": {"id": 1, "owner_id": vk.world.owner, "date": 1, "album_id": -7, "has_tags": False}}
    ]
    vk.world.posts[vk.world.post("Житель пишет на стене")]["from_id"] = 100500
    topic = ok.world.post("Какой двор лучший?")
    ok.world.topics[topic]["media"] = [{"type": "poll", "question": "Какой?"}]
    for hours in range(3):
        look(NOON + hours * HOUR)
    of_vk, of_ok = sorted(found(), key=lambda row: row.format)
    assert (of_vk.title, of_vk.text) == (
        "Воду дадут к вечеру. Подробности в ЕДДС.",
        "Воду дадут к вечеру.\nПодробности в ЕДДС.",
    )
    assert (of_vk.format, of_ok.format, of_vk.author_id, of_vk.approver_id) == ("photo", "poll", None, None)
    place = of_vk.placements[0]
    assert (place.account_id, place.url) == (plan.vk, f"https://vk.com/wall-200000001_{number}")
    assert place.placed_at == of_vk.at == NOON + timedelta(seconds=1)
    assert of_ok.placements[0].url == f"https://ok.ru/group/70000000000001/topic/{topic}"
    assert counted_posts(plan) == {plan.vk: 1, plan.ok: 1}
    acts = db.session.scalars(db.select(Event.action).where(Event.object_kind == "publication"))
    assert list(acts) == ["plan_found", "plan_found"]


def test_a_page_is_read_hourly_back_to_the_last_look(plan, vk):
    calls = lambda: sum("wall.get" in one.path for one in vk.serving.asked)  # noqa: E731
    before = calls()
    look(NOON)
    look(NOON + timedelta(minutes=59))
    assert calls() == before + 1
    look(NOON + HOUR)
    assert calls() == before + 2
    vk.world.now = int((NOON + 2 * HOUR).timestamp())
    vk.world.post("Давно")
    look(NOON + timedelta(days=40))
    assert [row.title for row in found()] == ["Давно"], "nothing is lost while the program was off"


def test_nothing_leads_from_it_into_the_network(plan, vk, vera):
    vk.world.post("Воду дадут к вечеру.")
    look(NOON)
    (row,) = found()
    anna, key = plan.desk.anna, (row.id, row.version)
    refused = (
        lambda: outgoing.save(*key, plan.written("Другое"), actor=anna, now=NOON),
        lambda: outgoing.approve(*key, actor=anna, now=NOON),
        lambda: planning.move(*key, date(2026, 11, 30), actor=anna, now=NOON),
        lambda: planning.set_time(*key, date(2026, 11, 30), None, schedule=True, at_once=True, actor=anna, now=NOON),
        lambda: planning.cancel(*key, reason="", actor=anna, now=NOON),
        lambda: planning.restore(*key, actor=anna, now=NOON),
        lambda: outgoing.note_placed(
            *key, placement_id=row.placements[0].id, url="https://vk.com/wall-1_1", placed_at=None, actor=anna, now=NOON
        ),
    )
    for act in refused:
        with pytest.raises(StepNotAllowed):
            act()
        db.session.rollback()
    page = vera.get(f"/plan/{row.id}").text
    assert "Этой записи в плане не было" in page
    assert 'name="text"' not in page
    week = vera.get("/plan").text
    assert "plan-found" in week
    assert "1 из 10" in words(week)
    assert "Мимо плана" in words(vera.get("/plan?view=month").text)
    again = outgoing.copy(row.id, date(2026, 11, 30), actor=anna, now=NOON)
    assert (again.state, again.author_id) == ("draft", anna.id)


def test_what_the_program_placed_is_never_counted_twice(plan, vk, ok):
    scheduled(plan)
    tick(NOON)
    look(NOON + HOUR)
    assert (found(), counted_posts(plan)) == ([], {plan.vk: 1, plan.ok: 1})


@pytest.mark.parametrize("is_blind", [False, True])
def test_after_an_unclear_end_neither(plan, vk, is_blind):
    row = scheduled(plan, plan.vk)
    vk.serving.trouble("wall.post", Trouble.CUT_AFTER)
    tick(NOON)
    vk.world.honours_guid = False
    if is_blind:  # a person is asked, and the look finds it for him
        with transaction():
            db.session.scalars(db.select(OutboxAction)).one().for_person = True
        tick(NOON)
        assert plan.again(row).state == "failed"
    look(NOON + timedelta(seconds=1))
    assert found() == []
    if not is_blind:
        tick(NOON + timedelta(minutes=5))
    row = plan.again(row)
    assert (row.state, counted_posts(plan)[plan.vk], posts(vk)) == ("published", 1, [TEXT])
    assert row.placements[0].url.startswith("https://vk.com/wall-200000001_")
    look(NOON + 2 * HOUR)
    assert found() == []


def test_while_the_network_is_being_asked_no_post_counts_as_strange(plan, vk):
    row = scheduled(plan, plan.vk)
    posting.run_posts(NOON)
    ongoing = rounds.Ongoing()
    rounds._begin(ongoing, "this process", NOON)
    for _errand, answer in ongoing.busy.values():
        answer.result()  # the post is there, in words that the network has changed, and this has not been noted yet
    next(iter(vk.world.posts.values()))["text"] = "Завтра открываем [club1|каток]. Приходите!"
    look(NOON)
    assert found() == []
    rounds._collect(ongoing, NOON)
    assert plan.again(row).state == "published"
    look(NOON + HOUR)
    assert (found(), counted_posts(plan)[plan.vk]) == ([], 1)


@pytest.mark.parametrize("spelling", ["https://m.vk.com/wall-200000001_{}", "vk.com/gorod?w=wall-200000001_{}", ""])
def test_placed_by_hand_and_noted_after_the_look_it_is_counted_once(plan, vk, spelling):
    row = plan.approved(pages=(plan.vk,))
    number = vk.world.post("Завтра открываем каток.  Приходите!!")
    vk.world.now += 60
    vk.world.post("Совсем о другом")
    look(NOON + HOUR)
    assert len(found()) == 2
    place = row.placements[0]
    outgoing.note_placed(
        row.id, plan.again(row).version, placement_id=place.id, url=spelling.format(number), placed_at=None,
        without_link=not spelling, actor=plan.desk.anna, now=NOON + HOUR,
    )  # fmt: skip
    assert [one.title for one in found()] == ["Совсем о другом"]
    assert counted_posts(plan)[plan.vk] == 2
    look(NOON + 3 * HOUR)
    assert len(found()) == 1


def test_a_long_history_costs_no_statements_and_finds_late_notes(app, plan, vk):
    def statements(hours):
        with counted(app) as seen:
            look(NOON + hours * HOUR)
        return len(seen)

    def place(text):
        row, number = plan.approved(text=text, pages=(plan.vk,)), vk.world.post(text)
        outgoing.note_placed(
            row.id, row.version, placement_id=row.placements[0].id, url=f"https://vk.com/wall-200000001_{number}",
            placed_at=None, actor=plan.desk.anna, now=NOON,
        )  # fmt: skip
        return row

    place("Каток открыт")
    look(NOON + HOUR)
    before = statements(2)
    for number in range(6):
        place(f"Новость номер {number}")
    look(NOON + 3 * HOUR)
    assert statements(4) == before
    row, number = plan.approved(pages=(plan.vk,)), vk.world.post("Никто ещё не отметил")
    look(NOON + 5 * HOUR)
    assert len(found()) == 1
    with transaction():  # as if both had happened at the same moment
        noted = plan.again(row).placements[0]
        noted.url, noted.placed_at = f"https://vk.com/wall-200000001_{number}", NOON
    look(NOON + 6 * HOUR)
    assert found() == []


def test_noted_without_a_link_before_it_is_known_by_words(plan, vk):
    row = plan.approved(pages=(plan.vk,))
    number = vk.world.post(TEXT)
    outgoing.note_placed(
        row.id, row.version, placement_id=row.placements[0].id, url="", placed_at=None, without_link=True,
        actor=plan.desk.anna, now=NOON,
    )  # fmt: skip
    look(NOON + HOUR)
    assert (found(), counted_posts(plan)[plan.vk]) == ([], 1)
    assert plan.again(row).placements[0].url == f"https://vk.com/wall-200000001_{number}"


def test_a_group_of_ok_has_two_addresses(plan, ok):
    row = plan.approved(pages=(plan.ok,))
    topic = ok.world.post(TEXT)
    outgoing.note_placed(
        row.id, row.version, placement_id=row.placements[0].id, url=f"https://ok.ru/lesozavodsk/topic/{topic}",
        placed_at=None, actor=plan.desk.anna, now=NOON,
    )  # fmt: skip
    look(NOON + HOUR)
    assert found() == []


def test_what_was_deleted_there_is_noted_and_counts_no_more(plan, vk, ok, vera):
    scheduled(plan)
    tick(NOON)
    number = vk.world.post("Воду дадут к вечеру.")
    look(NOON + HOUR)
    assert counted_posts(plan) == {plan.vk: 2, plan.ok: 1}
    kept = dict(vk.world.posts), dict(ok.world.topics)
    vk.world.posts.clear()
    ok.world.topics.clear()  # OK's list may be late: the result is unknown
    look(NOON + 2 * HOUR)
    assert counted_posts(plan) == {plan.vk: 0, plan.ok: 1}
    (row,) = found()
    assert "больше нет" in vera.get(f"/plan/{row.id}").text
    assert "удалено" in words(vera.get("/plan").text)
    assert db.session.scalars(db.select(Event.action)).all().count("plan_gone") == 2
    vk.world.posts.update(kept[0])
    look(NOON + 3 * HOUR)
    assert counted_posts(plan) == {plan.vk: 2, plan.ok: 1}, f"{number} came back"


def test_without_a_key_that_reads_walls_nothing_breaks(plan, vk):
    connection = db.session.scalars(db.select(Connection).where(Connection.account_id == plan.vk)).one()
    with transaction():
        connection.keys = keys.sealed({"community": KEYS["community"]})
    vk.world.post("Мимо")
    look(NOON)
    db.session.rollback()
    read_at = db.session.scalar(db.select(Connection.posts_read_at).where(Connection.account_id == plan.vk))
    assert (found(), read_at) == ([], NOON)
    assert db.session.scalar(db.select(db.func.count()).select_from(Placement)) == 0
    assert db.session.get(Account, plan.vk) is not None


def test_the_table_of_steps_leads_nowhere_from_it():
    assert not [step for step in STEPS if "found" in step.sources]
    assert PlanAct.WRITE in {step.act for step in STEPS}
