"""The stories as written in the files: times before now, dates in texts, invented people only."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from osm.answers.acts.drafting import RECEIVED_BY
from osm.calendar.queries import load_calendar
from osm.demo import story
from osm.demo.steps import STEPS
from osm.demo.story import ADDED, FILES, PICTURES, Past, load_stories, noticed_after, read_texts
from osm.regulation.words import Ground, ReplyKind, Role, Status

CALENDAR = load_calendar()


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+10:00")


def past(now: str) -> Past:
    return Past(CALENDAR, local(now))


@pytest.mark.parametrize(
    ("now", "span", "expected"),
    [
        ("2026-11-25T10:07:31", "7m", "2026-11-25T10:00"),
        ("2026-11-25T10:00", "1h30m", "2026-11-24T17:30"),
        ("2026-11-25T14:00", "1h", "2026-11-25T12:12"),  # lunch 13:00–13:48
        ("2026-11-28T23:40", "20m", "2026-11-27T16:40"),  # Saturday night: Friday closes at 17:00
        ("2026-11-25T18:00", "1d", "2026-11-25T09:12"),  # 480 of the day's 492 minutes
        ("2026-11-28T23:40", "clock 40m", "2026-11-28T23:00"),
    ],
)
def test_spans_are_working_time_unless_they_say_clock(now, span, expected):
    assert past(now).ago(span) == local(expected)


@pytest.mark.parametrize("span", ["", "12", "h", "1h2d", "-5m", "5 m", "clock"])
def test_a_wrong_span_is_refused(span):
    with pytest.raises(ValueError, match="span of time"):
        past("2026-11-25T10:00").ago(span)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("сделаем {0}", "сделаем 27 ноября"),
        ("{+1} и {+2}", "30 ноября и 1 декабря"),  # Friday → Monday, Tuesday
        ("до {+10}.", "до 11 декабря."),
        ("без дат {x} {1}", "без дат {x} {1}"),
    ],
)
def test_dates_in_texts_are_working_days_in_words(text, expected):
    assert past("2026-12-20T10:00").dated(text, local("2026-11-27T16:00")) == expected


def test_a_date_counts_from_the_local_day_of_the_text():
    evening_in_utc = datetime(2026, 11, 26, 23, 30, tzinfo=UTC)  # 27 November 09:30 in Vladivostok
    assert past("2026-12-20T10:00").dated("{0}", evening_in_utc) == "27 ноября"


def test_steps_out_of_order_are_refused(monkeypatch):
    raw = {
        "ends": "in_work", "network": "vk", "author": "А", "text": "Т", "received": "1h",
        "step": [{"do": "open", "ago": "10m"}, {"do": "route", "ago": "20m"}],
    }  # fmt: skip
    monkeypatch.setattr(story, "FILES", ("one",))
    monkeypatch.setattr(story, "read_texts", lambda _name: {"message": [raw]})
    with pytest.raises(ValueError, match="order of time"):
        load_stories(past("2026-11-25T10:00"))
    raw["step"].reverse()
    assert [step.do for step in load_stories(past("2026-11-25T10:00"))[0].steps] == ["route", "open"]


def test_a_message_is_noticed_equally_long_after_its_publication():
    assert noticed_after("Яма") == noticed_after("Яма")
    assert len({noticed_after(str(n)) for n in range(40)}) > 10


KEYS = {
    "ends", "network", "author", "profile", "place", "topic", "high", "repeat", "received", "text", "photos", "step",
    "origin", "by",
}  # fmt: skip
STEP_KEYS = {"interim_reason", "interim_text", "task_roman", "task_boris",
    "do", "ago", "to", "task", "text", "kind", "remarks", "reason", "recipient", "note", "ground", "by", "by_way",
    "picture", "screenshot", "detected",
}  # fmt: skip


def raw_messages() -> list[dict]:
    return [raw for name in FILES for raw in read_texts(name)["message"]]


def raw_steps() -> list[dict]:
    return [step for raw in raw_messages() for step in raw.get("step", ())]


def test_the_files_say_nothing_that_the_reader_does_not_know():
    assert {key for raw in raw_messages() for key in raw} <= KEYS
    assert {key for step in raw_steps() for key in step} <= STEP_KEYS
    assert {raw["ends"] for raw in raw_messages()} == set(Status)
    assert all((raw.get("origin") == "manual") == ("by" in raw) for raw in raw_messages())


def test_every_act_of_the_table_is_shown_and_no_other_is_named():
    assert {step["do"] for step in raw_steps()} | {ADDED} == set(STEPS)


def test_the_choices_of_the_services_are_shown_too():
    assert {step["ground"] for step in raw_steps() if step["do"] == "exclude"} == set(Ground)
    assert {step.get("kind", "final") for step in raw_steps() if step["do"] == "submit"} == set(ReplyKind)
    assert {step["by_way"] for step in raw_steps() if step["do"] == "submit_for"} <= set(RECEIVED_BY)
    shown = {step["picture"] for step in raw_steps() if step["do"] == "photo"} | {"screenshot"}
    assert shown | {name for raw in raw_messages() for name in raw.get("photos", ())} == set(PICTURES)


def test_one_profile_is_one_person_and_no_text_appears_twice():
    rows = raw_messages() + read_texts("export")["row"]
    names: dict[tuple[str, int], set[str]] = {}
    for raw in rows:
        if "profile" in raw:
            names.setdefault((raw["network"], raw["profile"]), set()).add(raw["author"])
    assert [people for people in names.values() if len(people) > 1] == []
    texts = [raw["text"] for raw in raw_messages()]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("name", ["office", *FILES, "export"])
def test_telephones_have_the_code_that_does_not_exist(name):
    text = str(read_texts(name))
    without_tax_numbers = re.sub(r"inn': '\d{10}'", "", text)
    numbers = re.findall(r"\+?\d[\d ()-]{8,}\d", re.sub(r"\b\d+d\w*", "", without_tax_numbers))
    assert [number for number in numbers if not number.startswith("8 (000) 000-")] == []


def test_topics_and_people_name_what_is_there():
    office = read_texts("office")
    topics = [topic for department in office["department"] for topic in department["topics"]]
    logins = {person["login"] for person in office["person"]}
    assert 15 <= len(topics) <= 20
    assert len(set(topics)) == len(topics)
    named = {raw["topic"] for raw in raw_messages() + read_texts("export")["row"] if "topic" in raw}
    assert named == set(topics), "each topic has a message"
    assert {login for step in raw_steps() for login in step.get("to", "").split()} <= logins
    executors = {person["department"] for person in office["person"] if Role.EXECUTOR in person["roles"]}
    assert executors >= {d["key"] for d in office["department"] if d["topics"]} - {"press"}
