"""The duty roster: kept by the curator, used when the head has not read an urgent report."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from osm.base.database import db
from osm.base.errors import NotFound, NotYours, ServiceError
from osm.base.transaction import transaction
from osm.models import DutyTurn, ImportRun, ImportSource, ImportState, Reminder, UserRole
from osm.people.acts.absences import Given as Away
from osm.people.acts.absences import enter_absence
from osm.regulation.errors import MissingInput
from osm.regulation.words import Role
from osm.reminders.acts.due import read_log
from osm.urgent.acts import shifts, urgent
from osm.urgent.acts.shifts import Given
from osm.urgent.acts.urgent import ReportForm
from osm.urgent.queries.shifts import coming
from tests.cast import browser_of
from tests.office import at
from tests.page_reading import badge, words

NOW = at("25.11 11:00")
NIGHT = at("25.11 23:50")
WEDNESDAY = date(2026, 11, 25)


def enter(desk, who="vera", first=WEDNESDAY, last=None, begins="18:00", ends="09:00", phone="8 900 000", now=NOW):
    given = Given(desk.ids.get(who), first, last, begins, ends, phone)
    return shifts.enter_turns(given, actor=desk.anna, now=now)


def test_some_nights_are_entered_at_once(desk):
    enter(desk, last=WEDNESDAY + timedelta(days=2))
    assert [(row.person, row.phone, row.begins_at) for row in coming(NOW)] == [
        ("Вера Носова", "8 900 000", at(f"{day}.11 18:00")) for day in (25, 26, 27)
    ]


REFUSED = {
    "nobody": ("person_id", {"who": "nobody"}),
    "not of the press centre": ("person_id", {"who": "boris"}),
    "no day": ("first_day", {"first": None}),
    "days turned round": ("last_day", {"last": WEDNESDAY - timedelta(days=1)}),
    "a year": ("last_day", {"last": WEDNESDAY + timedelta(days=365)}),
    "no time": ("begins", {"begins": "вечером"}),
    "past": ("first_day", {"first": WEDNESDAY - timedelta(days=3)}),
    "somebody is on duty then": ("first_day", {"who": "anna", "begins": "20:00", "ends": "21:00"}),
}


@pytest.mark.words
@pytest.mark.parametrize(("field", "given"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_entered_is_named_by_its_field(desk, field, given):
    enter(desk)
    with pytest.raises(MissingInput) as refused:
        enter(desk, **given)
    assert refused.value.field == field
    assert db.session.query(DutyTurn).count() == 1


def test_who_may_keep_it(desk):
    rows = enter(desk)
    with pytest.raises(NotYours):
        shifts.enter_turns(Given(1, WEDNESDAY, None, "9:00", "18:00"), actor=desk.vera, now=NOW)
    with pytest.raises(NotYours):
        shifts.remove_turn(rows[0].id, actor=desk.vera, now=NOW)
    with pytest.raises(ServiceError, match="прошло"):
        shifts.remove_turn(rows[0].id, actor=desk.anna, now=NOW + timedelta(days=2))
    gone = rows[0].id
    shifts.remove_turn(gone, actor=desk.anna, now=NOW)
    enter(desk)
    with pytest.raises(NotFound):  # the turn that was entered afterwards is another one
        shifts.remove_turn(gone, actor=desk.anna, now=NOW)


def called(desk, message) -> set[str]:
    """The person who is asked to telephone fifteen minutes after a report at night."""
    urgent.send(ReportForm("Прорвало"), message_id=message.id, actor=desk.anna, now=NIGHT)
    later = NIGHT + timedelta(minutes=15)
    assert urgent.remind_to_call(later) == 1
    read_log(later)
    found = set(db.session.scalars(db.select(Reminder.recipient_id).where(Reminder.kind == "call")))
    return {login for login, person in desk.ids.items() if person in found}


def test_not_read_in_time_only_the_duty_officer_is_called(desk, message):
    enter(desk)
    assert called(desk, message) == {"vera"}


def test_without_a_duty_officer_the_press_centre_is_called(desk, message):
    enter(desk, first=WEDNESDAY + timedelta(days=1))
    assert called(desk, message) == {"anna", "vera"}


def test_a_duty_officer_who_is_away_is_none(desk, message):
    enter(desk)
    away = Away("leave", WEDNESDAY, WEDNESDAY + timedelta(days=1), None)
    enter_absence(desk.ids["vera"], away, actor=desk.anna, now=NOW)
    assert called(desk, message) == {"anna", "vera"}


def test_a_duty_officer_who_has_left_the_press_centre_is_none(desk, message):
    """He could telephone, but might have no right to note the call."""
    enter(desk)
    with transaction() as session:
        session.execute(db.delete(UserRole).where(UserRole.user_id == desk.ids["vera"]))
    assert called(desk, message) == {"anna"}


def test_the_roster_on_its_page_and_on_the_report(desk, message, anna, vera, gleb, clock):
    clock.set(NOW)
    assert "Внести дежурство" in anna.get("/duty").text
    assert "Внести дежурство" not in vera.get("/duty").text
    given = {
        "person_id": desk.ids["vera"],
        "first_day": "2026-11-25",
        "begins": "09:00",
        "ends": "9:00",
        "phone": "8 900",
    }
    wrong = anna.submit("/duty", {**given, "begins": "вечером"})
    assert wrong.status_code == 422
    assert 'value="вечером"' in wrong.text
    wrong = anna.submit("/duty", {**given, "last_day": "31.02.2026"})
    assert wrong.status_code == 422
    assert "Дата не разобрана" in wrong.text
    assert anna.submit("/duty", given).status_code == 303
    assert "Сейчас дежурит Вера Носова, 8 900" in words(gleb.get("/duty").text)
    assert "Вера Носова" in words(anna.submit("/duty", given).text)
    row = urgent.send(ReportForm("Прорвало"), message_id=message.id, actor=desk.anna, now=NOW)
    assert "Вера Носова, дежурит 8 900" in words(gleb.get(f"/reports/urgent/{row.id}").text)
    clock.set(NOW + timedelta(minutes=16))
    urgent.remind_to_call(clock.now())
    assert "Вера Носова, дежурит 8 900" in words(anna.get(f"/reports/urgent/{row.id}").text)
    turn = db.session.scalar(db.select(DutyTurn.id))
    assert anna.submit(f"/duty/{turn}/remove").status_code == 303
    assert "Сейчас по графику не дежурит никто: звонят по 2-05-05, дежурный" in words(anna.get("/duty").text)


FRIDAY, SATURDAY = at("27.11 12:00"), at("28.11 10:00")
LOADS = "Выгрузки «Инцидент Менеджмент»"


def loads(desk, who="anna", day=28, now=NOW):
    given = Given(desk.ids[who], date(2026, 11, day), None, "09:00", "18:00", "8 900", loads_exports=True)
    return shifts.enter_turns(given, actor=desk.anna, now=now)


def loaded(desk, now, **given):
    with transaction() as session:
        source = ImportSource(name="ИМ", mapping={})
        session.add(source)
        session.flush()
        session.add(
            ImportRun(
                source_id=source.id, filename="1.xlsx", sha256="0" * 64, created_at=now, finished_at=now,
                **{"state": ImportState.DONE, **given},
            )
        )  # fmt: skip


def test_only_who_may_load_exports_is_named_for_it(desk):
    with pytest.raises(MissingInput) as refused:
        loads(desk, who="vera")
    assert refused.value.field == "loads_exports"
    assert loads(desk)[0].loads_exports


def shown(app, desk, clock, login, when):
    """The beginning of this person's «Ждёт меня» at this instant, and the number in the menu."""
    clock.set(when)
    page = browser_of(app, desk.ids, login).get("/").text
    return words(page), badge(page)


