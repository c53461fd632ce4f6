"""«Внести за исполнителя»: the curator enters the executor's words, and the answer counts as his (П.18)."""

from __future__ import annotations

from html import unescape

import pytest

from osm.regulation.words import Status

from .conftest import photo

TEXT = "Здравствуйте! Яму засыпали вчера."


@pytest.fixture
def message(desk):
    return desk.in_status(Status.IN_WORK)


def form(desk, message, **more):
    return {
        "version": message.version,
        "text": TEXT,
        "kind": "final",
        "executor_id": desk.ids["boris"],
        "received_by": "по телефону",
        "screen": "for-executor",
        "saved_at": "",
        **more,
    }


def url(message) -> str:
    return f"/messages/{message.id}/for-executor"


def test_the_only_executor_is_chosen_already(desk, anna, message):
    page = anna.get(url(message)).text
    assert f'<option value="{desk.ids["boris"]}" selected>Борис Ежов (ЖКХ)</option>' in page
    assert "Узнать сроки" in page
    for way in ("по телефону", "в чате", "на бумаге"):
        assert f'value="{way}"' in page


def test_the_version_names_who_answers_who_entered_it_and_how_it_came(desk, anna, message):
    assert anna.submit(url(message), form(desk, message, files=photo())).status_code == 303
    message = desk.again(message)
    draft = message.replies[0].drafts[0]
    assert (draft.author_id, draft.submitted_by_id) == (desk.ids["boris"], desk.ids["anna"])
    assert draft.received_by == "по телефону"
    assert [row.filename for row in message.replies[0].attachments] == ["яма.jpg"]
    page = anna.get(f"/approvals/{message.id}").text
    assert "передано по телефону, внесено: Анна Ларина" in page


@pytest.mark.words
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"text": ""}, "Ответ пуст"),
        ({"received_by": ""}, "Укажите, как исполнитель передал текст."),
        ({"executor_id": ""}, "Выберите исполнителя, за которого вносите проект."),
        ({"kind": ""}, "Выберите, что это"),
    ],
)
def test_what_is_missing_is_said_and_the_rest_stays(desk, anna, message, change, said):
    answer = anna.submit(url(message), form(desk, message, **change))
    page = unescape(answer.text)
    assert answer.status_code == 422
    assert said in page
    assert change.get("text", TEXT) in page
    if "received_by" not in change:
        assert 'value="по телефону" required checked' in page


def test_she_may_take_back_what_she_entered(desk, anna, boris, message):
    anna.submit(url(message), form(desk, message))
    message = desk.again(message)
    back = {"version": message.version}
    assert boris.submit(f"/messages/{message.id}/withdraw-draft", back).status_code == 409  # she sent it
    answer = anna.submit(f"/messages/{message.id}/withdraw-draft", back)
    assert answer.location == url(message)
    assert f">\n{TEXT}</textarea>" in anna.get(answer.location).text


@pytest.mark.parametrize("status", [Status.NEW, Status.ON_APPROVAL, Status.ANSWERED, Status.EXCLUDED])
def test_without_a_draft_to_prepare_there_is_no_form(desk, anna, status):
    answer = anna.get(url(desk.in_status(status)))
    assert answer.status_code == 200
    assert 'name="received_by"' not in answer.text
