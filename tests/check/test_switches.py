"""A rule that is wrong here is switched off and on again: its marks go and come back, the log has the person."""

from __future__ import annotations

import pytest

from osm.base.database import db
from osm.base.errors import ServiceError
from osm.check.acts import dictionary, rules, verdicts
from osm.models import Event
from tests.office import at

NOW = at("20.03 12:00")
TEXT = "Прыгалка вы"


@pytest.fixture
def rule(office) -> str:
    given = {"kind": "lemma", "text": "прыгалка", "category": "threat", "severity": "high"}
    dictionary.add(dictionary.own_word(given), actor=office.anna, now=NOW)
    [found] = verdicts.moderator().judge(TEXT).findings
    return found.rule


def test_off_it_marks_nothing_and_other_rules_go_on(office, rule):
    before = verdicts.moderator()
    rules.switch_off(rule, actor=office.anna, now=NOW)
    after = verdicts.moderator()
    assert after.judge(TEXT).decision == "pass"
    assert after.judge(f"{TEXT}, сволочи").findings != ()
    assert after.rules_version != before.rules_version
    rules.switch_on(rule, actor=office.anna, now=NOW)
    assert verdicts.moderator() == before
    assert verdicts.moderator().judge(TEXT).decision == "exclude"


def test_of_two_the_second_gets_a_conflict_and_logs_the_rule(office, rule):
    rules.switch_off(rule, actor=office.anna, now=NOW)
    with pytest.raises(ServiceError, match="уже выключено"):
        rules.switch_off(rule, actor=office.anna, now=NOW)
    rules.switch_on(rule, actor=office.anna, now=NOW)
    with pytest.raises(ServiceError, match="уже включено"):
        rules.switch_on(rule, actor=office.anna, now=NOW)
    said = db.session.execute(
        db.select(Event.action, Event.changes).where(Event.object_kind == "rule").order_by(Event.id)
    ).all()
    assert [row.action for row in said] == ["switch_rule_off", "switch_rule_on"]
    assert all(rule in str(row.changes) for row in said)


def test_before_it_is_off_the_last_texts_are_shown_without_it(office, rule):
    office.incident("20.03 10:00", text=TEXT)
    office.incident("20.03 10:00", text=f"{TEXT}, сволочи")
    office.incident("20.03 10:00", text="Когда дадут свет?")
    seen = rules.look(rule, actor=office.anna)
    assert (seen.looked, seen.freed, seen.freed_right) == (3, 1, 0)
    assert [sample.text for sample in seen.samples] == [TEXT]
