"""Pictures that would use up memory or time: refused in words, drawn only in a child process, tried once."""

from __future__ import annotations

import io
import subprocess
import sys
from functools import partial

import docx
import pytest
from PIL import Image

from osm.base.child_process import ChildLimits
from osm.base.database import db
from osm.blacklist.acts import rows as acts_rows
from osm.blacklist.queries import proof_of_message
from osm.files.acts import files, pictures
from osm.files.acts.files import Upload, stored_path
from osm.files.acts.pictures import look_at
from osm.messages.acts import closing, entry
from osm.models import Attachment, Message
from osm.regulation.errors import MissingInput
from osm.regulation.words import Status
from tests.desk import NOW
from tests.pictures import animated, heic_of_48_megapixels, hostile_webp, picture

pytestmark = pytest.mark.sqlite


def noise(kind: str) -> bytes:
    """A picture of many bytes, so that a cut takes a part of it away."""
    target = io.BytesIO()
    Image.effect_noise((400, 300), 90).convert("RGB").save(target, kind)
    return target.getvalue()


def attach(desk, *contents: bytes) -> list[Attachment]:
    message = desk.in_status(Status.IN_WORK)
    uploads = [Upload(f"снимок {number}", content) for number, content in enumerate(contents, 1)]
    return files.attach_reply_photos(message.id, uploads, actor=desk.boris, now=NOW)


def attach_unchecked(desk, monkeypatch, content: bytes, kind: str) -> Attachment:
    """A file that was stored when pictures were not checked yet."""
    with monkeypatch.context() as patched:
        patched.setattr(files, "look_at", lambda contents: [kind for _ in contents])
        return attach(desk, content)[0]


def small(browser, row: Attachment) -> Image.Image:
    answer = browser.get(f"/files/{row.id}/small")
    assert answer.status_code == 200
    return Image.open(io.BytesIO(answer.data))


@pytest.mark.parametrize(
    "content",
    [
        hostile_webp,
        partial(hostile_webp, (16_383, 16_383)),
        partial(picture, "GIF", (60_000, 900), "P"),
        partial(picture, "PNG", (8_200, 6_200), "1"),
        partial(picture, "JPEG", (8_200, 6_200), "L", progressive=True),
    ],
    ids=["WebP of 1.9 GB", "the largest WebP", "GIF", "PNG", "JPEG that cannot be reduced"],
)
def test_a_picture_that_takes_too_much_is_refused_in_words(desk, content):
    with pytest.raises(MissingInput, match="«снимок 2» — слишком большое изображение, больше 50 миллионов точек"):
        attach(desk, picture(), content())
    assert db.session.scalar(db.select(db.func.count()).select_from(Attachment)) == 0


def test_what_a_telephone_makes_of_48_megapixels_is_taken_and_shown(desk, anna):
    rows = attach(desk, picture("JPEG", (8_064, 6_048), quality=30), heic_of_48_megapixels())
    assert [row.content_type for row in rows] == ["image/jpeg", "image/heic"]
    assert [small(anna, row).size for row in rows] == [(640, 480), (640, 480)]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_what_moves_the_first_picture_is_shown(desk, anna, kind):
    (row,) = attach(desk, animated(kind))
    red, green, blue = small(anna, row).getpixel((30, 20))
    assert red < 40 < 100 < min(green, blue), "teal"


