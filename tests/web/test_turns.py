"""Costly work waits for its turn: pages are answered while files are made, and waiting requests block no others."""

from __future__ import annotations

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect

from osm.files.acts import files as acts_files
from osm.files.acts.files import Upload
from osm.register import screens
from osm.regulation.words import Status
from osm.shell.turns import IN_ALL, TURNS, NotYourTurn, Turns
from tests.desk import NOW
from tests.in_browser import log_in, violations
from tests.pictures import picture
from tests.serving import serving
from tests.waiting import PATIENCE_S, becomes

PAGE = {"Accept": "text/html"}
EXPORT = "/messages/export.xlsx"
ANNA, BORIS, VERA, GLEB = 1, 2, 3, 4
OTHERS = (-1, -2)

FILES = {
    EXPORT: "anna",
    "/journal": "anna",
    "/journal.xlsx": "anna",
    "/messages/1/dossier.pdf": "anna",
    "/im/answers.xlsx": "anna",
    "/plan/journal": "anna",
    "/plan/journal.xlsx": "anna",
    "/reports/export.xlsx": "anna",
    "/reports/forms/1.xlsx": "anna",
    "/admin/forms/1.xlsx": "anna",
    "/blacklist/journal": "anna",
    "/blacklist/export.xlsx": "anna",
    "/blacklist/1/export.docx": "anna",
    "/reports/urgent/1/export.docx": "anna",
    "/reports/memos/1/export.docx": "anna",
    "/reports/memos/template/export.docx": "anna",
    "/reports/shortcomings/journal": "anna",
    "/reports/memos/journal": "anna",
    "/reports/urgent/journal": "vera",
    "/instructions/journal": "vera",
    "/blacklist/of-message/1/export.docx": "anna",
    "/blacklist/of-comment/1/export.docx": "anna",
    "/admin/dictionary/export": "vera",
    "/admin/log/export": "dina",
    "/admin/keeping/runs/1/log.xlsx": "dina",
    "/admin/users/list/template.xlsx": "dina",
}
PRINTED = {path for path in FILES if path.endswith("/journal")}


@pytest.fixture(autouse=True)
def free_turns(app):
    """One application serves all tests: requests of the test before no longer wait."""
    TURNS.set(Turns(IN_ALL), app)
    yield
    TURNS.set(Turns(IN_ALL), app)


@contextmanager
def at_work(found: Turns, *people: int, now: float = 0.0):
    with found.turn(people[0], now):
        if people[1:]:
            with at_work(found, *people[1:], now=now):
                yield
        else:
            yield


def has_turn(found: Turns, person: int, now: float = 0.0) -> bool:
    try:
        with found.turn(person, now):
            return True
    except NotYourTurn:
        return False


def test_one_at_a_time_a_person_and_two_in_all():
    found = Turns(2)
    with at_work(found, ANNA):
        assert not has_turn(found, ANNA)
        with at_work(found, BORIS):
            assert not has_turn(found, VERA)
    assert has_turn(found, VERA)


def test_who_has_waited_longest_is_next():
    found = Turns(1)
    with at_work(found, ANNA):
        assert not has_turn(found, VERA)
        assert not has_turn(found, GLEB)
    assert not has_turn(found, ANNA), "she has had hers"
    assert not has_turn(found, GLEB)
    assert has_turn(found, VERA)
    assert has_turn(found, GLEB)


def test_waiting_for_oneself_stops_no_other():
    found = Turns(2)
    with at_work(found, ANNA):
        assert not has_turn(found, ANNA)
        assert has_turn(found, BORIS)


def test_who_does_not_ask_any_more_has_left():
    found = Turns(1)
    with at_work(found, ANNA):
        assert not has_turn(found, VERA, now=0)
    assert not has_turn(found, GLEB, now=2)
    assert has_turn(found, GLEB, now=8)


def test_the_turn_ends_with_the_work_however_that_ends():
    found = Turns(1)
    with pytest.raises(ZeroDivisionError), found.turn(ANNA, 0.0):
        raise ZeroDivisionError
    assert has_turn(found, ANNA)


# --- Over HTTP
class Works:
    """A register that takes as long to make its file as the test wants."""

    def __init__(self, monkeypatch) -> None:
        self.begun = threading.Semaphore(0)
        self.may_end = threading.Event()
        make = screens.register_file

        def slow(*given):
            self.begun.release()
            assert self.may_end.wait(PATIENCE_S)
            return make(*given)

        monkeypatch.setattr(screens, "register_file", slow)

    def has_begun(self) -> bool:
        return self.begun.acquire(timeout=PATIENCE_S)


@pytest.fixture
def works(monkeypatch):
    found = Works(monkeypatch)
    yield found
    found.may_end.set()


def ask(address: str, browser, path: str, **headers: str):
    cookie = f"osm_session={browser.get_cookie('osm_session').value}"
    request = Request(address + path, headers={"Cookie": cookie, **headers})
    try:
        with urlopen(request, timeout=2 * PATIENCE_S) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except HTTPError as refused:
        return refused.code, dict(refused.headers), refused.read()


