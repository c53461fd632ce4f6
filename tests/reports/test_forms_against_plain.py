"""The forms for the krai, filled and sent over some days while things change: as the definitions say (§9).

OSM_TEST_OFFICES sets how many offices there are (1 by default).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.models import Assignment, Deadline, Department, Message, Reply, Shortcoming
from tests.cast import Browser, browser_of
from tests.office import VLADIVOSTOK, Office
from tests.oracle.lives import BEGIN
from tests.oracle.minutes import Calendar

from .filled_forms import Filled, filled, press_sent, replace_template
from .lives import lead
from .plain.clocks import Clocks
from .plain.forms import CODES, Correction, Form, Sent, corrections, fill, row_fields, values_of
from .plain.tables import Days, Tables

OFFICES = int(os.environ.get("OSM_TEST_OFFICES", "1"))
STEPS = 10
PLAIN_FIELDS = (
    "с", "по", "составлено", *CODES, "медиана_ответа_мин", "открыто", "просрочено",
    *(f"{word}_{number}" for word in ("в_срок", "нарушено", "доля", "дробь") for number in range(7, 15)),
)  # fmt: skip
COLUMNS = ("название", "поступило", "отвечено", "возвращено", "в_срок", "нарушено")
CORRECTED = {f"уточнение.{word}" for word in ("дни", "показатель", "было", "стало")}


@dataclass
class Krai:
    """The sent forms of one kind, the oldest first; and what today's template asks for."""

    kind: str
    asked: set[str] = field(default_factory=set)
    sent: list[Sent] = field(default_factory=list)
    files: dict[Days, Filled] = field(default_factory=dict)


@pytest.mark.parametrize("seed", range(OFFICES))
def test_forms_are_filled_and_corrected_as_the_definitions_say(app, four, clock, backend, seed):
    random = Random(seed if backend == "sqlite" else 1000 + seed)
    now, calendar = lead(four, random, lives=4, acts=20)
    forms = [Krai("daily"), Krai("weekly")]
    for step in range(STEPS):
        now += timedelta(minutes=random.choice((1, 90, 1500)))
        clock.set(now)
        anna = browser_of(app, four.ids, "anna")
        if step:
            change_something(four, random)
        krai = random.choice(forms)
        if not krai.asked or random.random() < 0.2:
            krai.asked = some_fields(random)
            replace_template(anna, krai.kind, krai.asked)
        compare_form(anna, krai, some_days(random, krai.kind, now), now, calendar, random)


def some_fields(random: Random) -> set[str]:
    asked = {word for word in PLAIN_FIELDS if random.random() < 0.7} | {"поступило"}
    for kind in ("отдел", "тема"):
        if random.random() < 0.8:
            asked |= {f"{kind}.{word}" for word in COLUMNS if random.random() < 0.7} | {f"{kind}.название"}
    return asked | CORRECTED if random.random() < 0.8 else asked


def some_days(random: Random, kind: str, now: datetime) -> Days:
    day = BEGIN.date() + timedelta(days=random.randint(0, (now.date() - BEGIN.date()).days))
    if kind == "daily":
        return Days(day, day)
    monday = day - timedelta(days=day.weekday())
    return Days(monday, monday + timedelta(days=6))


def compare_form(anna: Browser, krai: Krai, days: Days, now: datetime, calendar: Calendar, random: Random) -> None:
    where = f"{krai.kind}, {days.first}–{days.last}"
    found = filled(anna, krai.kind, days)
    if days in krai.files:
        assert found == krai.files[days], where  # it was sent, so it does not change any more
        return
    clocks, at = Clocks(Tables(), now), f"{now.astimezone(VLADIVOSTOK):%d.%m.%Y %H:%M}"
    form = fill(clocks, days, calendar, at)
    assert found.fields == {word: form.fields[word] for word in krai.asked if "." not in word}, where
    for kind, expected in (("отдел", form.departments), ("тема", form.topics)):
        columns = sorted(word.partition(".")[2] for word in krai.asked if word.startswith(f"{kind}."))
        values = [{"название": row.name, **row_fields(row)} for row in expected]
        if columns:
            values = [[row[word] for word in columns] for row in values]
            assert cut(found.rows[kind], columns) == values, (kind, where)
    now_of = {sent.days: fill(clocks, sent.days, calendar, at) for sent in krai.sent}
    expected = corrections(krai.sent, now_of, days)
    told = sorted(one for one in found.corrections if one != ("None", "None", "None"))
    assert told == sorted((said_days(one.days), str(one.was), str(one.becomes)) for one in expected), where
    if random.random() < 0.6:
        press_sent(anna, krai.kind, days)
        send(krai, form, expected)
        krai.files[days] = filled(anna, krai.kind, days)
        assert krai.files[days] == found, where


def cut(rows: list[list[Any]], columns: Any) -> list[list[Any]]:
    """Without the empty cells of a sheet that is wider elsewhere."""
    return [row[: len(columns)] for row in rows if any(cell is not None for cell in row)]


def said_days(days: Days) -> str:
    return f"{days.first:%d.%m.%Y}" if days.first == days.last else f"{days.first:%d.%m.%Y}–{days.last:%d.%m.%Y}"


def send(krai: Krai, form: Form, told: list[Correction]) -> None:
    asked = set(krai.asked)
    krai.sent.append(Sent(form.days, asked, values_of(form, asked), told))


def change_something(office: Office, random: Random) -> None:
    """Do something that changes figures of past days."""
    with transaction() as session:

        def one_of(model: Any, *conditions: Any) -> Any:
            rows = list(session.scalars(db.select(model).where(*conditions).order_by(model.id)))
            return random.choice(rows) if rows else None

        for _ in range(random.randint(0, 2)):
            change = random.choice(("waive", "publish", "department", "topic", "receive", "recall", "restart"))
            if change == "waive" and (row := one_of(Shortcoming, Shortcoming.state != "waived")):
                row.state, row.waiver, row.reason, row.decided_at = "waived", "other", "Стихия", row.noted_at
            if change == "publish" and (row := one_of(Reply, Reply.published_at.is_not(None))):
                row.published_at -= timedelta(days=random.randint(0, 2))
            if change == "department" and (row := one_of(Assignment)):
                row.department_id = one_of(Department).id
            if change == "topic" and (row := one_of(Message)):
                row.topic_id = None
            if change == "receive" and (row := one_of(Message)):
                row.received_at -= timedelta(hours=random.randint(0, 40))
            if change == "recall" and random.random() < 0.3:
                row = one_of(Message)
                row.recalled_at = row.received_at
            if change == "restart" and (row := one_of(Deadline, Deadline.state == "met")):
                row.ended_at += timedelta(days=random.randint(0, 1))
