"""Memorable dates: rules, the data of the product, the office's own list, and where they are shown."""

from __future__ import annotations

from datetime import date

import pytest

from osm.base.database import db
from osm.models import Event, MemorableDay
from osm.plan.rules import between, known_days, rule
from osm.regulation.errors import WrongParameters
from tests.page_reading import words


@pytest.mark.parametrize(
    ("words_of", "year", "day"),
    [
        ("05-09", 2026, date(2026, 5, 9)),
        ("02-29", 2027, date(2027, 2, 28)),
        ("02-29", 2028, date(2028, 2, 29)),
        ("-1 sun 11", 2026, date(2026, 11, 29)),
        ("2 sun 08", 2026, date(2026, 8, 9)),
        ("4 sat 07", 2026, date(2026, 7, 25)),
        ("-1 sat 06", 2027, date(2027, 6, 26)),
    ],
)
def test_a_rule_falls_on_a_day(words_of, year, day):
    assert rule(words_of, "День").in_year(year) == day


@pytest.mark.parametrize("wrong", ["", "13-01", "02-30", "5 sun 01", "0 sun 01", "1 son 01", "1 sun 13", "-9 sun 01"])
def test_what_is_no_rule_is_refused(wrong):
    with pytest.raises(WrongParameters):
        rule(wrong, "День")


def test_every_known_date_falls_once_in_a_year_and_over_its_end():
    year = list(between(date(2026, 1, 1), date(2026, 12, 31), known_days()))
    assert len(year) == len(known_days()) == len({one.name for one in known_days()})
    turn = dict(between(date(2026, 12, 27), date(2027, 1, 1), known_days()))
    assert turn == {date(2026, 12, 27): "День спасателя", date(2027, 1, 1): "Новый год"}


def only() -> MemorableDay:
    db.session.rollback()
    return db.session.scalars(db.select(MemorableDay)).one()


def test_the_own_list_is_kept_and_seen_in_week_and_month(plan, vera, anna, gleb):
    day = {"title": "День посёлка", "day": "2020-11-28"}
    wrong = vera.submit("/plan/dates", {"title": "День посёлка", "day": ""})
    assert wrong.status_code == 422
    assert 'value="День посёлка"' in wrong.text
    assert vera.submit("/plan/dates", {**day, "every_year": "1"}).status_code == 303
    row = only()
    for view in ("week", "month"):
        page = words(gleb.get(f"/plan?view={view}&day=2026-11-26").text)
        assert "День посёлка" in page
        assert "День матери" in page
    assert "День посёлка" in words(gleb.get("/plan?day=2027-11-28").text)
    once = {**day, "day": "2026-11-28", "title": "Юбилей", "version": row.version}
    assert anna.submit(f"/plan/dates/{row.id}", once).status_code == 303
    stale = vera.submit(f"/plan/dates/{row.id}", {**once, "title": "Другое"})
    assert stale.status_code == 409
    assert "Другое" in stale.text
    assert "Юбилей" not in words(gleb.get("/plan?day=2027-11-28").text)
    assert "Новая дата" not in gleb.get("/plan/dates").text
    assert vera.submit(f"/plan/dates/{row.id}/remove", {"version": only().version}).status_code == 303
    assert "Юбилей" not in words(gleb.get("/plan?day=2026-11-28").text)
    db.session.rollback()
    acts = db.session.scalars(db.select(Event.action).where(Event.object_kind == "memorable_day").order_by(Event.id))
    assert list(acts) == ["memorable_added", "memorable_changed", "memorable_removed"]
