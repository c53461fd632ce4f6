"""Which clock runs when, from receipt to the published answer: the table of the workflow in instants."""

from __future__ import annotations

import pytest

from osm.answers.acts import drafting, publication
from osm.answers.acts.templates import Explained
from osm.approvals import acts as approval
from osm.flow.acts.act import record_breaches
from osm.messages.acts import closing, executors, routing
from osm.regulation.errors import MissingInput
from osm.regulation.words import ClockKind, DeadlineState, InterimReason, Status
from tests.office import at, breached, events, last_deadline, running


def test_a_new_incident_must_be_routed_within_an_hour_of_its_receipt(office):
    assert running(office.incident("17.03 09:00")) == {"route": "17.03 10:00"}


def test_a_new_incident_of_high_importance_runs_under_p9_from_its_receipt(office):
    message = office.incident("17.03 09:00", high=True)
    assert running(message) == {"route": "17.03 10:00", "answer": "17.03 12:00", "draft": "17.03 10:00"}


def test_selection_starts_p8_and_the_draft_is_due_three_working_hours_before(office):
    message = office.incident("17.03 09:00")
    routing.select_message(message.id, message.version, actor=office.anna, now=at("17.03 09:30"))
    # 09:30–13:00 3 h 30, 13:48–17:18 3 h 30
    assert running(message) == {"route": "17.03 10:00", "answer": "17.03 17:18", "draft": "17.03 14:18"}


def test_routing_a_new_message_selects_it_and_stops_the_clock_of_p7(office):
    message = office.routed("17.03 09:00", "17.03 09:30")
    assert message.status is Status.IN_WORK
    assert message.selected_at == at("17.03 09:30")
    assert running(message) == {"answer": "17.03 17:18", "draft": "17.03 14:18"}
    assert breached(message) == set()


def test_routing_late_is_a_breach_at_the_instant_of_the_term(office):
    message = office.routed("17.03 09:00", "17.03 10:01")
    assert last_deadline(message, ClockKind.ROUTE).breached_at == at("17.03 10:00")


def test_routing_in_the_last_minute_is_no_breach(office):
    assert breached(office.routed("17.03 09:00", "17.03 10:00")) == set()


def test_the_curator_has_half_an_hour_from_the_draft(office):
    message = office.routed("17.03 09:00", "17.03 09:30")
    office.submitted(message, "17.03 11:00")
    assert running(message) == {"answer": "17.03 17:18", "approve": "17.03 11:30"}


def test_a_returned_draft_is_reworked_within_an_hour_and_comes_back(office):
    message = office.routed("17.03 09:00", "17.03 09:30")
    draft = office.submitted(message, "17.03 11:00")
    approval.return_draft(
        message.id,
        message.version,
        draft_id=draft.id,
        remarks="Назовите срок",
        actor=office.anna,
        now=at("17.03 11:20"),
    )
    assert message.status is Status.REWORK
    assert running(message) == {"answer": "17.03 17:18", "rework": "17.03 12:20"}
    office.submitted(message, "17.03 12:10", "Здравствуйте! Яму засыплют 18 марта.")
    assert running(message) == {"answer": "17.03 17:18", "approve": "17.03 12:40"}
    assert [d.number for d in message.replies[0].drafts] == [1, 2]


def test_a_withdrawn_draft_gives_the_old_terms_back(office):
    message = office.routed("17.03 09:00", "17.03 09:30")
    office.submitted(message, "17.03 11:00")
    drafting.withdraw_draft(message.id, message.version, actor=office.boris, now=at("17.03 11:05"))
    assert message.status is Status.IN_WORK
    assert running(message) == {"answer": "17.03 17:18", "draft": "17.03 14:18"}


def test_a_draft_withdrawn_from_rework_goes_back_to_rework(office):
    message = office.routed("17.03 09:00", "17.03 09:30")
    draft = office.submitted(message, "17.03 11:00")
    approval.return_draft(
        message.id, message.version, draft_id=draft.id, remarks="Срок?", actor=office.anna, now=at("17.03 11:20")
    )
    office.submitted(message, "17.03 12:00", "Второй")
    drafting.withdraw_draft(message.id, message.version, actor=office.boris, now=at("17.03 12:05"))
    assert message.status is Status.REWORK
    assert running(message) == {"answer": "17.03 17:18", "rework": "17.03 12:20"}


def test_publishing_stops_the_clock_of_the_answer_at_the_time_of_publication(office):
    message = office.answered("17.03 09:00")
    assert message.status is Status.ANSWERED
    assert running(message) == {}
    assert last_deadline(message, ClockKind.ANSWER).state is DeadlineState.MET
    assert breached(message) == set()


