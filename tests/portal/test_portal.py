"""ПОС: another regime. It is loaded by table, given to a department, answered there, and met by no list of messages."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, timedelta

import pytest

from osm.base.database import db
from osm.base.errors import ServiceError
from osm.base.transaction import transaction
from osm.base.types import Span
from osm.connectors.incident_file.cells import rating_in, rating_of
from osm.flow.acts.clocks import in_force
from osm.imports.acts import recall, runs
from osm.integrators.acts import taking, webhooks
from osm.integrators.queries import message_for
from osm.models import (
    Absence,
    Author,
    Deadline,
    Department,
    DueReading,
    Event,
    ImportRow,
    ImportRun,
    Message,
    MessageSearch,
    PortalMessage,
    Reminder,
    Shortcoming,
    Topic,
    User,
)
from osm.people.acts import absences
from osm.people.acts.absences import StillNeeded
from osm.portal import acts, queries
from osm.regulation.errors import MissingInput
from osm.regulation.executors import AbsenceReason
from osm.regulation.words import Status
from osm.reminders.acts.letters import remind_of_portal
from osm.reminders.queries import listed
from osm.retention.acts import office
from osm.retention.queries import outlived
from osm.retention.rules import Kept
from tests.by_day import by_day
from tests.cast import browser_of
from tests.connectors.conftest import reader_inside
from tests.connectors.files import xlsx
from tests.desk import NOW
from tests.imports.desk import Outcome, upload, work
from tests.office import VLADIVOSTOK, at
from tests.page_reading import words

__all__ = ["reader_inside"]

HEADER = ["Номер", "Дата поступления", "Текст", "Тема", "Статус", "Срок ответа", "ФИО заявителя", "Телефон", "Источник",
          "Решено?"]  # fmt: skip
SECRET, PHONE, WORD = "Марфа Приватная", "+7 924 000-11-22", "кедровка"


def row(number="88001", **changes):
    given = {
        "Номер": number, "Дата поступления": "25.11.2026 09:00", "Текст": f"На улице {WORD} не горит фонарь",
        "Тема": "Отопление", "Статус": "Новый", "Срок ответа": "27.11.2026 18:00", "ФИО заявителя": SECRET,
        "Телефон": PHONE, "Источник": "Госуслуги", "Решено?": "",
    }  # fmt: skip
    return list((given | changes).values())


def load(*rows, now=NOW, source="ПОС", header=HEADER, kind="portal"):
    run_id = upload(xlsx([header, *rows]), source=source, now=now)
    start = {"columns": {}, "times": "local", "history": False, "dry_run": False, "kind": kind}
    runs.start_run(run_id, **start, actor=None, now=now)
    work(now=now)
    return Outcome(run_id)


def of_portal(number="88001") -> PortalMessage:
    db.session.rollback()
    return db.session.scalars(db.select(PortalMessage).where(PortalMessage.number == number)).one()


@pytest.fixture
def loaded(desk, reader_inside):
    load(row())
    return of_portal()


@pytest.fixture
def housing(desk) -> int:
    return db.session.scalars(db.select(Department.id).where(Department.name == "ЖКХ")).one()


@pytest.fixture
def given(desk, loaded, housing) -> PortalMessage:
    acts.assign(loaded.id, loaded.version, department_id=housing, actor=desk.anna, now=NOW)
    return of_portal()


TABLES = (Message, Author, Deadline, Shortcoming, DueReading, MessageSearch)
"""What a message of the networks fills."""


def test_a_table_of_pos_makes_no_message_clock_or_author(desk, reader_inside):
    before = [db.session.scalar(db.select(db.func.count()).select_from(model)) for model in TABLES]
    done = load(row(), row("88002"))
    assert done.counts == {"created": 2}
    assert [db.session.scalar(db.select(db.func.count()).select_from(model)) for model in TABLES] == before
    one = of_portal()
    assert (one.topic.name, one.due_at, one.received_at) == ("Отопление", at("27.11 18:00"), at("25.11 09:00"))


def test_contacts_come_in_nowhere_and_the_file_is_gone(app, loaded):
    load(row("88003", Текст=""))  # refused
    engine = db.engine
    with engine.connect() as connection:
        for table in db.metadata.tables.values():
            for found in connection.execute(table.select()):
                assert not re.findall(f"{SECRET}|{re.escape(PHONE)}", str(found)), table.name
    folder = app.extensions["osm"].settings.data_dir / "imports"
    digests = set(db.session.scalars(db.select(ImportRun.sha256)))
    assert not [one for one in folder.glob("*") if one.stem in digests]


def test_the_same_table_again_changes_nothing_and_news_update(loaded):
    assert load(row()).counts == {"unchanged": 1}
    done = load(row(Статус="Решено", **{"Решено?": "нет"}))
    assert done.counts == {"updated": 1}
    one = of_portal()
    assert (one.closed_at, one.closed_by_id, one.satisfied, one.rating) == (NOW, None, False, "нет")


def test_a_file_never_opens_what_was_entered_here(desk, given):
    acts.close(given.id, given.version, answer="Фонарь починен", actor=desk.boris, now=NOW)
    load(row(Текст="Другой текст"))
    one = of_portal()
    assert (one.closed_at, one.answer, one.text) == (NOW, "Фонарь починен", "Другой текст")


def test_a_row_without_number_is_refused_with_its_reason(desk, reader_inside):
    assert load(row(), row("")).reasons == {3: acts.NO_NUMBER}


def test_the_kind_of_a_source_is_fixed_with_its_first_load(loaded):
    run_id = upload(xlsx([HEADER, row("88009")]), source="ПОС", now=NOW)
    with pytest.raises(MissingInput, match="уже загружали"):
        runs.start_run(
            run_id, columns={}, times="local", history=False, dry_run=False, actor=None, now=NOW, kind="networks"
        )


def test_rows_that_were_read_keep_their_regime(desk, reader_inside):
    """Two files of a new source: nobody can turn what was checked as ПОС into messages."""
    first, second = (upload(xlsx([HEADER, row(number)]), source="Новый", now=NOW) for number in ("1", "2"))
    check = {"columns": {}, "times": "local", "history": False, "dry_run": True, "actor": desk.anna, "now": NOW}
    runs.start_run(first, kind="portal", **check)
    work(now=NOW)
    with pytest.raises(MissingInput, match="уже загружали"):
        runs.start_run(second, kind="networks", **check)
    runs.start_run(first, kind="networks", **check)  # the only one that was read is read again
    work(now=NOW)
    runs.publish_run(first, actor=desk.anna, now=NOW)
    work(now=NOW)
    assert db.session.scalars(db.select(Message.number)).all() == ["1"]


def test_history_without_the_time_of_its_answer_is_not_late(desk, reader_inside):
    run_id = upload(xlsx([HEADER, row()]), source="ПОС", now=NOW + timedelta(days=9))
    runs.start_run(run_id, columns={}, times="local", history=True, dry_run=False, kind="portal", actor=None, now=NOW)
    work(now=NOW + timedelta(days=9))
    assert of_portal().closed_at == of_portal().due_at


def test_a_rating_that_says_neither_takes_the_one_before_away(loaded):
    load(row(**{"Решено?": "нет"}))
    load(row(**{"Решено?": "3"}))
    assert (of_portal().rating, of_portal().satisfied) == ("3", None)


def test_an_integrator_of_pos_hands_files_over_and_may_use_any_number(desk, loaded):
    of_network = {"header": ["Номер", "Сеть", "Ссылка", "Текст"], "kind": "networks", "source": "ИМ"}
    load(["600", "vk", "https://vk.com/wall-1_600", "Яма"], **of_network)
    assert db.session.scalars(db.select(Message.number)).all() == ["600"]
    who = {"actor": desk.anna, "now": NOW}
    system = webhooks.create(name="Шлюз", source="ПОС", rights="write", sees_all=True, per_minute=60, **who)
    with pytest.raises(taking.NotAllowed, match="/api/v1/imports"):
        taking.take(system.id, "one", b"1", {"number": "601", "text": WORD, "network": "vk"}, NOW)
    load(row("600"))
    assert WORD in of_portal("600").text
    assert message_for("600", system.id, VLADIVOSTOK)["answers"] == []  # that of the networks


def test_a_load_is_recalled_while_nobody_worked_on_it(desk, reader_inside, housing):
    first, second = load(row()), load(row("88002"))
    one = of_portal()
    acts.assign(one.id, one.version, department_id=housing, actor=desk.anna, now=NOW)
    with pytest.raises(ServiceError):
        recall.recall_run(first.run_id, actor=desk.anna, now=NOW)
    given = {"with_author": False, "ground": "court", "document": "№ 7", "actor": desk.dina, "now": NOW}
    hold = office.set_hold("portal_message", "88002", **given)
    with pytest.raises(ServiceError, match="запрет"):
        recall.recall_run(second.run_id, actor=desk.anna, now=NOW)
    office.lift_hold(hold.id, actor=desk.dina, now=NOW)
    recall.recall_run(second.run_id, actor=desk.anna, now=NOW)
    assert db.session.scalars(db.select(PortalMessage.number)).all() == ["88001"]


def test_a_check_foretells_the_load_without_clocks(desk, reader_inside):
    run_id = upload(xlsx([HEADER, row(**{"Дата поступления": "01.10.2026 09:00"})]), source="ПОС", now=NOW)
    runs.start_run(
        run_id, columns={}, times="local", history=False, dry_run=True, actor=desk.anna, now=NOW, kind="portal"
    )
    work(now=NOW)
    run = Outcome(run_id).run
    assert (run.counts["created"], run.forecast["opened"], run.forecast.get("overdue")) == (1, 0, None)
    assert db.session.scalars(db.select(PortalMessage)).all() == []
    assert SECRET not in str(db.session.scalars(db.select(ImportRow.payload)).all())


# --- Who sees it, and what may be done with it
def test_only_the_curator_and_its_department_see_it(app, desk, given):
    allowed = {}
    for login in ("anna", "boris", "lidia", "roman"):
        allowed[login] = browser_of(app, desk.ids, login).get(f"/portal/{given.id}").status_code
    assert allowed == {"anna": 200, "boris": 200, "lidia": 200, "roman": 404}
    browser = browser_of(app, desk.ids, "roman")
    assert WORD not in browser.get("/portal").text
    assert browser.submit(f"/portal/{given.id}/close", {"version": given.version, "answer": "я"}).status_code == 404


def test_from_the_curator_to_entered_in_pos_by_pages(app, desk, loaded, housing, anna, boris):
    place = f"/portal/{loaded.id}"
    assert WORD in anna.get("/").text
    assert WORD not in boris.get("/").text
    anna.submit(f"{place}/assign", {"version": "1", "department_id": str(housing)})
    assert WORD not in anna.get("/").text
    page = boris.get(place).text
    assert "Отвечают только в самой ПОС" in page
    assert "/publish" not in page
    refused = boris.submit(f"{place}/close", {"version": "2", "answer": " "})
    assert refused.status_code == 422
    boris.submit(f"{place}/close", {"version": "2", "answer": "Починили"})
    assert of_portal().closed_by_id == desk.ids["boris"]
    late = anna.submit(f"{place}/close", {"version": "2", "answer": "Мой ответ"})
    assert (late.status_code, "Мой ответ" in late.text) == (409, True)
    boris.submit(f"{place}/reopen", {"version": "3"})
    assert of_portal().closed_at is None


def test_who_stands_in_for_an_executor_sees_it_too(app, desk, given):
    away = {"person_id": desk.ids["boris"], "substitute_id": desk.ids["roman"], "reason": AbsenceReason.ILLNESS}
    with transaction() as session:
        session.add(
            Absence(first_day=NOW.date(), last_day=NOW.date(), entered_at=NOW, entered_by_id=desk.ids["anna"], **away)
        )
    browser = browser_of(app, desk.ids, "roman")
    assert (browser.get(f"/portal/{given.id}").status_code, WORD in browser.get("/portal").text) == (200, True)


def test_where_nobody_is_left_it_waits_for_the_curator(desk, given, anna):
    assert WORD not in anna.get("/").text
    with transaction() as session:
        for login in ("boris", "lidia"):
            session.get_one(User, desk.ids[login]).is_active = False
    assert WORD in anna.get("/").text


def test_reading_one_is_logged(desk, given, boris):
    boris.get(f"/portal/{given.id}")
    db.session.rollback()
    found = db.session.scalars(db.select(Event).where(Event.action == "read", Event.object_kind == "portal")).one()
    assert (found.actor_id, found.changes["number"][1]) == (desk.ids["boris"], "88001")


def test_people_of_the_department_are_reminded_once(desk, given):
    def reminded():
        db.session.rollback()
        found = db.session.execute(db.select(Reminder.kind, Reminder.recipient_id).order_by(Reminder.id)).all()
        return {(kind, login) for kind, person in found for login, one in desk.ids.items() if one == person}

    remind_of_portal(NOW)
    theirs = {("portal_given", "boris"), ("portal_given", "lidia")}
    assert (reminded(), remind_of_portal(NOW)) == (theirs, 0)
    assert remind_of_portal(at("26.11 18:01")) == 2
    assert remind_of_portal(at("27.11 18:01")) == 2
    acts.close(given.id, given.version, answer="Сделано", actor=desk.boris, now=NOW)
    assert remind_of_portal(at("28.11 09:00")) == 0
    acts.reopen(given.id, of_portal().version, actor=desk.anna, now=at("28.11 10:00"))
    assert remind_of_portal(at("28.11 10:01")) == 2, "ПОС has returned it: news to the department"


def test_a_reminder_is_settled_where_another_department_has_it_now(app, desk, given):
    remind_of_portal(NOW)
    boris, calendar = db.session.get_one(User, desk.ids["boris"]), in_force().calendar
    assert [one.is_settled for one in listed(boris, at("27.11 12:00"), calendar)] == [False]
    other = db.session.scalars(db.select(Department.id).where(Department.name != "ЖКХ")).first()
    later = {"actor": desk.anna, "now": NOW + timedelta(minutes=5)}
    acts.assign(given.id, given.version, department_id=other, **later)
    assert [one.is_settled for one in listed(boris, at("27.11 12:00"), calendar)] == [True]


def test_a_reminder_is_settled_where_a_file_moved_the_term(app, desk, given):
    day_before = at("26.11 18:01")
    remind_of_portal(day_before)
    load(row(**{"Срок ответа": "30.11.2026 18:00"}), now=day_before)
    remind_of_portal(at("29.11 18:01"))
    found = listed(db.session.get_one(User, desk.ids["boris"]), at("01.12 12:00"), in_force().calendar)
    terms = [("30.11" in one.words, one.is_settled) for one in found if one.kind == "portal_term"]
    assert terms == [(True, False), (False, True)]


def test_a_department_with_an_open_message_stays_in_the_list(desk, given, housing):
    with transaction() as session:
        for person in session.scalars(db.select(User).where(User.department_id == housing)):
            person.department_id = None
        for topic in session.scalars(db.select(Topic).where(Topic.department_id == housing)):
            topic.department_id = None
    version = db.session.get_one(Department, housing).version
    with pytest.raises(StillNeeded, match="сообщений ПОС: 1"):
        absences.archive_department(housing, version, actor=desk.anna, now=NOW)
    acts.close(given.id, given.version, answer="Сделано", actor=desk.anna, now=NOW)
    assert absences.archive_department(housing, version, actor=desk.anna, now=NOW).archived_at == NOW


# --- No list of messages meets it
def shown(browser, app, message_id: int) -> dict[str, str]:
    """Every page that needs no other row than a message, as this person sees it."""
    pages = {}
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and rule.arguments <= {"message_id"} and not rule.rule.startswith("/static"):
            pages[rule.rule] = rule.rule.replace("<int:message_id>", str(message_id))
    pages["search"] = f"/messages?q={WORD}"
    return {name: readable(browser.get(address).data) for name, address in pages.items() if name != "/logout"}


def readable(body: bytes) -> str:
    """Of a sheet or an archive, its parts."""
    if not body.startswith(b"PK"):
        return body.decode(errors="ignore")
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        return "".join(readable(packed.read(name)) for name in packed.namelist())


OWN = {"/", "/portal", "/inbox/news", "/nav/badges", "/admin/log", "/admin/log/export"}
"""Pages that may name it."""


# By day those who see the most: all messages, those of the department, the pages of the administrator.
@pytest.mark.parametrize("login", by_day(["anna", "boris", "dina", "vera", "gleb"], first=3))
def test_no_page_of_messages_shows_one(app, desk, given, login):
    beside = desk.in_status(Status.IN_WORK, text=f"На улице {WORD} не горит фонарь!")
    browser = browser_of(app, desk.ids, login)
    pages = shown(browser, app, beside.id)
    assert {name for name, page in pages.items() if "88001" in page} - OWN - {"/imports"} == set()
    assert len(pages) > 60


def figures_of(app) -> str:
    runner = app.test_cli_runner()
    asked = [["figures", "--from", "2026-11-01", "--to", "2026-11-30", "--json"], ["repeats"], ["bursts", "--json"]]
    return "\n".join(runner.invoke(args=["osm", *one]).output for one in asked)


def test_figures_repeats_and_pages_of_reports_stay_the_same(app, desk, reader_inside, gleb):
    message = desk.in_status(Status.ANSWERED, text=f"На улице {WORD} не горит фонарь")

    def all_of_them():
        pages = [words(gleb.get(one).text) for one in ("/reports", "/reports/shortcomings", f"/messages/{message.id}")]
        return figures_of(app), [re.sub(r"Загруз.*", "", page) for page in pages]

    before = all_of_them()
    load(*(row(f"8800{number}", **{"Срок ответа": "25.11.2026 09:10"}) for number in range(1, 9)))
    assert all_of_them() == before


def test_ratings_are_counted_by_department_and_topic(desk, given, gleb):
    load(row(**{"Решено?": "не решено"}), row("88002", **{"Решено?": "5"}), row("88003", **{"Решено?": "3"}))
    departments, topics = queries.figures(Span(date(2026, 11, 1), date(2026, 11, 30), VLADIVOSTOK), NOW)
    assert [(one.name, one.received, one.rated, one.satisfied) for one in departments] == [
        ("", 2, 1, 1),
        ("ЖКХ", 1, 1, 0),
    ]
    assert [(one.name, one.received, one.rated, one.satisfied) for one in topics] == [("Отопление", 3, 2, 1)]
    page = words(gleb.get("/reports/portal?from=2026-11-01&to=2026-11-30").text)
    assert "Отопление 3" in page
    assert WORD not in page


@pytest.mark.parametrize(
    ("said", "means"),
    [("5", True), ("4,0", True), ("2 из 5", False), ("3", None), ("да", True), ("Не решено", False), ("нет", False),
     ("не удовлетворена", False), ("", None), ("-", None), ("?", None)],
)  # fmt: skip
def test_ratings_in_words_and_marks(said, means):
    assert rating_of(said) is means


@pytest.mark.parametrize(
    ("heading", "line", "means"),
    [("Решено?", "1", True), ("Проблема решена", "TRUE", True), ("Удовлетворён", "0", False), ("Решено?", "нет", False),
     ("Оценка решения", "1", False), ("Удовлетворённость", "1", False), ("Оценка", "0", False), ("Решено?", "5", True)],
)  # fmt: skip
def test_the_heading_says_whether_one_is_yes_or_a_mark(heading, line, means):
    assert rating_of(rating_in(heading, line)) is means


def test_one_under_solved_in_a_file_is_yes(loaded):
    load(row(**{"Решено?": "1"}))
    assert (of_portal().rating, of_portal().satisfied) == ("да", True)


def test_what_the_prosecutor_asks_for_outlives_its_term(desk, given, app):
    acts.close(given.id, given.version, answer="Сделано", actor=desk.boris, now=NOW)
    about = {"ground": "court", "document": "Запрос № 1", "actor": desk.anna, "now": NOW}
    with pytest.raises(MissingInput, match="Автора"):
        office.set_hold("portal_message", "88001", with_author=True, **about)
    office.set_hold("portal_message", "88001", with_author=False, **about)
    assert db.session.scalars(outlived(Kept.MESSAGES, "portal_message", NOW + timedelta(days=1))).all() == []
    page = words(browser_of(app, desk.ids, "dina").get("/admin/keeping").text)
    assert "сообщение ПОС 88001" in page or "№ 88001" in page, page


def test_what_outlived_its_term_is_destroyed_and_stays_so(desk, given, anna):
    acts.close(given.id, given.version, answer="Сделано", actor=desk.boris, now=NOW)
    later = NOW + timedelta(days=1)
    assert db.session.scalars(outlived(Kept.MESSAGES, "portal_message", later)).all() == [given.id]
    assert "Вернуть в работу" in anna.get(f"/portal/{given.id}").text
    with transaction():
        db.session.get_one(PortalMessage, given.id).text = ""
    assert "Вернуть в работу" not in anna.get(f"/portal/{given.id}").text
    assert load(row()).counts == {"unchanged": 1}
    with pytest.raises(ServiceError, match="уничтожено"):
        acts.reopen(given.id, of_portal().version, actor=desk.anna, now=later)


def test_roles_without_pos_see_no_figures_page_of_it(vera, boris):
    assert [one.get("/reports/portal").status_code for one in (vera, boris)] == [403, 403]
