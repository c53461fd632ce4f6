"""The public register claims only what is known: that there are no other pages only after a person has said so."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from werkzeug.http import http_date

from osm.base.application import FixedClock
from osm.base.database import db
from osm.base.transaction import transaction
from osm.models import Account, Publication
from osm.networks import catalogue
from osm.networks.catalogue import is_closed_on, note_on
from osm.pages.acts.register import Given, enter_page
from osm.pages.screens.register import SITE, Site
from tests.cast import browser_of
from tests.page_reading import problem

CLAIM = "администрация не ведёт"
PAGE = Given(
    url="https://vk.com/priozerny",
    title="Округ",
    body="Администрация",
    unit="Пресс-центр",
    phone="8 000",
    act="Решение",
)
FORM = {"url": PAGE.url, "title": "Округ", "body": "Администрация", "state": "active"}
PAGES = ("accounts", "accounts/embed", "accounts-fragment.html")


@pytest.fixture(autouse=True)
def often(app, monkeypatch):
    kept = app.extensions["osm"].settings
    changed = replace(kept, site=replace(kept.site, per_second=10_000))
    monkeypatch.setattr(app.extensions["osm"], "settings", changed)
    monkeypatch.setitem(app.extensions["osm"].remembers, SITE, Site(changed))


@pytest.fixture
def enter(app, now):
    def enter_(given, at=now):
        with app.app_context():
            return enter_page(given, actor=None, now=at, zone=app.extensions["osm"].settings.time_zone).id

    return enter_


@pytest.fixture
def stranger(app):
    return app.test_client()


def claims(stranger):
    """What pages and open data claim."""
    shown = [name for name in PAGES if CLAIM in stranger.get(f"/public/{name}").text]
    return shown, stranger.get("/public/accounts.json").json["complete"]


def test_without_a_statement_the_site_does_not_claim_it(enter, stranger, dina, app, tmp_path):
    enter(PAGE)
    assert claims(stranger) == ([], False)
    assert "Здесь перечислены официальные страницы" in stranger.get("/public/accounts").text
    assert dina.submit("/accounts/whole", {"version": 1, "whole": "1"}).status_code == 303
    assert claims(stranger) == (["accounts"], True)
    folder = tmp_path / "site"
    app.test_cli_runner().invoke(args=["osm", "export-site", str(folder)])
    assert CLAIM in (folder / "accounts.html").read_text()
    assert "Дина Орлова: других страниц администрация не ведёт" in re.sub("<[^>]+>", "", dina.get("/accounts").text)
    dina.submit("/accounts/whole", {"version": 2, "whole": "0"})
    assert claims(stranger) == ([], False)
    app.test_cli_runner().invoke(args=["osm", "export-site", str(folder)])
    assert CLAIM not in (folder / "accounts.html").read_text()


def test_only_the_administrator_says_it_and_the_second_gets_a_conflict(enter, stranger, anna, dina):
    enter(PAGE)
    assert 'action="/accounts/whole"' not in anna.get("/accounts").text
    assert anna.submit("/accounts/whole", {"version": 1, "whole": "1"}).status_code == 403
    dina.submit("/accounts/whole", {"version": 1, "whole": "1"})
    late = dina.submit("/accounts/whole", {"version": 1, "whole": "0"})
    assert (late.status_code, problem(late.text)) == (409, "StaleVersion")


def test_a_known_page_missing_in_the_register_forbids_it(app, enter, stranger, dina, now, monkeypatch):
    enter(PAGE)
    dina.submit("/accounts/whole", {"version": 1, "whole": "1"})
    before = stranger.get("/public/accounts")
    later = now + timedelta(minutes=5)
    monkeypatch.setattr(app.extensions["osm"], "clock", FixedClock(now + timedelta(hours=1)))
    with app.app_context(), transaction() as session:
        url = "https://ok.ru/group/5"
        session.add(Account(network="ok", external_id="5", title="Пять", url=url, created_at=later))
    since = {"If-Modified-Since": before.headers["Last-Modified"]}
    changed = stranger.get("/public/accounts", headers=since)
    assert (changed.status_code, CLAIM in changed.text) == (200, False)
    assert changed.headers["Last-Modified"] == http_date(later)
    assert claims(stranger) == ([], False)
    page = dina.get("/accounts").text
    assert "Пока они не внесены, официальный сайт не говорит" in page
    dina.submit("/accounts/whole", {"version": 2, "whole": "0"})
    refused = dina.submit("/accounts/whole", {"version": 3, "whole": "1"})
    assert (refused.status_code, "Сначала внесите в реестр" in refused.text) == (409, True)
    enter(replace(PAGE, url="https://ok.ru/group/5"), later)
    dina.submit("/accounts/whole", {"version": 3, "whole": "1"})
    assert claims(stranger) == (["accounts"], True)


@pytest.mark.parametrize(
    ("more", "lacks"),
    [
        ({}, "unit,contact,act"),
        ({"unit": "Пресс-центр", "act": "Решение"}, "contact"),
        ({"unit": "Пресс-центр", "email": "a@b.example"}, "act"),
    ],
)
def test_entering_a_page_without_what_people_look_for_asks_first(anna, stranger, more, lacks):
    asked = anna.submit("/accounts", FORM | more)
    assert asked.status_code == 422
    assert f'name="without" value="{lacks}"' in asked.text
    assert 'value="Округ"' in asked.text, "what was typed stays"
    assert stranger.get("/public/accounts.json").json["items"] == []
    assert anna.submit("/accounts", FORM | more | {"without": lacks}).status_code == 303
    assert len(stranger.get("/public/accounts.json").json["items"]) == 1


def test_a_whole_entry_is_not_asked_about_and_what_goes_missing_is(anna):
    whole = FORM | {"unit": "Пресс-центр", "phone": "8 000", "act": "Решение"}
    page = anna.submit("/accounts", whole).location
    asked = anna.submit(page, whole | {"version": 1, "unit": ""})
    assert (asked.status_code, 'value="unit"' in asked.text) == (422, True)
    assert anna.submit(page, whole | {"version": 1, "unit": "", "without": "unit"}).status_code == 303
    # A confirmed statement is not asked about again.
    assert anna.submit(page, whole | {"version": 2, "unit": "", "title": "Округ сегодня"}).status_code == 303
    closed = whole | {"version": 3, "unit": "", "state": "closed", "state_on": "2026-11-24"}
    assert anna.submit(page, closed).status_code == 303


@pytest.mark.parametrize(
    ("network", "day", "closed", "said"),
    [
        ("telegram", "2026-02-09", False, ""),
        ("telegram", "2026-02-10", False, "замедлена Роскомнадзором с 10.02.2026"),
        ("facebook", "2022-03-03", False, ""),
        ("facebook", "2022-03-04", True, "ограничен Роскомнадзором с 04.03.2022"),
        ("facebook", "2022-03-21", True, "признана экстремистской и запрещена в России с 21.03.2022"),
        ("instagram", "2022-03-13", False, ""),
        ("instagram", "2022-03-14", True, "ограничен Роскомнадзором с 14.03.2022"),
        ("instagram", "2022-03-21", True, "запрещена в России с 21.03.2022"),
        ("twitter", "2022-03-04", True, "с 04.03.2022"),
        ("vk", "2026-11-30", False, ""),
    ],
)
def test_a_restriction_holds_from_its_day_on(network, day, closed, said):
    on = date.fromisoformat(day)
    assert is_closed_on(network, on) is closed
    assert said in note_on(network, on)
    assert bool(said) == bool(note_on(network, on))


def test_a_slowed_network_is_shown_with_its_note_everywhere(enter, stranger, anna):
    page = enter(replace(PAGE, url="https://t.me/priozerny"))
    note = "замедлена Роскомнадзором с 10.02.2026"
    for name in (*PAGES, "accounts.json", "accounts.csv", "accounts.atom"):
        assert note in stranger.get(f"/public/{name}").text, name
    for address in ("/accounts", f"/accounts/{page}", "/accounts/print"):
        assert note in anna.get(address).text, address


def test_what_begins_tomorrow_changes_the_site_tomorrow(app, cast, enter, stranger, now, monkeypatch, tmp_path):
    """Also for a request with If-Modified-Since, without any edit."""
    enter(PAGE)
    file = tmp_path / "restrictions.toml"
    rule = '[[restriction]]\nnetworks = ["vk"]\nsince = 2026-11-26\nkind = "blocked"\nwords = "Закрыта с"\n'
    file.write_text(rule)
    monkeypatch.setattr(catalogue, "FILE", file)
    catalogue.all_restrictions.cache_clear()
    try:
        before = stranger.get("/public/accounts")
        assert "Округ" in before.text
        monkeypatch.setattr(app.extensions["osm"], "clock", FixedClock(now + timedelta(days=1)))
        since = {"If-Modified-Since": before.headers["Last-Modified"]}
        after = stranger.get("/public/accounts", headers=since)
        assert (after.status_code, "Округ" in after.text) == (200, False)
        anna = browser_of(app, cast, "anna")
        assert "Закрыта с 26.11.2026" in anna.get("/accounts").text
        assert "Закрыта с 26.11.2026" not in anna.get("/accounts?on=2026-11-25").text
    finally:
        catalogue.all_restrictions.cache_clear()


def test_the_plan_says_how_a_network_is_restricted_on_the_day(app, enter, anna):
    enter(replace(PAGE, url="https://t.me/priozerny"))
    idea = anna.submit("/plan/ideas", {"title": "Субботник", "day": "2026-11-27"}, follow_redirects=True)
    assert idea.status_code == 200
    with app.app_context():
        number = db.session.scalars(db.select(Publication.id)).one()
    assert "замедлена Роскомнадзором с 10.02.2026" in anna.get(f"/plan/{number}").text
