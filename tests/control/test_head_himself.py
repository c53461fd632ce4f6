"""«Доведено до главы» is set by the head, his substitute, or a call that the duty officer has noted."""

from __future__ import annotations

import io
from datetime import date, timedelta

import docx
import pytest

from osm.base.database import db
from osm.base.errors import NotYours
from osm.base.transaction import transaction
from osm.flow.acts.terms import in_force
from osm.models import Absence, Event, Reached, ReachedAs, Reminder, UrgentReport, User
from osm.people.acts import absences
from osm.people.acts.absences import Given, head_at
from osm.regulation.errors import MissingInput
from osm.regulation.words import Post, Role
from osm.reminders.acts.due import read_log
from osm.reminders.queries import listed
from osm.urgent.acts import shifts, urgent
from osm.urgent.acts.instructions import Order, ReportForm
from osm.urgent.acts.urgent import HeadKnows
from osm.urgent.queries import urgent as queries_urgent
from tests.cast import browser_of
from tests.office import at
from tests.page_reading import words

NOW = at("25.11 10:50")
MIDNIGHT = at("26.11 00:00")
MINUTE = timedelta(minutes=1)
ACT = "распоряжение № 12-р от 24.11.2026"


@pytest.fixture
def report(desk, message) -> UrgentReport:
    return urgent.send(ReportForm("Прорвало трубу"), message_id=message.id, actor=desk.anna, now=NOW)


def away(desk, first=25, last=27, acting="sveta", now=NOW, who="maxim", act=ACT) -> Absence:
    """The head is away, and another person acts for him."""
    given = Given("leave", date(2026, 11, first), date(2026, 11, last), None, desk.ids.get(acting), act)
    return absences.enter_absence(desk.ids[who], given, actor=desk.anna, now=now)


def stored(report) -> UrgentReport:
    db.session.rollback()
    return db.session.get_one(UrgentReport, report.id, populate_existing=True)


def waits(desk, login, now=NOW) -> bool:
    """Whether the bar of this leader shows the report."""
    person = db.session.get_one(User, desk.ids[login])
    head = head_at(now)
    return bool(queries_urgent.unread(person, head is not None and head.id == person.id))


def log_in(app, login):
    browser = app.test_client()
    assert browser.log_in(login, "пароль-gleb").status_code == 303
    return browser


@pytest.mark.parametrize("login", ["gleb", "sveta"])
def test_another_leaders_reading_is_his_own_and_ends_only_his_own_bar(desk, report, login):
    person = getattr(desk, login)
    for _ in range(2):
        urgent.read(report.id, 1, actor=person, now=NOW + MINUTE)
    assert stored(report).reached is None
    assert {one: waits(desk, one) for one in ("gleb", "sveta", "maxim")} == {
        "gleb": login != "gleb", "sveta": login != "sveta", "maxim": True
    }  # fmt: skip
    assert [(one.user_id, one.at) for one in queries_urgent.one(report.id).readings] == [(person.id, NOW + MINUTE)]
    assert urgent.remind_to_call(NOW + 15 * MINUTE) == 1, "the head still has to be telephoned"
    acts = db.select(Event.action).where(Event.object_kind == "urgent_report", Event.actor_id == person.id)
    assert list(db.session.scalars(acts)) == ["urgent_read"]


def test_the_heads_reading_makes_it_known_with_the_others(desk, report):
    urgent.read(report.id, 1, actor=desk.gleb, now=NOW + MINUTE)
    row = urgent.read(report.id, 1, actor=desk.maxim, now=NOW + 2 * MINUTE)
    assert (row.reached, row.reached_id, row.reached_as) == (Reached.READ, desk.ids["maxim"], ReachedAs.HEAD)
    assert not any(waits(desk, login) for login in ("gleb", "sveta", "maxim"))
    assert [one.who for one in queries_urgent.one(report.id).readings] == ["Глеб Титов, руководитель аппарата"]


