"""A person's write does not end: readers do not wait for it, and typed text is saved afterwards."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from osm.base.application import FixedClock
from osm.base.database import WRITE, db
from osm.base.transaction import giving_up_after, is_busy, transaction, unless_busy
from osm.jobs.running import run_due
from osm.log.acts import record
from osm.log.acts.record import Reading, record_reading
from osm.log.models import ON_BEHALF_OF, READ
from osm.messages.acts import routing
from osm.models import Assignment, DraftText, Event, User, WebSession
from osm.regulation.words import Role, Status
from osm.shell import turns
from osm.shell.turns import WRITERS, Writers
from tests.desk import NOW
from tests.in_browser import log_in
from tests.races.test_races_over_http import Visitor
from tests.serving import serving
from tests.waiting import becomes
from tests.web.routes import ROUTES
from tests.web.test_turns import ask

TAKE_COMMENTS = {"/moderation", "/moderation/more"}
"""Looking at the queue takes comments, so that nobody else decides on them: these pages try again by themselves."""
HTMX = {"HX-Request": "true"}


@contextmanager
def held(app):
    """A writer: on PostgreSQL, where he would lock only rows, he has locked every table."""
    with app.app_context():
        engine, tables = db.engine, ", ".join(f'"{name}"' for name in db.metadata.tables)
    with engine.connect().execution_options(**{WRITE: True}) as connection:
        connection.execute(text("SELECT 1"))
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"LOCK TABLE {tables} IN EXCLUSIVE MODE"))
        yield
        connection.rollback()


@pytest.fixture(autouse=True)
def forget_kept(app):
    """One application serves all tests: forget what the test before has kept."""
    yield
    with app.app_context():
        for path, _ in record.kept_aside():
            path.unlink()


def readings() -> list[tuple[str, int | None]]:
    db.session.rollback()
    rows = db.session.execute(db.select(Event.object_kind, Event.message_id).where(Event.action == READ))
    return sorted((kind, number) for kind, number in rows)


# --- The store
def test_a_write_gives_up_early_if_asked_to(app, cast):
    with app.app_context():
        with held(app), giving_up_after(0.1), pytest.raises(Exception) as refused, transaction() as session:
            session.execute(db.delete(WebSession))
        assert is_busy(refused.value)
        with giving_up_after(0.1), transaction() as session:
            session.execute(db.delete(WebSession))


@pytest.mark.sqlite
def test_afterwards_the_same_connection_is_as_patient_as_ever(app, cast):
    with app.app_context(), db.engine.connect() as connection:
        usual = connection.scalar(text("PRAGMA busy_timeout"))
    with app.app_context():
        for _ in range(3):
            with held(app), unless_busy(0.05), transaction():
                pytest.fail("the lock is held")
            with unless_busy(0.05), transaction() as session:
                assert session.scalar(text("PRAGMA busy_timeout")) == usual
            db.session.remove()


def test_an_abandoned_write_is_undone_whole_and_other_errors_are_raised(app, cast):
    with app.app_context():
        with held(app), unless_busy(0.05), transaction() as session:
            session.execute(db.delete(WebSession))
            pytest.fail("the table is held")
        with pytest.raises(ZeroDivisionError), unless_busy(0.05), transaction():
            raise ZeroDivisionError


# --- Readers
PEOPLE = ("anna", "boris", "dina")


@pytest.mark.parametrize("login", PEOPLE)
def test_every_page_is_shown_while_somebody_writes(app, desk, request, login):
    """Each page as the first of them who may see it, an hour after the log-in, when a request prolongs the session."""
    message = desk.in_status(Status.IN_WORK)
    browser = request.getfixturevalue(login)
    person, *before = [db.session.get_one(User, desk.ids[one]) for one in PEOPLE[PEOPLE.index(login) :: -1]]
    own = [f"/messages/{message.id}"] if person.has(Role.CURATOR, Role.EXECUTOR) else []
    own += [f"/messages/{message.id}/answer"] if person.has(Role.EXECUTOR) else []
    seen = [route for route in ROUTES if route.rule != "/" and any(_may(route, one) for one in before)]
    plain = [route for route in ROUTES if "GET" in route.methods and "<" not in route.rule and _may(route, person)]
    pages = [route.rule for route in plain if route not in seen]
    app.extensions["osm"].clock = FixedClock(NOW + timedelta(hours=1))
    with held(app):
        answers = {path: browser.get(path) for path in own + pages}
    refused = {path for path, answer in answers.items() if answer.status_code >= 500}
    assert refused <= TAKE_COMMENTS
    assert {answers[path].headers["Refresh"] for path in refused} <= {"2"}


def _may(route, person: User) -> bool:
    # it reports to the machine whether all works, and now writing does not
    return route.rule != "/readyz" and (not route.access or not route.access.isdisjoint(person.roles))


def test_a_reading_in_between_is_logged_afterwards_and_once(app, desk, anna):
    message = desk.in_status(Status.NEW)
    with held(app):
        for _ in range(2):
            assert anna.get(f"/messages/{message.id}").status_code == 200
        assert anna.get("/journal.xlsx").status_code == 200
        assert anna.get("/journal.xlsx").status_code == 200
    assert readings() == []
    assert record.enter_kept(NOW) == 4
    assert readings() == [("card", message.id), ("journal_export", None), ("journal_export", None)]
    event = db.session.scalars(db.select(Event).where(Event.object_kind == "card")).one()
    assert (event.at, event.actor_id, event.object_id) == (NOW, desk.ids["anna"], message.id)
    export = db.session.scalars(db.select(Event).where(Event.object_kind == "journal_export")).first()
    assert set(export.changes) == {"rows", "from", "to"}
    assert record.enter_kept(NOW) == 0
    assert anna.get(f"/messages/{message.id}").status_code == 200
    assert len(readings()) == 3


def test_the_worker_enters_readings_from_in_between(app, desk):
    with held(app):
        record_reading(Reading.JOURNAL, actor=desk.anna, now=NOW)
    run_due(NOW)
    assert readings() == [("journal", None)]


def test_what_is_entered_hours_later_is_not_dated_back(app, desk):
    with held(app):
        record_reading(Reading.JOURNAL, actor=desk.anna, now=NOW)
    later = NOW + timedelta(hours=2)
    assert record.enter_kept(later) == 1
    event = db.session.scalars(db.select(Event).where(Event.action == READ)).one()
    assert (event.at, event.changes) == (later, {"read_at": [None, NOW.isoformat()]})


def test_a_reading_of_a_message_that_is_gone_is_logged_without_it(app, desk):
    with held(app):
        record_reading(Reading.CARD, actor=desk.anna, now=NOW, message_id=9_999)
    assert record.enter_kept(NOW) == 1
    assert readings() == [("card", None)]


def test_a_substitutes_reading_is_logged_as_such(app, desk):
    person = desk.anna
    person.act_for(desk.ids["lidia"])
    with held(app):
        record_reading(Reading.JOURNAL, actor=person, now=NOW)
    record.enter_kept(NOW)
    event = db.session.scalars(db.select(Event).where(Event.action == READ)).one()
    assert event.changes == {ON_BEHALF_OF: [None, desk.ids["lidia"]]}


def test_that_a_message_was_opened_is_noted_at_the_next_opening(app, desk):
    message = desk.in_status(Status.NEW)
    routing.route_message(message.id, 1, executor_id=desk.boris.id, task="", actor=desk.anna, now=NOW)
    opened = db.select(Assignment.opened_at).where(Assignment.message_id == message.id)
    with held(app):
        routing.mark_opened(message.id, actor=desk.boris, now=NOW)
    assert db.session.scalar(opened) is None
    routing.mark_opened(message.id, actor=desk.boris, now=NOW)
    assert db.session.scalar(opened) == NOW


# --- What is typed
def typed(message) -> str | None:
    db.session.rollback()
    return db.session.scalar(db.select(DraftText.text).where(DraftText.reply_id == message.replies[-1].id))


def save(browser, message, words: str):
    address = f"/messages/{message.id}/answer"
    form = {"text": words, "reply_id": message.replies[-1].id, "screen": "answer", "saved_at": ""}
    return browser.submit(f"{address}/text", form, page=address, headers=HTMX)


def test_typing_gives_up_early_and_is_saved_at_the_next_try(app, desk, boris):
    message = desk.in_status(Status.IN_WORK)
    before = typed(message)
    boris.get(f"/messages/{message.id}/answer")
    with held(app):
        answer = save(boris, message, "Яму засыпали.")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert "Текст остаётся на экране и сохранится сам" in answer.text
    assert typed(message) == before
    assert save(boris, message, "Яму засыпали.").status_code == 200
    assert typed(message) == "Яму засыпали."


LONGEST = 5.0
"""Seconds until a person is answered, whoever writes."""


@pytest.mark.parametrize("path", ["talk", "lower-importance", "raise-importance", "login"])
def test_a_form_gives_up_in_time_with_words_and_the_text(app, desk, anna, client, monkeypatch, path):
    assert turns.SHORT_WAIT < turns.FORM_WAIT <= LONGEST - 1
    usual = turns.set_longest_wait
    monkeypatch.setattr(turns, "FORM_WAIT", 0.2)
    message = desk.in_status(Status.IN_WORK)
    address, typed = f"/messages/{message.id}", "Звонила заявителю"
    form = {"note": typed, "reason": typed, "version": message.version}
    anna.get(address)
    waits = []
    monkeypatch.setattr(turns, "set_longest_wait", lambda seconds: [waits.append(seconds), usual(seconds)])
    with held(app):
        answer = client.log_in("vera", "пароль-vera") if path == "login" else anna.submit(f"{address}/{path}", form)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "2"
    assert "Ничего не изменено" in answer.text
    assert path == "login" or typed in answer.text
    assert {seconds for seconds in waits if seconds} == ({0.2, 2.0} if path == "login" else {0.2})


def test_forms_that_wait_leave_threads_to_the_readers(app, desk, gleb, monkeypatch):
    """Four forms at a server of four threads. Two wait for the full time, the others give up and say so."""
    message = desk.in_status(Status.IN_WORK)
    form = {"text": "Яму засыпали.", "reply_id": message.replies[-1].id, "screen": "answer", "saved_at": ""}
    monkeypatch.setitem(app.extensions["osm"].remembers, WRITERS, Writers(2))
    with serving(app) as address, ThreadPoolExecutor(4) as sending:
        boris = Visitor(address, "boris", "пароль-boris")
        token = boris.token("/password")
        with held(app):
            path = f"/messages/{message.id}/answer/text"
            sent = [sending.submit(boris.post, path, form, token) for _ in range(4)]
            refused = [done.result()[0] for done in islice(as_completed(sent), 2)]
            assert refused == [503, 503]
            assert ask(address, gleb, "/messages")[0] == 200
            assert sum(not one.done() for one in sent) == 2, "a reader was answered before them"
        assert sorted(one.result()[0] for one in sent) == [303, 303, 503, 503]
    assert typed(message) == "Яму засыпали."


@pytest.mark.browser
def test_the_editor_saves_automatically_once_the_writer_has_ended(app, new_context, desk, live_url):
    message = desk.in_status(Status.IN_WORK)
    page = new_context().new_page()
    log_in(page, live_url, "boris")
    page.goto(f"{live_url}/messages/{message.id}/answer")
    with held(app):
        page.locator("#editor-text").fill("Яму засыпали.")
        expect(page.locator("#notices")).to_contain_text("сохранится сам через несколько секунд")
        expect(page.locator("#saved")).to_have_text("не сохранено, текст на экране")
    becomes(page, lambda: typed(message), "Яму засыпали.")
    expect(page.locator("#saved")).to_contain_text("сохранено 11:00")
    expect(page.locator("#notices")).to_be_empty()
