"""No date field accepts a year of six digits: without `max` a browser lets people type one."""

from __future__ import annotations

import re

import pytest

from osm.settings import ROOT

DATES = re.compile(r"<input[^>]*type=\"(?:date|datetime-local)\"[^>]*>")
TEMPLATES = {path: path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html")}


def test_every_field_that_is_written_out_has_a_last_day():
    fields = {found for text in TEMPLATES.values() for found in DATES.findall(text)}
    assert len(fields) > 3
    assert [field for field in fields if " max=" not in field] == []


@pytest.mark.parametrize(("kind", "last"), [("date", "2099-12-31"), ("datetime-local", "2099-12-31T23:59")])
def test_so_has_the_field_that_all_others_are_made_of(app, kind, last):
    field = app.jinja_env.get_template("_macros.html").module.field
    assert f' max="{last}"' in field("day", "День", type=kind)
    assert field("day", "День", type=kind, attrs={"max": "2026-12-31"}).count("max=") == 1
    assert "max=" not in field("day", "День")
