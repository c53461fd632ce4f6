"""Any damage to an archive is reported in words before anything is replaced, at any byte and in any field."""

from __future__ import annotations

import hashlib
import json
import os
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from osm.keeping.acts.restore import RestoreRefused, RestoreUnfinished
from osm.serve.start import prepare
from osm.store.archive import Archive, ArchiveWriter
from osm.store.portable import BadArchive, Column, Table
from tests.by_day import by_day

from .installations import Installation, installed
from .test_archives_refused import repacked, with_facts, with_file
from .test_backup_and_restore import carried

pytestmark = pytest.mark.sqlite

NESTED = b"[" * 5000 + b"]" * 5000
FACTS = {"revision": "r0001", "database": "sqlite", "made_at": "2026-11-25T02:00:00+00:00", "key_id": "0" * 16}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A whole archive of a few kilobytes."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "upload").write_bytes(os.urandom(1500))
    table = Table("topic", (Column("id", "whole"), Column("name", "text")), ("id",))
    with (folder / "osm.zip").open("wb") as file, ArchiveWriter(file) as writer:
        list(writer.add_table(table, [[number, f"Тема {number}"] for number in range(30)]))
        list(writer.add_file("uploads/ab/cd", folder / "upload"))
        writer.finish(FACTS, lambda manifest: "0" * 64)
    with Archive(folder / "osm.zip") as archive:
        archive.verify()
    return (folder / "osm.zip").read_bytes()


def contents(path: Path) -> Any:
    """All that a restore reads from an archive. Raises BadArchive."""
    with Archive(path) as archive:
        archive.verify()
        return archive.manifest, archive.signature


def test_cut_off_anywhere_it_is_refused(small, tmp_path):
    path = tmp_path / "osm.zip"
    for length in range(len(small)):
        path.write_bytes(small[:length])
        with pytest.raises(BadArchive):
            contents(path)


@pytest.mark.parametrize("change", by_day([0x80, 0x01, 0xFF]))
def test_with_any_byte_changed_it_is_refused_or_says_the_same(change, small, tmp_path):
    path = tmp_path / "osm.zip"
    path.write_bytes(small)
    whole, same = contents(path), 0
    for place in range(len(small)):
        path.write_bytes(small[:place] + bytes([small[place] ^ change]) + small[place + 1 :])
        try:
            found = contents(path)
        except BadArchive:
            continue
        # Dates of members and the like do not matter; a changed signature does not pass `origin_of`.
        assert found[0] == whole[0], place
        same += 1
    assert same < len(small) / 4


def test_pieces_left_out_or_doubled_are_noticed(small, tmp_path):
    path = tmp_path / "osm.zip"
    path.write_bytes(small)
    whole = contents(path)
    for place in range(0, len(small), 64):
        for spoilt in (small[:place] + small[place + 64 :], small[:place] + small[place : place + 64] + small[place:]):
            path.write_bytes(spoilt)
            try:
                assert contents(path) == whole, place
            except BadArchive:
                continue


# --- A restore of an archive made by hand, with a valid signature


