"""`osm figures`: the numbers of some days as JSON and in words."""

from __future__ import annotations

import json

import pytest

from osm.regulation.words import Status
from tests.office import at

DAY = ("--from", "2026-11-25", "--to", "2026-11-25")


@pytest.fixture
def run(app):
    return lambda *arguments: app.test_cli_runner().invoke(args=["osm", "figures", *arguments])


def test_one_day_as_json(desk, clock, run):
    desk.in_status(Status.ANSWERED)
    desk.in_status(Status.REWORK)
    desk.in_status(Status.EXCLUDED)
    desk.in_status(Status.ANSWERED, high=True)
    desk.incident("24.11 17:00")  # of the day before; its hour of П.7 is over
    desk.in_status(Status.IN_WORK, high=True)  # the draft is missing
    clock.set(at("25.11 18:00"))
    done = run(*DAY, "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "received": 5,
        "answered": 2,
        "returned": 1,
        "excluded": 1,
        "repeats": 0,
        "in_time": {
            "П.7": [4, 4],
            "П.8": [1, 2],
            "П.9": [1, 2],
            "П.10": [3, 4],
            "П.11": [3, 3],
            "П.12": [0, 1],
            "П.13": [0, 0],
            "П.14": [0, 0],
        },
        "by_department": {"ЖКХ": {"answered": 2, "in_time": [3, 5]}},
    }
    before = json.loads(run("--from", "2026-11-20", "--to", "2026-11-24", "--json").stdout)
    assert (before["received"], before["in_time"]["П.7"]) == (1, [0, 1])


def test_in_words(desk, run):
    desk.in_status(Status.ANSWERED)
    said = run(*DAY).stdout
    assert said.startswith("25.11.2026–25.11.2026: поступило 1, из них повторных 0; отвечено 1")
    assert "П.11 — проект согласован или возвращён: в срок 1 из 1" in said


@pytest.mark.words
@pytest.mark.parametrize(
    "days", [("--from", "вчера", "--to", "2026-11-25"), ("--from", "2026-11-26", "--to", "2026-11-25"), ()]
)
def test_days_that_are_none_are_a_bad_call(app, run, days):
    done = run(*days, "--json")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.strip()
