"""Reminders that are no longer needed: an undone routing sends none, what was read or reported says «уже сделано»."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.messages.acts import bulk, routing
from osm.models import Burst, BurstKind, Reminder
from osm.people.queries.absences import Roster
from osm.regulation.reminding import UNDONE, Kind
from osm.regulation.words import Status
from osm.reminders.acts.due import read_log
from osm.reminders.queries import settled_by
from osm.urgent.acts import instructions, urgent
from osm.urgent.acts.instructions import Order
from osm.urgent.acts.urgent import ReportForm
from tests.desk import NOW, Desk
from tests.office import at

NIGHT = at("25.11 23:50")
SECOND = timedelta(seconds=1)


def route(desk: Desk):
    message = desk.incident("25.11 10:05")
    return routing.route_message(
        message.id, message.version, executor_id=desk.ids["boris"], task="", actor=desk.anna, now=NOW
    )


def test_a_routing_rings_when_it_can_be_taken_back_no_more(desk, reminded):
    route(desk)
    assert reminded("boris", NOW + SECOND) == ["assigned"]
    assert db.session.scalar(db.select(Reminder.shown_from)) == NOW + UNDONE


@pytest.mark.parametrize("read_between", [True, False])
def test_taken_back_it_causes_no_reminder(desk, reminded, read_between):
    message = route(desk)
    if read_between:
        assert reminded("boris", NOW + SECOND) == ["assigned"]
    bulk.take_routing_back(message.id, message.version, actor=desk.anna, now=NOW + 9 * SECOND)
    assert reminded("boris", NOW + 10 * SECOND) == []
    message = desk.again(message)
    routing.route_message(
        message.id, message.version, executor_id=desk.ids["boris"], task="", actor=desk.anna, now=NOW + 30 * SECOND
    )
    assert reminded("boris", NOW + 31 * SECOND) == ["assigned"]


def given(desk: Desk, now=NIGHT, **source: int):
    order = Order("Выехать", desk.ids["anna"], now + timedelta(hours=2))
    return instructions.give(order, actor=desk.gleb, now=now, **source)


def test_an_instruction_upon_an_urgent_report_rings_at_night(desk, reminded, from_here):
    message = desk.in_status(Status.NEW)
    report = urgent.send(ReportForm("Прорвало"), message_id=message.id, actor=desk.vera, now=NIGHT)
    from_here()
    row = given(desk, urgent_report_id=report.id)
    given(desk, message_id=message.id)
    instructions.report(row.id, 1, report="Выехали", roster=Roster(NIGHT.date()), actor=desk.anna, now=NIGHT)
    instructions.give_back(row.id, 2, remarks="Где фото?", actor=desk.gleb, now=NIGHT)
    assert reminded("anna", NIGHT) == ["instruction_urgent", "instruction", "instruction_urgent_returned"]
    shown = dict(db.session.execute(db.select(Reminder.kind, Reminder.shown_from)).all())
    assert shown["instruction_urgent"] == shown["instruction_urgent_returned"] == NIGHT
    assert shown["instruction"] == at("26.11 09:00")


def test_what_the_head_knows_and_what_was_reported_on_is_done(desk, anna, gleb, clock):
    with transaction() as session:
        burst = Burst(
            kind=BurstKind.TOPIC, key="1", name="Отопление", since=NOW, until=NOW, known_at=NOW, window=120, told=12,
            usual_hundredths=0, known_count=12,
        )  # fmt: skip
        session.add(burst)
        session.flush()
        session.add(
            Reminder(recipient_id=desk.ids["anna"], kind="burst", key="burst:1", object_id=burst.id, at=NOW,
                     shown_from=NOW, facts={"burst": "Отопление: 12 сообщений за 2 часа"})
        )  # fmt: skip
    clock.set(NOW)
    assert "уже сделано" not in anna.get("/reminders").text
    report = urgent.send(ReportForm("Прорвало"), burst_id=burst.id, actor=desk.vera, now=NOW)
    row = given(desk, NOW, urgent_report_id=report.id)
    read_log(NOW)
    assert gleb.get("/reminders").text.count("уже сделано") == 0
    assert anna.get("/reminders").text.count("уже сделано") == 1
    urgent.read(report.id, 1, actor=desk.gleb, now=NOW)
    instructions.report(row.id, 1, report="Выехали", roster=Roster(NOW.date()), actor=desk.anna, now=NOW)
    assert gleb.get("/reminders").text.count("уже сделано") == 1
    assert anna.get("/reminders").text.count("уже сделано") == 2


ONLY_TELL = {
    Kind.MORNING, Kind.WEEK, Kind.APPROVED, Kind.NEWS_DECIDED, Kind.PLAN_LATE, Kind.LOGIN_CHANGED, Kind.SECOND_FACTOR,
    Kind.FACTOR_RESET, Kind.CODE_AGAIN, Kind.NO_EXPORT, Kind.EXPORT_REFUSED, Kind.NEIGHBOUR_ENDED, Kind.JOB_FAILED,
    Kind.LANE_LATE, Kind.DISK_FULL, Kind.LOG_FAULT, Kind.BACKUP_FAILED, Kind.TRIAL_FAILED,
}  # fmt: skip


def test_each_kind_only_tells_or_knows_when_it_is_done():
    known = [kind for kinds, _done in settled_by() for kind in kinds]
    assert len(known) == len(set(known))
    assert ({*known, Kind.PAGE_STRANGER} | ONLY_TELL, ONLY_TELL & {*known}) == (set(Kind), set())
