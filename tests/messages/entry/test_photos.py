"""Photos of a new message: a bad one refuses the form, and the good ones need not be chosen again."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest

from osm.files.acts import files
from osm.files.acts.files import stored_path
from osm.models import Purpose

from .conftest import photo, send


@pytest.fixture
def waiting(app):
    """The folder for waiting photos, empty."""
    folder = app.extensions["osm"].settings.uploads_dir / "waiting"
    for path in folder.glob("*"):
        path.unlink()
    return folder


def tickets(page: str) -> list[str]:
    return re.findall(r'name="kept" value="([^"]+)" checked', page)


def test_they_lie_on_the_card_of_the_message(app, anna, stored):
    page = send(anna, photo(), photo("столб.png", "PNG")).location
    (message,) = stored()
    assert [(row.filename, row.content_type, row.purpose) for row in message.attachments] == [
        ("фонарь.jpg", "image/jpeg", Purpose.MESSAGE),
        ("столб.png", "image/png", Purpose.MESSAGE),
    ]
    assert all(stored_path(row.sha256).is_file() for row in message.attachments)
    assert f"/files/{message.attachments[0].id}" in anna.get(page).text


BAD = {
    "a text named .jpg": (io.BytesIO("не картинка".encode()), "снимок.jpg"),
    "an empty file": (io.BytesIO(b""), "пусто.jpg"),
    "a page": (io.BytesIO(b"<html><script>alert(1)</script>"), "страница.png"),
}


@pytest.mark.parametrize("name", BAD)
def test_one_bad_file_refuses_the_whole_form_with_everything_kept(anna, stored, waiting, name):
    content, filename = BAD[name]
    content.seek(0)
    answer = send(anna, photo(), (io.BytesIO(content.read()), filename), photo("столб.png", "PNG"))
    assert answer.status_code == 422
    assert f"«{filename}»" in answer.text.split('id="files-error"')[1].split("</p>")[0]
    assert "третий вечер" in answer.text
    assert stored() == []
    assert len(tickets(answer.text)) == len(list(waiting.iterdir())) == 2
    assert "Выбирать их снова не нужно." in answer.text


def test_the_good_ones_go_in_with_the_corrected_form(anna, stored, waiting):
    refused = send(anna, photo(), photo("столб.png", "PNG"), text="")
    kept = tickets(refused.text)
    assert len(kept) == 2
    send(anna, photo("двор.webp", "WEBP"), kept=kept)
    (message,) = stored()
    assert [row.filename for row in message.attachments] == ["фонарь.jpg", "столб.png", "двор.webp"]


def test_one_that_is_unticked_stays_behind(anna, stored, waiting):
    kept = tickets(send(anna, photo(), photo("столб.png", "PNG"), text="").text)
    send(anna, kept=kept[1:])
    assert [row.filename for row in stored()[0].attachments] == ["столб.png"]


def test_they_survive_a_second_refusal(anna, stored, waiting):
    kept = tickets(send(anna, photo(), text="").text)
    again = tickets(send(anna, kept=kept, url="не ссылка").text)
    send(anna, kept=again)
    assert [row.filename for row in stored()[0].attachments] == ["фонарь.jpg"]


def test_another_person_s_ticket_opens_nothing(anna, vera, stored, waiting):
    kept = tickets(send(anna, photo(), text="").text)
    answer = send(vera, kept=kept)
    assert answer.status_code == 422
    assert "больше не хранится" in answer.text
    assert stored() == []


@pytest.mark.words
@pytest.mark.parametrize("ticket", ["x", "", "../../secret.key", "WyIxIiwiLi4vc2VjcmV0LmtleSIsImEiXQ.AAAA"])
def test_a_forged_ticket_opens_nothing(anna, stored, waiting, ticket):
    assert send(anna, kept=[ticket]).status_code == 422
    assert stored() == []


def test_more_than_ten_are_too_many_and_can_be_unticked(anna, stored, waiting):
    refused = send(anna, *(photo(f"{n}.jpg", colour=f"#0000{n:02}") for n in range(11)))
    assert "не больше 10" in refused.text
    kept = tickets(refused.text)
    assert len(kept) == 11
    assert send(anna, kept=kept[:10]).status_code == 303
    assert len(stored()[0].attachments) == 10


def test_a_forgotten_photo_is_removed_after_a_day(app, anna, waiting, clock):
    kept = tickets(send(anna, photo(), text="").text)
    (path,) = waiting.iterdir()
    written = clock.now()
    import os

    os.utime(path, (written.timestamp(), written.timestamp()))
    with app.app_context():
        assert files.remove_old(written + timedelta(hours=23)) == 0
        assert files.remove_old(written + timedelta(hours=25)) == 1
    assert list(waiting.iterdir()) == []
    answer = send(anna, kept=kept)
    assert answer.status_code == 422
    assert "Одно из прежних фото больше не хранится." in answer.text
