"""The rows of the figures: their order, which of them a person sees, and that each opens what it counts."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.messages.acts import routing
from osm.messages.acts.executors import PartOrder
from osm.models import Assignment, Deadline, Department, Message, Topic, User
from osm.regulation.words import Post, Status
from tests.office import at
from tests.page_reading import words
from tests.register.reading import numbers

from .edge import Page, book, by_command, listed
from .plain.tables import Days

DAY = Days(date(2026, 11, 25), date(2026, 11, 25))


def test_equal_rows_are_ordered_by_their_names_as_a_person_reads_them(desk, anna):
    """Networks by «ВКонтакте», not by «vk»; «Ёлки» sorted like «е»; «без темы» last among equal rows."""
    names = (None, "Яблони", "Ёлки", "дороги", "Жалобы")
    for network, name in zip(("ok", "vk", "ok", "vk", "telegram"), names, strict=True):
        message = desk.incident("25.11 09:00")
        with transaction() as session:
            row = session.get_one(Message, message.id)
            row.network, row.topic = network, Topic(name=name) if name else None
    page, sheets = Page(anna, DAY), book(anna, DAY)
    for table, sheet, expected in (
        ("by-topic", "По темам", ["дороги", "Ёлки", "Жалобы", "Яблони", "без темы"]),
        ("by-network", "По соцсетям", ["ВКонтакте", "Одноклассники", "Telegram"]),
    ):
        assert [name for name, _ in page.rows(table)] == expected
        assert [row[0] for row in sheets[sheet]][-len(expected) :] == expected


@pytest.fixture
def shared(desk):
    """Two messages of Roman (roads): in the second, housing comes first. Gleb supervises the roads and the schools."""
    orders = [PartOrder(desk.ids["boris"], 1, "", None), PartOrder(desk.ids["roman"], 2, "", None)]
    his, other = desk.incident("25.11 09:00"), desk.incident("25.11 09:00")
    given = {"marked_seen": True, "actor": desk.anna, "now": at("25.11 09:10")}
    routing.route_message(his.id, his.version, executor_id=desk.ids["roman"], task="", **given)
    routing.route_to_several(other.id, other.version, orders=orders, **given)
    with transaction() as session:
        gleb = session.get_one(User, desk.ids["gleb"])
        gleb.post = Post.DEPUTY_HEAD
        roads = session.scalar(db.select(Department).where(Department.short_name == "Дороги"))
        roads.supervisor_id = gleb.id
        session.add(Department(name="Школы", short_name="Школы", supervisor_id=gleb.id))
    return his, other


def test_every_list_of_a_deputy_is_of_his_departments(shared, gleb):
    his, _ = shared
    page = Page(gleb, DAY)
    assert page.rows("by-executor") == [("Роман Соболев", (1, 0, 0, 0, 0))]
    opened = [one for one in page.shown if one.address.startswith("/messages")]
    assert {one.table for one in opened} >= {"by-executor", "by-topic", "Открыты сейчас, по дню поступления"}
    for one in opened:
        assert listed(gleb, one.address) == [his.number], one


def test_an_executor_of_another_department_is_in_no_row_of_a_deputy(shared, desk, gleb):
    """The message is the deputy's because of its first executor; the second executor is another deputy's."""
    his, _ = shared
    with transaction() as session:
        first = session.scalar(db.select(Assignment).where(Assignment.message_id == his.id))
        session.add(Assignment(message_id=his.id, executor_id=desk.ids["boris"], department_id=desk.boris.department_id,
                               assigned_by_id=desk.ids["anna"], assigned_at=first.assigned_at, order_no=2))  # fmt: skip
    assert [name for name, _ in Page(gleb, DAY).rows("by-executor")] == ["Роман Соболев"]


def test_late_work_without_a_department_has_its_row_and_its_list(desk, clock, gleb):
    """The rows of the head's week add up to all late work; the list has no days, since it is about now."""
    late = [desk.in_status(Status.IN_WORK, high=True) for _ in range(3)]
    with transaction() as session:
        for row in session.scalars(db.select(Assignment).where(Assignment.message_id != late[0].id)):
            row.department_id = None
    clock.set(at("25.11 18:00"))
    rows = [one for one in Page(gleb, DAY, "/reports").shown if one.figure == "late-now"]
    assert [(one.row, one.number) for one in rows] == [("отдел не указан", 2), ("ЖКХ", 1)]
    for one, expected in zip(rows, (late[1:], late[:1]), strict=True):
        page = gleb.get(one.address).text
        assert sorted(numbers(page)) == sorted(message.number for message in expected)
        assert re.search(r"Показатель: Просрочено у отделов сейчас(?!,)", words(page))


def test_what_no_department_has_opens_its_list(desk, clock, anna):
    message = desk.in_status(Status.IN_WORK, high=True)
    with transaction() as session:
        session.scalar(db.select(Assignment).where(Assignment.message_id == message.id)).department_id = None
    clock.set(at("25.11 18:00"))
    rows = [one for one in Page(anna, DAY).shown if one.row == "отдел не указан" and one.address]
    assert len(rows) == 2  # received, missed
    for one in rows:
        assert listed(anna, one.address) == [message.number], one


def test_what_began_before_the_calendar_is_done_without_a_time(desk, anna):
    message = desk.in_status(Status.ANSWERED)
    with transaction() as session:
        clock = session.scalar(db.select(Deadline).where(Deadline.message_id == message.id, Deadline.kind == "route"))
        clock.started_at = datetime(1999, 3, 1, tzinfo=UTC)
    rows = {name: now for _, name, _, now, *_ in book(anna, DAY)["Показатели"] if name}
    assert rows["Направление: сделано"] == 1
    assert rows["Направление: медиана, мин"] is None
    (shown,) = [one for one in Page(anna, DAY).shown if one.figure == "stage-route"]
    assert (shown.number, listed(anna, shown.address)) == (1, [message.number])


def test_the_command_says_every_clause(app, desk):
    assert list(by_command(app, DAY)["in_time"]) == [f"П.{number}" for number in range(7, 15)]
