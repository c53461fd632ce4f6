"""The page for the slower of two people: what has changed, the typed text, and another try if it is still possible."""

from __future__ import annotations

from html import unescape

import pytest

from osm.answers.acts import publication
from osm.messages.acts import closing, executors
from osm.regulation.words import Status
from tests.office import at
from tests.page_reading import words

TYPED = "Перепутана улица: Калининская, 12, а не 21"


@pytest.fixture
def message(desk):
    return desk.in_status(Status.APPROVED)


def revoke(browser, message, version, **more):
    return browser.submit(f"/approvals/{message.id}/revoke", {"version": version, "reason": TYPED, **more})


def raised(desk, message):
    executors.raise_importance(
        message.id, message.version, reason="Дети", detected_at=None, actor=desk.anna, now=at("25.11 10:55")
    )


def test_it_says_who_did_what_and_when_with_the_typed_text(desk, anna, message):
    old = message.version
    raised(desk, message)
    answer = revoke(anna, message, old)
    page = unescape(answer.text)
    assert answer.status_code == 409
    assert "<strong>Анна Ларина</strong>: важность повышена — «Дети»" in page
    assert "сегодня в 10:55" in words(page)
    assert f"вы видели версию {old}, теперь версия {old + 1}" in page
    assert f">\n{TYPED}</textarea>" in page
    assert "Причина" in page
    assert "согласовано — версия 1" not in page  # that she had seen


def test_one_press_sends_the_same_again_with_the_new_version(desk, anna, message):
    old = message.version
    raised(desk, message)
    page = revoke(anna, message, old).text
    assert f'action="/approvals/{message.id}/revoke"' in page
    assert f'name="version" value="{old + 1}"' in page
    assert "Отозвать согласование всё равно" in page
    assert 'name="csrf_token"' in page
    assert revoke(anna, message, old + 1).status_code == 303
    assert desk.again(message).replies[0].drafts[0].remarks == TYPED


@pytest.mark.parametrize("how", ["published", "excluded"])
def test_no_longer_possible_it_only_offers_the_text_to_copy(desk, anna, message, how):
    old = message.version
    if how == "published":
        publication.publish_by_hand(
            message.id, old, url="https://vk.com/1", published_at=None, actor=desk.anna, now=at("25.11 10:55")
        )
    else:
        closing.exclude_message(message.id, old, ground="ad", note="", actor=desk.anna, now=at("25.11 10:55"))
    answer = revoke(anna, message, old)
    assert answer.status_code == 409
    assert "всё равно" not in answer.text
    assert "Повторить это действие теперь нельзя или не нужно" in answer.text
    assert f">\n{TYPED}</textarea>" in unescape(answer.text)


def test_hidden_fields_are_sent_on_without_being_shown(desk, anna, message):
    old = message.version
    raised(desk, message)
    page = revoke(anna, message, old, code="<7>").text
    assert '<input type="hidden" name="code" value="&lt;7&gt;">' in page


def test_markup_in_what_was_typed_is_text(desk, anna, message):
    old = message.version
    raised(desk, message)
    page = revoke(anna, message, old, reason="</textarea><script>alert(1)</script>").text
    assert "<script>alert(1)" not in page


def test_htmx_gets_it_as_a_notice_and_programs_as_json(desk, anna, message):
    old = message.version
    raised(desk, message)
    data = {"version": old, "reason": TYPED}
    answer = anna.htmx(f"/approvals/{message.id}/revoke", data)
    assert answer.status_code == 409
    assert answer.headers["HX-Retarget"] == "#notices"
    assert "<html" not in answer.text
    assert "важность повышена" in answer.text
    told = anna.submit(f"/approvals/{message.id}/revoke", data, headers={"Accept": "application/json"})
    assert (told.status_code, told.json["kind"]) == (409, "StaleVersion")
