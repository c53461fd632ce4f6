"""The plan in an outside calendar: RFC 5545, a secret address for each person, nothing private in it."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, date, datetime

import pytest

from osm.base.database import db
from osm.base.supervised import JsonLines
from osm.documents.tables import Entry, calendar
from osm.models import Event, PlanFeed, User
from tests.page_reading import words


def unfolded(file: bytes) -> list[str]:
    """The lines of a file; none is longer than RFC 5545 allows, each ends with CRLF."""
    assert file.endswith(b"\r\n")
    assert b"\n" not in file.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in file.split(b"\r\n"))
    for line in file.split(b"\r\n"):
        line.decode()  # no letter is cut in two
    return file.replace(b"\r\n ", b"").decode().split("\r\n")[:-1]


def test_lines_are_folded_texts_escaped_and_instants_in_utc():
    at = datetime.fromisoformat("2026-11-26T12:30:00+10:00")
    long = "Ёлка, каток; «\\» и ещё\nстрока " + "ж" * 120 + "\x00"
    made = calendar("План", [Entry("publication-1@osm", long, at), Entry("b", "День", date(2026, 12, 31))], now=at)
    lines = unfolded(made)
    assert lines[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    assert lines[-1] == "END:VCALENDAR"
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == 2
    assert "DTSTART:20261126T023000Z" in lines
    assert "DTSTAMP:20261126T023000Z" in lines
    assert {"DTSTART;VALUE=DATE:20261231", "DTEND;VALUE=DATE:20270101"} <= set(lines)
    summary = next(line for line in lines if line.startswith("SUMMARY:Ёлка"))
    assert summary == "SUMMARY:Ёлка\\, каток\\; «\\\\» и ещё\\nстрока " + "ж" * 120 + "\ufffd"


def address_of(page: str) -> str:
    return re.search(r'id="feed-address">[^<]*?(/plan/calendar/feed\.ics\?key=[\w.-]+)<', page)[1]


def test_only_titles_and_times_leave_and_only_by_the_address_of_now(plan, gleb, client, caplog):
    idea = plan.idea("Ёлка на площади", date(2026, 12, 1))
    row = plan.approved(text="Секретный текст", ground="Письмо Иванова")
    row.at = datetime(2026, 11, 26, 2, 30, tzinfo=UTC)
    db.session.commit()
    first = address_of(gleb.submit("/plan/calendar", {"version": 0}).text)
    caplog.set_level(logging.INFO)
    caplog.handler.setFormatter(JsonLines())
    given = client.get(first)
    assert (given.status_code, given.content_type) == (200, "text/calendar; charset=utf-8")
    lines = unfolded(given.data)
    assert {f"UID:publication-{idea.id}@osm", "SUMMARY:Ёлка на площади", "DTSTART;VALUE=DATE:20261201"} <= set(lines)
    assert {f"UID:publication-{row.id}@osm", "DTSTART:20261126T023000Z"} <= set(lines)
    known = ("BEGIN", "END", "VERSION", "PRODID", "CALSCALE", "X-WR-CALNAME", "UID", "DTSTAMP", "DTSTART", "DTEND",
             "SUMMARY", "TRANSP")  # fmt: skip
    assert {re.split("[:;]", line)[0] for line in lines} == set(known), "nothing else leaves the house"
    assert address_of(gleb.submit("/plan/calendar", {"version": 1}).text) != first
    assert gleb.submit("/plan/calendar", {"version": 1}).status_code == 409, "another tab was quicker"
    for wrong in (first, "/plan/calendar/feed.ics", "/plan/calendar/feed.ics?key=9.x", f"{first[:-3]}\u0436"):
        assert client.get(wrong).status_code == 404
    secret = first.partition("key=")[2].partition(".")[2]
    requests = [line for line in caplog.text.splitlines() if "feed.ics" in line]
    assert requests
    assert json.loads(requests[0])["path"] == "/plan/calendar/feed.ics"
    assert secret not in caplog.text
    stored = [str(vars(one)) for one in db.session.scalars(db.select(Event))]
    stored.append(db.session.scalars(db.select(PlanFeed)).one().secret_hash)
    assert not [one for one in stored if secret in one]


@pytest.mark.parametrize("end", ["blocked", "without the role", "switched off"])
def test_without_rights_to_the_plan_there_is_no_feed(plan, gleb, client, end):
    here = address_of(gleb.submit("/plan/calendar", {"version": 0}).text)
    assert client.get(here).status_code == 200
    assert "Ваш адрес действует" in words(gleb.get("/plan/calendar").text)
    person = db.session.get_one(User, plan.desk.gleb.id)
    if end == "switched off":
        assert gleb.submit("/plan/calendar/off", {"version": 1}).status_code == 303
    elif end == "blocked":
        person.is_active, person.post = False, None
    else:
        person.role_rows = []
    db.session.commit()
    assert client.get(here).status_code == 404


@pytest.mark.parametrize("end", ["blocked and opened again", "another password"])
def test_the_address_ends_for_good_with_a_block_and_a_new_password(plan, gleb, dina, client, end):
    """A person who has learnt the address can read nothing by it when the user works again."""
    here = address_of(gleb.submit("/plan/calendar", {"version": 0}).text)
    number = plan.desk.ids["gleb"]
    acts = ("block", "unblock") if end.startswith("blocked") else ("reset-password",)
    for act in acts:
        db.session.rollback()
        version = db.session.get_one(User, number).version
        answer = dina.submit(f"/admin/users/{number}/{act}", {"version": version}, page=f"/admin/users/{number}")
        assert answer.status_code in (200, 303)
    db.session.rollback()
    assert db.session.get_one(User, number).is_active
    assert client.get(here).status_code == 404
    assert db.session.get_one(PlanFeed, number).secret_hash is None
    told = db.session.scalars(db.select(Event).where(Event.action == "plan_feed_off")).one()
    assert (told.object_kind, told.object_id, told.actor_id) == ("user", number, plan.desk.ids["dina"])
