"""Posts of the act (пп. 4 and 5, П.19, П.20): who may hold one, who decides while one is vacant."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.models import Department, User
from osm.people.acts import absences, users
from osm.people.queries.people import chief_of_staff, leaders, supervised_by, unsupervised
from osm.regulation.errors import MissingInput
from osm.regulation.words import Post, Role
from tests.cast import hire


@pytest.fixture
def ids(app, now):
    with app.app_context():
        yield hire(now)


def give(ids, login, post, now, roles=(Role.HEAD,)):
    person = db.session.get_one(User, ids[login], populate_existing=True)
    about = {"name": person.name, "position": person.position, "phone": "", "department_id": person.department_id}
    return users.edit_user(person.id, person.version, **about, roles=roles, post=post, actor=None, now=now)


def supervise(department_id, user_id, now):
    office = db.session.get_one(Department, department_id, populate_existing=True)
    absences.edit_department(
        office.id,
        office.version,
        name=office.name,
        short_name=office.short_name,
        phone="",
        other_phones="",
        duty_officer_id=None,
        deputy_ids=[],
        supervisor_id=user_id,
        actor=None,
        now=now,
    )


def test_of_every_post_but_the_deputies_there_is_one(ids, now):
    give(ids, "gleb", Post.CHIEF_OF_STAFF, now)
    with pytest.raises(MissingInput, match="Руководитель аппарата уже есть: Глеб") as refused:
        give(ids, "vera", Post.CHIEF_OF_STAFF, now)
    assert refused.value.field == "post"
    give(ids, "vera", Post.DEPUTY_HEAD, now)
    give(ids, "boris", Post.DEPUTY_HEAD, now)
    assert [leader.post for leader in leaders()] == [Post.CHIEF_OF_STAFF, Post.DEPUTY_HEAD, Post.DEPUTY_HEAD]


def test_leaders_need_the_all_seeing_role_unlike_the_press_chief(ids, now):
    for post in (Post.HEAD, Post.CHIEF_OF_STAFF, Post.DEPUTY_HEAD):
        with pytest.raises(MissingInput) as refused:
            give(ids, "vera", post, now, roles=[Role.MODERATOR])
        assert refused.value.field == "role"
    assert give(ids, "anna", Post.PRESS_CHIEF, now, roles=[Role.CURATOR]).post is Post.PRESS_CHIEF


def test_a_vacant_chief_of_staff_is_the_head(ids, now):
    assert chief_of_staff(leaders()) is None
    give(ids, "vera", Post.HEAD, now)
    assert chief_of_staff(leaders()).name == db.session.get_one(User, ids["vera"]).name
    give(ids, "gleb", Post.CHIEF_OF_STAFF, now)
    assert chief_of_staff(leaders()).id == ids["gleb"]
    users.block_user(ids["gleb"], 2, actor=None, now=now)
    assert chief_of_staff(leaders()).id == ids["vera"]


def test_a_department_belongs_to_a_leader_still_in_his_post(ids, now):
    with transaction() as session:
        housing = Department(name="Отдел дорог", short_name="Дороги")
        session.add(housing)
        session.flush()
    assert "Отдел дорог" in unsupervised()
    give(ids, "gleb", Post.DEPUTY_HEAD, now)
    supervise(housing.id, ids["gleb"], now)
    assert supervised_by(ids["gleb"]) == {housing.id}
    assert "Отдел дорог" not in unsupervised()
    give(ids, "gleb", None, now)
    assert "Отдел дорог" in unsupervised()
    supervise(housing.id, ids["gleb"], now)  # the present holder may stay while the rest is edited


def test_a_blocked_user_holds_no_post_and_gets_none(ids, now):
    give(ids, "gleb", Post.HEAD, now)
    users.block_user(ids["gleb"], 2, actor=None, now=now)
    with pytest.raises(MissingInput, match="заблокирован"):
        give(ids, "gleb", Post.HEAD, now)
    assert give(ids, "vera", Post.HEAD, now).post is Post.HEAD


def test_of_two_who_are_given_one_post_at_once_one_gets_it(app, ids, now):
    start = Barrier(2)

    def one(login):
        with app.app_context():
            start.wait(10)
            try:
                give(ids, login, Post.HEAD, now)
            except MissingInput as refused:
                return refused.field
            return "given"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(one, ("gleb", "vera"))) == ["given", "post"]
