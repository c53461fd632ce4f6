"""A disk that accepts no writes: people are informed, pages are still shown, and nothing half-written stays behind."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import event, update
from sqlalchemy.exc import OperationalError

from osm.base.database import db
from osm.base.durable import Disk
from osm.base.transaction import is_no_room, transaction
from osm.files.acts.files import Upload, keep, looked_at, preview, uploads_dir
from osm.models import User
from osm.regulation.words import Role, Status
from osm.shell.access import public
from osm.shell.errors import NO_ROOM
from osm.store.schema import set_up

from ..comments.conftest import put, the
from ..desk import NOW as AT_THE_DESK
from .routes import ROUTES, address

__all__ = ["put"]

PEOPLE = {Role.CURATOR: "anna", Role.EXECUTOR: "boris", Role.MODERATOR: "vera", Role.HEAD: "gleb", Role.ADMIN: "dina"}


def picture(colour: str = "red") -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (900, 900), colour).save(content, "JPEG")
    return content.getvalue()


@pytest.fixture
def frozen(app: Flask) -> Iterator[Callable[[], None]]:
    """Call it, and SQLite writes no more on any connection: reading works, every write is refused."""

    def refuse(driver: object, _record: object) -> None:
        driver.execute("PRAGMA query_only = ON")

    def freeze() -> None:
        db.session.remove()
        db.engine.dispose()
        event.listen(db.engine, "connect", refuse)

    with app.app_context():
        yield freeze
        db.session.remove()
        event.remove(db.engine, "connect", refuse)
        db.engine.dispose()


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Call it, and no file reaches the disk: writing fails when the file is to be kept, as on a full disk."""

    def refuse(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return lambda: monkeypatch.setattr(os, "fsync", refuse)


def everything_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.mark.sqlite
def test_a_log_in_is_refused_in_words(client, cast, frozen):
    client.token("/login")
    frozen()
    answer = client.log_in("anna", "пароль-anna")
    assert answer.status_code == 503
    assert NO_ROOM.title in answer.text
    assert "Сообщите администратору" in answer.text


@pytest.mark.sqlite
def test_an_act_is_refused_in_words_and_gives_the_typed_text_back(anna, frozen):
    anna.token()
    frozen()
    answer = anna.submit("/messages/new", {"text": "Яма на Калининской, 12", "network": "vk"})
    assert answer.status_code == 503
    assert NO_ROOM.text in answer.text
    assert "Яма на Калининской, 12" in answer.text


#: Files that leave the house are refused if their reading cannot be logged (docs/decisions/032).
LEAVES = ("xlsx", "docx", "pdf", "/admin/log/export")
PAGES = [
    (route.rule, login)
    for route in ROUTES
    if "GET" in route.methods and "static" not in route.rule and route.rule != "/readyz"
    for role, login in PEOPLE.items()
    if not route.access or role in route.access
]


@pytest.mark.sqlite
def test_every_page_is_shown_to_all_logged_in_people(app, desk, put, frozen, request):
    """Sessions have to be prolonged, messages marked as opened, readings logged, comments held."""
    numbers = [desk.in_status(status).id for status in (Status.NEW, Status.IN_WORK, Status.ON_APPROVAL)]
    put("Вы идиоты", "Спасибо")
    browsers = {login: request.getfixturevalue(login) for login in PEOPLE.values()}
    app.extensions["osm"].clock.set(AT_THE_DESK + timedelta(hours=1))
    frozen()
    failed = set()
    for rule, login in PAGES:
        for path in {address(rule.replace("<int:message_id>", str(number))) for number in numbers}:
            answer = browsers[login].get(path)
            if answer.status_code >= 500:
                assert NO_ROOM.title in answer.text
                failed.add(rule)
    assert "/messages/export.xlsx" in failed
    assert [rule for rule in failed if not rule.endswith(LEAVES)] == []


@pytest.mark.sqlite
def test_the_queue_of_comments_is_shown_without_holds(app, vera, put, frozen):
    put("Вы идиоты", "Спасибо")
    frozen()
    assert "Вы идиоты" in vera.get("/moderation").text
    assert the("-1_1").held_by_id is None


@pytest.mark.sqlite
def test_a_card_read_without_a_row_is_in_the_technical_log(desk, anna, frozen, caplog):
    number = desk.in_status(Status.IN_WORK).id
    frozen()
    assert anna.get(f"/messages/{number}").status_code == 200
    record = next(record for record in caplog.records if record.getMessage() == "the disk takes nothing")
    assert (record.not_written, record.of, record.message_id, record.person) == ("read", "card", number, anna.user_id)


SIZES = ("page_count", "freelist_count", "page_size")


@pytest.mark.sqlite
def test_a_full_database_is_what_it_says(app, cast):
    """SQLite's own refusal, at the maximum size of the database."""
    with app.app_context():
        db.engine.dispose()
        driver = db.session.connection().connection.driver_connection
        pages, free, size = (driver.execute(f"PRAGMA {of}").fetchone()[0] for of in SIZES)
        driver.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(OperationalError) as refused, transaction() as session:
            # Earlier tests may have left many free pages.
            session.execute(update(User).values(name="я" * (100_000 + free * size)))
        db.session.remove()
        db.engine.dispose()
    assert is_no_room(refused.value)
    assert "full" in str(refused.value.orig)


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("INSERT", {}, psycopg.errors.DiskFull("could not extend file: No space left on device")),
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        OSError(errno.EROFS, "Read-only file system"),
    ],
    ids=["postgresql", "full", "quota", "read-only"],
)
def test_every_way_of_refusing_writes_gives_the_same_message(make_app, error):
    app = make_app()
    set_up(app)

    def fail() -> None:
        raise error

    app.add_url_rule("/fail", "fail", public(fail))
    answer = app.test_client().get("/fail")
    assert answer.status_code == 503
    assert NO_ROOM.title in answer.text
    assert app.test_client().get("/readyz").json["disk"] is False