def test_an_instruction_of_another_leader_reads_it_for_himself(desk, report):
    order = Order("Выехать", desk.ids["anna"], NOW + timedelta(hours=2))
    urgent.instruct(report.id, 1, order=order, actor=desk.gleb, now=NOW)
    assert (stored(report).reached, waits(desk, "gleb"), waits(desk, "maxim")) == (None, False, True)


def test_his_acting_substitute_makes_it_known_and_the_absent_head_not(desk, report):
    away(desk)
    urgent.read(report.id, 1, actor=desk.maxim, now=NOW + MINUTE)
    assert stored(report).reached is None
    assert (waits(desk, "maxim"), waits(desk, "sveta")) == (False, True)
    row = urgent.read(report.id, 1, actor=desk.sveta, now=NOW + 2 * MINUTE)
    assert (row.reached_as, row.reached_act, row.reached_id) == (ReachedAs.ACTING, ACT, desk.ids["sveta"])


def test_a_head_who_is_away_without_anybody_acting_is_the_head(desk, report):
    away(desk, acting="", act="")
    assert urgent.read(report.id, 1, actor=desk.maxim, now=NOW).reached_as is ReachedAs.HEAD


def test_a_term_changing_between_opening_and_pressing_counts_at_the_press(desk, message):
    away(desk, first=26, last=26)
    told = ReportForm("Прорвало")
    before = urgent.send(told, message_id=message.id, actor=desk.anna, now=MIDNIGHT - 2 * MINUTE)
    assert urgent.read(before.id, 1, actor=desk.sveta, now=MIDNIGHT - MINUTE).reached is None
    assert urgent.read(before.id, 1, actor=desk.sveta, now=MIDNIGHT).reached_as is ReachedAs.ACTING
    end = MIDNIGHT + timedelta(days=1)
    after = urgent.send(told, message_id=message.id, actor=desk.anna, now=end - 2 * MINUTE)
    assert urgent.read(after.id, 1, actor=desk.sveta, now=end).reached is None
    assert urgent.read(after.id, 1, actor=desk.maxim, now=end).reached_as is ReachedAs.HEAD


def test_the_head_who_comes_back_has_to_read_again(desk, report):
    row = away(desk)
    urgent.read(report.id, 1, actor=desk.maxim, now=NOW + MINUTE)
    absences.end_absence(row.id, row.version, actor=desk.anna, now=NOW + 2 * MINUTE)
    assert not waits(desk, "maxim", NOW + MINUTE)
    assert waits(desk, "maxim", NOW + 2 * MINUTE)
    assert urgent.read(report.id, 1, actor=desk.sveta, now=NOW + 3 * MINUTE).reached is None
    assert urgent.read(report.id, 1, actor=desk.maxim, now=NOW + 3 * MINUTE).reached_as is ReachedAs.HEAD


def test_without_a_named_head_it_cannot_be_made_known(app, desk, report, anna):
    with transaction() as session:
        session.get_one(User, desk.ids["maxim"]).post = None
    assert urgent.read(report.id, 1, actor=desk.maxim, now=NOW).reached is None
    page = words(anna.get(f"/reports/urgent/{report.id}").text)
    assert "Кто глава, в программе не указано" in page
    dina = browser_of(app, desk.ids, "dina")
    for path in ("/", "/admin/users", "/admin/office"):
        assert "Кто глава, не указано" in words(dina.get(path).text), path
    with pytest.raises(MissingInput, match="Это не глава"):
        call(desk, report, leader_id=desk.ids["gleb"])
    row = call(desk, report)
    assert (row.reached, row.reached_as) == (Reached.PHONE, None)
    page = words(anna.get(f"/reports/urgent/{report.id}").text)
    assert "Доложено по телефону" in page
    assert "Доведено до главы" not in page


