"""The person of a breach names its cause and may object; another person decides; a decision is final."""

from __future__ import annotations

import pytest

from osm.base.errors import NotYours, ServiceError
from osm.flow.acts.act import record_breaches
from osm.regulation.control import Cause, ShortcomingState, Waiver
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import Post, Role
from osm.shortcomings.acts import shortcomings
from osm.shortcomings.queries.shortcomings import Duty, waiting
from tests.control.late import appoint, hire_one, late_draft, rows
from tests.office import at, events

NOW = at("18.03 10:00")


def explain(office, row, by="boris", version=None, **given):
    said = {"cause": "workload", "words": "", **given}
    who = getattr(office, by)
    return shortcomings.explain(row.id, version or row.version, **said, actor=who, now=NOW)


def decide(office, row, by="anna", act="confirm", **given):
    said = {"reason": ""} if act == "confirm" else {"waiver": "calendar", "reason": ""}
    who = getattr(office, by)
    return getattr(shortcomings, act)(row.id, row.version, **{**said, **given}, actor=who, now=NOW)


def duties(office, login):
    return [(row.duty, row.object_id) for row in waiting(getattr(office, login))]


def test_one_press_names_the_cause_and_the_curator_decides_the_chain(office):
    message = late_draft(office)
    draft, answer = rows()
    assert duties(office, "boris") == [(Duty.EXPLAIN, draft.id)]
    assert duties(office, "anna") == []
    explain(office, draft)
    assert (draft.state, draft.cause, draft.version) == (ShortcomingState.EXPLAINED, Cause.WORKLOAD, 2)
    assert duties(office, "boris") == []
    assert duties(office, "anna") == [(Duty.DECIDE, draft.id)]
    decide(office, draft)
    assert [row.state for row in rows()] == [ShortcomingState.CONFIRMED] * 2
    assert answer.decided_by_id == office.ids["anna"]
    assert duties(office, "anna") == []
    logged = [event.action for event in events(message) if event.action.startswith("shortcoming")]
    assert logged == ["shortcoming_explained", "shortcoming_confirmed", "shortcoming_confirmed"]


def test_a_waived_chain_says_why(office):
    late_draft(office)
    decide(office, rows()[0], act="waive", waiver="source_time")
    assert {(row.state, row.waiver) for row in rows()} == {(ShortcomingState.WAIVED, Waiver.SOURCE_TIME)}


def test_anothers_consequence_is_decided_once_its_cause_is(office):
    appoint(office, "gleb", Post.CHIEF_OF_STAFF)
    message = office.routed("17.03 09:00", "17.03 09:12")
    record_breaches(at("17.03 14:30"))
    office.submitted(message, "17.03 16:50")
    record_breaches(at("17.03 17:10"))
    draft, answer = rows()
    assert (answer.root_id, answer.person_id) == (draft.id, office.ids["anna"])
    explain(office, draft)
    assert duties(office, "gleb") == duties(office, "boris") == []
    decide(office, draft)
    assert answer.state is ShortcomingState.ASKED  # a person does not decide about his own breach
    assert duties(office, "gleb") == [(Duty.DECIDE, answer.id)]


def test_an_objection_stays_until_it_is_answered(office):
    late_draft(office)
    draft, answer = rows()
    shortcomings.object_to(answer.id, answer.version, objection="Проект был готов", actor=office.boris, now=NOW)
    assert duties(office, "anna") == [(Duty.DECIDE, answer.id)]
    explain(office, answer)
    assert (answer.state, answer.objection) == (ShortcomingState.OBJECTED, "Проект был готов")
    decide(office, draft)
    assert answer.state is ShortcomingState.OBJECTED  # it is not decided together with its chain
    with pytest.raises(MissingInput) as refused:
        decide(office, answer)
    assert refused.value.field == "reason"
    decide(office, answer, reason="Проект пришёл в 15:00")
    assert (answer.state, answer.objection) == (ShortcomingState.CONFIRMED, "Проект был готов")