@pytest.fixture(scope="module")
def full(
    template: Callable[[str], str], backend: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """An installation with data that a refusal must not change."""
    with ExitStack() as stack:
        full = installed(stack, backend, tmp_path_factory.mktemp("full") / "data", template(backend))
        full.write(1)
        yield full


def refused(full: Installation, path: Path, words: str = "Ничего не изменено") -> None:
    before = full.contents()
    with pytest.raises(RestoreRefused, match=words) as refusal:
        full.restore(path)
    assert "Ничего не изменено." in str(refusal.value)
    assert (full.contents(), full.files(), full.leftovers()) == (before, {}, [])
    assert not list(full.folder.glob("scratch-*"))


def first_table(**changed: object) -> Callable[[str, bytes], bytes]:
    def change(name: str, content: bytes) -> bytes:
        if name != "manifest.json":
            return content
        facts = json.loads(content)
        facts["tables"][0] |= changed
        return json.dumps(facts).encode()

    return change


def what_is_wrong(name: str) -> str:
    """Names that end in a value are of one kind."""
    return re.sub(r" (b?['\"\[{<(]|-?\d|None|True).*", "", name)


def manifest(content: bytes) -> Callable[[str, bytes], bytes]:
    return lambda name, old: content if name == "manifest.json" else old


NONSENSE: dict[str, Callable[[str, bytes], bytes | None]] = {
    **{
        f"made_at {value!r}": with_facts(made_at=value)
        for value in (
            "вчера",
            "",
            "2026-13-45",
            "2026-11-25",
            "2026-11-25T02:00:00",
            "9999-12-31T23:59:59-23:00",
            "0001-01-01T00:00:00+23:00",
            7,
            None,
            [],
        )
    },
    **{
        f"missing_files {value!r}": with_facts(missing_files=value)
        for value in ("x", "7", -1, 1.5, True, None, 10**30, [])
    },
    **{f"key_id {value!r}": with_facts(key_id=value) for value in (7, None, "", {}, "х" * 10**6)},
    **{f"revision {value!r}": with_facts(revision=value) for value in (28, "", "../r0001", ["r0001"], "\x00")},
    **{f"version {value!r}": with_facts(format_version=value) for value in ("1", 1.0, True, None, -1, [])},
    **{
        f"tables {value!r}": with_facts(tables=value)
        for value in ({}, [], "tables", None, [None], [[]], ["topic"], [{}], [{"name": "topic"}], {"a": 1})
    },
    **{f"files {value!r}": with_facts(files=value) for value in (None, 7, "files", [None], [{}], [["uploads/a"]])},
    **{f"table name {value!r}": first_table(name=value) for value in (3, None, "", "Topic", "a/b", "../x", "a" * 99)},
    **{f"rows {value!r}": first_table(rows=value) for value in (-1, "1", 1.0, True, None, 10**30)},
    **{
        f"columns {value!r}": first_table(columns=value)
        for value in (None, 7, "ab", [], [[]], ["id"], [["id"]], [[1, "whole"]], [["id", "whole"]] * 2, {"id": 1})
    },
    **{f"table hash {value!r}": first_table(sha256=value) for value in (None, 7, "", "0" * 63, "Z" * 64)},
    **{f"size {value!r}": with_file(size=value) for value in (-1, "1", 1.0, True, None, 10**30, 2**60)},
    **{
        f"file name {value!r}": with_file(name=value)
        for value in (None, 7, "", "uploads", "uploads/", "uploads/.", "uploads/..", "uploads//a", "uploads/a/../../b")
    },
    "two files of one name": lambda name, content: (
        json.dumps((facts := json.loads(content)) | {"files": facts["files"][:1] * 2}).encode()
        if name == "manifest.json"
        else content
    ),
    "a manifest that is no JSON": manifest(b"{"),
    "a manifest in another encoding": manifest("{«опись»}".encode("cp1251")),
    "a manifest that is a list": manifest(b"[]"),
    "a manifest of nothing but brackets": manifest(NESTED),
    "an endless number": manifest(b'{"format": ' + b"9" * 5000 + b"}"),
}


@pytest.mark.parametrize("name", by_day(NONSENSE, kind=what_is_wrong))
def test_nonsense_in_the_manifest_is_refused_before_anything_is_replaced(name, full, archive, tmp_path):
    refused(full, repacked(archive, tmp_path / "bad.zip", NONSENSE[name]))


def rows_of(table: str, content: bytes | Callable[[list[Any]], list[Any]]) -> Callable[..., bytes]:
    """Replace the rows of a table, or change its first row, and correct the manifest."""
    rows = {}

    def change(name: str, old: bytes) -> bytes:
        if name == f"tables/{table}.jsonl":
            first, _, rest = old.partition(b"\n")
            new = json.dumps(content(json.loads(first))).encode() + b"\n" + rest if callable(content) else content
            rows.update(rows=new.count(b"\n"), sha256=hashlib.sha256(new).hexdigest())
            return new
        if name == "manifest.json":
            facts = json.loads(old)
            next(entry for entry in facts["tables"] if entry["name"] == table).update(rows)
            return json.dumps(facts).encode()
        return old

    return change


def value(place: int, new: Any) -> Callable[[list[Any]], list[Any]]:
    return lambda row: [*row[:place], new, *row[place + 1 :]]


ROWS: dict[str, Callable[..., bytes]] = {
    **{
        f"a line that is {line[:20]!r}": rows_of("topic", line + b"\n")
        for line in (b"", b"7", b"{}", b"null", b"[", b"[1]", b"\xff\xfe", b'"a"', NESTED)
    },
    **{f"an id that is {new!r}"[:60]: rows_of("topic", value(0, new)) for new in ("x", 10**30, [], {}, True, 1.5)},
    **{f"a name that is {new!r}"[:60]: rows_of("topic", value(1, new)) for new in (7, [], {}, True, "\ud800", None)},
    **{
        f"an instant that is {new!r}": rows_of("event", value(1, new))
        for new in ("вчера", "", 7, "2026-13-01T00:00:00", None, [])
    },
    "a parent that is not there": rows_of("user_role", value(0, 4711)),
}


@pytest.mark.parametrize("name", by_day(ROWS, kind=what_is_wrong))
def test_rows_that_no_office_has_written_are_refused(name, full, archive, tmp_path):
    refused(full, repacked(archive, tmp_path / "bad.zip", ROWS[name]))


@pytest.mark.parametrize("line", [NESTED, b'{"number": 1' + b"0" * 30 + b', "first_id": 1, "last_id": 1, "mac": ""}'])
def test_seals_that_would_stop_the_program_are_refused(line, full, archive, tmp_path):
    def change(name: str, old: bytes) -> bytes:
        if name == "seals.jsonl":
            return line
        if name != "manifest.json":
            return old
        facts = json.loads(old)
        told = {"size": len(line), "sha256": hashlib.sha256(line).hexdigest()}
        next(entry for entry in facts["files"] if entry["name"] == "seals.jsonl").update(told)
        return json.dumps(facts).encode()

    refused(full, repacked(archive, tmp_path / "bad.zip", change), "seals.jsonl")


def test_a_member_that_is_there_twice_is_refused(full, archive, tmp_path):
    path = repacked(archive, tmp_path / "bad.zip", lambda _name, content: content)
    with zipfile.ZipFile(path, "a") as added, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        added.writestr("tables/topic.jsonl", added.read("tables/topic.jsonl"))
    refused(full, path, "topic")


def test_links_and_names_that_lead_elsewhere_are_never_unpacked(full, archive, install, tmp_path):
    path = repacked(archive, tmp_path / "osm.zip", lambda _name, content: content)
    link = zipfile.ZipInfo("uploads/link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as added:
        added.writestr(link, "/etc/passwd")
        added.writestr("../outside", b"x")
        added.writestr("uploads/../../outside", b"x")
    new = install("new")
    new.restore(path)
    assert not (new.folder / "uploads" / "link").is_symlink()
    assert not list(tmp_path.rglob("outside"))


def test_what_the_disk_cannot_hold_is_refused_before_it_is_unpacked(full, archive, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _path: type("Usage", (), {"free": 1000})())
    refused(full, archive, "места")


def test_a_migration_that_fails_on_foreign_rows_is_a_refusal(full, archive, monkeypatch):
    def failing(*_: object) -> None:
        raise KeyError("old form")

    monkeypatch.setattr("osm.store.schema.set_counters", failing)
    refused(full, archive, "Копия не подходит")


def test_files_that_could_not_follow_the_database_are_said_and_follow_at_the_next_start(
    office, archive, install, monkeypatch
):
    def full_disk(*_: object) -> None:
        raise OSError(28, "full")

    new = install("new")
    with monkeypatch.context() as broken:
        broken.setattr(Path, "rename", full_disk)
        with pytest.raises(RestoreUnfinished, match="файлы ещё не на месте: на диске нет места"):
            new.restore(archive)
    assert new.leftovers() != []
    prepare(new.app)
    assert carried(new.contents()) == carried(office.contents())
    assert (new.files(), new.leftovers()) == (office.files(), [])
