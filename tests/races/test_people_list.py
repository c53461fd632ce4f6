"""Two presses of the button that adds a list of people."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from osm.base.database import db
from osm.models import Event
from tests.cast import browser_of
from tests.people.test_people_list import OLEG, ZOYA, book, look, press, sheets


def test_two_presses_at_one_moment_make_everybody_once(app, dina, cast):
    page = look(dina, book(ZOYA, OLEG)).text
    browsers = [browser_of(app, cast, "dina") for _ in range(2)]
    for browser in browsers:
        browser.token()
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda browser: press(browser, page), browsers))
    assert [answer.status_code for answer in answers] == [200, 200]
    assert sheets(answers[0].text) == sheets(answers[1].text)
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(Event.action == "create_user")) == 2
