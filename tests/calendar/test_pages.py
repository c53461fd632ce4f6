"""The calendar in administration: the year as text, changes with a preview, refusals that keep the form."""

from __future__ import annotations

import re
from datetime import date

import pytest

from osm.base.database import db
from osm.calendar.acts import decided_now
from osm.flow.acts.terms import in_force
from osm.models import CalendarEdition

DAYS = {
    "2026": [
        "01.01–08.01</strong> праздник (ТК РФ, ст. 112)",
        "09.01</strong> перенос с 03.01 (постановление Правительства от 24.09.2025 № 1466)",
        "09.03</strong> выходной перенесён с 08.03 (ТК РФ, ст. 112)",
        "30.04</strong> на час короче: 09:00–13:00, 13:48–17:00 (ТК РФ, ст. 95)",
        "247 рабочих дней",
    ],
    "2024": ["27.04</strong> рабочий день: 09:00–13:00, 13:48–18:00 (постановление Правительства"],
    "2028": ["Постановления Правительства о переносе выходных на 2028 год ещё нет", "предварительный"],
    "1999": ["Календарь на 2013 год"],
    "9999": ["Календарь на 2030 год"],
    "now": ["Календарь на 2026 год"],
}


@pytest.mark.words
@pytest.mark.parametrize(("year", "expected"), DAYS.items(), ids=list(DAYS))
def test_a_year_says_in_words_why_each_unusual_day_is_so(dina, year, expected):
    page = dina.get(f"/admin/calendar?year={year}").text
    assert [words for words in expected if words not in page] == []


# --- Changing it

ACT = {
    "what": "act",
    "first": "2026-12-31",
    "mode": "off",
    "layer": "local",
    "document": "распоряжение № 7-р",
    "signed": "20.11.2026",
}
DAY_OFF = {**ACT, "first": "2026-12-30"}
SCHEDULE = {
    "what": "schedule",
    "valid_from": "2027-01-11",
    **dict.fromkeys(("monday", "tuesday", "wednesday", "thursday"), "08:00-12:00, 12:48-17:00"),
    "friday": "08.00—12.00; 12.48—16.00",
    "document": "приказ № 3",
    "signed": "2026-11-20",
}
DECREE = {
    "what": "year",
    "year": "2028",
    "document": "Постановление Правительства РФ от 01.09.2026 № 1",
    "from-0": "2028-01-08",
    "to-0": "2028-01-10",
}
CHANGE = "/admin/calendar/change"


def editions(app) -> list[int]:
    with app.app_context():
        return list(db.session.scalars(db.select(CalendarEdition.number).order_by(CalendarEdition.number)))


def test_looking_writes_nothing_and_what_was_looked_at_is_what_is_saved(app, dina):
    look = dina.submit(CHANGE, {**DAY_OFF, "step": "look", "version": "0"})
    assert look.status_code == 200
    assert "30.12.2026" in look.text
    assert editions(app) == []
    sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', look.text.split('id="confirm"')[1]))
    sent.pop("csrf_token")
    done = dina.submit(CHANGE, {**sent, "step": "do"}, follow_redirects=True)
    assert "Сохранено. Идущие сроки не сдвинулись." in done.text
    assert "30.12</strong> местный акт: не работаем (распоряжение № 7-р от 20.11.2026)" in done.text
    assert editions(app) == [1]


def test_going_back_to_the_form_keeps_what_was_typed(dina):
    page = dina.submit(CHANGE, {**DAY_OFF, "step": "edit", "version": "0"}).text
    assert 'value="2026-12-30"' in page
    assert "распоряжение № 7-р" in page


REFUSED = [
    ({**ACT, "first": ""}, "Укажите день"),
    ({**ACT, "first": "31 декабря"}, "Дата не разобрана"),
    ({**ACT, "first": "2031-01-09"}, "Календаря на 2031 год ещё нет"),
    ({**ACT, "last": "2026-12-01"}, "Последний день раньше первого"),
    ({**ACT, "last": "2027-12-01"}, "не более 31"),
    ({**ACT, "mode": "hours"}, "Укажите часы работы"),
    ({**ACT, "mode": "hours", "hours": "18:00-09:00"}, "Часы не разобраны"),
    ({**ACT, "mode": "hours", "hours": "с утра"}, "Часы не разобраны"),
    ({**ACT, "first": "2026-01-03", "last": "2026-01-04", "mode": "hours", "hours": "09:00-12:00"}, "и так нерабочие"),
    ({**ACT, "layer": "city"}, "Выберите, чей это акт"),
    ({**ACT, "document": " \u200b"}, "Укажите документ"),
    ({**ACT, "document": "х" * 201}, "длиннее 200"),
    ({**ACT, "signed": "2027-01-01"}, "ещё не наступила"),
    ({**SCHEDULE, "valid_from": ""}, "с какой даты"),
    ({**SCHEDULE, "valid_from": "0001-01-01"}, "не может действовать раньше"),
    ({**SCHEDULE, "friday": "8-16"}, "Часы не разобраны"),
    ({**SCHEDULE, **dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), "")}, "никто не работает"),
    ({**DECREE, "to-0": ""}, "обе даты"),
    ({**DECREE, "from-0": "2028-01-11"}, "и так рабочий день"),
    ({**DECREE, "to-0": "2028-01-09"}, "и так нерабочий день"),
    ({**DECREE, "to-0": "2029-01-09"}, "обе даты должны быть в 2028"),
    ({**DECREE, "from-1": "2028-01-08", "to-1": "2028-05-10"}, "уже перенесён строкой выше"),
    ({**DECREE, "document": ""}, "Укажите постановление"),
]


