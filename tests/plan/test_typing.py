"""Text typed in the editor of the plan is kept at once, for its writer alone, until he saves it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from osm.base.database import db
from osm.base.errors import NotFound, NotYours, TextChangedElsewhere
from osm.models import PlanText, Publication
from osm.plan.acts import outgoing, planning, texts
from tests.desk import NOW
from tests.page_reading import words

LATER = NOW + timedelta(minutes=1)


def typed(plan, row, **more):
    given = {"title": "Каток", "text": "Завтра откр", "pages": [str(plan.vk)], "format": "text", **more}
    return {"version": str(row.version), **given}


def rows() -> list[PlanText]:
    db.session.rollback()
    return list(db.session.scalars(db.select(PlanText)))


def test_it_comes_back_with_all_its_fields_and_goes_with_the_saving(plan, vera, anna):
    row = plan.idea()
    here = f"/plan/{row.id}"
    said = vera.htmx(f"{here}/typed", typed(plan, row, heading="Афиша", **{f"text_{plan.vk}": "Каток!"}))
    assert "сохранено" in said.text
    assert 'name="saved_at"' in said.text
    page = vera.get(here).text
    assert "Здесь то, что вы печатали и не сохранили" in page
    for kept in ("Завтра откр", "Каток!", 'value="Афиша"'):
        assert kept in page
    assert page.count('name="pages"') == 2
    assert page.count(" checked>") == 1
    assert "Завтра откр" not in anna.get(here).text, "a colleague sees what is saved"
    assert plan.again(row).text == ""
    vera.submit(f"{here}/text", {**typed(plan, row), "text": "Завтра открываем каток."})
    assert (plan.again(row).text, rows()) == ("Завтра открываем каток.", [])
    assert "не сохранили" not in vera.get(here).text


def test_an_unticked_page_is_kept_and_a_published_one_no_difference(plan, vera):
    row = plan.approved(text="Завтра открываем каток.")
    here, said = f"/plan/{row.id}", {"title": row.title, "text": row.text, "format": "text", "version": row.version}
    vera.htmx(f"{here}/typed", said)
    page = vera.get(here).text
    assert "Здесь то, что вы печатали и не сохранили" in page
    assert " checked>" not in page
    outgoing.note_placed(
        row.id, row.version, placement_id=next(one.id for one in row.placements if one.account_id == plan.vk),
        url="https://vk.com/wall-200000001_1", placed_at=None, actor=plan.desk.anna, now=NOW,
    )  # fmt: skip
    assert vera.get(here).text.count(" checked disabled>") == 1
    saved_at = rows()[0].saved_at.isoformat()
    vera.htmx(f"{here}/typed", {**said, "pages": [str(plan.ok)], "saved_at": saved_at})
    assert "не сохранили" not in vera.get(here).text


def test_two_windows_of_one_person_write_nothing_over(plan, vera):
    row = plan.idea()
    given = {"actor": plan.desk.vera}
    first = texts.keep(row.id, {"text": ["Раз"]}, seen_at=None, now=NOW, **given)
    with pytest.raises(TextChangedElsewhere):
        texts.keep(row.id, {"text": ["Два"]}, seen_at=None, now=LATER, **given)
    db.session.rollback()
    kept = texts.keep(row.id, {"text": ["Два"]}, seen_at=first.saved_at, now=LATER, **given)
    assert (texts.fields_of(kept), kept.saved_at) == ({"text": ["Два"]}, LATER)
    told = vera.htmx(f"/plan/{row.id}/typed", {**typed(plan, row), "saved_at": NOW.isoformat()})
    assert told.status_code == 409
    assert "Сохранено из другого окна" in told.text
    assert "Два" in told.text
    over = {**typed(plan, row), "saved_at": NOW.isoformat(), "over": LATER.isoformat()}
    assert vera.htmx(f"/plan/{row.id}/typed", over).status_code == 200
    assert "Завтра откр" in rows()[0].text


def test_a_change_of_its_day_is_no_conflict_but_of_text_is(plan, vera):
    row = plan.idea()
    here, anna = f"/plan/{row.id}", plan.desk.anna
    page = vera.get(here).text
    base = page.partition('name="base" value="')[2].partition('"')[0]
    vera.htmx(f"{here}/typed", {**typed(plan, row), "base": base})
    planning.move(row.id, plan.again(row).version, date(2026, 11, 27), actor=anna, now=NOW)
    page = vera.get(here).text
    assert f'name="version" value="{plan.again(row).version}"' in page.partition("data-guard")[2]
    outgoing.save(row.id, plan.again(row).version, plan.written("Текст Анны"), actor=anna, now=NOW)
    seen = vera.get(here).text.partition("data-guard")[2].partition('name="version" value="')[2].partition('"')[0]
    refused = vera.submit(f"{here}/text", {**typed(plan, row), "version": seen})
    assert refused.status_code == 409
    assert "Сейчас записано: Текст Анны" in words(refused.text)
    assert "Завтра откр" in refused.text


def test_it_can_be_thrown_away_and_shown_where_editing_ended(plan, vera):
    row = plan.approved()
    here = f"/plan/{row.id}"
    vera.htmx(f"{here}/typed", typed(plan, row, text="Моё начало"))
    planning.cancel(row.id, plan.again(row).version, reason="", actor=plan.desk.anna, now=NOW)
    page = vera.get(here).text
    assert "Вы печатали и не сохранили" in page
    assert "Моё начало" in page
    assert vera.submit(f"{here}/typed/forget", {}).status_code == 303
    assert "Моё начало" not in vera.get(here).text


def test_without_writing_the_plan_a_person_keeps_nothing(plan, boris):
    row = plan.idea()
    assert boris.htmx(f"/plan/{row.id}/typed", {"text": "Я"}).status_code == 403
    with pytest.raises(NotYours):
        texts.keep(row.id, {"text": ["Я"]}, seen_at=None, actor=plan.desk.boris, now=NOW)
    with pytest.raises(NotFound):
        texts.keep(row.id + 1, {"text": ["Я"]}, seen_at=None, actor=plan.desk.vera, now=NOW)
    assert (rows(), db.session.scalars(db.select(Publication)).one().id) == ([], row.id)