def call(desk, report, **more):
    given = {
        "called_at": None, "leader_id": desk.ids["maxim"], "words": "", "order": None, "actor": desk.anna,
        "now": NOW + 20 * MINUTE,
    }  # fmt: skip
    return urgent.note_call(report.id, 1, **{**given, **more})


def test_a_call_goes_to_the_head_of_that_instant(desk, report):
    with pytest.raises(MissingInput, match="Глава в это время — Максим Северов"):
        call(desk, report, leader_id=desk.ids["sveta"])
    away(desk)
    with pytest.raises(MissingInput, match=r"И\. о\. главы в это время — Светлана Рощина"):
        call(desk, report)
    row = call(desk, report, leader_id=desk.ids["sveta"])
    assert (row.reached, row.reached_as, row.noted_by_id) == (Reached.PHONE, ReachedAs.ACTING, desk.ids["anna"])


def test_a_call_before_midnight_is_the_absent_heads_of_that_day(desk, message):
    away(desk, first=26, last=27)
    row = urgent.send(ReportForm("Прорвало"), message_id=message.id, actor=desk.anna, now=MIDNIGHT - 10 * MINUTE)
    row = call(desk, row, called_at=MIDNIGHT - 5 * MINUTE, now=MIDNIGHT + 5 * MINUTE)
    assert (row.reached_as, row.reached_id) == (ReachedAs.HEAD, desk.ids["maxim"])


def enter(desk, who, day):
    turn = shifts.Given(desk.ids[who], date(2026, 11, day), None, "09:00", "09:00")
    shifts.enter_turns(turn, actor=desk.anna, now=at("25.11 09:00"))


def test_the_duty_officer_notes_the_call(desk, report):
    enter(desk, "vera", 25)
    with pytest.raises(NotYours, match="записывает дежурный: Вера Носова"):
        call(desk, report)
    row = call(desk, report, actor=desk.vera)
    assert (row.noted_by_id, row.reached_as) == (desk.ids["vera"], ReachedAs.HEAD)


def test_an_absent_duty_officer_is_skipped_and_the_next_named(app, desk, report, clock):
    enter(desk, "vera", 25)
    enter(desk, "anna", 26)
    away(desk, who="vera", acting="", act="")
    officer = shifts.duty_officer(NOW)
    assert (officer.person, officer.instead_of) == ("Анна Ларина", "Вера Носова")
    clock.set(NOW + 15 * MINUTE)
    urgent.remind_to_call(clock.now())
    read_log(clock.now())
    called = db.session.scalars(db.select(Reminder.recipient_id).where(Reminder.kind == "call"))
    assert list(called) == [desk.ids["anna"]]
    assert "звонит следующий по графику — Анна Ларина" in words(browser_of(app, desk.ids, "vera").get("/duty").text)


def test_the_page_says_which_persons_reading_counts(app, desk, report):
    away(desk)
    sveta, gleb, maxim = (log_in(app, login) for login in ("sveta", "gleb", "maxim"))
    path = f"/reports/urgent/{report.id}"
    page = words(sveta.get(path).text)
    assert f"Вы исполняете обязанности главы до 27.11.2026 ({ACT}): ваша отметка значит «Доведено до главы»" in page
    for browser in (gleb, maxim):
        said = words(browser.get(path).text)
        assert "Ваша отметка — только ваша. «Доведено до главы» появится, когда прочтёт Светлана Рощина, и. о." in said
    gleb.submit(f"{path}/read", {"version": 1})
    page = words(gleb.get(path).text)
    assert "До главы доклад ещё не доведён" in page
    assert "ещё не доведено до главы" in page
    assert "Прочитано" not in page.split("Поручение")[0].replace("Прочитано другими", "")
    assert "Прорвало трубу" in words(gleb.get("/").text), "it stays on his page, the head does not know"
    sveta.submit(f"{path}/read", {"version": 1})
    page = words(gleb.get(path).text)
    assert f"Доведено до главы. Прочитано сегодня в 11:00 (Светлана Рощина, и. о. главы, {ACT})" in page
    assert "прочитано сегодня в 11:00: Глеб Титов, руководитель аппарата" in page


