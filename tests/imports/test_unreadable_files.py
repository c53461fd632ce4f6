"""An unreadable file leaves nothing: no run, no rows, no source, no file; and its message says what to do."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from osm.base.database import db
from osm.connectors.incident_file import FileRefused, Limits, read_file
from osm.imports.acts import files, runs
from osm.jobs.running import run_due
from osm.models import Event, ImportRow, ImportRun, ImportSource, ImportState
from osm.regulation.errors import MissingInput
from tests.connectors.files import HEADER, csv_text, locked_xls, locked_xlsx, xlsx, zipped

from .desk import NOON, Outcome, export, load, messages, rows, start, upload, work

FILES = {
    "empty": b"",
    "only blanks": b" \n \n",
    "a picture named .xlsx": b"\x89PNG\r\n\x1a\n" + bytes(200),
    "a locked XLSX": locked_xlsx(),
    "a locked XLS": locked_xls(),
    "half of a file": xlsx([HEADER, *rows(200)])[:4000],
    "a zip that is no table": zipped(readme_dot_txt="привет"),
    "NUL bytes": "Номер;Текст\n1;a".encode() + bytes(50),
    "no header": csv_text([["1", "2", "3"], ["4", "5", "6"]]).encode(),
    "an empty sheet": xlsx([]),
}


def everything(folder: Path) -> list[object]:
    tables = (ImportRun, ImportRow, ImportSource, Event)
    return [db.session.query(table).count() for table in tables] + sorted(path.name for path in folder.glob("*"))


@pytest.mark.sqlite
@pytest.mark.parametrize("name", FILES)
def test_nothing_stays_of_it(office, folder, name):
    with pytest.raises(FileRefused) as refused:
        upload(FILES[name], source="Новый источник")
    assert "Ничего не загружено" in str(refused.value)
    assert everything(folder) == [0, 0, 0, 0]


def test_a_file_over_the_limit_is_not_even_written(office, folder, monkeypatch):
    monkeypatch.setattr(files, "MAX_BYTES", 1000)
    with pytest.raises(FileRefused, match="Файл больше"):
        upload(export(*rows(20)))
    assert everything(folder) == [0, 0, 0, 0]


def test_the_page_and_the_reader_agree_on_the_limit():
    assert Limits().file_bytes == files.MAX_BYTES


def test_an_impossible_name_of_a_source_leaves_nothing(office, folder):
    with pytest.raises(MissingInput) as refused:
        upload(export(*rows(2)), source="я" * 201)
    assert refused.value.field == "source"
    assert everything(folder) == [0, 0, 0, 0]


def test_a_bad_file_leaves_a_good_one_of_the_same_content(office, folder, monkeypatch):
    """The bytes of an earlier good upload stay, although a later upload of the same bytes fails."""
    first = upload(export(*rows(2)))
    monkeypatch.setattr(runs.staging, "detect_mapping", lambda *_, **__: (_ for _ in ()).throw(FileRefused("damaged")))
    with pytest.raises(FileRefused):
        upload(export(*rows(2)))
    monkeypatch.undo()
    start(first)
    work()
    assert Outcome(first).counts == {"created": 2}


def test_a_file_gone_before_reading_fails_with_its_reason_and_no_rows(office):
    run_id = upload(export(*rows(3)))
    run = db.session.get_one(ImportRun, run_id)
    files.path_of(run.sha256).unlink()
    start(run_id)
    work()
    done = Outcome(run_id)
    assert (done.run.state, done.counts, done.rows) == (ImportState.FAILED, {}, [])
    assert "Файл не удалось открыть" in done.run.error
    assert messages() == []
    runs.discard_run(run_id, actor=None, now=NOON)
    assert db.session.query(ImportRun).count() == 0


def test_a_failed_file_can_be_loaded_again(office):
    run_id = upload(export(*rows(3)))
    files.path_of(db.session.get_one(ImportRun, run_id).sha256).unlink()
    start(run_id)
    work()
    assert load(export(*rows(3))).counts == {"created": 3}


@pytest.fixture
def room(app):
    """Where files lie while they are read, empty."""
    for left in files.room().glob("*"):
        shutil.rmtree(left)
    return files.room()


def test_what_a_killed_reader_left_behind_is_removed_after_some_hours(office, room):
    old, young, foreign = (room / name for name in ("osm-import-old", "osm-import-young", "другое"))
    for path in (old, young, foreign):
        path.mkdir(parents=True)
        (path / "rows.jsonl").write_text("[]")
    for path in (old, foreign):
        os.utime(path, (NOON.timestamp() - 7 * 3600,) * 2)
    os.utime(young, (NOON.timestamp() - 3600,) * 2)
    assert files.remove_leftovers(NOON) == 1
    assert sorted(path.name for path in room.iterdir()) == ["osm-import-young", "другое"]


def test_a_clock_far_ahead_deletes_no_folder_being_read(office, room):
    (room / "osm-import-read-now").mkdir(parents=True)
    run_due(datetime.now(UTC) + timedelta(days=400))
    assert (room / "osm-import-read-now").is_dir()


def test_another_installation_on_this_machine_deletes_nothing_and_is_not_blocked(office, room, monkeypatch, tmp_path):
    """Its computer's clock may be wrong by days: it deletes only its own files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with read_file(_kept(export(*rows(3))), room=files.room()) as book:
        theirs = tmp_path / "osm-import-of-another-installation"
        theirs.mkdir()
        files.remove_leftovers(datetime.now(UTC) + timedelta(days=2))
        assert theirs.is_dir(), "it may be in use there"
        assert book.kind == "xlsx"
    assert list(tmp_path.iterdir()) == [theirs]


@pytest.mark.parametrize("way", ["upload", "work", "comments"])
def test_nothing_of_a_file_lies_among_the_temporary_files_of_the_system(office, room, anna, monkeypatch, way):
    made = []
    real = tempfile.mkdtemp
    monkeypatch.setattr(tempfile, "mkdtemp", lambda *given, **more: made.append(real(*given, **more)) or made[-1])
    if way == "comments":
        table = xlsx(
            [["Ссылка", "Автор", "Текст", "Дата"], ["https://vk.com/wall-1_2", "Лидия", "Спасибо", "02.11.2026"]]
        )
        anna.submit(
            "/moderation/import",
            {"file": (io.BytesIO(table), "c.xlsx"), "times": "local"},
            content_type="multipart/form-data",
        )
    else:
        run_id = upload(export(*rows(3)))
        if way == "work":
            start(run_id)
            work()
    assert made
    assert {Path(one).parent for one in made} == {room}


def _kept(content):
    digest = files.digest_of(content)
    files.keep(content, digest)
    return files.path_of(digest)
