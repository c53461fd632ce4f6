"""The parts of several executors (П.14): order and clocks, versions, rights, texts."""

from __future__ import annotations

import pytest

from osm.answers.acts import drafting
from osm.base.database import db
from osm.base.errors import NotYours, ServiceError, TextChangedElsewhere
from osm.flow.acts.act import record_breaches
from osm.groups.acts import members
from osm.messages.acts import executors
from osm.models import Part
from osm.regulation.errors import MissingInput, StaleVersion, TransitionNotAllowed
from osm.regulation.words import ClockKind, DeadlineState
from tests.office import at, events

from .sharing import of_part, part_clocks, row_of, send, shared, states

# --- Order and clocks


def test_equal_numbers_begin_at_once_and_the_next_after_both(three):
    message = shared(three)
    assert part_clocks(message) == {"boris part": "17.03 11:10", "nina part": "17.03 11:10"}
    assert states(message) == {"boris": "asked", "nina": "asked", "oleg": "waiting"}
    send(three, message, "boris", "17.03 10:00")
    assert part_clocks(message) == {"nina part": "17.03 11:10"}
    send(three, message, "nina", "17.03 10:30")
    assert part_clocks(message) == {"oleg part": "17.03 12:30"}
    send(three, message, "oleg", "17.03 12:00")
    assert part_clocks(message) == {}
    assert set(states(message).values()) == {"sent"}


def test_the_curator_gives_another_time_than_two_hours(three):
    message = shared(three, "boris 1 30, nina 1 300")
    # 300 minutes from 9:10: 3 h 50 to 13:00, then 1 h 10 from 13:48.
    assert part_clocks(message) == {"boris part": "17.03 09:40", "nina part": "17.03 14:58"}
    assert {d.clause for d in message.deadlines if d.assignment_id} == {"П.14"}


def test_the_clocks_of_the_message_run_with_those_of_the_parts(three):
    message = shared(three)
    mine = {d.kind: d for d in message.deadlines if d.state is DeadlineState.OPEN and d.assignment_id is None}
    assert set(mine) == {ClockKind.ANSWER, ClockKind.DRAFT}


def test_a_breach_is_of_one_part_and_logged_once(three):
    message = shared(three, "boris 1, nina 1")
    send(three, message, "boris", "17.03 11:00")
    record_breaches(at("17.03 11:11"))
    record_breaches(at("17.03 11:20"))
    send(three, message, "nina", "17.03 11:30")
    assert [d.breached_at for d in of_part(three, message, "boris")] == [None]
    assert [d.breached_at for d in of_part(three, message, "nina")] == [at("17.03 11:10")]
    [breach] = [event for event in events(message) if event.action == "breach"]
    assert breach.changes["assignment_id"] == [None, row_of(three, message, "nina").id]


def test_a_part_may_come_before_its_turn(three):
    message = shared(three, "boris 1, nina 2")
    send(three, message, "nina", "17.03 09:30")
    assert part_clocks(message) == {"boris part": "17.03 11:10"}
    send(three, message, "boris", "17.03 10:00")
    assert part_clocks(message) == {}
    assert of_part(three, message, "nina") == []


def test_a_returned_part_has_an_hour_and_stops_no_other_work(three):
    message = shared(three, "boris 1, nina 2")
    send(three, message, "boris", "17.03 10:00")
    row = row_of(three, message, "boris")
    members.return_part(row.id, row.version, remarks="Назовите срок", actor=three.anna, now=at("17.03 10:10"))
    assert part_clocks(message) == {"nina part": "17.03 12:00", "boris rework": "17.03 11:10"}
    send(three, message, "boris", "17.03 10:40", "Засыплем 20 марта.")
    assert part_clocks(message) == {"nina part": "17.03 12:00"}
    assert [(p.number, p.remarks) for p in row.parts] == [(1, "Назовите срок"), (2, "")]


def test_returning_needs_remarks_and_something_to_return(three):
    message = shared(three, "boris 1, nina 2")
    row = row_of(three, message, "boris")
    with pytest.raises(ServiceError):
        members.return_part(row.id, row.version, remarks="Где ответ?", actor=three.anna, now=at("17.03 09:20"))
    send(three, message, "boris", "17.03 10:00")
    with pytest.raises(MissingInput) as refused:
        members.return_part(row.id, row.version, remarks="  ", actor=three.anna, now=at("17.03 10:10"))
    assert refused.value.field == "remarks"
    assert states(message)["boris"] == "sent"


# --- Versions and rights