def test_eight_files_at_once_leave_the_pages_to_everybody(app, anna, boris, vera, gleb, works):
    """Four people press twice each. The server has four threads."""
    people = [anna, boris, vera, gleb]
    with serving(app) as address, ThreadPoolExecutor(8) as pressed:
        files = [pressed.submit(ask, address, person, EXPORT, Accept="text/html") for person in people * 2]
        assert works.has_begun()
        assert works.has_begun()
        assert ask(address, vera, "/messages")[0] == 200
        assert ask(address, anna, "/")[0] == 200
        works.may_end.set()
        answers = [file.result() for file in files]
    statuses = [status for status, _, _ in answers]
    assert statuses.count(200) >= 2
    assert set(statuses) == {200, 503}
    _, headers, page = next(answer for answer in answers if answer[0] == 503)
    assert headers["Retry-After"] == "2"
    assert "загрузка начнётся сама" in page.decode()
    assert (headers["Refresh"], headers["Cache-Control"]) == ("2", "no-store")


def test_what_is_asked_for_again_comes_once_the_turn_has_come(anna, boris, vera, app):
    with at_work(TURNS.get(app), *OTHERS, now=time.monotonic()):
        assert anna.get(EXPORT, headers=PAGE).status_code == 503
    assert anna.get(EXPORT, headers=PAGE).mimetype.endswith("spreadsheetml.sheet")


@pytest.mark.sqlite
@pytest.mark.parametrize(("path", "login"), FILES.items())
def test_every_file_has_its_turn(app, request, path, login):
    browser = request.getfixturevalue(login)
    with at_work(TURNS.get(app), *OTHERS, now=time.monotonic()):
        answer = browser.get(path, headers=PAGE)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert browser.get(path, headers=PAGE).status_code in (200, 404)


@pytest.mark.parametrize("path", ["/imports", "/imports/1/sheet", "/admin/log/verify"])
def test_a_form_that_takes_long_is_asked_to_come_again(app, dina, path):
    with at_work(TURNS.get(app), *OTHERS, now=time.monotonic()):
        answer = dina.submit(path, headers=PAGE)
    assert (answer.status_code, answer.headers["Retry-After"], "Refresh" in answer.headers) == (503, "2", False)
    assert "ничего не изменено: повторите через несколько секунд" in answer.text
    assert dina.submit(path, headers=PAGE).status_code in (303, 404, 422)


def test_every_file_that_can_be_taken_away_is_in_the_table_above(app):
    rules = (re.sub("<[^>]+>", "1", rule.rule) for rule in app.url_map.iter_rules())
    assert {rule for rule in rules if "export" in rule or rule.endswith((".xlsx", ".pdf"))} == set(FILES) - PRINTED


def test_a_small_picture_waits_until_it_is_drawn_and_then_never(app, desk, anna):
    message = desk.in_status(Status.IN_WORK)
    uploads = [Upload("a.png", picture(size=(62, 44)))]
    (row,) = acts_files.attach_reply_photos(message.id, uploads, actor=desk.boris, now=NOW)
    address = f"/files/{row.id}/small"
    with at_work(TURNS.get(app), *OTHERS, now=time.monotonic()):
        answer = anna.get(address, headers={"Accept": "image/avif,image/webp,*/*"})
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert not acts_files.is_drawn(row.sha256)
    assert anna.get(address).mimetype == "image/jpeg"
    with at_work(TURNS.get(app), *OTHERS, now=time.monotonic()):
        assert anna.get(address).mimetype == "image/jpeg"


def test_a_script_gets_json(app, anna):
    with at_work(TURNS.get(app), *OTHERS, now=time.monotonic()):
        answer = anna.get(EXPORT, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.headers["Retry-After"], answer.json["kind"]) == (503, "2", "NotYourTurn")


# --- In a browser
@pytest.mark.browser
def test_the_file_comes_automatically_in_its_turn(app, new_context, desk, live_url):
    page = new_context().new_page()
    log_in(page, live_url)
    page.goto(f"{live_url}/messages")
    with at_work(TURNS.get(app), *OTHERS, now=time.monotonic()):
        page.get_by_text("Скачать XLSX").click()
        expect(page.get_by_role("heading", name="Ждём очереди")).to_be_visible()
        assert violations(page) == []
        expect(page.get_by_role("link", name="Вернуться")).to_have_attribute("href", "/messages")
    with page.expect_download() as file:
        pass
    assert file.value.suggested_filename.endswith(".xlsx")


@pytest.mark.browser
def test_a_small_picture_comes_automatically_once_it_is_drawn(app, new_context, desk, live_url):
    message = desk.in_status(Status.IN_WORK)
    uploads = [Upload(f"{side}.png", picture(size=(side, side))) for side in (30, 40)]
    acts_files.attach_reply_photos(message.id, uploads, actor=desk.boris, now=NOW)
    page = new_context().new_page()
    log_in(page, live_url, "boris")
    with at_work(TURNS.get(app), *OTHERS, now=time.monotonic()):
        with page.expect_response(re.compile("/small$")) as answer:
            page.goto(f"{live_url}/messages/{message.id}/answer")
        assert answer.value.status == 503
    widths = "[...document.querySelectorAll('img[src$=\"/small\"]')].map((image) => image.naturalWidth)"
    becomes(page, lambda: page.evaluate(widths), [30, 40])