def test_impossible_values_are_refused_in_words_and_stay_in_the_form(app, dina):
    for form, words in REFUSED:
        for step in ("look", "do"):
            answer = dina.submit(CHANGE, {**form, "step": step, "version": "0"})
            assert (answer.status_code, words in answer.text) == (422, True), (form, words)
        assert f'value="{form["document"]}"' in answer.text or not form["document"].strip(" \u200b")
    assert editions(app) == []


def test_who_saves_second_reads_who_was_first_and_keeps_the_form(app, dina, cast):
    dina.submit(CHANGE, {**DAY_OFF, "step": "do", "version": "0"})
    for step in ("look", "do"):
        answer = dina.submit(CHANGE, {**ACT, "first": "2026-12-29", "step": step, "version": "0"})
        assert answer.status_code == 409
        assert "Дина Орлова: внесён акт" in answer.text
        assert 'value="2026-12-29"' in answer.text
        assert 'name="version" value="1"' in answer.text
    assert editions(app) == [1]


def test_a_returned_form_is_based_on_what_was_seen(app, dina):
    dina.submit(CHANGE, {**DAY_OFF, "step": "do", "version": "0"})
    for step, form in (("look", {**ACT, "document": ""}), ("edit", ACT)):
        assert 'name="version" value="0"' in dina.submit(CHANGE, {**form, "step": step, "version": "0"}).text
    assert dina.submit(CHANGE, {**ACT, "first": "2026-12-29", "step": "look", "version": "0"}).status_code == 409


def test_a_schedule_a_decree_and_the_days_of_the_president(app, dina):
    page = dina.submit(CHANGE, {**SCHEDULE, "friday": "08:00-12:00", "step": "look", "version": "0"}).text
    assert "вместо 40 ч" in page
    for version, form in enumerate([SCHEDULE, DECREE, {"what": "presidential", "presidential": "1"}]):
        assert dina.submit(CHANGE, {**form, "step": "do", "version": str(version)}).status_code == 303
    with app.app_context():
        calendar = in_force().calendar
        assert calendar.day(date(2027, 1, 11)).hours[0][0].hour == 8
        assert calendar.day(date(2028, 1, 10)).basis == "постановление Правительства от 01.09.2026 № 1"
        assert not calendar.day(date(2020, 7, 1)).hours
        schedule = decided_now()[1].schedules[0].number
    assert 'value="08:00–12:00, 12:48–16:00"' in dina.get(f"/admin/calendar/schedules/{schedule}").text
    assert 'value="2028-01-10"' in dina.get("/admin/calendar/years/2028").text


def test_an_act_is_changed_and_withdrawn(app, dina):
    dina.submit(CHANGE, {**DAY_OFF, "step": "do", "version": "0"})
    assert 'value="2026-12-30"' in dina.get("/admin/calendar/acts/1").text
    changed = {**DAY_OFF, "number": "1", "mode": "hours", "hours": "09:00–12:00", "step": "do", "version": "1"}
    assert "30.12</strong> местный акт: 09:00–12:00" in dina.submit(CHANGE, changed, follow_redirects=True).text
    withdrawn = {"what": "act-withdraw", "number": "1", "first": "2026-12-30", "version": "2"}
    assert "рабочий день: 09:00–13:00" in dina.submit(CHANGE, {**withdrawn, "step": "look"}).text
    dina.submit(CHANGE, {**withdrawn, "step": "do"})
    assert dina.get("/admin/calendar/acts/1").status_code == 404
    assert editions(app) == [1, 2, 3]


def test_only_the_next_year_can_be_added(app, dina):
    assert dina.get("/admin/calendar/years/2032").status_code == 404
    assert dina.get("/admin/calendar/years/2026").status_code == 404
    assert "Добавить 2031 год" in dina.get("/admin/calendar/years/2031").text
    dina.submit(CHANGE, {"what": "year", "year": "2031", "step": "do", "version": "0"})
    assert "предварительный" in dina.get("/admin/calendar?year=2031").text


def test_nonsense_is_no_error_of_the_program(dina):
    for form in ({}, {"what": "year", "step": "edit"}, {"what": "act-withdraw", "number": "7", "step": "do"}):
        assert dina.submit(CHANGE, {"version": "0", **form}).status_code in (303, 404, 422)