@pytest.mark.words
@pytest.mark.parametrize(("cause", "words", "field"), [("", "", "cause"), ("x", "", "cause"), ("other", " ", "words")])
def test_own_words_are_needed_where_no_usual_cause_fits(office, cause, words, field):
    late_draft(office)
    with pytest.raises(MissingInput) as refused:
        explain(office, rows()[0], cause=cause, words=words)
    assert refused.value.field == field


@pytest.mark.words
@pytest.mark.parametrize("login", ["anna", "nina", "vera", "gleb"])
def test_other_people_neither_name_the_cause_nor_object(office, login):
    late_draft(office)
    with pytest.raises(NotYours):
        explain(office, rows()[0], by=login)


@pytest.mark.parametrize("login", ["boris", "nina", "vera", "gleb"])
def test_an_executors_is_decided_by_the_curator_alone(office, login):
    appoint(office, "gleb", Post.CHIEF_OF_STAFF)
    late_draft(office)
    with pytest.raises(NotYours):
        decide(office, rows()[0], by=login)


def test_the_curators_own_is_decided_by_the_chief_of_staff(office):
    hire_one(office, "petr", Role.HEAD)
    hire_one(office, "olga", Role.CURATOR)
    appoint(office, "petr", Post.HEAD)
    office.incident("17.03 09:00")
    record_breaches(at("17.03 11:00"))
    row = rows()[0]
    explain(office, row, by="anna")
    for login in ("anna", "olga", "gleb"):
        with pytest.raises(NotYours):
            decide(office, row, by=login, act="waive")
    assert duties(office, "petr") == [(Duty.DECIDE, row.id)]  # the head, as long as there is no chief of staff
    appoint(office, "gleb", Post.CHIEF_OF_STAFF)
    assert duties(office, "petr") == []
    with pytest.raises(NotYours):
        decide(office, row, by="petr")
    decide(office, row, by="gleb", act="waive", waiver="other", reason="Болела")
    assert (row.state, row.reason) == (ShortcomingState.WAIVED, "Болела")


def test_the_second_gets_a_conflict_and_the_decision_is_frozen(office):
    late_draft(office)
    draft = rows()[0]
    explain(office, draft)
    with pytest.raises(StaleVersion):
        explain(office, draft, version=1)
    decide(office, draft)
    for act in (lambda: decide(office, draft, act="waive"), lambda: explain(office, draft)):
        with pytest.raises(ServiceError, match="не меняется"):
            act()


def test_many_are_waived_at_once_and_what_somebody_has_changed_is_left(office):
    for _ in range(3):
        office.incident("17.03 09:00")
    appoint(office, "gleb", Post.CHIEF_OF_STAFF)
    record_breaches(at("17.03 11:00"))
    seen = [(row.id, row.version) for row in rows()]
    explain(office, rows()[0], by="anna")
    given = {"waiver": "calendar", "reason": "17.03 — выходной", "now": NOW}
    with pytest.raises(NotYours):
        shortcomings.waive_many(seen, **given, actor=office.anna)
    assert not any(row.decided_at for row in rows())
    assert shortcomings.waive_many(seen, **given, actor=office.gleb) == (2, 1)
    with pytest.raises(MissingInput):
        shortcomings.waive_many([], **given, actor=office.gleb)


def test_what_no_clock_notes_is_entered_by_hand(office):
    message = office.answered()
    given = {
        "kind": "false_facts",
        "person_id": office.ids["boris"],
        "day": at("17.03 12:00").date(),
        "words": "Ямы там нет",
    }
    row = shortcomings.enter(message.id, **given, actor=office.anna, now=NOW)
    assert (row.clause, row.department_id) == ("П.18", office.boris.department_id)
    assert duties(office, "boris") == [(Duty.EXPLAIN, row.id)]
    with pytest.raises(NotYours):
        shortcomings.enter(message.id, **given, actor=office.nina, now=NOW)
    wrong = {"kind": "breach", "person_id": office.ids["gleb"], "day": at("19.03 12:00").date(), "words": "\u200b"}
    for name, value in wrong.items():
        with pytest.raises(MissingInput) as refused:
            shortcomings.enter(message.id, **{**given, name: value}, actor=office.anna, now=NOW)
        assert refused.value.field == name
