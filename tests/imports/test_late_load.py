"""An export that is loaded late: many breaches of П.7, one question, one cause, one press (П.19)."""

from __future__ import annotations

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.flow.acts.act import record_breaches
from osm.models import Event, Shortcoming, User
from osm.regulation.control import Cause, ShortcomingState
from osm.regulation.words import Post
from osm.shortcomings.acts import shortcomings
from osm.shortcomings.queries.shortcomings import Duty, waiting
from tests.cast import browser_of
from tests.connectors.files import incident
from tests.page_reading import badge, words

from .desk import at, export, load

LOADED = at("02.11 14:00")
LIST = "/reports/shortcomings"


@pytest.fixture
def late(office, clock):
    """Three incidents of 10:40, loaded at 14:00."""
    load(export(*(incident(number) for number in (501, 502, 503))), now=LOADED)
    clock.set(LOADED)
    record_breaches(LOADED)
    return rows()


def rows():
    db.session.rollback()
    return list(db.session.scalars(db.select(Shortcoming).order_by(Shortcoming.id)))


def seen(found):
    return [(row.id, row.version) for row in found]


def logged(action):
    return db.session.query(Event).filter_by(action=action).count()


def test_one_question_is_asked_about_all_breaches_of_a_late_load(office, late):
    assert [row.import_run_id is not None for row in late] == [True] * 3
    assert [(one.duty, one.object_id) for one in waiting(office.anna)] == [(Duty.EXPLAIN, late[0].id)]
    shortcomings.explain_many(seen(late), cause="noticed_late", words="", actor=office.anna, now=LOADED)
    assert {row.cause for row in rows()} == {Cause.NOTICED_LATE}
    assert logged("shortcoming_explained") == 3
    assert waiting(office.anna) == []


def test_what_was_loaded_in_time_is_asked_about_separately(office, clock):
    load(export(incident(501), incident(502)), now=at("02.11 11:00"))
    record_breaches(LOADED)
    assert [row.import_run_id for row in rows()] == [None, None]
    assert len(waiting(office.anna)) == 2


def test_one_of_them_may_have_another_cause(office, late):
    shortcomings.explain(late[0].id, 1, cause="away", words="", actor=office.anna, now=LOADED)
    assert [(one.duty, one.object_id) for one in waiting(office.anna)] == [(Duty.EXPLAIN, late[1].id)]


def test_who_decides_is_asked_once_too_and_decides_about_each(office, late):
    with transaction():
        db.session.get_one(User, office.ids["gleb"]).post = Post.CHIEF_OF_STAFF
    shortcomings.explain_many(seen(late), cause="failure", words="", actor=office.anna, now=LOADED)
    assert [one.object_id for one in waiting(office.gleb)] == [late[0].id]
    shortcomings.confirm_many(seen(rows()), reason="", actor=office.gleb, now=LOADED)
    assert {row.state for row in rows()} == {ShortcomingState.CONFIRMED}
    assert logged("shortcoming_confirmed") == 3


def test_the_page_of_one_names_the_load_and_answers_for_all(app, office, late):
    anna = browser_of(app, office.ids, "anna")
    before = anna.get("/").text
    page = anna.get(f"{LIST}/{late[0].id}?from=inbox")
    assert "Выгрузка «выгрузка.xlsx» загружена" in words(page.text)
    assert "ещё 2 нарушения" in words(page.text)
    form = {"row": [f"{one}:{version}" for one, version in seen(late)], "cause": "noticed_late", "shown": late[0].id,
            "words": "", "from": "inbox"}  # fmt: skip
    assert anna.submit(f"{LIST}/explain", form).location == "/"
    assert {row.state for row in rows()} == {ShortcomingState.EXPLAINED}
    assert badge(anna.get("/").text) == badge(before) - 1


def test_only_this_one_is_a_tick_and_errors_return_to_it(app, office, late):
    anna = browser_of(app, office.ids, "anna")
    form = {"row": [f"{one}:{version}" for one, version in seen(late)], "cause": "other", "words": "",
            "shown": late[1].id, "only": late[1].id}  # fmt: skip
    wrong = anna.submit(f"{LIST}/explain", form)
    assert wrong.status_code == 422
    assert f"{LIST}/{late[1].id}" in wrong.text or "своими словами" in wrong.text
    anna.submit(f"{LIST}/explain", {**form, "cause": "away"})
    assert [row.state for row in rows()] == [ShortcomingState.ASKED, ShortcomingState.EXPLAINED, ShortcomingState.ASKED]


def test_ticked_rows_of_the_list_are_explained_and_confirmed_together(app, office, late):
    anna = browser_of(app, office.ids, "anna")
    assert "Назвать причину отмеченным" in words(anna.get(f"{LIST}?show=mine").text)
    form = {"row": [f"{late[0].id}:1", f"{late[2].id}:1", f"{late[1].id}:9"], "cause": "workload"}
    done = anna.submit(f"{LIST}/explain?show=mine", form, follow_redirects=True)
    assert "Причина записана: 2. Не записано: 1" in words(done.text)
    assert [row.state for row in rows()] == [
        ShortcomingState.EXPLAINED, ShortcomingState.ASKED, ShortcomingState.EXPLAINED
    ]  # fmt: skip
    with transaction():
        db.session.get_one(User, office.ids["gleb"]).post = Post.CHIEF_OF_STAFF
    gleb = browser_of(app, office.ids, "gleb")
    assert "Подтвердить отмеченные" in words(gleb.get(f"{LIST}?show=decide").text)
    form = {"row": [f"{row.id}:{row.version}" for row in rows()], "reason": ""}
    done = gleb.submit(f"{LIST}/confirm?show=decide", form, follow_redirects=True)
    assert "Подтверждено: 3" in words(done.text)
    own = anna.submit(f"{LIST}/confirm", form)
    assert own.status_code in (303, 409)
    assert {row.state for row in rows()} == {ShortcomingState.CONFIRMED}


def test_a_group_press_never_confirms_or_explains_other_peoples_breaches(office, late):
    from osm.base.errors import NotYours

    with pytest.raises(NotYours):
        shortcomings.confirm_many(seen(late), reason="", actor=office.anna, now=LOADED)
    with pytest.raises(NotYours):
        shortcomings.explain_many(seen(late), cause="away", words="", actor=office.vera, now=LOADED)
    assert {row.state for row in rows()} == {ShortcomingState.ASKED}


def test_an_objection_is_not_confirmed_without_an_answer(office, late):
    with transaction():
        db.session.get_one(User, office.ids["gleb"]).post = Post.CHIEF_OF_STAFF
    shortcomings.object_to(late[0].id, 1, objection="Загрузить было нечем", actor=office.anna, now=LOADED)
    assert shortcomings.confirm_many(seen(rows()), reason="", actor=office.gleb, now=LOADED) == (2, 1)
    assert shortcomings.confirm_many(seen(rows()[:1]), reason="Было", actor=office.gleb, now=LOADED) == (1, 0)
