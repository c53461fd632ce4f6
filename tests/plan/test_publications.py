"""From the idea to the posts on the pages: written, approved, scheduled, placed by hand; and what is refused."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.models import Event, PlanPhoto, Publication, Reminder, VersionDecision
from osm.plan.acts import outgoing, planning
from osm.plan.rules import PlanAct, StepNotAllowed
from osm.regulation.errors import MissingInput, StaleVersion
from osm.reminders.acts.due import read_log
from tests.desk import NOW
from tests.office import at
from tests.statements import counted

THURSDAY, FRIDAY = date(2026, 11, 26), date(2026, 11, 27)


def test_an_idea_is_a_title_and_a_day_for_every_page(plan):
    row = plan.idea()
    assert (row.state, row.day, row.at, row.text) == ("idea", THURSDAY, None, "")
    assert {one.account_id for one in row.placements} == {plan.vk, plan.ok}
    with pytest.raises(MissingInput, match="уже прошёл"):
        plan.idea(day=date(2026, 11, 24))


def test_what_the_moderator_submits_the_curator_returns_and_approves(plan):
    vera, anna = plan.desk.vera, plan.desk.anna
    row = plan.idea()
    outgoing.save(row.id, row.version, plan.written(page_texts={plan.ok: "Каток ждёт!"}), actor=vera, now=NOW)
    assert row.state == "draft"
    outgoing.save(row.id, row.version, plan.written(), then=PlanAct.SUBMIT, actor=vera, now=NOW)
    assert row.state == "submitted"
    with pytest.raises(StepNotAllowed, match="куратор"):
        outgoing.approve(row.id, row.version, actor=vera, now=NOW)
    with pytest.raises(MissingInput):
        outgoing.give_back(row.id, row.version, remarks=" ", actor=anna, now=NOW)
    row = plan.again(row)
    outgoing.give_back(row.id, row.version, remarks="Когда открывается?", actor=anna, now=NOW)
    better = plan.written("Каток открываем завтра в 12:00.")
    outgoing.save(row.id, row.version, better, then=PlanAct.SUBMIT, actor=vera, now=NOW)
    outgoing.approve(row.id, row.version, actor=anna, now=NOW)
    row = plan.again(row)
    assert (row.state, row.approver.name, row.approved_at) == ("approved", anna.name, NOW)
    assert [(one.number, one.decision) for one in row.versions] == [
        (1, VersionDecision.RETURNED),
        (2, VersionDecision.APPROVED),
    ]
    acts = db.session.scalars(db.select(Event.action).where(Event.object_kind == "publication").order_by(Event.id))
    assert list(acts) == [
        "plan_idea", "plan_write", "plan_write", "plan_submit", "plan_return", "plan_write", "plan_submit",
        "plan_approve",
    ]  # fmt: skip


def test_a_correction_is_approved_only_by_the_curators_own_hand(plan):
    row = plan.approved()
    outgoing.save(row.id, row.version, plan.written("Каток открыт."), actor=plan.desk.anna, now=NOW)
    assert (row.state, len(row.versions), row.versions[-1].decision) == ("approved", 2, VersionDecision.APPROVED)
    outgoing.save(row.id, row.version, plan.written("Каток открыт!"), actor=plan.desk.vera, now=NOW)
    row = plan.again(row)
    assert (row.state, row.approver, row.approved_at) == ("draft", None, None)


def test_nothing_empty_is_submitted_and_the_old_text_stays(plan):
    row = plan.idea()
    with pytest.raises(MissingInput, match="Текста ещё нет"):
        outgoing.save(row.id, row.version, plan.written(""), then=PlanAct.SUBMIT, actor=plan.desk.vera, now=NOW)
    assert plan.again(row).state == "idea"
    poll = plan.written(form="poll", fields={"question": "Где ёлка?", "options": "Парк"})
    with pytest.raises(MissingInput, match="хотя бы два"):
        outgoing.save(row.id, row.version, poll, then=PlanAct.SUBMIT, actor=plan.desk.vera, now=NOW)


def test_the_second_gets_a_conflict(plan):
    row = plan.idea()
    seen = row.version
    outgoing.save(row.id, seen, plan.written(), actor=plan.desk.vera, now=NOW)
    with pytest.raises(StaleVersion):
        outgoing.save(row.id, seen, plan.written("Другое"), actor=plan.desk.anna, now=NOW)
    assert plan.again(row).text == plan.written().text


def test_it_gets_a_time_is_moved_and_taken_off(plan):
    anna, row = plan.desk.anna, plan.approved()
    with pytest.raises(MissingInput, match="Укажите время"):
        planning.set_time(row.id, row.version, THURSDAY, None, schedule=True, actor=anna, now=NOW)
    row = plan.again(row)
    planning.set_time(row.id, row.version, THURSDAY, time(12, 30), schedule=True, actor=anna, now=NOW)
    assert (row.state, row.at) == ("scheduled", at("26.11 12:30"))
    planning.move(row.id, row.version, FRIDAY, actor=anna, now=NOW)
    assert (row.state, row.day, row.at) == ("scheduled", FRIDAY, at("27.11 12:30"))
    with pytest.raises(MissingInput, match="уже прошло"):
        planning.set_time(row.id, row.version, NOW.date(), time(10), actor=anna, now=NOW)
    row = plan.again(row)
    planning.unschedule(row.id, row.version, actor=anna, now=NOW)
    planning.cancel(row.id, row.version, reason="Оттепель", actor=anna, now=NOW)
    assert (row.state, row.cancelled_at, row.reason) == ("cancelled", NOW, "Оттепель")
    planning.restore(row.id, row.version, actor=anna, now=NOW)
    assert (row.state, row.approved_at, row.cancelled_at) == ("draft", None, None)


def test_a_week_is_shifted_except_for_published_or_changed_ones(plan):
    anna = plan.desk.anna
    rows = [plan.idea(f"Идея {number}", FRIDAY) for number in range(3)]
    seen = [(row.id, row.version) for row in rows]
    planning.cancel(rows[0].id, rows[0].version, reason="", actor=anna, now=NOW)
    assert planning.shift(seen, 7, actor=anna, now=NOW) == (2, 1)
    assert [plan.again(row).day.day for row in rows] == [27, 4, 4]
    assert planning.shift([(row.id, plan.again(row).version) for row in rows[1:]], -14, actor=anna, now=NOW) == (0, 2)


def test_placed_on_every_page_it_is_published(plan):
    anna, row = plan.desk.anna, plan.approved()
    vk, ok = (next(one.id for one in row.placements if one.account_id == page) for page in (plan.vk, plan.ok))

    def place(placement: int, url: str, **more: object) -> Publication:
        given = {"placement_id": placement, "url": url, "placed_at": None, "actor": anna, "now": NOW, **more}
        return outgoing.note_placed(row.id, plan.again(row).version, **given)

    for url, words in (("", "Вставьте ссылку"), ("вот она", "не ссылка"), ("https://ok.ru/group/1/topic/2", "другую")):
        with pytest.raises(MissingInput, match=words):
            place(vk, url)
    with pytest.raises(MissingInput, match="ещё не наступило"):
        place(vk, "https://vk.com/wall-200000001_5", placed_at=at("25.11 12:00"))
    place(vk, "https://vk.com/wall-200000001_5")
    assert plan.again(row).state == "approved"
    place(ok, "", without_link=True, placed_at=at("25.11 10:30"))
    row = plan.again(row)
    assert (row.state, row.published_at) == ("published", NOW)
    assert [one.url for one in row.placements] == ["https://vk.com/wall-200000001_5", ""]
    with pytest.raises(StepNotAllowed):
        planning.move(row.id, row.version, FRIDAY, actor=anna, now=NOW)


def test_a_page_that_is_left_out_no_longer_keeps_it_open(plan):
    anna, row = plan.desk.anna, plan.approved()
    first, second = row.placements
    outgoing.note_placed(
        row.id, row.version, placement_id=first.id, url="https://vk.com/wall-200000001_5", placed_at=None, actor=anna,
        now=NOW,
    )  # fmt: skip
    outgoing.leave_out(row.id, row.version, placement_id=second.id, actor=anna, now=NOW)
    assert plan.again(row).state == "published"


def test_a_copy_is_a_draft_of_its_maker(plan):
    row = plan.approved(page_texts={plan.ok: "Каток ждёт!"}, heading="Спорт")
    copy = outgoing.copy(row.id, date(2026, 12, 3), actor=plan.desk.vera, now=NOW)
    vera = plan.desk.vera.id
    assert (copy.state, copy.author_id, copy.heading, copy.approved_at) == ("draft", vera, "Спорт", None)
    assert {one.text for one in copy.placements} == {None, "Каток ждёт!"}


def photographed(row: Publication, desk) -> None:
    """It has a photo that was checked for faces; what the photo shows does not matter here."""
    with transaction() as session:
        photo = PlanPhoto(
            filename="каток.jpg", size=9, sha256="0" * 64, alt="Каток", looked_at=NOW, uploaded_by_id=desk.vera.id,
            uploaded_at=NOW, publication_id=row.id,
        )  # fmt: skip
        session.add(photo)


@pytest.mark.parametrize("form", ["photo", "card"])
def test_a_format_of_photos_needs_one_and_a_copy_has_it_too(plan, form):
    row, anna = plan.idea(), plan.desk.anna
    written = plan.written(form=form)
    with pytest.raises(MissingInput, match="ни одного фото"):
        outgoing.save(row.id, row.version, written, then=PlanAct.APPROVE, actor=anna, now=NOW)
    photographed(plan.again(row), plan.desk)
    outgoing.save(row.id, plan.again(row).version, written, then=PlanAct.APPROVE, actor=anna, now=NOW)
    copy = outgoing.copy(row.id, FRIDAY, actor=plan.desk.vera, now=NOW)
    assert [(one.filename, one.alt, one.looked_at) for one in plan.again(copy).photos] == [("каток.jpg", "Каток", NOW)]


def test_let_out_now_it_can_be_taken_back_for_a_minute(plan):
    anna, row = plan.desk.anna, plan.approved()
    planning.set_time(row.id, row.version, THURSDAY, None, schedule=True, at_once=True, actor=anna, now=NOW)
    assert (row.day, row.at) == (NOW.date(), NOW + timedelta(seconds=60))
    planning.unschedule(row.id, row.version, actor=anna, now=NOW + timedelta(seconds=59))
    assert plan.again(row).state == "approved"


def test_the_right_people_learn_that_it_failed(plan):
    """Its author may be away, so the curators are notified too."""
    row = plan.approved()
    with transaction():
        outgoing.fail(db.session.get_one(Publication, row.id), [], "Сеть отказала", NOW)
    read_log(NOW)
    told = db.session.scalars(db.select(Reminder.recipient_id).where(Reminder.kind == "plan_failed"))
    assert set(told) == {plan.desk.vera.id, plan.desk.anna.id}


def test_the_card_and_menu_cost_the_same_for_many_pages(app, plan, anna):
    row = plan.approved(pages=(plan.vk,))
    anna.get(f"/plan/{row.id}")
    with counted(app) as few:
        anna.get(f"/plan/{row.id}")
    outgoing.save(row.id, plan.again(row).version, plan.written(), actor=plan.desk.anna, now=NOW)
    anna.get(f"/plan/{row.id}")
    with counted(app) as many:
        anna.get(f"/plan/{row.id}")
    assert len(few) == len(many), "\n".join(many)
    assert sum("krai_task" in one and "count" in one for one in many) == 1
