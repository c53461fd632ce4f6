"""«Журнал»: filters in the address, stable pages, sentences in Russian, seals, the log as a file."""

from __future__ import annotations

import ast
import csv
import io
import re
from html import unescape

import openpyxl
import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.log.acts.record import record
from osm.log.models import ON_BEHALF_OF
from osm.log.queries import objects
from osm.log.queries import page as queries_page
from osm.log.queries.fields import FIELDS
from osm.log.queries.history import edits_of
from osm.models import Assignment, Event
from osm.regulation.words import Status
from osm.settings import ROOT
from tests.office import at
from tests.statements import counted


def rows(page: str) -> list[str]:
    """Each row of the table as a person reads it."""
    found = re.findall(r'<tr id="event-\d+">(.*?)</tr>', page, re.DOTALL)
    plain = [" ".join(unescape(re.sub(r"<[^>]+>", " ", row)).split()) for row in found]
    return [row.replace(" :", ":") for row in plain]


def sentences(browser, query: str = "") -> list[str]:
    answer = browser.get(f"/admin/log?{query}")
    assert answer.status_code == 200, answer.text
    return rows(answer.text)


def one(browser, query: str, part: str) -> str:
    """The one row with these words."""
    (found,) = [row for row in sentences(browser, query) if part in row]
    return found


def logged(count: int, now, action: str = "log_in", **more) -> list[int]:
    with transaction() as session:
        events = [record(action, at=now, actor=None, **more) for _ in range(count)]
        session.flush()
        return [event.id for event in events]


def test_an_act_is_described_as_on_its_card(desk, dina):
    message = desk.in_status(Status.REWORK)
    query = f"number={message.number}"
    assert "Анна Ларина" in one(dina, query, "направлено — Борис Ежов (ЖКХ)")
    returned = one(dina, query, "возвращено на доработку — версия 1")
    assert "Назовите срок" in returned
    assert "статус: На согласовании → На доработке" in returned
    assert "Система" in one(dina, query, "загружено из выгрузки статус: Новое")


def test_other_acts_and_objects_have_their_words(desk, dina):
    with transaction():
        record(
            "edit_user", at=at("25.11 10:00"), actor=desk.dina, object_kind="user", object_id=desk.ids["boris"],
            changes={"roles": (["executor"], ["executor", "head"]), "is_active": (True, False), "version": (1, 2)},
        )  # fmt: skip
    row = one(dina, "object=user-{}".format(desk.ids["boris"]), "данные изменены")
    assert "Дина Орлова данные изменены: Учётная запись «Борис Ежов»" in row
    assert "роли: Исполнитель → Исполнитель, Руководитель" in row
    assert "вход разрешён: да → нет" in row
    assert "версия" not in row


def test_each_field_that_an_act_writes_has_its_word():
    def is_changes(node: ast.AST) -> bool:
        named = getattr(node, "arg", None) or getattr(getattr(node, "target", None), "id", None)
        return named == "changes" and isinstance(getattr(node, "value", None), ast.Dict)

    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "osm").rglob("*.py"))
    given = [node.value.keys for tree in trees for node in ast.walk(tree) if is_changes(node)]  # type: ignore[attr-defined]
    written = {key.value for keys in given for key in keys if isinstance(key, ast.Constant)}
    assert {"page_state", "way"} <= written
    assert written <= set(FIELDS)


@pytest.mark.parametrize("action", ["key_refused", "page_stopped", "keys_renewed", "page_strangers"])
def test_what_the_worker_does_to_a_page_is_done_by_the_system(desk, action):
    logged(1, at("25.11 10:00"), action, object_kind="account", object_id=1)
    logged(1, at("25.11 10:01"), "connect_page", object_kind="account", object_id=1)
    assert [edit.actor for edit in edits_of("account", 1)] == ["командой", "система"]


def test_each_act_is_in_one_group_where_a_person_looks_for_it(desk, dina):
    groups = {
        name: set(re.findall(r'value="(\w+)"', actions))
        for name, actions in re.findall(
            r'<optgroup label="([^"]+)">(.*?)</optgroup>', dina.get("/admin/log").text, re.DOTALL
        )
    }
    where = {action: name for name, actions in groups.items() for action in actions}
    assert len(where) == sum(map(len, groups.values()))
    assert where["emergency_begun"] == "Режим ЧС"
    assert where["complaint_reviewed"] == "Жалобы на удаление и блокировку"
    assert where["plan_approve"] == where["heading_added"] == where["plan_feed_made"] == "План публикаций"
    assert where["page_stopped"] == where["edit_user"] == "Доступ"
    assert where["edit_topic"] == where["create_template"] == where["write_help"] == "Темы, шаблоны и справка"
    assert where["replace_form"] == where["send_form"] == "Формы"
    assert where["edit_source"] == where["import_start"] == "Загрузки и журнал"


