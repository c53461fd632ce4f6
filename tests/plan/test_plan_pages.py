"""The screens of the plan: an idea from any page, the card with its forms, the grid with «7 из 10»."""

from __future__ import annotations

import io
import re

import pytest

from osm.base.database import db
from osm.models import Publication
from osm.plan.acts import outgoing
from tests.desk import NOW
from tests.page_reading import words
from tests.plan.test_news import with_place

TOMORROW = "2026-11-26"


def only() -> Publication:
    db.session.rollback()
    return db.session.scalars(db.select(Publication)).one()


@pytest.fixture
def vera(plan, vera):
    return vera


def test_an_idea_takes_a_title_and_a_day_from_any_page(plan, vera):
    assert "data-idea" in vera.get("/moderation").text
    back = {"Referer": "http://localhost/moderation"}
    done = vera.submit("/plan/ideas", {"title": "Каток", "day": TOMORROW}, headers=back)
    assert (done.status_code, done.location) == (303, "/moderation")
    assert "уже записана" in vera.submit("/plan/ideas", {"title": "Каток", "day": TOMORROW}).text, "the form sent again"
    told = vera.htmx("/plan/ideas", {"title": "Ёлка", "day": TOMORROW})
    assert "Идея записана на 26.11: «Ёлка»" in told.text
    assert "<main" not in told.text
    wrong = vera.submit("/plan/ideas", {"title": "Вчера", "day": "2026-11-20"})
    assert wrong.status_code == 422
    assert "уже прошёл" in wrong.text
    assert "«Вчера»" in wrong.text, "what was typed is kept"
    assert "уже прошёл" in vera.htmx("/plan/ideas", {"title": "Вчера", "day": "2026-11-20"}).text


def test_from_the_idea_to_what_was_placed_by_hand(plan, vera, anna):
    vera.submit("/plan/ideas", {"title": "Открытие катка", "day": TOMORROW})
    here = f"/plan/{only().id}"
    text = {"title": "Открытие катка", "text": "Завтра открываем!", "format": "photo", "pages": [plan.vk, plan.ok]}
    own = {f"text_{plan.ok}": "Каток открыт!", "credit": "М. Ильин"}
    without = vera.submit(f"{here}/text", {**text, **own, "version": only().version, "then": "submit"})
    assert "нет ни одного фото" in without.text
    photo = (io.BytesIO(with_place(60)), "каток.jpg")
    vera.submit(f"{here}/photos", {"version": only().version, "files": photo})
    vera.submit(f"{here}/text", {**text, **own, "version": only().version, "then": "submit"})
    assert only().state == "submitted"
    assert "Согласовать" not in words(vera.get(here).text)
    returned = anna.submit(f"{here}/return", {"version": only().version, "remarks": "Когда?"})
    assert returned.status_code == 303
    page = vera.get(here).text
    assert "Возвращено: Когда?" in page
    assert 'value="М. Ильин"' in page
    vera.submit(f"{here}/text", {**text, **own, "version": only().version, "then": "submit"})
    anna.submit(f"{here}/approve", {"version": only().version})
    late = {"day": TOMORROW, "time": "12:30", "late_minutes": 15, "schedule": "1"}
    anna.submit(f"{here}/time", {**late, "version": only().version})
    row = only()
    assert (row.state, row.late_minutes) == ("scheduled", 15)
    grid = anna.get(f"/plan?day={TOMORROW}").text
    assert re.search(r"12:30.*Открытие катка.*Запланировано", words(grid))
    assert "0 из 10, в плане ещё 1" in words(grid)
    for placement, url in zip(row.placements, ("https://vk.com/wall-200000001_5", ""), strict=True):
        form = {"placement_id": placement.id, "url": url, "version": only().version}
        first = vera.submit(f"{here}/place", form)
        if not url:
            assert first.status_code == 422
            assert "Вставьте ссылку" in first.text
            vera.submit(f"{here}/place", {**form, "without_link": "1"})
    assert only().state == "published"
    page = words(anna.get("/plan").text)
    assert "1 из 10" in page


def test_a_refused_text_comes_back_and_who_was_quicker_is_named(plan, vera, anna):
    row = plan.idea()
    here, seen = f"/plan/{row.id}", row.version
    poll = {"title": "Где ёлка?", "text": "Голосуем", "format": "poll", "question": "Где?", "version": seen}
    wrong = vera.submit(f"{here}/text", {**poll, "then": "submit"})
    assert wrong.status_code == 422
    assert "хотя бы два" in wrong.text
    assert 'value="Где ёлка?"' in wrong.text
    anna.submit(f"{here}/text", {"title": "Каток", "text": "Каток открыт", "format": "text", "version": seen})
    stale = vera.submit(f"{here}/text", poll)
    assert stale.status_code == 409
    assert "черновик сохранён" in stale.text
    assert "Голосуем" in stale.text
    assert only().text == "Каток открыт"


def test_keys_move_by_the_form_of_the_grid(plan, vera):
    row = plan.idea()
    moved = vera.submit(f"/plan/{row.id}/move", {"version": row.version, "day": "2026-11-27", "from": "grid"})
    assert moved.location == f"/plan?day=2026-11-27&focus={row.id}"
    shifted = vera.submit("/plan/shift?day=2026-11-27", {"row": f"{row.id}:{only().version}", "to": "on"})
    assert shifted.location == "/plan?day=2026-12-04"
    assert only().day.isoformat() == "2026-12-04"


def test_one_page_is_shown_and_the_month_leads_to_its_weeks(plan, vera):
    row = plan.approved(pages=(plan.vk,))
    outgoing.note_placed(
        row.id, row.version, placement_id=row.placements[0].id, url="https://vk.com/wall-1_2", placed_at=None,
        actor=plan.desk.anna, now=NOW,
    )  # fmt: skip
    of_vk, of_ok = (words(vera.get(f"/plan?page={page}").text) for page in (plan.vk, plan.ok))
    assert "Открытие катка" in of_vk
    assert "ВКонтакте: Город ВК 1 из 10" in of_vk
    assert "Открытие катка" not in of_ok
    assert "На этой неделе на странице «Одноклассники: Город ОК» ничего не запланировано" in of_ok
    month = vera.get("/plan?view=month").text
    assert "Ноябрь 2026" in month
    assert "Открытие катка" in month


def test_a_leader_reads_and_changes_nothing(plan, gleb, boris):
    row = plan.approved()
    page = gleb.get(f"/plan/{row.id}").text
    assert "Приходите!" in page
    assert f"/plan/{row.id}/" not in page
    assert "data-move" not in gleb.get("/plan").text
    assert boris.get("/plan").status_code == 403
    assert gleb.get("/plan/999").status_code == 404
