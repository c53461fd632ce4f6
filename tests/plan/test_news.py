"""News from a department's telephone to the draft, tasks of the krai with their report, photos without location."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from osm.base.database import db
from osm.base.transaction import transaction
from osm.files.acts.files import stored_path
from osm.models import DepartmentNews, Event, KraiTask, Publication, Reminder
from osm.plan.acts import outgoing
from osm.plan.acts.news import enter, report
from osm.plan.queries.card import tasks
from osm.reminders.acts.due import read_log, remind_of_tasks
from tests.desk import NOW
from tests.office import at
from tests.page_reading import words


def with_place(side: int = 3000) -> bytes:
    """A photo with its location and its camera in it."""
    exif = Image.Exif()
    exif[0x010F] = "Telephone"
    exif.get_ifd(0x8825)[2] = (45.0, 28.0, 30.0)
    made = io.BytesIO()
    Image.new("RGB", (side, side // 2), "teal").save(made, "JPEG", exif=exif)
    return made.getvalue()


def only(model):
    db.session.rollback()
    return db.session.scalars(db.select(model)).one()


@pytest.fixture
def offered(plan, boris) -> DepartmentNews:
    form = {"what": "Заменили лампы на Калининской", "when": "сегодня", "place": "Калининская, 12"}
    photo = (io.BytesIO(with_place()), "IMG_1.jpg")
    done = boris.submit("/plan/news", {**form, "files": photo})
    assert done.status_code == 303, done.text
    assert "уже предложена" in boris.submit("/plan/news", form).text, "the form sent again"
    return only(DepartmentNews)


def test_from_a_telephone_to_the_draft_with_its_photo(plan, offered, boris, vera, efim):
    photo = offered.photos[0]
    stored = Image.open(stored_path(photo.sha256))
    assert (max(stored.size), dict(stored.getexif())) == (1920, {})
    assert b"Telephone" not in stored_path(photo.sha256).read_bytes()
    assert vera.get(f"/plan/photos/{photo.id}").status_code == 200
    assert boris.get(f"/plan/photos/{photo.id}").status_code == 200
    assert efim.get(f"/plan/photos/{photo.id}").status_code in (403, 404)
    page = vera.get("/plan/news").text
    assert "Заменили лампы на Калининской" in page
    taken = vera.submit(f"/plan/news/{offered.id}/take", {"version": offered.version})
    row = only(Publication)
    assert taken.location == f"/plan/{row.id}"
    assert (row.state, row.format, len(row.photos), len(row.placements)) == ("draft", "photo", 1, 2)
    assert "Где: Калининская, 12" in row.text
    card = vera.get(f"/plan/{row.id}").text
    assert "Проверьте лица и номера машин" in card
    here = f"/plan/{row.id}/photos/{row.photos[0].id}"
    vera.submit(here, {"version": row.version, "alt": "Новые лампы над улицей", "looked": "1"})
    card = vera.get(f"/plan/{row.id}").text
    assert 'alt="Новые лампы над улицей"' in card
    assert "Проверьте лица" not in card
    assert "готовится" in boris.get("/plan/news").text
    late = vera.submit(f"/plan/news/{offered.id}/decline", {"version": offered.version, "answer": "Поздно"})
    assert late.status_code == 409


def test_declined_with_a_word_that_its_department_reads(plan, offered, boris, vera):
    read_log(offered.offered_at)
    assert "уже сделано" not in vera.get("/reminders").text
    wrong = vera.submit(f"/plan/news/{offered.id}/decline", {"version": offered.version, "answer": " "})
    assert wrong.status_code == 422
    vera.submit(f"/plan/news/{offered.id}/decline", {"version": offered.version, "answer": "Писали вчера"})
    assert "уже сделано" in vera.get("/reminders").text
    assert "Писали вчера" in boris.get("/plan/news").text
    db.session.rollback()
    event = db.session.scalars(db.select(Event).where(Event.action == "news_declined")).one()
    assert event.changes["to_id"][1] == offered.author_id


def test_what_is_no_photo_is_refused_and_the_words_stay(plan, boris):
    wrong = boris.submit("/plan/news", {"what": "Лампы", "files": (io.BytesIO(b"MZ"), "photo.exe")})
    assert wrong.status_code == 422
    assert "не изображение" in wrong.text
    assert "Лампы" in wrong.text


def test_a_task_of_the_krai_gathers_links_and_is_reported(plan, anna):
    form = {
        "title": "День Конституции", "text": "С праздником!", "given_by": "Департамент, чат",
        "due_at": "2026-11-25T12:00", "pages": [plan.vk, plan.ok],
    }  # fmt: skip
    wrong = anna.submit("/plan/tasks", {**form, "due_at": "2026-11-25T09:00"})
    assert wrong.status_code == 422
    assert "С праздником!" in wrong.text
    anna.submit("/plan/tasks", form)
    assert "уже внесено" in anna.submit("/plan/tasks", form).text, "the form sent again"
    task, row = only(KraiTask), only(Publication)
    assert row.state == "approved"
    early = anna.submit(f"/plan/tasks/{task.id}/report", {"version": task.version})
    assert "Ссылок ещё нет" in early.text
    for placement, url in zip(
        row.placements, ("https://vk.com/wall-200000001_9", "https://ok.ru/group/7/topic/9"), strict=True
    ):
        form = {"version": only(Publication).version, "placement_id": placement.id, "url": url}
        anna.submit(f"/plan/{row.id}/place", form)
    page = words(anna.get(f"/plan/tasks/{task.id}").text)
    assert "1. Город ВК: https://vk.com/wall-200000001_9 (25.11.2026 11:00)" in page
    anna.submit(f"/plan/tasks/{task.id}/report", {"version": only(KraiTask).version})
    task = only(KraiTask)
    assert task.reported_at is not None
    assert "2. Город ОК: https://ok.ru/group/7/topic/9" in task.report
    again = anna.submit(f"/plan/tasks/{task.id}/report", {"version": task.version})
    assert "новых ссылок нет" in again.text


def test_what_was_reported_stays_and_later_links_are_added(plan, anna):
    task, earlier = task_until("25.11 12:00", plan), task_until("25.11 11:30", plan)
    assert [one.id for one in tasks()] == [earlier.id, task.id], "the nearest term first"
    row = task.publication
    first, second = (one.id for one in row.placements)
    for place, number in ((first, 9), (second, 10)):
        url = ("https://vk.com/wall-200000001_9", "https://ok.ru/group/7/topic/9")[number - 9]
        version = plan.again(row).version
        outgoing.note_placed(
            row.id, version, placement_id=place, url=url, placed_at=None, actor=plan.desk.anna, now=NOW
        )
        sent = report(task.id, task.version, actor=plan.desk.anna, now=NOW).report
        with transaction() as session:
            session.get_one(Publication, row.id).title = "Другое"
    assert sent.splitlines() == [
        "«День Конституции» — размещено:",
        "1. Город ВК: https://vk.com/wall-200000001_9 (25.11.2026 11:00)",
        "2. Город ОК: https://ok.ru/group/7/topic/9 (25.11.2026 11:00)",
    ]


def test_an_hour_before_its_term_the_press_centre_is_reminded_once(plan):
    task = task_until("25.11 14:00", plan)
    assert remind_of_tasks(at("25.11 12:59")) == 0
    assert remind_of_tasks(at("25.11 13:00")) == 2
    assert remind_of_tasks(at("25.11 13:30")) == 0
    told = db.session.scalars(db.select(Reminder).where(Reminder.kind == "krai_term")).all()
    assert {one.recipient_id for one in told} == {plan.desk.anna.id, plan.desk.vera.id}
    assert {one.object_id for one in told} == {task.id}


def task_until(due: str, plan) -> KraiTask:
    return enter(
        "День Конституции", "С праздником!", given_by="", due_at=at(due), pages=[plan.vk, plan.ok],
        actor=plan.desk.anna, now=NOW,
    )  # fmt: skip


def test_officialese_is_shown_next_to_the_editor(plan, vera):
    row = plan.idea()
    assert "Начните писать" in vera.get(f"/plan/{row.id}").text
    told = vera.htmx("/plan/style", {"text": "Осуществляется проведение работ по ремонту данной дороги."})
    assert "заменить" in told.text
    assert "data-mend" in told.text
