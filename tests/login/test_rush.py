"""Many log in at once: their passwords are checked in a queue, and everybody else is answered meanwhile."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener, urlopen

import pytest

from osm.login.acts import passwords
from osm.shell.requests import does_hash
from tests.serving import serving
from tests.waiting import PATIENCE_S


class Slow:
    """A hasher that takes as long as the test wants; counts how many are at it."""

    def __init__(self) -> None:
        self.may_end, self.begun = threading.Event(), threading.Semaphore(0)
        self.now = self.most = 0

    def verify(self, _hash: str, _password: str) -> bool:
        self.now += 1
        self.most = max(self.most, self.now)
        self.begun.release()
        assert self.may_end.wait(PATIENCE_S)
        self.now -= 1
        return False


@pytest.mark.usefixtures("cast")
def test_twenty_log_ins_hold_up_no_page_and_are_checked_one_at_a_time(app, monkeypatch):
    slow = Slow()
    monkeypatch.setattr(passwords, "hasher", slow)
    with serving(app) as address, ThreadPoolExecutor(20) as people:

        def log_in(number: int) -> int:
            browser = build_opener(HTTPCookieProcessor())
            page = browser.open(f"{address}/login", timeout=PATIENCE_S).read().decode()
            token = unescape(page.partition('name="csrf-token" content="')[2].partition('"')[0])
            form = {"login": f"nobody{number}", "password": "wrong", "csrf_token": token}
            try:
                return int(browser.open(f"{address}/login", urlencode(form).encode(), timeout=PATIENCE_S).status)
            except HTTPError as error:
                return error.code

        answers = people.map(log_in, range(20))
        assert slow.begun.acquire(timeout=PATIENCE_S)
        for _ in range(10):
            assert urlopen(f"{address}/healthz", timeout=PATIENCE_S).status == 200
        slow.may_end.set()
        assert set(answers) == {401}
    assert slow.most == 1


@pytest.mark.parametrize("path", ["/login", "/login/code", "/password", "/invitation", "/second-factor"])
def test_what_checks_a_password_has_threads_of_its_own(app, path):
    assert does_hash(app, "POST", path)
    assert not does_hash(app, "GET", path)


@pytest.mark.parametrize("path", ["/messages/new", "/no-such-page", "*", "", "http://[", "/login//", "/Login"])
def test_all_else_has_those_of_pages(app, path):
    assert not does_hash(app, "POST", path)