@pytest.mark.parametrize("noted", [False, True], ids=["before the worker looks", "after it has noted a breach"])
def test_a_publication_entered_late_but_made_in_time_is_no_breach(office, noted):
    message = office.routed("17.03 09:00", "17.03 09:30")
    office.submitted(message, "17.03 11:00")
    office.approved(message, "17.03 11:10")
    if noted:
        record_breaches(at("17.03 17:30"))
        assert breached(message) == {ClockKind.ANSWER}
    publication.publish_by_hand(
        message.id,
        message.version,
        url="https://vk.com/wall-1_1?reply=2",
        published_at=at("17.03 17:10"),
        actor=office.anna,
        now=at("18.03 09:05"),
    )
    assert breached(message) == set()
    told = [event for event in events(message) if event.action == "no_breach"]
    assert [event.changes["breached_at"][1] for event in told] == [None] * noted


@pytest.mark.parametrize("when", ["17.03 11:09", "17.03 12:01"], ids=["before the approval", "in the future"])
def test_a_publication_time_outside_approval_and_now_is_refused(office, when):
    message = office.routed("17.03 09:00", "17.03 09:30")
    office.submitted(message, "17.03 11:00")
    office.approved(message, "17.03 11:10")
    with pytest.raises(MissingInput) as refused:
        publication.publish_by_hand(
            message.id,
            message.version,
            url="https://vk.com/wall-1_1?reply=2",
            published_at=at(when),
            actor=office.anna,
            now=at("17.03 12:00"),
        )
    assert refused.value.field == "published_at"
    assert message.status is Status.APPROVED


def test_an_interim_answer_opens_the_final_term_which_never_moves(office):
    message = office.routed("17.03 09:00", "17.03 09:30")
    for day, kind in (("17.03", "interim"), ("18.03", "interim")):
        office.submitted(
            message, f"{day} 11:00", "Разбираемся.", kind=kind, interim=Explained(InterimReason.WORK_GOES_ON)
        )
        office.approved(message, f"{day} 11:10")
        office.published(message, f"{day} 11:20")
        assert message.status is Status.AWAITING_FINAL
        # The day of sending does not count: 18, 19 and 20 March, and Friday closes at 17:00.
        assert running(message) == {"final": "20.03 17:00"}
        publication.prepare_final(message.id, message.version, actor=office.boris, now=at(f"{day} 12:00"))


def test_after_the_author_answered_a_clarification_the_clocks_start_again(office):
    message = office.routed("17.03 09:00", "17.03 09:30")
    office.submitted(message, "17.03 10:00", "Уточните адрес.", kind="clarification")
    office.approved(message, "17.03 10:10")
    office.published(message, "17.03 10:20")
    assert message.status is Status.AWAITING_AUTHOR
    assert running(message) == {}
    publication.author_answered(
        message.id, message.version, text="Калининская, 12", url="", actor=office.anna, now=at("18.03 09:30")
    )
    assert message.status is Status.IN_WORK
    assert running(message) == {"answer": "18.03 17:18", "draft": "18.03 14:18"}


def test_raised_importance_counts_from_the_detection_without_blame_for_the_past(office):
    message = office.routed("17.03 09:00", "17.03 09:05")
    executors.raise_importance(
        message.id,
        message.version,
        detected_at=at("17.03 09:30"),
        reason="Ребёнок в яме",
        actor=office.anna,
        now=at("17.03 12:00"),
    )
    assert running(message) == {"answer": "17.03 12:30", "draft": "17.03 10:30"}
    office.submitted(message, "17.03 12:10")
    assert breached(message) == set()
    office.approved(message, "17.03 12:20")
    office.published(message, "17.03 12:45")
    assert breached(message) == {ClockKind.ANSWER}, "the answer was still possible when the importance was raised"


def test_lowering_the_importance_counts_from_the_selection_again(office):
    message = office.routed("17.03 09:00", "17.03 09:30", high=True)
    executors.lower_importance(message.id, message.version, reason="", actor=office.anna, now=at("17.03 09:40"))
    assert running(message) == {"answer": "17.03 17:18", "draft": "17.03 14:18"}


def test_importance_of_an_unselected_message_can_be_raised_lowered_and_raised(office):
    message = office.incident("17.03 09:00")
    for _ in range(2):
        executors.raise_importance(
            message.id, message.version, detected_at=None, reason="", actor=office.anna, now=at("17.03 09:10")
        )
        assert running(message) == {"route": "17.03 10:00", "answer": "17.03 12:10", "draft": "17.03 10:10"}
        executors.lower_importance(message.id, message.version, reason="", actor=office.anna, now=at("17.03 09:20"))
        assert running(message) == {"route": "17.03 10:00"}


