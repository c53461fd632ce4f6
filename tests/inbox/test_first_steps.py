"""The first page after installing: what must exist before people can work."""

from __future__ import annotations

import re
from html import unescape

from osm.extensions import db
from osm.inbox.queries.overview import Step, first_steps
from osm.regulation.words import Role
from osm.store.models import Department, Topic, User, UserRole
from osm.store.transaction import transaction
from tests.office import at

ALL = ["Внесите отделы", "Добавьте темы", "Создайте куратора", "Создайте исполнителей"]


def steps_on(page: str) -> list[str]:
    found = re.search(r'class="first-steps".*?</section>', page, re.DOTALL)
    return re.findall(r"<a href=[^>]*>([^<]*)</a>", unescape(found[0])) if found else []


def bare_office() -> None:
    """What a new installation has: one administrator and nothing else."""
    with transaction() as session:
        for table in (Department, Topic):
            for row in session.scalars(db.select(table)):
                row.archived_at = at("25.11 09:00")
        for row in session.scalars(db.select(UserRole).where(UserRole.role != Role.ADMIN)):
            session.delete(row)


def test_a_new_office_reads_everything_in_its_order(desk, dina):
    bare_office()
    page = dina.get("/admin").text
    assert steps_on(page) == ALL


def test_what_is_done_is_not_asked_for_again(desk, dina):
    bare_office()
    with transaction() as session:
        session.add(Department(name="Отдел связи", short_name="Связь"))
        session.add(UserRole(user_id=desk.ids["anna"], role=Role.CURATOR))
    assert steps_on(dina.get("/admin").text) == ["Добавьте темы", "Создайте исполнителей"]


def test_a_person_without_a_log_in_does_not_count(app, desk):
    with transaction() as session:
        session.get_one(User, desk.ids["anna"]).is_active = False
    assert Step.CURATOR in first_steps()


def test_a_working_office_reads_nothing(desk, dina):
    with transaction() as session:
        session.add(Topic(name="Связь"))
        session.add(Department(name="Отдел связи", short_name="Связь"))
    assert first_steps() == []
    assert steps_on(dina.get("/admin").text) == []