def test_what_the_program_does_not_know_is_shown_and_breaks_nothing(desk, dina):
    logged(
        1, at("25.11 10:00"), "of_another_edition", changes={"status": ("gone", "новое"), "x_at": (None, "когда-то")}
    )
    row = one(dina, "", "of_another_edition")
    assert "статус: gone → новое x_at: когда-то" in row


def test_the_filters(desk, dina, anna, vera):
    first, second = desk.in_status(Status.ANSWERED), desk.in_status(Status.DISMISSED)
    anna.get(f"/messages/{first.id}")
    everything = sentences(dina, "show=all")
    for query, wanted in {
        f"number={first.number}": lambda row: f"№ {first.number}:" in row,
        f"who={desk.ids['anna']}": lambda row: "Анна Ларина" in row,
        "who=system": lambda row: "Система" in row,
        "action=dismiss": lambda row: "реагирование не требуется" in row,
        f"action=dismiss&number={second.number}": lambda row: "реагирование не требуется" in row,
    }.items():
        shown = sentences(dina, query)
        assert shown, query
        assert shown == [row for row in everything if wanted(row) and "открыта карточка" not in row], query
    assert sentences(dina, f"action=dismiss&number={first.number}") == []


def test_readings_are_shown_apart_from_acts(desk, dina, anna):
    message = desk.in_status(Status.IN_WORK)
    anna.get(f"/messages/{message.id}")
    reads = sentences(dina, "show=reads")
    assert [f"№ {message.number}: открыта карточка" in row for row in reads] == [False, True]
    assert "открыт журнал действий" in reads[0]
    assert not [row for row in sentences(dina) if "открыт" in row]
    assert len(sentences(dina, "show=all")) == len(sentences(dina)) + 2


def test_the_filters_of_a_file_are_named_in_the_registers_words(desk, dina, anna):
    desk.in_status(Status.IN_WORK)
    anna.get("/messages/export.xlsx?status=in_work&im=no")
    page = unescape(dina.get("/admin/log?show=reads").text)
    assert "отбор: ИМ, статус" in page
    assert "filters" not in re.sub("<[^>]*>", "", page)


@pytest.mark.parametrize(
    ("period", "found"),
    [
        ("from=2026-11-20", ["20", "21", "22"]),
        ("to=21.11.2026", ["20", "21"]),
        ("from=2026-11-21&to=2026-11-21", ["21"]),
        ("from=2026-11-23&to=2026-11-24", []),
    ],
)
def test_a_period_is_of_local_days(desk, dina, period, found):
    for day, when in (("20", "20.11 00:00"), ("21", "21.11 23:59"), ("22", "22.11 00:00")):
        logged(1, at(when), f"act_{day}")
    shown = " ".join(sentences(dina, period))
    assert [day for day in ("20", "21", "22") if f"act_{day}" in shown] == found


@pytest.mark.words
@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("from=вчера", "Дата не разобрана"),
        ("to=31.02.2026", "Дата не разобрана"),
        ("from=2026-11-02&to=2026-11-01", "раньше начала"),
    ],
)
def test_an_impossible_period_is_reported_and_stays_typed(desk, dina, query, words):
    answer = dina.get(f"/admin/log?{query}")
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{query.split("=")[1].split("&")[0]}"' in answer.text


@pytest.mark.words
@pytest.mark.parametrize(
    "query",
    [
        "who=nobody",
        "object=user-x",
        "object=event_seal-1",
        "show=everything",
        "before=9" + "9" * 20,
        "before=x",
        "action=;drop",
    ],
)
def test_an_address_that_was_spoilt_asks_for_nothing_special(desk, dina, query):
    assert dina.get(f"/admin/log?{query}").status_code == 200


def test_a_missing_number_is_reported(desk, dina):
    assert "Сообщения с таким номером нет" in dina.get("/admin/log?number=999").text


def test_pages_do_not_move_while_rows_arrive(desk, dina, monkeypatch):
    monkeypatch.setattr(queries_page, "PAGE", 2)
    ids = logged(5, at("25.11 10:00"), "act")
    seen, address = [], "/admin/log?action=act"
    while address:
        page = dina.get(address).text
        seen += re.findall(r'id="event-(\d+)"', page)
        logged(1, at("25.11 10:30"), "act")
        following = re.search(r'href="(/admin/log\?before=[^"]+)"', page)
        address = unescape(following[1]) if following else ""
    assert seen == [str(number) for number in reversed(ids)]


def test_a_missing_note_is_reported(desk, dina):
    (event,) = logged(1, at("25.11 10:00"), "dismiss", note="Не наше")
    assert "Не наше" in one(dina, "action=dismiss", "реагирование")
    with transaction() as session:
        session.execute(db.text(f"DELETE FROM event_note WHERE event_id = {event}"))
    assert "примечание удалено" in one(dina, "action=dismiss", "реагирование")


def test_htmx_gets_the_list_alone(desk, dina):
    answer = dina.htmx("/admin/log?show=all", method="GET")
    assert answer.text.lstrip().startswith('<div id="log">')