def test_a_reminder_is_settled_for_who_has_read(desk, report, clock):
    read_log(NOW)
    urgent.read(report.id, 1, actor=desk.gleb, now=NOW + MINUTE)
    calendar = in_force().calendar
    settled = {
        login: [line.is_settled for line in listed(getattr(desk, login), NOW + 2 * MINUTE, calendar)]
        for login in ("gleb", "maxim")
    }
    assert settled == {"gleb": [True], "maxim": [False]}


def document(browser, report) -> tuple[list[str], dict[str, str]]:
    file = docx.Document(io.BytesIO(browser.get(f"/reports/urgent/{report.id}/export.docx").data))
    cells = {row.cells[0].text: row.cells[1].text for row in file.tables[0].rows}
    return [paragraph.text for paragraph in file.paragraphs], cells


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (15, "доложено незамедлительно, через 15 мин после того, как стало известно."),
        (16, "доложено через 16 мин после того, как стало известно."),
    ],
)
def test_at_once_is_written_only_within_fifteen_minutes_of_becoming_known(desk, anna, message, minutes, said):
    known = message.stored_at
    row = urgent.send(ReportForm("Прорвало"), message_id=message.id, actor=desk.anna, now=known + minutes * MINUTE)
    lines, cells = document(anna, row)
    assert f"Пункт 20 Положения: {said}" in lines
    assert cells["Получено"] == "25.11.2026 10:05"
    assert cells["Стало известно"] == "25.11.2026 10:05"
    assert cells["Доложено"] == f"25.11.2026 10:{5 + minutes}, Анна Ларина"
    assert cells["Доведено до главы"] == "ещё нет"


def test_a_message_that_came_late_is_measured_from_when_it_became_known(desk, anna, message):
    with transaction():
        message.received_at = at("24.11 08:00")
    row = urgent.send(ReportForm("Прорвало"), message_id=message.id, actor=desk.anna, now=at("25.11 10:10"))
    lines, cells = document(anna, row)
    assert "Пункт 20 Положения: доложено незамедлительно, через 5 мин после того, как стало известно." in lines
    assert (cells["Получено"], cells["Стало известно"]) == ("24.11.2026 08:00", "25.11.2026 10:05")


def test_the_document_names_who_acts_and_who_has_read(desk, anna, report):
    away(desk)
    urgent.read(report.id, 1, actor=desk.gleb, now=NOW + MINUTE)
    urgent.read(report.id, 1, actor=desk.sveta, now=NOW + 2 * MINUTE)
    lines, cells = document(anna, report)
    assert "И. о. главы\nСветлана Рощина" in lines
    assert cells["Доведено до главы"] == (
        f"прочитано 25.11.2026 10:52: Светлана Рощина, и. о. главы, {ACT} (через 2 мин после доклада)"
    )
    assert cells["Прочитано другими руководителями"] == "25.11.2026 10:51, Глеб Титов, руководитель аппарата"


def test_the_recipient_of_an_instruction_is_never_preselected(desk, anna, gleb, report):
    for browser, field in ((gleb, "instruct-to"), (anna, "phone-to")):
        page = browser.get(f"/reports/urgent/{report.id}").text
        chosen = page.split(f'id="{field}"')[1].split("</select>")[0]
        assert '<option value="">Выберите…</option>' in chosen
        assert " selected" not in chosen
    given = {"version": 1, "text": "Выехать", "to_id": "", "due_at": "2026-11-25T13:00"}
    refused = gleb.submit(f"/reports/urgent/{report.id}/instruct", given)
    assert refused.status_code == 422
    assert "Выберите, кому поручить." in refused.text


