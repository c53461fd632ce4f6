"""How instants, numbers and icons look on the page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from babel.dates import format_date

from osm.shell import filters

IN_VLADIVOSTOK = datetime(2026, 11, 24, 23, 5, tzinfo=UTC)  # 25 November, 09:05 there


def test_instants_are_shown_in_local_time(app):
    with app.test_request_context():
        assert filters.moment(IN_VLADIVOSTOK) == "25.11 09:05"
        assert filters.moment(IN_VLADIVOSTOK.replace(year=2025)) == "25.11.2025 09:05"
        assert filters.clock_time(IN_VLADIVOSTOK) == "09:05"
        assert filters.long_day(IN_VLADIVOSTOK) == "среда, 25 ноября"
        assert filters.input_moment(IN_VLADIVOSTOK) == "2026-11-25T09:05"
        assert filters.time_tag(IN_VLADIVOSTOK) == (
            '<time datetime="2026-11-25T09:05+10:00" title="25.11.2026 09:05 (UTC+1000)">сегодня в 9:05</time>'
        )


@pytest.mark.words
@pytest.mark.parametrize(
    ("local_time", "told", "after"),
    [
        ("2026-11-25T00:00", "сегодня в 0:00", "до 0:00 сегодня"),
        ("2026-11-25T23:59", "сегодня в 23:59", "до 23:59 сегодня"),
        ("2026-11-24T23:59", "вчера в 23:59", "до 23:59 вчера"),
        ("2026-11-26T00:00", "завтра в 0:00", "до 0:00 завтра"),
        ("2026-11-23T09:05", "23.11 09:05", "до 23.11 09:05"),
        ("2026-11-27T09:05", "27.11 09:05", "до 27.11 09:05"),
        ("2025-11-25T09:05", "25.11.2025 09:05", "до 25.11.2025 09:05"),
    ],
)
def test_near_days_have_their_names(app, local_time, told, after):
    with app.test_request_context():
        instant = datetime.fromisoformat(f"{local_time}+10:00")
        assert (filters.day_and_time(instant), filters.day_and_time(instant, "до")) == (told, after)


@pytest.mark.words
@pytest.mark.parametrize(
    "show", [filters.moment, filters.time_tag, filters.clock_time, filters.long_day, filters.input_moment]
)
def test_no_instant_is_an_empty_string(app, show):
    assert show(None) == ""


@pytest.mark.parametrize(("number", "shown"), [(0, "0"), (999, "999"), (1000, "999+"), (123456, "999+")])
def test_badges_stop_at_999(number, shown):
    assert filters.badge_number(number) == shown


@pytest.mark.parametrize(
    ("name", "brief"), [("Анна Лебедева", "Анна Л."), ("Иванова Анна Петровна", "Иванова А."), ("Анна", "Анна")]
)
def test_a_name_is_brief_where_there_is_little_room(name, brief):
    assert filters.brief_name(name) == brief


@pytest.mark.parametrize(("number", "words"), [(1, "1 сообщение"), (3, "3 сообщения"), (11, "11 сообщений")])
def test_counted_things_agree_with_their_number(number, words):
    assert filters.counted(number, "сообщение", "сообщения", "сообщений") == words


def test_an_icon_is_decoration_unless_it_is_named(app):
    with app.test_request_context():
        assert 'aria-hidden="true"' in filters.icon("clock")
        assert 'role="img" aria-label="&lt;срок&gt;"' in filters.icon("clock", "<срок>")


def test_every_icon_that_templates_use_is_in_the_sprite(app):
    import re

    from osm.settings import ROOT

    sprite = (ROOT / "static/vendor/tabler-icons/sprite.svg").read_text(encoding="utf-8")
    there = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    used = {
        name
        for template in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r'icon\("([a-z0-9-]+)"', template.read_text(encoding="utf-8"))
    }
    assert used
    assert used <= there, used - there


def test_every_day_has_the_names_that_the_language_gives_it(app):
    with app.app_context():
        for number in range(366):
            instant = IN_VLADIVOSTOK + timedelta(days=number)
            there = filters.local(instant).date()
            assert filters.long_day(instant) == format_date(there, "EEEE, d MMMM", locale="ru")
