"""The end of a shift: the open things are listed, the next person takes over and sees what has become of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osm.base.database import db
from osm.base.errors import NotYours
from osm.messages.acts import routing
from osm.models import Reminder
from osm.regulation.errors import MissingInput
from osm.regulation.words import Status
from osm.reminders.acts.due import read_log
from osm.urgent.acts import instructions, shifts, urgent
from osm.urgent.acts.instructions import Order
from osm.urgent.acts.shifts import ShiftSettled, ShiftWaits
from osm.urgent.acts.urgent import ReportForm
from osm.urgent.queries.shifts import parts_of
from tests.office import at
from tests.page_reading import words

EVENING = at("25.11 17:55")
HOUR = timedelta(hours=1)


def give(desk, who="vera", note="Позвонить в котельную", now=EVENING):
    return shifts.give(note=note, actor=getattr(desk, who), now=now)


@pytest.fixture
def busy(desk):
    """One message waits for the curator, one is late at Boris's, one urgent report is unread and has an instruction."""
    desk.in_status(Status.NEW)
    desk.in_status(Status.IN_WORK)
    desk.in_status(Status.ANSWERED)
    report = urgent.send(ReportForm("Прорвало"), message_id=None, actor=desk.anna, now=EVENING - HOUR)
    order = Order("Выехать", desk.ids["anna"], EVENING + HOUR)
    instructions.give(order, actor=desk.gleb, now=EVENING - HOUR, urgent_report_id=report.id)
    return desk


def test_it_has_what_is_open_and_the_state_of_each(busy):
    row = give(busy)
    parts = {part.key: part for part in parts_of(row.content, busy.anna)}
    assert {key: part.total for key, part in parts.items()} == {"urgent": 1, "instructions": 1, "press": 1, "late": 1}
    assert [part.still for part in parts.values()] == [1, 1, 1, 1]
    fresh = busy.first_in(Status.NEW)
    routing.route_message(fresh, 1, executor_id=busy.ids["boris"], task="", actor=busy.anna, now=EVENING + HOUR)
    urgent.read(1, 1, actor=busy.gleb, now=EVENING + HOUR)
    states = {part.key: part.rows[0].state for part in parts_of(row.content, busy.anna)}
    assert states["urgent"] == "не доведено до главы", "the chief of staff has read it, the head has not"
    urgent.read(1, 1, actor=busy.maxim, now=EVENING + HOUR)
    now = {part.key: part for part in parts_of(row.content, busy.anna)}
    assert {key: part.still for key, part in now.items()} == {"urgent": 0, "instructions": 1, "press": 0, "late": 1}
    assert now["press"].rows[0].state == "На отработке"


def test_it_is_taken_once_by_another(desk):
    row = give(desk)
    with pytest.raises(NotYours):
        shifts.take(row.id, 1, actor=desk.vera, now=EVENING)
    with pytest.raises(NotYours):
        shifts.take(row.id, 1, actor=desk.boris, now=EVENING)
    taken = shifts.take(row.id, 1, actor=desk.anna, now=EVENING + HOUR)
    assert (taken.taken_by_id, taken.taken_at) == (desk.ids["anna"], EVENING + HOUR)
    with pytest.raises(ShiftSettled, match=r"принята: Анна Ларина, 25\.11 в 18:55"):
        shifts.take(row.id, 1, actor=desk.anna, now=EVENING + HOUR)
    with pytest.raises(ShiftSettled):
        shifts.withdraw(row.id, 1, actor=desk.vera, now=EVENING + HOUR)


def test_no_handover_while_another_waits_to_be_relieved(desk):
    first = give(desk)
    with pytest.raises(ShiftWaits, match=r"Смену сдаёт Вера Носова, 25\.11 в 17:55"):
        give(desk, "anna")
    with pytest.raises(ShiftWaits, match="Вы уже сдали"):
        give(desk)
    with pytest.raises(NotYours):
        shifts.withdraw(first.id, 1, actor=desk.anna, now=EVENING)
    shifts.withdraw(first.id, 1, actor=desk.vera, now=EVENING)
    assert give(desk, "anna").id != first.id


def test_who_may_not_and_what_is_too_long(desk):
    with pytest.raises(NotYours):
        give(desk, "boris")
    with pytest.raises(MissingInput) as refused:
        give(desk, note="я" * 4001)
    assert refused.value.field == "note"


def test_the_others_are_reminded_until_it_is_taken(desk, anna, clock):
    clock.set(at("25.11 11:00"))
    row = give(desk, now=clock.now())
    read_log(clock.now())
    told = set(db.session.scalars(db.select(Reminder.recipient_id).where(Reminder.kind == "shift_given")))
    assert told == {desk.ids["anna"]}
    assert "уже сделано" not in anna.get("/reminders").text
    shifts.take(row.id, 1, actor=desk.anna, now=clock.now())
    assert "уже сделано" in anna.get("/reminders").text


def test_from_one_to_the_next_on_the_screen(busy, anna, vera, gleb, clock):
    clock.set(EVENING)
    page = vera.get("/shift").text
    assert "Ждут пресс-центра 1" in words(page)
    assert "Просрочено у исполнителей 1" in words(page)
    wrong = vera.submit("/shift", {"note": "я" * 4001})
    assert wrong.status_code == 422
    assert "я" * 4001 in wrong.text
    assert vera.submit("/shift", {"note": "Позвонить <b>в котельную</b>"}).location == "/shift/1"
    assert "Посмотреть и принять" in anna.get("/").text
    assert "Посмотреть и принять" not in vera.get("/").text
    assert "Смену сдаёт Вера Носова" not in gleb.get("/").text
    assert "Принять смену" not in gleb.get("/shift/1").text
    again = anna.submit("/shift", {"note": "И моя"})
    assert again.status_code == 409
    assert "Сначала примите её" in again.text
    assert "И моя" in again.text
    given = anna.get("/shift/1").text
    assert "Позвонить &lt;b&gt;в котельную&lt;/b&gt;" in given
    assert "Сейчас открыто 1 из 1" in words(given)
    assert anna.submit("/shift/1/take", {"version": 1}).location == "/shift/1"
    assert "Приняли сегодня в 17:55, Анна Ларина." in words(anna.get("/shift/1").text)
    assert "Посмотреть и принять" not in anna.get("/").text
    late = anna.submit("/shift/1/take", {"version": 1})
    assert late.status_code == 409
    assert "Смена уже принята: Анна Ларина" in late.text
    assert anna.get("/shift/9").status_code == 404
