"""What strangers see of the register (Пр.1.3): every form of it, conditional requests, frames, forbidden networks."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from xml.etree import ElementTree

import jsonschema
import pytest
from werkzeug.http import http_date

from osm.base.application import FixedClock
from osm.base.database import db
from osm.base.transaction import transaction
from osm.models import AccountEdition, User
from osm.pages.acts.register import Given, edit_page, enter_page
from osm.pages.screens import register
from osm.pages.screens.register import SITE, Site
from osm.people.acts.office import edit_office
from osm.shell.turns import Limit, network_of

PAGE = Given(
    url="https://vk.com/priozerny",
    title="Приозёрный <округ>",
    body="Администрация Приозёрного округа",
    body_inn="2500000010",
    opened_on=date(2022, 3, 1),
    unit="Пресс-центр",
    phone="+7 (000) 000-08-00",
    email="press@priozerny.example",
    act="Постановление",
    act_number="215",
    act_on=date(2022, 2, 4),
    verified=True,
)
BANNED = replace(PAGE, url="https://www.instagram.com/priozerny/", title="Округ в картинках")
FILES = (
    "accounts", "accounts/embed", "accounts.html", "accounts-fragment.html", "accounts.json", "accounts.schema.json",
    "accounts.csv", "accounts.atom", "accounts.css", "opendata/list.csv", "opendata/index.html",
    "opendata/2500000010-accounts/meta.csv", "opendata/2500000010-accounts/structure-20261129.csv",
    "opendata/2500000010-accounts/data-20261125T0905-structure-20261129.csv",
)  # fmt: skip


@pytest.fixture
def zone(app):
    return app.extensions["osm"].settings.time_zone


@pytest.fixture
def entry(app, cast, now, zone):
    """The office has entered who it is, and one page is in the register; the number of its account."""
    with app.app_context():
        anna = db.session.get(User, cast["anna"])
        words = dict.fromkeys(("letterhead", "responsible", "phones", "duty_phones"), "Секретно: Иван Тайный")
        edit_office(
            1, name="Администрация округа", inn="2500000010", site="https://priozerny.example/new", **words,
            actor=anna, now=now,
        )  # fmt: skip
        return enter_page(PAGE, actor=anna, now=now, zone=zone).id


@pytest.fixture
def site_set(app, monkeypatch):
    """Settings of the public part as an installation has them."""

    def set_(**given):
        kept = app.extensions["osm"].settings
        changed = replace(kept, site=replace(kept.site, **given))
        monkeypatch.setattr(app.extensions["osm"], "settings", changed)
        monkeypatch.setitem(app.extensions["osm"].remembers, SITE, Site(changed))

    site_set = set_
    site_set(per_second=10_000)
    return site_set


@pytest.fixture
def stranger(app, site_set):
    return app.test_client()


def bodies(stranger):
    return {name: stranger.get(f"/public/{name}") for name in FILES}


def test_a_stranger_sees_the_register_in_every_form(stranger, entry, now):
    found = bodies(stranger)
    assert {name: answer.status_code for name, answer in found.items() if answer.status_code != 200} == {}
    shown = found["accounts"].text
    for words in ("Приозёрный &lt;округ&gt;", "Постановление от 04.02.2022 № 215", 'lang="ru"', "mailto:press@"):
        assert words in shown, words
    assert "<script" not in "".join(answer.text for answer in found.values())
    told = found["accounts.json"].json
    jsonschema.validate(told, found["accounts.schema.json"].json, format_checker=jsonschema.FormatChecker())
    assert told["owner"] == {"name": "Администрация округа", "inn": "2500000010"}
    assert told["updated_at"] == "2026-11-25T09:05:00+10:00"
    (item,) = told["items"]
    assert (item["network"], item["status"], item["phone"], item["act_date"]) == (
        "vk", "active", "+7 (000) 000-08-00", "2022-02-04",
    )  # fmt: skip
    newest = FILES[-1]
    assert found[newest].data == found["accounts.csv"].data
    (row,) = csv.DictReader(io.StringIO(found[newest].text))
    assert {name: value or None for name, value in row.items()} == {
        name: str(value).lower() if isinstance(value, bool) else (str(value) if value else None)
        for name, value in item.items()
    }
    columns = [line["field name"] for line in csv.DictReader(io.StringIO(found[FILES[-2]].text))]
    assert columns == list(item)
    meta = dict(csv.reader(io.StringIO(found[FILES[-3]].text)))
    assert meta["identifier"] == "2500000010-accounts"
    assert meta["modified"] == "2026-11-25"
    assert meta["data-20261125T0905-structure-20261129"].endswith(f"/public/{newest}")
    passport = found["opendata/index.html"].text
    assert passport.count('<th scope="row">') == 17
    assert "использовать свободно" in passport
    feed = ElementTree.fromstring(found["accounts.atom"].data)
    titles = [one.text for one in feed.iter("{http://www.w3.org/2005/Atom}title")]
    assert titles[1:] == ["Внесена страница: ВКонтакте, «Приозёрный <округ>»"]


def test_only_what_is_the_registers_changes_its_bytes(app, stranger, entry, cast, now, zone):
    """The person who entered it, his words, names and telephones of people, the log: the site shows nothing of that."""
    before = {name: answer.data for name, answer in bodies(stranger).items()}
    private = "Тайный"
    with app.app_context():
        with transaction() as session:
            for edition in session.scalars(db.select(AccountEdition)):
                edition.by_id = cast["dina"]
            for person in session.scalars(db.select(User)):
                person.name, person.position, person.phone = f"{private} {person.id}", private, private
        SITE.set(Site(app.extensions["osm"].settings), app)
    after = {name: answer.data for name, answer in bodies(stranger).items()}
    assert after == before
    assert not any(private.encode() in content for content in before.values())
    other = replace(
        PAGE, title="Другое", url="https://vk.com/other", body="Другой", body_inn="2500000027", unit="Другой отдел",
        phone="8 000", email="other@priozerny.example", act="Решение", act_number="7", act_on=date(2023, 1, 1),
        opened_on=date(2023, 2, 2), state_on=date(2023, 2, 3), state="suspended", verified_on=date(2024, 1, 1),
    )  # fmt: skip
    edited = now
    for number, name in enumerate(Given.__dataclass_fields__, start=1):
        changed = replace(PAGE, **{name: getattr(other, name) if name != "verified" else False})
        changed = replace(changed, state_on=other.state_on) if name == "state" else changed
        edited += timedelta(minutes=1)
        with app.app_context():
            edit_page(entry, number * 2 - 1, changed, actor=None, now=edited, zone=zone)
            told = stranger.get("/public/accounts.json").data, stranger.get("/public/accounts.csv").data
            edit_page(entry, number * 2, PAGE, actor=None, now=edited, zone=zone)
        assert told[0] != before["accounts.json"], name
        assert told[1] != before["accounts.csv"], name


def test_asking_again_costs_a_304_until_something_changes(app, stranger, entry, now, zone, monkeypatch):
    monkeypatch.setattr(app.extensions["osm"], "clock", FixedClock(now + timedelta(hours=1)))
    for name in FILES:
        first = stranger.get(f"/public/{name}")
        for header, of in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")):
            again = stranger.get(f"/public/{name}", headers={header: first.headers[of]})
            assert (again.status_code, again.data) == (304, b""), (name, header)
            assert again.headers["ETag"] == first.headers["ETag"]
        assert stranger.head(f"/public/{name}").headers["ETag"] == first.headers["ETag"]
        assert "Set-Cookie" not in first.headers
        assert first.headers["Access-Control-Allow-Origin"] == "*"
    first = stranger.get("/public/accounts")
    assert first.headers["Last-Modified"] == http_date(now)
    assert first.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    half = now + timedelta(minutes=1, milliseconds=500)
    with app.app_context():
        edit_page(entry, 1, replace(PAGE, unit="Аппарат"), actor=None, now=half, zone=zone)
    since = {"If-Modified-Since": http_date(half)}  # seen in the same second, before the change
    for headers in (since, {"If-None-Match": first.headers["ETag"]}, {}):
        answer = stranger.get("/public/accounts", headers=headers)
        assert answer.status_code == 200
        assert "Аппарат" in answer.text
    old = stranger.get(f"/public/{FILES[-1]}")
    assert "Пресс-центр" in old.text, "a past version of the data stays as it was"
    assert (
        "Аппарат" in stranger.get("/public/opendata/2500000010-accounts/data-20261125T0906-structure-20261129.csv").text
    )


def test_only_the_frame_page_is_framed_and_only_by_named_sites(stranger, entry, site_set):
    embed = stranger.get("/public/accounts/embed").headers
    assert "frame-ancestors https://priozerny.example" in embed["Content-Security-Policy"], "the office's own site"
    assert "X-Frame-Options" not in embed
    site_set(frames=("https://one.example", "https://two.example:8443"))
    policy = stranger.get("/public/accounts/embed").headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors https://one.example https://two.example:8443")
    full = stranger.get("/public/accounts").headers
    assert full["Content-Security-Policy"].endswith("frame-ancestors 'none'")
    assert full["X-Frame-Options"] == "DENY"


def test_forbidden_networks_are_left_out_or_have_the_note(app, stranger, entry, cast, now, zone, site_set):
    with app.app_context():
        enter_page(BANNED, actor=None, now=now + timedelta(hours=2), zone=zone)
    names = [name for name in FILES if name not in ("accounts.css", "accounts.schema.json")]
    for name in names:
        found = stranger.get(f"/public/{name}").text
        assert "nstagram" not in found, name
        assert "картинках" not in found, name
        if name in ("accounts", "accounts.html"):
            assert "кроме страниц в соцсетях, запрещённых или заблокированных в России" in found, name
    site_set(show_forbidden=True)
    assert "кроме страниц" not in stranger.get("/public/accounts").text
    for name in ("accounts", "accounts/embed", "accounts.json", "accounts.csv", "accounts.atom"):
        found = stranger.get(f"/public/{name}").text
        assert "Округ в картинках" in found, name
        assert "признана экстремистской и запрещена" in found, name


def test_a_corrected_mistake_is_never_published(app, stranger, entry, now, zone):
    """The feed never has the values of unit, telephone and mail."""
    own = replace(PAGE, phone="8 (914) 000-00-11", unit="Иванов Иван", email="ivanov@priozerny.example")
    later = replace(PAGE, unit="Аппарат", title="Приозёрный")
    steps = ((own, False), (replace(own, title="Приозёрный"), False), (later, True), (replace(later, phone="1"), False))
    for number, (given, is_correction) in enumerate(steps, start=1):
        at = now + timedelta(hours=number)
        with app.app_context():
            edit_page(entry, number, given, is_correction=is_correction, actor=None, now=at, zone=zone)
    names = [*FILES, *(FILES[-1].replace("T0905", f"T{hour}05") for hour in (10, 11, 12, 13))]
    found = {name: stranger.get(f"/public/{name}") for name in names}
    codes = [found[name].status_code for name in names[-5:]]
    assert codes == [200, 404, 404, 200, 200]
    for private in ("914", "Иванов", "ivanov"):
        assert [name for name in names if private in found[name].text] == []
    feed = ElementTree.fromstring(found["accounts.atom"].data)
    told = [one.text for one in feed.iter("{http://www.w3.org/2005/Atom}content")]
    unit = "Ответственное подразделение: изменено"
    assert told[:2] == ["Телефон: изменено", f"Название страницы: Приозёрный <округ> → Приозёрный\n{unit}"]
    assert "+7 (000) 000-08-00" in found[FILES[-1]].text
    assert len(told) == 3


def test_without_a_register_and_without_an_inn_the_page_says_so(app, stranger):
    assert "В реестре действующих официальных страниц сейчас нет" in stranger.get("/public/accounts").text
    assert stranger.get("/public/accounts.json").json["items"] == []
    assert stranger.get("/public/opendata/list.csv").status_code == 404
    assert stranger.get("/public/opendata/../../app.py").status_code == 404
    assert ElementTree.fromstring(stranger.get("/public/accounts.atom").data) is not None


def test_a_title_like_a_formula_is_defused_and_telephones_stay(app, stranger, cast, now, zone):
    with app.app_context():
        enter_page(replace(PAGE, title="=2+3", phone="-7 000"), actor=None, now=now, zone=zone)
    (row,) = csv.DictReader(io.StringIO(stranger.get("/public/accounts.csv").text))
    assert (row["title"], row["phone"]) == ("'=2+3", "-7 000")


def test_the_public_part_has_a_separate_limit(stranger, entry, anna, site_set, monkeypatch):
    monkeypatch.setattr(register, "time", SimpleNamespace(monotonic=lambda: 0.0))
    site_set(per_second=6)
    codes = [stranger.get("/public/accounts").status_code for _ in range(20)]
    assert codes[:8] == [200] * 8
    assert 429 in codes
    assert stranger.get("/public/accounts").headers["Retry-After"] == "1"
    assert anna.get("/accounts").status_code == 200
    assert stranger.get("/login").status_code == 200


def test_a_flood_of_one_file_or_address_leaves_the_others(stranger, entry, site_set, monkeypatch):
    monkeypatch.setattr(register, "time", SimpleNamespace(monotonic=lambda: 0.0))
    site_set(per_second=6)
    assert [_asked(stranger, "/public/accounts.json", f"10.0.0.{one % 9}") for one in range(20)].count(200) == 12
    assert _asked(stranger, "/public/accounts", "10.0.1.1") == 200
    assert [_asked(stranger, f"/public/accounts{end}", "10.0.2.1") for end in (".csv", ".atom", "") * 4].count(200) == 8
    assert [_asked(stranger, f"/public/none{one}", f"10.0.3.{one}") for one in range(20)].count(404) == 12


def _asked(stranger, path: str, address: str) -> int:
    return stranger.get(path, environ_base={"REMOTE_ADDR": address}).status_code


def test_the_allowance_comes_back_with_time():
    limit = Limit(4)
    assert sum(limit.allows("10.0.0.1", 0.0) for _ in range(20)) == 8, "two seconds' worth"
    assert limit.allows("10.0.0.2", 0.0)
    assert [limit.allows("10.0.0.1", 0.25) for _ in range(2)] == [True, False]
    assert sum(limit.allows("10.0.0.1", 60.0) for _ in range(20)) == 8


def test_a_house_with_its_network_counts_as_one_address():
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2::5") != network_of("2001:db8:1:3::5")
    assert network_of("::ffff:10.0.0.1") == network_of("10.0.0.1") == "10.0.0.1"
    assert network_of("") == ""


def test_instants_are_those_of_the_office(stranger, entry):
    told = stranger.get("/public/accounts.json").json
    assert datetime.fromisoformat(told["items"][0]["updated_at"]).utcoffset() == timedelta(hours=10)
