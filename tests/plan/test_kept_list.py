"""What the lists of the plan have in common: who may change them, and that an id is not used again."""

from __future__ import annotations

from datetime import date

import pytest

from osm.base.database import db
from osm.base.errors import NotFound, NotYours, ServiceError
from osm.plan.acts import news, planning
from osm.regulation.errors import StaleVersion
from tests.desk import NOW

LISTS = {
    "headings": (planning.HEADINGS, planning.HeadingGiven("Афиша", 3, None, ())),
    "dates": (news.DAYS, news.DayGiven("День посёлка", date(2026, 11, 28), every_year=True)),
    "campaigns": (news.CAMPAIGNS, news.CampaignGiven("Выборы", NOW.date(), date(2026, 11, 29), None, "Иванов Пётр")),
}
each = pytest.mark.parametrize("name", LISTS)


@each
def test_the_same_row_is_written_once_though_the_form_is_sent_again(plan, name):
    kept, given = LISTS[name]
    kept.add(given, actor=plan.desk.vera, now=NOW)
    with pytest.raises(ServiceError, match="уже записана"):
        kept.add(given, actor=plan.desk.anna, now=NOW)


@each
def test_a_page_that_was_opened_before_reaches_no_later_row(plan, name):
    kept, given = LISTS[name]
    vera = {"actor": plan.desk.vera, "now": NOW}
    first = kept.add(given, **vera)
    number, version = first.id, first.version
    kept.remove(number, version, **vera)
    assert kept.add(given, **vera).id > number
    with pytest.raises(NotFound):
        kept.remove(number, version, **vera)


@each
def test_of_two_one_wins_and_strangers_keep_nothing(plan, name):
    kept, given = LISTS[name]
    vera = {"actor": plan.desk.vera, "now": NOW}
    row = kept.add(given, **vera)
    seen = row.version
    kept.change(row.id, seen, given, **vera)
    with pytest.raises(StaleVersion):
        kept.change(row.id, seen, given, **vera)
    db.session.rollback()
    for act in (lambda who: kept.add(given, **who), lambda who: kept.remove(row.id, seen + 1, **who)):
        with pytest.raises(NotYours, match="ведёт пресс-центр"):
            act({"actor": plan.desk.boris, "now": NOW})