def test_on_the_last_working_day_they_see_who_loads(app, desk, clock):
    with transaction() as session:
        session.add(UserRole(user_id=desk.ids["vera"], role=Role.ADMIN))
    loads(desk, who="vera")
    assert LOADS not in shown(app, desk, clock, "anna", at("26.11 12:00"))[0]
    for login in ("anna", "vera"):
        page, _ = shown(app, desk, clock, login, FRIDAY)
        assert f"{LOADS} в нерабочие дни, 28.11.2026–29.11.2026: 28.11.2026 — Вера Носова, 8 900" in page
    assert LOADS not in shown(app, desk, clock, "vera", SATURDAY)[0]


def test_an_unmanned_holiday_asks_the_curator_but_a_weekend_does_not(app, desk, clock):
    assert LOADS not in shown(app, desk, clock, "anna", FRIDAY)[0]
    before = at("30.12 12:00")
    page, _ = shown(app, desk, clock, "anna", before)
    assert f"{LOADS} в нерабочие дни, 31.12.2026–" in page
    assert "никто не назначен" in page
    assert "никто не назначен" not in shown(app, desk, clock, "vera", before)[0]


def test_on_the_day_it_waits_for_him_until_an_export_is_loaded(app, desk, clock):
    _, before = shown(app, desk, clock, "anna", SATURDAY)
    loads(desk)
    page, count = shown(app, desk, clock, "anna", SATURDAY)
    assert "Сегодня выгрузки загружаете вы" in page
    assert count == before + 1
    loaded(desk, SATURDAY)
    page, count = shown(app, desk, clock, "anna", SATURDAY)
    assert "Сегодня выгрузки загружаете вы" not in page
    assert count == before


@pytest.mark.parametrize(
    "given", [{"state": ImportState.FAILED}, {"recalled_at": SATURDAY}], ids=["failed", "recalled"]
)
def test_an_empty_run_is_no_loaded_export(app, desk, clock, given):
    loads(desk)
    loaded(desk, SATURDAY, **given)
    assert "Сегодня выгрузки загружаете вы" in shown(app, desk, clock, "anna", SATURDAY)[0]


def test_the_form_of_the_roster_names_who_loads(desk, anna, clock):
    clock.set(NOW)
    given = {"person_id": desk.ids["anna"], "first_day": "2026-11-28", "begins": "09:00", "ends": "18:00"}
    assert anna.submit("/duty", {**given, "loads_exports": "1"}).status_code == 303
    assert f"{desk.anna.name}, загружает выгрузки" in words(anna.get("/duty").text)