def test_closed_time_is_not_counted_after_a_restore(office):
    message = office.routed("17.03 09:00", "17.03 09:30")
    closing.dismiss_message(message.id, message.version, reason="Не наше", actor=office.anna, now=at("17.03 10:00"))
    assert running(message) == {}
    closing.restore_message(message.id, message.version, reason="Ошиблись", actor=office.anna, now=at("17.03 12:00"))
    assert message.status is Status.NEW
    # Two working hours closed: 17:18 + 42 minutes to 18:00, the rest on the next day.
    assert running(message) == {"answer": "18.03 10:18", "draft": "17.03 16:18"}
    routing.route_message(
        message.id, message.version, executor_id=office.boris.id, task="", actor=office.anna, now=at("17.03 12:10")
    )
    assert running(message) == {"answer": "18.03 10:18", "draft": "17.03 16:18"}
    assert len(message.replies) == 1


def test_a_reply_given_before_closing_makes_routing_start_the_clocks_again(office):
    message = office.routed("17.03 09:00", "17.03 09:30")
    office.submitted(message, "17.03 10:00", "Уточните адрес.", kind="clarification")
    office.approved(message, "17.03 10:10")
    office.published(message, "17.03 10:20")
    closing.close_without_answer(message.id, message.version, reason="Молчит", actor=office.anna, now=at("19.03 10:00"))
    closing.restore_message(message.id, message.version, reason="Нашёлся", actor=office.anna, now=at("19.03 11:00"))
    routing.route_message(
        message.id, message.version, executor_id=office.boris.id, task="", actor=office.anna, now=at("19.03 11:05")
    )
    # 11:05–13:00 and 13:48–18:00 are 6 h 07, the other 53 minutes are Friday's.
    assert running(message) == {"answer": "20.03 09:53", "draft": "19.03 15:53"}
    assert not any(clock.blameless for clock in message.deadlines)
    office.submitted(message, "19.03 11:30")
    assert breached(message) == set()


def test_raised_before_that_routing_the_clocks_start_with_the_detection(office):
    message = office.routed("17.03 09:00", "17.03 09:30")
    office.submitted(message, "17.03 10:00", "Уточните адрес.", kind="clarification")
    office.approved(message, "17.03 10:10")
    office.published(message, "17.03 10:20")
    closing.close_without_answer(message.id, message.version, reason="Молчит", actor=office.anna, now=at("19.03 10:00"))
    closing.restore_message(message.id, message.version, reason="Нашёлся", actor=office.anna, now=at("19.03 11:00"))
    executors.raise_importance(
        message.id, message.version, detected_at=None, reason="Авария", actor=office.anna, now=at("19.03 11:05")
    )
    # 11:05–13:00 and 13:48–14:53: three hours of П.9.
    assert running(message) == {"answer": "19.03 14:53", "draft": "19.03 12:05"}


def test_the_term_of_the_final_answer_continues_after_a_restore(office):
    message = office.routed("17.03 09:00", "17.03 09:30")
    office.submitted(message, "17.03 10:00", "Разбираемся.", kind="interim")
    office.approved(message, "17.03 10:10")
    office.published(message, "17.03 10:20")
    closing.mark_withdrawn(message.id, message.version, note="", actor=office.anna, now=at("18.03 09:00"))
    closing.restore_message(message.id, message.version, reason="Вернул", actor=office.anna, now=at("18.03 10:00"))
    routing.route_message(
        message.id, message.version, executor_id=office.boris.id, task="", actor=office.anna, now=at("18.03 10:05")
    )
    # Friday closes at 17:00; the hour in which the message was closed moves the term to Monday's first hour.
    assert running(message) == {"final": "23.03 10:00"}


def test_a_breach_stays_when_a_message_is_closed_and_restored(office):
    message = office.incident("17.03 09:00")
    closing.dismiss_message(message.id, message.version, reason="Не наше", actor=office.anna, now=at("17.03 11:00"))
    assert breached(message) == {ClockKind.ROUTE}
    closing.restore_message(message.id, message.version, reason="Ошиблись", actor=office.anna, now=at("17.03 12:00"))
    assert breached(message) == {ClockKind.ROUTE}


def test_every_act_raises_the_version_once_and_logs_one_event(office):
    message = office.answered("17.03 09:00")
    steps = [event for event in events(message) if "version" in event.changes]
    assert [event.changes["version"] for event in steps] == [[n, n + 1] for n in range(1, message.version)]
    assert [event.action for event in steps] == ["route", "submit_draft", "approve_draft", "publish_final"]
    assert [event.changes["status"][1] for event in steps] == ["in_work", "on_approval", "approved", "answered"]
