"""Attached files: downloads for people who may see the message, small pictures that we draw ourselves."""

from __future__ import annotations

import hashlib
import io

import pytest
from PIL import Image
from pillow_heif import register_heif_opener

from osm.files.acts import files
from osm.files.acts.files import SIDE, Upload, preview, stored_path
from osm.messages.acts import routing
from osm.regulation.words import Status
from tests.desk import NOW

register_heif_opener()


def picture(kind: str = "PNG", size: tuple[int, int] = (1600, 900), mode: str = "RGB") -> bytes:
    target = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "подпись с адресом"
    Image.new(mode, size, "teal").save(target, kind, exif=exif)
    return target.getvalue()


@pytest.fixture
def photo(desk):
    """A photo of the reply that Boris prepares."""
    message = desk.in_status(Status.IN_WORK)
    (row,) = files.attach_reply_photos(message.id, [Upload("Яма «до».png", picture())], actor=desk.boris, now=NOW)
    return row.id


@pytest.mark.parametrize("login", ["anna", "boris", "vera", "gleb"])
def test_a_file_is_given_out_as_a_download_and_as_nothing_else(photo, request, login):
    answer = request.getfixturevalue(login).get(f"/files/{photo}")
    assert answer.status_code == 200
    assert answer.data == picture()
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert "filename*=UTF-8''%D0%AF%D0%BC%D0%B0" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.mimetype == "image/png"


@pytest.mark.parametrize("path", ["", "/small"])
def test_who_may_not_see_the_message_may_not_see_its_files(desk, photo, boris, dina, client, path):
    other = desk.in_status(Status.NEW)
    routing.route_message(other.id, 1, executor_id=desk.roman.id, task="", actor=desk.anna, now=NOW)
    (row,) = files.attach_reply_photos(other.id, [Upload("a.png", picture())], actor=desk.roman, now=NOW)
    assert boris.get(f"/files/{row.id}{path}").status_code == 404
    assert boris.get(f"/files/999{path}").status_code == 404
    assert dina.get(f"/files/{photo}{path}").status_code == 403
    assert client.get(f"/files/{photo}{path}").status_code == 302


def test_the_small_picture_is_a_new_jpeg_without_the_cameras_data(photo, anna):
    answer = anna.get(f"/files/{photo}/small")
    assert answer.mimetype == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    with Image.open(io.BytesIO(answer.data)) as small:
        assert (small.format, small.size) == ("JPEG", (SIDE, SIDE * 9 // 16))
        assert not small.getexif()


def test_it_is_drawn_once_and_then_kept_by_the_browser(photo, anna):
    first = anna.get(f"/files/{photo}/small")
    again = anna.get(f"/files/{photo}/small", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert "private" in first.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "LA"), ("HEIF", "RGB"), ("WEBP", "RGBA")]
)
def test_every_kind_that_is_taken_can_be_shown(desk, anna, kind, mode):
    message = desk.in_status(Status.IN_WORK)
    (row,) = files.attach_reply_photos(
        message.id, [Upload("IMG_1.HEIC", picture(kind, (900, 1600), mode))], actor=desk.boris, now=NOW
    )
    with Image.open(io.BytesIO(anna.get(f"/files/{row.id}/small").data)) as small:
        assert (small.mode, small.size) == ("RGB", (SIDE * 9 // 16, SIDE))


def test_a_file_missing_on_the_disk_is_reported_in_words(desk, photo, anna):
    stored_path(hashlib.sha256(picture()).hexdigest()).unlink()
    for path in ("", "/small"):
        answer = anna.get(f"/files/{photo}{path}")
        assert answer.status_code == 404
        assert "Файл не найден." in answer.text


def test_what_cannot_be_drawn_has_no_small_picture(app, desk):
    path = stored_path("ab" * 32)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"GIF89a")
    assert preview("ab" * 32) is None