# --- As a file


def test_the_log_as_xlsx_holds_what_is_filtered_oldest_first(desk, dina):
    message = desk.in_status(Status.REWORK)
    answer = dina.get(f"/admin/log/export?number={message.number}")
    head, *lines = openpyxl.load_workbook(io.BytesIO(answer.data)).active.values
    assert head[:4] == ("Запись №", "Когда", "Кто", "Что произошло")
    assert [line[3] for line in lines] == [
        "загружено из выгрузки",
        "направлено — Борис Ежов (ЖКХ)",
        "проект отправлен на согласование — версия 1",
        "возвращено на доработку — версия 1",
    ]
    db.session.rollback()
    event = db.session.scalars(db.select(Event).where(Event.object_kind == "log_export")).one()
    assert (event.actor_id, event.changes["rows"]) == (dina.user_id, [None, 4])


def test_the_log_as_csv_is_safe_against_formulas(desk, dina):
    logged(1, at("25.11 10:00"), "dismiss", note="=1+1")
    text = dina.get("/admin/log/export?action=dismiss&format=csv").data.decode("utf-8-sig")
    _, line = csv.reader(io.StringIO(text), delimiter=";")
    assert line[7] == "'=1+1"


def test_too_many_rows_are_refused_with_words(desk, dina, monkeypatch):
    monkeypatch.setattr("osm.log.screens.LARGEST_EXPORT", 2)
    logged(3, at("25.11 10:00"), "act")
    answer = dina.get("/admin/log/export?action=act")
    assert answer.status_code == 422
    assert "не больше 2 записей" in answer.text


# --- Names instead of ids


def in_log(desk, dina, changes: dict, **more) -> str:
    with transaction():
        record("of_another_edition", at=at("25.11 10:00"), actor=desk.dina, changes=changes, **more)
    return one(dina, "", "of_another_edition")


def test_every_field_with_an_id_is_shown_by_name(desk, dina):
    message = desk.in_status(Status.IN_WORK)
    route = db.session.scalars(db.select(Assignment)).one()
    known = {
        "department": (route.department_id, "ЖКХ"),
        "topic": (desk.topics["Отопление"], "Отопление"),
        "user": (desk.ids["lidia"], "Лидия Журавлёва"),
        "message": (message.id, f"№ {message.number}"),
        "assignment": (route.id, "Борис Ежов"),
    }
    gone = (99, "№ 99")
    fields = {field: known.get(kind, gone) for field, kind in objects.FIELDS.items() if field != ON_BEHALF_OF}
    row = in_log(desk, dina, {field: (None, row_id) for field, (row_id, _) in fields.items()})
    assert [f"{FIELDS[field]}: {name}" in row for field, (_, name) in fields.items()] == [True] * len(fields)


def test_users_from_before_are_named_too(desk, dina):
    boris, lidia = desk.ids["boris"], desk.ids["lidia"]
    row = in_log(desk, dina, {"executor_id": (boris, lidia), "deputy_ids": ([boris], [boris, lidia])})
    assert "исполнитель: Борис Ежов → Лидия Журавлёва" in row
    assert "заместители: Борис Ежов → Борис Ежов, Лидия Журавлёва" in row


def test_no_label_of_a_field_promises_a_number_where_a_name_follows():
    ids = {field for field in FIELDS if field.endswith(("_id", "_ids"))}
    assert ids == set(objects.FIELDS) - {ON_BEHALF_OF}
    assert not [field for field in ids if "№" in FIELDS[field]]


@pytest.mark.parametrize("kind", objects.KINDS)
def test_what_is_gone_keeps_its_number_and_leads_to_its_acts(desk, dina, kind):
    row = in_log(desk, dina, {}, object_kind=kind, object_id=99)
    assert ("№ 99" in row) is bool(objects.KINDS[kind].word)
    assert len(sentences(dina, f"object={kind}-99")) == 1


def test_an_id_that_is_none_breaks_nothing(desk, dina):
    assert "исполнитель: да тема: отопление" in in_log(
        desk, dina, {"executor_id": (None, True), "topic_id": (None, "отопление")}
    )


def test_the_statements_of_a_page_do_not_grow_with_its_rows(app, desk, dina):
    for _ in range(2):
        desk.in_status(Status.ANSWERED)
    dina.get("/admin/log")  # the reader is logged once
    with counted(app) as few:
        dina.get("/admin/log")
    for _ in range(4):
        desk.in_status(Status.ANSWERED)
    with counted(app) as many:
        dina.get("/admin/log")
    assert len(many) == len(few)


def test_the_page_names_near_days_and_the_file_the_whole_date(desk, dina):
    desk.in_status(Status.ANSWERED)
    assert "отобрано: сегодня в 10:10" in one(dina, "action=route", "направлено")
    text = dina.get("/admin/log/export?action=route&format=csv").data.decode("utf-8-sig")
    assert "отобрано: 25.11.2026 10:10" in text