def test_a_photo_that_finds_no_room_leaves_nothing(desk, boris, full_disk):
    number = desk.in_status(Status.IN_WORK).id
    before = everything_in(uploads_dir())
    boris.token()
    full_disk()
    files = [(io.BytesIO(picture()), "один.jpg")]
    answer = boris.submit(
        f"/messages/{number}/answer/photos", {"files": files, "screen": "answer", "text": "Яму засыпали вчера."}
    )
    assert answer.status_code == 503
    assert NO_ROOM.title in answer.text
    assert "Яму засыпали вчера." in answer.text
    assert everything_in(uploads_dir()) == before


def test_a_file_of_the_import_that_finds_no_room_leaves_nothing(app, anna, full_disk):
    folder = Path(app.extensions["osm"].settings.data_dir)
    before = everything_in(folder / "imports")
    anna.token()
    full_disk()
    answer = anna.submit("/imports", {"file": (io.BytesIO("Текст;Ссылка\nЯма;vk.com/wall1_1\n".encode()), "a.csv")})
    assert answer.status_code == 503
    assert NO_ROOM.title in answer.text
    assert everything_in(folder / "imports") == before


def test_a_small_picture_is_shown_though_it_cannot_be_kept(app, full_disk):
    with app.app_context():
        (kept,) = looked_at([Upload("один.jpg", picture("blue"))])
        keep([kept])
        before = everything_in(uploads_dir())
        full_disk()
        shown = preview(kept.sha256)
        assert Image.open(shown).size == (640, 640)
        assert everything_in(uploads_dir()) == before


def test_the_disk_is_asked_by_writing(tmp_path, full_disk):
    assert Disk([tmp_path]).takes_something()
    full_disk()
    assert not Disk([tmp_path]).takes_something()
    assert everything_in(tmp_path) == []


def test_frequent_questions_get_the_last_result(tmp_path, full_disk):
    disk = Disk([tmp_path])
    assert disk.takes_something()
    full_disk()
    assert disk.takes_something()
