"""Texts of publications and roles of people: the log shows a change that was made around the program."""

from __future__ import annotations

import pytest

from osm.base.database import db
from osm.log.acts.audit import verify_log
from osm.models import Event, PublicationVersion
from osm.people.acts import users
from osm.people.acts.users import create_user
from osm.plan.acts import outgoing
from osm.plan.rules import PlanAct
from osm.regulation.words import Role
from tests.desk import NOW
from tests.plan.conftest import plan

__all__ = ["plan"]


def faults() -> list[tuple[int, str]]:
    return [(fault.first_id, fault.words) for fault in verify_log(NOW).faults]


def last_event(*actions: str) -> int:
    db.session.rollback()
    query = db.select(Event.id).where(Event.action.in_(actions)).order_by(Event.id.desc())
    return db.session.scalars(query).first()


VERSION, NOW_OTHER, GONE = (
    "текст публикации, о котором она говорит, потом изменён",
    "у публикации теперь другой текст, чем сдан или согласован",
    "текст публикации, о котором она говорит, удалён",
)
COLUMNS = "publication_id, title, page_texts, salt, made_at, made_by_id, remarks"
TAMPERED = {
    "the text of the version": ("UPDATE publication_version SET text = 'Другое'", {VERSION, NOW_OTHER}),
    "its title": ("UPDATE publication_version SET title = 'Другое'", {VERSION}),
    "the text of a page in it": ("UPDATE publication_version SET page_texts = '{}'", {VERSION, NOW_OTHER}),
    "its salt": ("UPDATE publication_version SET salt = ''", {VERSION}),
    "the version is gone": ("DELETE FROM publication_version", {GONE}),
    "what goes out": ("UPDATE publication SET text = 'Другое'", {NOW_OTHER}),
    "what goes out on a page": ("UPDATE placement SET text = 'Другое' WHERE account_id = OK", {NOW_OTHER}),
    "nothing of its own on a page": ("UPDATE placement SET text = NULL WHERE account_id = VK", {NOW_OTHER}),
    "another version": (
        f"INSERT INTO publication_version (number, text, {COLUMNS}) SELECT 9, 'x', {COLUMNS} FROM publication_version",
        {NOW_OTHER},
    ),
}


@pytest.mark.parametrize("then", [PlanAct.SUBMIT, PlanAct.APPROVE])
@pytest.mark.parametrize("what", TAMPERED)
def test_a_text_of_a_publication_that_was_changed_is_found(plan, log, then, what):
    row = plan.idea()
    given = plan.written(page_texts={plan.vk: "Своё для ВК"})
    actor = plan.desk.anna if then is PlanAct.APPROVE else plan.desk.vera
    outgoing.save(row.id, row.version, given, then=then, actor=actor, now=NOW)
    assert faults() == []
    statement, found = TAMPERED[what]
    log.tamper(statement.replace("VK", str(plan.vk)).replace("OK", str(plan.ok)))
    number = last_event(f"plan_{then}")
    assert set(faults()) == {(number, words) for words in found}


def test_what_people_do_with_a_publication_is_no_fault(plan, log):
    row = plan.idea()
    row = outgoing.save(row.id, 1, plan.written(), then=PlanAct.SUBMIT, actor=plan.desk.vera, now=NOW)
    row = outgoing.give_back(row.id, row.version, remarks="Короче", actor=plan.desk.anna, now=NOW)
    row = outgoing.save(row.id, row.version, plan.written("Короче"), then=PlanAct.SUBMIT, actor=plan.desk.vera, now=NOW)
    assert faults() == []
    row = outgoing.approve(row.id, row.version, actor=plan.desk.anna, now=NOW)
    assert faults() == []
    own = plan.written("Ещё короче", pages=(plan.vk,), page_texts={plan.vk: "Для ВК"})
    row = outgoing.save(row.id, row.version, own, actor=plan.desk.anna, now=NOW)
    assert faults() == []
    row = outgoing.save(row.id, row.version, plan.written("Модератор правит"), actor=plan.desk.vera, now=NOW)
    outgoing.copy(row.id, row.day, actor=plan.desk.vera, now=NOW)
    assert faults() == []


def test_a_version_of_before_has_no_digest_and_is_no_fault(plan, log):
    plan.approved()
    log.tamper("UPDATE event SET changes = '{}'", "UPDATE publication_version SET salt = '', text = 'x'")
    assert faults() == []
    assert db.session.scalars(db.select(PublicationVersion)).one().salt == ""


ROLES, BLOCKED = (
    "роли этого сотрудника изменены в обход программы",
    "этот сотрудник заблокирован или разблокирован в обход программы",
)


@pytest.fixture
def person(app, cast, log):
    """A user created by the program; the cast was not."""
    return create_user("petrova", "Пётр Осин", [Role.MODERATOR, Role.EXECUTOR], "сосна-утро-42", now=NOW)


def of(person) -> list[str]:
    """What is wrong with this person."""
    numbers = set(db.session.scalars(db.select(Event.id).where(Event.object_id == person.id)))
    return sorted(words for number, words in faults() if number in numbers)


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("INSERT INTO user_role (user_id, role) VALUES ({id}, 'admin')", [ROLES]),
        ("UPDATE user_role SET role = 'curator' WHERE user_id = {id} AND role = 'executor'", [ROLES]),
        ("DELETE FROM user_role WHERE user_id = {id}", [ROLES]),
        ("UPDATE user_account SET is_active = {false} WHERE id = {id}", [BLOCKED]),
    ],
)
def test_a_role_that_was_given_or_taken_past_the_program_is_found(person, log, statement, found):
    assert of(person) == []
    false = "0" if db.engine.dialect.name == "sqlite" else "false"
    log.tamper(statement.format(id=person.id, false=false))
    assert of(person) == found


def test_what_the_administrator_does_is_no_fault(person, desk, log):
    dina, now = desk.dina, {"actor": desk.dina, "now": NOW}
    about = {"name": "Пётр Осин", "position": "", "phone": ""}
    users.edit_user(person.id, 1, **about, roles=[Role.CURATOR], department_id=None, **now)
    assert of(person) == []
    users.edit_user(person.id, 2, **{**about, "phone": "2-20-02"}, roles=[Role.CURATOR], department_id=None, **now)
    users.block_user(person.id, 3, **now)
    assert of(person) == []
    users.unblock_user(person.id, 4, **now)
    assert of(person) == []
    log.tamper(f"UPDATE user_role SET role = 'admin' WHERE user_id = {person.id}")
    assert of(person) == [ROLES]
    assert dina.has(Role.ADMIN)


def test_a_person_unknown_to_the_log_is_found(person, log):
    columns = "name, password_hash, is_active, version, created_at, position, phone, must_change_password, is_demo"
    log.tamper(
        f"INSERT INTO user_account (login, {columns}) SELECT 'chuzhoy', {columns} FROM user_account "
        f"WHERE id = {person.id}",
        "INSERT INTO user_role (user_id, role) SELECT id, 'admin' FROM user_account WHERE login = 'chuzhoy'",
    )
    assert (0, ROLES) in faults()
