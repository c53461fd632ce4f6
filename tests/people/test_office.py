"""The office's data about itself: one page, one row, checked before a document uses it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from osm.base.database import db
from osm.models import Event
from osm.people.acts.office import edit_office
from osm.people.queries.people import office as stored
from osm.regulation.errors import MissingInput, StaleVersion
from tests.office import at

NOW = at("17.03 12:00")
GIVEN = {
    "name": "Администрация города",
    "inn": "7707083893",
    "letterhead": " АДМИНИСТРАЦИЯ \n\nГОРОДА",
    "site": "город.рф",
    "responsible": "Анна, начальник пресс-центра",
    "phones": "8 000 1, приёмная",
    "duty_phones": "8 000 2",
}
REFUSED = {
    "ten figures of which the last is wrong": ("inn", "7707083894"),
    "twelve figures of which the last but one is wrong": ("inn", "500100732269"),
    "nine figures": ("inn", "770708389"),
    "letters": ("inn", "77070838ОЗ"),
    "no address": ("site", "наш сайт"),
    "another protocol": ("site", "ftp://example.org/"),
    "a script": ("site", "javascript://example.org/%0a"),
    "a long name": ("name", "я" * 301),
    "too many telephones": ("phones", "\n".join(map(str, range(21)))),
}


def edit(version=1, **changed):
    return edit_office(version, **{**GIVEN, **changed}, actor=None, now=NOW)


def test_details_are_stored_as_printed_and_the_log_has_no_texts(office):
    edit()
    found = stored()
    assert (found.letterhead, found.site, found.inn) == ("АДМИНИСТРАЦИЯ\nГОРОДА", "https://город.рф", "7707083893")
    event = db.session.scalars(select(Event).where(Event.action == "edit_office")).one()
    assert event.changes == {"fields": [[], list(GIVEN)], "version": [1, 2]}


@pytest.mark.parametrize("inn", ["", "7707083893", "77 07 083893", "500100732259"])
def test_numbers_with_right_check_figures_are_accepted(office, inn):
    assert edit(inn=inn).inn == inn.replace(" ", "")


@pytest.mark.words
@pytest.mark.parametrize(("field", "typed"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_used_is_refused_by_its_field(office, field, typed):
    with pytest.raises(MissingInput) as refused:
        edit(**{field: typed})
    assert refused.value.field == field
    assert stored().version == 1


def test_an_older_version_gets_a_conflict(office):
    edit()
    with pytest.raises(StaleVersion):
        edit(name="Другое")


def test_the_page_keeps_what_was_typed(anna, cast):
    assert anna.submit("/admin/office", {**GIVEN, "version": 1}).location == "/admin/office"
    wrong = anna.submit("/admin/office", {**GIVEN, "inn": "1", "version": 2})
    assert wrong.status_code == 422
    assert "Такого ИНН не бывает" in wrong.text
    assert 'value="Анна, начальник пресс-центра"' in wrong.text
    late = anna.submit("/admin/office", {**GIVEN, "name": "Иное", "version": 1})
    assert late.status_code == 409
    assert "Сейчас записано: Администрация города." in late.text
    page = anna.get("/admin/office").text
    assert "о недостатках докладывать некому" in page
    assert "никто не курирует" in page