ACTING = {
    "nobody chosen": ("acting_id", {"acting": ""}),
    "no act": ("act", {"act": " "}),
    "himself": ("acting_id", {"acting": "maxim"}),
    "no leader": ("acting_id", {"acting": "anna"}),
    "for somebody who leads nothing": ("acting_id", {"who": "boris"}),
}


@pytest.mark.words
@pytest.mark.parametrize(("field", "given"), ACTING.values(), ids=ACTING)
def test_who_cannot_act_for_a_leader(desk, field, given):
    with pytest.raises(MissingInput) as refused:
        away(desk, **given)
    assert refused.value.field == field


def test_who_is_away_himself_is_not_named(desk):
    away(desk, who="sveta", first=26, last=28, acting="gleb")
    with pytest.raises(MissingInput, match="Светлана Рощина в отсутствии"):
        away(desk, first=25, last=26)


def test_a_substitute_alone_cannot_enter_an_absence_of_the_head(desk):
    given = Given("leave", date(2026, 11, 25), date(2026, 11, 27), desk.ids["vera"])
    absences.enter_absence(desk.ids["anna"], given, actor=desk.anna, now=NOW)
    vera = desk.vera
    from tests.people.ways import vera as standing_in

    standing_in(desk)
    assert Role.CURATOR in vera.roles
    given = Given("leave", date(2026, 11, 25), date(2026, 11, 27), None, desk.ids["sveta"], ACT)
    with pytest.raises(NotYours, match="Отсутствие руководителя"):
        absences.enter_absence(desk.ids["maxim"], given, actor=vera, now=NOW)


def test_from_the_page_of_absences_to_the_list_of_people(app, desk, anna):
    page = anna.get("/admin/absences/new").text
    assert "Исполняет обязанности" in page
    given = {
        "person_id": desk.ids["maxim"], "reason": "leave", "first_day": "2026-11-25", "last_day": "2026-11-27",
        "acting_id": desk.ids["sveta"], "act": ACT,
    }  # fmt: skip
    effects = words(anna.submit("/admin/absences/effects", given).text)
    assert "И. о. главы с 25.11 по 27.11.2026: Светлана Рощина" in effects
    wrong = anna.submit("/admin/absences", {**given, "act": ""})
    assert wrong.status_code == 422
    assert "Укажите номер и дату распоряжения" in wrong.text
    shown = words(anna.get(anna.submit("/admin/absences", given).location).text)
    assert f"И. о.: Светлана Рощина, {ACT}" in shown
    listed = words(anna.get("/admin/absences").text)
    assert "И. о.: Светлана Рощина" in listed
    dina = browser_of(app, desk.ids, "dina")
    people = words(dina.get("/admin/users").text)
    assert "отсутствует по 27.11, и. о.: Светлана Рощина" in people
    assert "Кто глава, не указано" not in people


def test_a_leader_enters_his_own_absence(app, desk):
    maxim = log_in(app, "maxim")
    page = maxim.get("/admin/absences/new").text
    assert "Исполняет обязанности" in page
    assert "Кто замещает" not in page
    given = {
        "reason": "leave", "first_day": "2026-11-26", "last_day": "2026-11-27", "acting_id": desk.ids["sveta"],
        "act": ACT,
    }  # fmt: skip
    assert maxim.submit("/admin/absences", given).status_code == 303
    assert db.session.scalars(db.select(Absence)).one().person_id == desk.ids["maxim"]


def test_the_second_reads_who_was_first(desk, report):
    away(desk)
    urgent.read(report.id, 1, actor=desk.sveta, now=NOW)
    with pytest.raises(HeadKnows, match="Светлана Рощина"):
        urgent.read(report.id, 1, actor=desk.maxim, now=NOW + MINUTE)


def test_posts_are_those_of_the_act(desk):
    assert head_at(NOW).name == "Максим Северов"
    with transaction() as session:
        session.get_one(User, desk.ids["maxim"]).post = None
        session.get_one(User, desk.ids["gleb"]).post = Post.CHIEF_OF_STAFF
    assert head_at(NOW) is None