def test_two_executors_send_from_the_same_sight_and_both_are_taken(three):
    message = shared(three, "boris 1, nina 1")
    boris, nina = row_of(three, message, "boris"), row_of(three, message, "nina")
    seen = {boris.id: boris.version, nina.id: nina.version}
    for row, person in ((boris, three.boris), (nina, three.nina)):
        members.submit_part(row.id, seen[row.id], text="Готово", confirmed=True, actor=person, now=at("17.03 10:00"))
    assert set(states(message).values()) == {"sent"}


def test_an_executor_removed_while_sending_gets_a_conflict_and_keeps_text(three):
    message = shared(three, "boris 1, nina 1")
    row = row_of(three, message, "boris")
    seen = row.version
    executors.remove_executor(
        message.id, message.version, assignment_id=row.id, actor=three.anna, now=at("17.03 10:00")
    )
    members.save_part_text(row.id, text="Мой текст", seen_at=None, actor=three.boris, now=at("17.03 10:01"))
    with pytest.raises(StaleVersion):
        members.submit_part(row.id, seen, text="Мой текст", confirmed=True, actor=three.boris, now=at("17.03 10:01"))
    with pytest.raises(NotYours):
        members.submit_part(
            row.id, row.version, text="Мой текст", confirmed=True, actor=three.boris, now=at("17.03 10:01")
        )
    assert row.parts == []
    assert members.part_text(row.id, three.boris).text == "Мой текст"


def test_an_executor_removed_after_sending_leaves_his_information(three):
    message = shared(three, "boris 1, nina 1")
    sent = send(three, message, "boris", "17.03 09:59")
    version, row = message.version, row_of(three, message, "boris")
    with pytest.raises(StaleVersion):
        executors.remove_executor(
            message.id, version - 1, assignment_id=row.id, actor=three.anna, now=at("17.03 10:00")
        )
    executors.remove_executor(message.id, version, assignment_id=row.id, actor=three.anna, now=at("17.03 10:01"))
    assert db.session.get(Part, sent.id) is not None


def test_only_the_curator_sends_for_another_and_says_the_source(three):
    message = shared(three, "boris 1, nina 1")
    row = row_of(three, message, "boris")
    with pytest.raises(NotYours):
        members.submit_part(row.id, row.version, text="Ура", confirmed=True, actor=three.nina, now=at("17.03 10:00"))
    with pytest.raises(TransitionNotAllowed):
        members.enter_part(
            row.id, row.version, text="Ура", received_by="в чате", actor=three.vera, now=at("17.03 10:00")
        )
    with pytest.raises(MissingInput):
        members.enter_part(row.id, row.version, text="Ура", received_by="", actor=three.anna, now=at("17.03 10:00"))
    part = members.enter_part(
        row.id, row.version, text="Ура", received_by="по телефону", actor=three.anna, now=at("17.03 10:00")
    )
    assert (part.author_id, part.submitted_by_id) == (three.ids["boris"], three.ids["anna"])


@pytest.mark.parametrize(("text", "confirmed", "field"), [(" \u200b ", True, "text"), ("Готово", False, "confirmed")])
def test_what_sending_needs(three, text, confirmed, field):
    message = shared(three, "boris 1, nina 1")
    row = row_of(three, message, "boris")
    with pytest.raises(MissingInput) as refused:
        members.submit_part(
            row.id, row.version, text=text, confirmed=confirmed, actor=three.boris, now=at("17.03 10:00")
        )
    assert refused.value.field == field


def test_the_whole_answer_is_not_an_executors_where_there_are_several(three):
    message = shared(three, "boris 1, nina 1")
    with pytest.raises(NotYours):
        three.submitted(message, "17.03 10:00")
    with pytest.raises(NotYours):
        drafting.submit_for_executor(
            message.id,
            message.version,
            text="Ответ",
            kind="final",
            executor_id=three.ids["boris"],
            received_by="в чате",
            actor=three.anna,
            now=at("17.03 10:00"),
        )


def test_a_text_from_another_window_is_never_written_over(three):
    message = shared(three, "boris 1, nina 1")
    row = row_of(three, message, "boris")
    first = members.save_part_text(row.id, text="Раз", seen_at=None, actor=three.boris, now=at("17.03 10:00"))
    with pytest.raises(TextChangedElsewhere) as other:
        members.save_part_text(row.id, text="Два", seen_at=None, actor=three.boris, now=at("17.03 10:01"))
    assert other.value.saved == "Раз"
    seen = first.saved_at
    again = members.save_part_text(row.id, text="Два", seen_at=seen, actor=three.boris, now=seen)
    assert again.saved_at > seen
    seen = again.saved_at
    late = members.save_part_text(row.id, text="Два", seen_at=None, actor=three.boris, now=at("17.03 10:05"))
    assert late.saved_at == seen
