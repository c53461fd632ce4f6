"""Raising the importance on the screen: «сейчас» or a local time, the clocks of П.9 from there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osm.base.transaction import transaction
from osm.regulation.words import Importance, Status
from tests.desk import NOW
from tests.office import VLADIVOSTOK, at, running


def raise_importance(browser, message, detected_at=""):
    form = {"version": message.version, "detected_at": detected_at, "reason": "Люди без тепла"}
    return browser.submit(f"/messages/{message.id}/raise-importance", form)


@pytest.mark.parametrize(
    ("typed", "detected", "due"),
    [
        ("", NOW, "25.11 14:48"),
        ("2026-11-25T10:30", at("25.11 10:30"), "25.11 14:18"),
        ("25.11.2026 10:30", at("25.11 10:30"), "25.11 14:18"),
    ],
)
def test_the_clocks_run_from_the_named_instant(desk, anna, typed, detected, due):
    message = desk.in_status(Status.IN_WORK)
    assert raise_importance(anna, message, typed).status_code == 303
    message = desk.again(message)
    assert (message.importance, message.detected_at) == (Importance.HIGH, detected)
    assert running(message)["answer"] == due
    page = anna.get(f"/messages/{message.id}").text
    assert "повышенная важность" in page
    assert "Люди без тепла" in page


@pytest.mark.words
@pytest.mark.parametrize(
    "typed", ["2026-11-25T11:01", "2026-11-25T10:04", "вчера", "2026-02-30T10:00", "0001-01-01T00:00"]
)
def test_an_impossible_instant_is_refused_at_its_field(desk, anna, typed):
    message = desk.in_status(Status.IN_WORK)
    answer = raise_importance(anna, message, typed)
    assert answer.status_code == 422
    assert 'id="raise_importance-detected_at-error"' in answer.text
    assert f'value="{typed}"' in answer.text
    assert "Люди без тепла" in answer.text
    assert desk.again(message).importance is Importance.NORMAL


def test_the_minute_of_the_receipt_is_not_before_it(desk, anna):
    message = desk.in_status(Status.IN_WORK)
    with transaction():
        message = desk.again(message)
        message.received_at += timedelta(seconds=42)
    received = message.received_at
    assert raise_importance(anna, message, f"{received.astimezone(VLADIVOSTOK):%Y-%m-%dT%H:%M}").status_code == 303
    assert desk.again(message).detected_at == received


def test_only_the_change_that_is_possible_is_offered(desk, anna):
    normal, high = desk.in_status(Status.IN_WORK), desk.in_status(Status.IN_WORK, high=True)
    assert 'id="step-raise_importance"' in anna.get(f"/messages/{normal.id}").text
    assert 'id="step-lower_importance"' not in anna.get(f"/messages/{normal.id}").text
    assert 'id="step-raise_importance"' not in anna.get(f"/messages/{high.id}").text
    assert 'id="step-lower_importance"' in anna.get(f"/messages/{high.id}").text