def test_a_photo_that_was_taken_upright_is_shown_upright(desk, anna):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees
    (row,) = attach(desk, picture("JPEG", (900, 600), exif=exif))
    assert small(anna, row).size == (427, 640)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_cut_off_file_is_refused_in_words_if_its_head_shows(desk, kind):
    content = noise(kind)
    with pytest.raises(MissingInput, match="«снимок 1» — повреждённое изображение, возможно, скопировано не до конца"):
        attach(desk, content[: len(content) // 2])


@pytest.mark.parametrize("kind", ["JPEG", "GIF", "HEIF"])
def test_a_file_that_turns_out_to_be_cut_off_is_tried_once(desk, anna, monkeypatch, kind):
    content = noise(kind)
    (row,) = attach(desk, content[: len(content) // 2])
    _is_tried_once(anna, row, monkeypatch)
    assert anna.get(f"/files/{row.id}").data == content[: len(content) // 2], "the file itself can still be had"


def test_a_hostile_file_of_before_ends_no_process_and_is_tried_once(desk, anna, monkeypatch):
    row = attach_unchecked(desk, monkeypatch, hostile_webp(), "WEBP")
    _is_tried_once(anna, row, monkeypatch)


def _is_tried_once(browser, row: Attachment, monkeypatch) -> None:
    tried = []
    draw = files.drawn_small
    monkeypatch.setattr(files, "drawn_small", lambda *how: tried.append(how) or draw(*how))
    for _ in range(3):
        answer = browser.get(f"/files/{row.id}/small")
        assert (answer.status_code, "Файл не найден." in answer.text) == (404, True)
    assert len(tried) == 1


def test_where_no_process_can_be_started_it_is_tried_again(desk, anna, monkeypatch):
    (row,) = attach(desk, picture(size=(61, 43)))

    def no_process(*_how: object) -> None:
        raise BlockingIOError("no more processes")

    with monkeypatch.context() as patched:
        patched.setattr(files, "drawn_small", no_process)
        assert anna.get(f"/files/{row.id}/small").status_code == 500
    assert small(anna, row).size == (61, 43)


def test_the_file_for_the_police_says_what_cannot_be_drawn(desk, monkeypatch):
    message = desk.in_status(Status.NEW)
    hostile = Upload("снимок.webp", hostile_webp())
    with monkeypatch.context() as patched:
        patched.setattr(files, "look_at", lambda contents: ["WEBP" for _ in contents])
        closing.exclude_message(
            message.id, message.version, ground="threat", note="", actor=desk.vera, now=NOW, screenshots=[hostile]
        )
    made = acts_rows.police_file(
        None, [proof_of_message(message.id)], network="ВКонтакте", actor=desk.vera, now=NOW, zone=NOW.tzinfo
    )
    told = [paragraph.text for paragraph in docx.Document(io.BytesIO(made)).paragraphs]
    assert "Снимок не открывается: приложите файл из системы." in told


def test_one_that_ends_the_reader_is_refused_and_the_others_are_taken(monkeypatch):
    reader = pictures.run_child

    def dies_of_the_second(module, arguments, limits, out, given):
        if len(arguments) == 4:  # look, and three sizes
            return reader(module, arguments[:2], limits, out, given)
        return reader(module, arguments, limits, out, given)

    monkeypatch.setattr(pictures, "run_child", dies_of_the_second)
    first, second, third = look_at([picture(), picture("GIF", mode="P"), picture("JPEG")])
    assert (first, third) == ("PNG", "JPEG")
    assert "повреждённое изображение" in str(second)


def test_one_that_takes_too_long_is_refused(desk, monkeypatch):
    monkeypatch.setattr(pictures, "LIMITS", ChildLimits(wall_seconds=0.001))
    (found,) = look_at([picture()])
    assert "слишком сложное изображение" in str(found)
    path = stored_path("cd" * 32)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture())
    assert files.preview("cd" * 32) is None


def test_a_refused_form_keeps_the_pictures_that_are_fit(desk):
    uploads = [Upload("a.png", picture()), Upload("b.webp", hostile_webp()), Upload("c.png", b""), Upload("d", b"x")]
    kept = files.set_aside(uploads, 1)
    assert [one.filename for one in kept] == ["a.png"]


def test_looking_at_a_picture_makes_no_other_person_wait(desk, monkeypatch):
    """A look starts a process; on SQLite other people could not write during it."""
    look, writing = files.look_at, []

    def watched(contents):
        writing.append(bool(db.session().info.get("osm_in_transaction")))
        return look(contents)

    monkeypatch.setattr(files, "look_at", watched)
    attach(desk, picture())
    message = desk.in_status(Status.NEW)
    shots = [Upload("a.png", picture())]
    closing.exclude_message(
        message.id, message.version, ground="threat", note="", actor=desk.vera, now=NOW, screenshots=shots
    )
    entry.enter_message(text="Яма", network="vk", url="", place="", topic_id=None, author_name="", author_url="",
                        high=False, published_at=None, photos=shots, actor=desk.vera, now=NOW)  # fmt: skip
    assert writing == [False, False, False]
    assert db.session.scalars(db.select(Message).where(Message.text == "Яма")).one().attachments


def test_no_process_that_serves_can_open_a_picture():
    code = (
        "import sys, osm.serve.processes, osm.jobs.lanes, osm.shell.frame, osm.cli\n"
        "from importlib import import_module; from osm.shell import frame\n"
        "for name in (*frame.BASE, *frame.SCREENS): import_module(name)\n"
        "sys.exit(any(name.split('.')[0] in ('PIL', 'pillow_heif', '_pillow_heif') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
