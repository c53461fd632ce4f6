"""Photos of an answer: sent at once, shown small, removed; only while the draft is being written."""

from __future__ import annotations

import io

import pytest

from osm.answers.queries.drafting import editor_text
from osm.files.acts.files import MAX_PER_OWNER
from osm.regulation.words import Status

from .conftest import photo


@pytest.fixture
def message(desk):
    return desk.in_status(Status.IN_WORK)


def url(message) -> str:
    return f"/messages/{message.id}/answer/photos"


def names(message) -> list[str]:
    return [row.filename for row in message.replies[-1].attachments]


def add(browser, message, *files, script=True):
    data = {"files": list(files), "screen": "answer"}
    if script:
        return browser.htmx(url(message), data, content_type="multipart/form-data")
    return browser.submit(url(message), {**data, "text": "Яму", "saved_at": ""})


def test_htmx_gets_the_small_pictures_with_a_button_each(desk, boris, message):
    answer = add(boris, message, photo("один.jpg"), photo("два.png", "#004488", "PNG"))
    message = desk.again(message)
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert names(message) == ["один.jpg", "два.png"]
    for row in message.replies[0].attachments:
        assert f'src="/files/{row.id}/small"' in answer.text
        assert f'formaction="{url(message)}/{row.id}/remove"' in answer.text
        assert boris.get(f"/files/{row.id}/small").status_code == 200


def test_without_scripts_the_page_comes_back_with_photos_and_text(desk, boris, message):
    answer = add(boris, message, photo("один.jpg"), script=False)
    assert answer.location == f"/messages/{message.id}/answer"
    message = desk.again(message)
    assert names(message) == ["один.jpg"]
    assert editor_text(message.replies[0].id, boris.user_id).text == "Яму"


def test_a_form_of_no_screen_is_done_and_says_so(desk, boris, message):
    answer = boris.submit(url(message), {"files": [photo("один.jpg")]})
    assert answer.location == f"/messages/{message.id}/answer"
    assert "Сохранено" in boris.get(answer.location).text
    assert names(desk.again(message)) == ["один.jpg"]


@pytest.mark.parametrize("script", [True, False])
def test_one_bad_file_refuses_all_and_is_named(desk, boris, message, script):
    answer = add(boris, message, photo("один.jpg"), (io.BytesIO(b"MZ"), "вирус.jpg"), script=script)
    assert answer.status_code == 422
    assert "«вирус.jpg» — не изображение" in answer.text
    assert ("<html" in answer.text) is not script
    message = desk.again(message)
    assert names(message) == []
    if not script:
        assert ">\nЯму</textarea>" in answer.text


def test_no_more_than_a_network_takes(desk, boris, message):
    add(boris, message, *(photo(f"{number}.jpg") for number in range(MAX_PER_OWNER)))
    answer = add(boris, message, photo("лишнее.jpg"))
    assert answer.status_code == 422
    assert f"не больше {MAX_PER_OWNER} файлов" in answer.text
    assert len(names(desk.again(message))) == MAX_PER_OWNER


@pytest.mark.parametrize("script", [True, False])
def test_a_photo_is_taken_off(desk, boris, message, script):
    add(boris, message, photo("один.jpg"), photo("два.jpg"))
    first = desk.again(message).replies[0].attachments[0].id
    send = boris.htmx if script else boris.submit
    answer = send(f"{url(message)}/{first}/remove", {"text": "Яму", "saved_at": "", "screen": "answer"})
    assert answer.status_code == (200 if script else 303)
    assert names(desk.again(message)) == ["два.jpg"]


def test_the_photo_of_another_message_is_not_found(desk, boris, message):
    other = desk.in_status(Status.IN_WORK)
    add(boris, other, photo("чужое.jpg"))
    attachment = desk.again(other).replies[0].attachments[0].id
    assert boris.htmx(f"{url(message)}/{attachment}/remove").status_code == 404
    assert names(desk.again(other)) == ["чужое.jpg"]


def test_the_curator_adds_photos_for_the_executor(desk, anna, message):
    assert add(anna, message, photo()).status_code == 200
    assert names(desk.again(message)) == ["яма.jpg"]


@pytest.mark.parametrize("status", [Status.ON_APPROVAL, Status.APPROVED])
def test_a_version_under_decision_keeps_its_photos(desk, boris, status):
    message = desk.in_status(status)
    answer = add(boris, message, photo())
    assert answer.status_code == 403
    assert "фото можно менять только до согласования" in answer.text
    assert names(desk.again(message)) == []


def test_a_colleague_adds_none(desk, lidia, message):
    assert add(lidia, message, photo()).status_code == 403
    assert names(desk.again(message)) == []


@pytest.mark.words
@pytest.mark.parametrize("login", ["vera", "gleb", "dina", "efim"])
@pytest.mark.parametrize("path", ["", "/1/remove"])
def test_it_is_refused_to_others(desk, request, message, login, path):
    assert request.getfixturevalue(login).submit(f"{url(message)}{path}").status_code == 403


@pytest.mark.words
@pytest.mark.parametrize("path", ["", "/1/remove"])
def test_it_refuses_get(boris, message, path):
    assert boris.get(f"{url(message)}{path}").status_code == 405


def test_a_message_that_one_may_not_know_of_is_not_found(desk, boris):
    message = desk.in_status(Status.NEW)
    assert add(boris, message, photo()).status_code == 404
