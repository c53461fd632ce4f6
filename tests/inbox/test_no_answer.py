"""«Не требует ответа» from the row: one press for a usual reason, or a field for other words (П.6)."""

from __future__ import annotations

import re

import pytest

from osm.flow.acts.clocks import in_force
from osm.regulation.words import Status

pytestmark = pytest.mark.usefixtures("desk")


@pytest.fixture
def message(desk):
    return desk.in_status(Status.NEW)


def dismiss(browser, message, how="submit", **form):
    given = {"version": message.version, "back": "inbox", "reason": "Благодарность", **form}
    return getattr(browser, how)(f"/messages/{message.id}/dismiss", given)


def test_each_usual_reason_is_a_button_of_the_row(app, anna, message):
    page = anna.htmx(f"/inbox/{message.id}/dismiss?version=1", method="GET").text
    assert "<html" in anna.get(f"/inbox/{message.id}/dismiss?version=1").text  # a page without JavaScript
    assert anna.get("/inbox/0/dismiss?version=1").status_code == 404
    with app.app_context():
        usual = in_force().parameters.no_answer
    assert len(usual) > 2
    assert re.findall('name="reason" value="([^"]+)"', page) == list(usual)


@pytest.mark.parametrize("how", ["submit", "htmx"])
def test_one_press_closes_with_the_reason(desk, anna, message, how):
    answer = dismiss(anna, message, how)
    assert answer.status_code == (303 if how == "submit" else 200)
    closed = desk.again(message)
    assert (closed.status, closed.closures[-1].reason) == (Status.DISMISSED, "Благодарность")


def test_without_a_reason_the_row_comes_back_open_with_its_proposed_executor(desk, anna, message):
    answer = dismiss(anna, message, "htmx", reason=" ")
    assert answer.status_code == 422
    assert 'class="dismiss-reasons"' in answer.text
    assert "Напишите, почему" in answer.text
    assert desk.again(message).status is Status.NEW


def test_the_slower_one_gets_a_conflict(anna, message):
    dismiss(anna, message)
    assert dismiss(anna, message, "htmx").status_code == 409


def test_it_is_the_curators_and_a_post(vera, boris, anna, message):
    assert [dismiss(browser, message).status_code for browser in (vera, boris)] == [403, 403]
    assert anna.get(f"/messages/{message.id}/dismiss").status_code == 405


def test_the_card_and_the_list_offer_the_same_reasons(desk, anna, message):
    """Even if other words were typed, the pressed button gives the reason."""
    assert 'name="reason" value="Не о нас"' in anna.get(f"/messages/{message.id}").text
    page = anna.get("/messages").text
    assert 'name="reason" value="Не о нас" formaction="/messages/bulk/dismiss"' in page
    form = {"row": [f"{message.id}:{message.version}"], "reason": ["набрано", "Не о нас"], "query": ""}
    assert anna.submit("/messages/bulk/dismiss", form).status_code == 303
    assert desk.again(message).closures[-1].reason == "Не о нас"
