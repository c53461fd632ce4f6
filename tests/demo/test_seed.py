"""Seeding: at any hour, all or nothing, the same each time, and never in a real installation."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from osm.answers.acts import publication
from osm.base.transaction import transaction
from osm.demo.office import SeedRefused, database_is_empty, seed
from osm.demo.story import Past, load_stories
from osm.flow.acts.clocks import in_force
from osm.models import Department, Event
from osm.regulation.words import ClockKind, Status

from ..by_day import by_day
from ..databases import empty_tables
from .office import WEDNESDAY, everything, messages, open_terms, overdue, rows, soon

NOWS = {
    "a weekday at ten": "2026-11-25T10:07:31+10:00",
    "the opening of a Monday": "2026-11-30T09:00:00+10:00",
    "lunch": "2026-11-25T13:20:00+10:00",
    "four o'clock": "2026-11-26T16:00:00+10:00",
    "night": "2026-11-26T02:30:00+10:00",
    "Saturday": "2026-11-28T15:00:00+10:00",
    "31 December": "2026-12-31T11:00:00+10:00",
    "a day before a holiday": "2026-06-11T16:50:00+10:00",
    "in the long holidays": "2027-01-04T12:00:00+10:00",
}

ANSWER, DRAFT, ROUTE, FINAL = ClockKind.ANSWER, ClockKind.DRAFT, ClockKind.ROUTE, ClockKind.FINAL
RUNNING = {
    Status.NEW: {frozenset({ROUTE}), frozenset({ROUTE, ANSWER, DRAFT})},
    Status.SELECTED: {frozenset({ROUTE, ANSWER, DRAFT})},
    Status.IN_WORK: {frozenset({ANSWER, DRAFT}), frozenset({ANSWER, DRAFT, ClockKind.PART}), frozenset({FINAL})},
    Status.ON_APPROVAL: {frozenset({ANSWER, ClockKind.APPROVE})},
    Status.REWORK: {frozenset({ANSWER, ClockKind.REWORK})},
    Status.APPROVED: {frozenset({ANSWER})},
    Status.AWAITING_FINAL: {frozenset({FINAL})},
}
"""Status → which clocks run; in the statuses that are not here, none."""


@pytest.mark.sqlite
@pytest.mark.parametrize("now", by_day(NOWS.values()), ids=NOWS)
def test_at_any_hour_every_message_has_the_end_of_its_story(app, now):
    now = datetime.fromisoformat(now)
    with app.app_context():
        report = seed(now)
        ends = Counter(story.ends for story in load_stories(Past(in_force().calendar, now)))
        assert report.messages == Counter(message.status for message in messages()) == ends
        assert set(report.messages) == set(Status)
        assert 55 <= sum(report.messages.values()) <= 90
        for message in messages():
            running = open_terms(message)
            assert frozenset(running) in RUNNING.get(message.status, {frozenset()}), (message.status, message.text)
            assert all(d.due_at and d.explanation and d.clause for d in message.deadlines)
        assert all(event.at <= now for event in rows(Event))
        assert overdue(now), "somebody is late"
        assert soon(now, 15), "something falls due within a quarter of an hour of work"


def test_a_crash_leaves_nothing_and_the_next_start_begins_again(app, monkeypatch):
    publish, calls = publication.publish_by_hand, []

    def break_down(*args, **given):
        calls.append(args)
        if len(calls) == 9:
            raise KeyboardInterrupt
        return publish(*args, **given)

    with app.app_context():
        nothing = everything()
        assert not any(nothing.values())
        with monkeypatch.context() as broken:
            broken.setattr(publication, "publish_by_hand", break_down)
            with pytest.raises(KeyboardInterrupt):
                seed(WEDNESDAY)
        assert database_is_empty()
        assert everything() == nothing
        assert sum(seed(WEDNESDAY).messages.values()) == len(messages()) > 50


def test_a_database_with_anything_in_it_is_refused_and_left_alone(app):
    with app.app_context():
        with transaction() as session:
            session.add(Department(name="Настоящее управление", short_name="НУ"))
        before = everything()
        assert not database_is_empty()
        with pytest.raises(SeedRefused, match="уже есть данные"):
            seed(WEDNESDAY)
        assert everything() == before


@pytest.mark.sqlite
def test_a_second_seed_is_refused_and_equal_times_give_equal_rows(app):
    with app.app_context():
        seed(WEDNESDAY)
        before = everything()
        with pytest.raises(SeedRefused):
            seed(WEDNESDAY + timedelta(days=1))
        assert everything() == before
    empty_tables(app)
    with app.app_context():
        seed(WEDNESDAY)
        assert everything() == before


def test_production_refuses(app, monkeypatch):
    settings = replace(app.extensions["osm"].settings, environment="production")
    monkeypatch.setattr(app.extensions["osm"], "settings", settings)
    with app.app_context():
        with pytest.raises(SeedRefused, match="запрещены"):
            seed(WEDNESDAY)
        assert database_is_empty()


@pytest.mark.words
@pytest.mark.parametrize("now", ["2035-06-01T10:00:00+10:00", "2012-06-01T10:00:00+10:00"])
def test_a_year_without_a_calendar_is_refused_in_words(app, now):
    with app.app_context():
        with pytest.raises(SeedRefused, match=r"календаря вокруг 01\.06"):
            seed(datetime.fromisoformat(now))
        assert database_is_empty()
