"""One file that holds an installation: every table as lines of JSON, every upload, and a manifest with their hashes.

It is a ZIP: a person can look into it with what any computer has. The manifest is written last and names every
member with its size and SHA-256; what it does not name is not read.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Self

from osm.store.portable import Row, Table

FORMAT, FORMAT_VERSION = "osm-backup", 1
MANIFEST = "manifest.json"

_PIECE = 1024 * 1024
_LONGEST_MANIFEST = 256 * 1024 * 1024
_TABLE = re.compile(r"tables/[a-z_0-9]{1,63}\.jsonl")
_FILE = re.compile(r"(seals\.jsonl|(uploads|imports)(/[0-9A-Za-z_.-]+){1,4})")


class BadArchive(Exception):
    """The file is no archive of ours, or not whole; `str(error)` is what to tell the person, in Russian."""


class ArchiveWriter:
    """Fills a file that is open: `with ArchiveWriter(file) as writer`. Nobody accepts it without `finish`."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3)
        self.tables: list[dict[str, Any]] = []
        self.files: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError, ValueError):  # the file may be the reason why it is not finished
            self._zip.close()

    def add_table(self, table: Table, rows: Iterable[Row]) -> Iterator[None]:
        """Write the rows of a table; gives the turn back before the first and after each."""
        yield
        digest, count = hashlib.sha256(), 0
        with self._zip.open(_table_member(table.name), "w", force_zip64=True) as member:
            for row in rows:
                line = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
                digest.update(line)
                member.write(line)
                count += 1
                yield
        columns = [[column.name, column.kind] for column in table.columns]
        self.tables.append({"name": table.name, "columns": columns, "rows": count, "sha256": digest.hexdigest()})

    def add_file(self, name: str, path: Path, size: int | None = None) -> Iterator[None]:
        """Copy a file, of one that grows its first `size` bytes. Pictures are packed already. Raises OSError."""
        info = zipfile.ZipInfo(name)
        digest, written = hashlib.sha256(), 0
        with path.open("rb") as source, self._zip.open(info, "w", force_zip64=True) as member:
            while piece := source.read(_PIECE if size is None else min(_PIECE, size - written)):
                digest.update(piece)
                member.write(piece)
                written += len(piece)
                yield
        self.files.append({"name": name, "size": written, "sha256": digest.hexdigest()})

    def finish(self, facts: Mapping[str, Any]) -> None:
        """Write the manifest with what else is to be known, and close the archive."""
        manifest = {"format": FORMAT, "format_version": FORMAT_VERSION, **facts}
        manifest |= {"tables": self.tables, "files": self.files}
        self._zip.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
        self._zip.close()


class Archive:
    """An archive to read: `with Archive(path) as archive`. Raises BadArchive, also from every method, and OSError."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except zipfile.BadZipFile as error:
            raise BadArchive(
                "Это не резервная копия ОСМ, или файл скопирован не до конца: он не открывается как архив."
            ) from error
        self.facts = self._manifest()
        self._tables = {table["name"]: table for table in self.facts["tables"]}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    @property
    def revision(self) -> str:
        """The migration at which the database stood."""
        return str(self.facts["revision"])

    @property
    def counts(self) -> dict[str, int]:
        """Rows by table."""
        return {name: table["rows"] for name, table in self._tables.items()}

    @property
    def files(self) -> list[str]:
        """The names of the files, with the folder in which they lie."""
        return [file["name"] for file in self.facts["files"]]

    def verify(self) -> None:
        """Read everything once and compare it with the manifest."""
        for _ in self.checks():
            pass

    def checks(self) -> Iterator[None]:
        """The same, with the turn given back after each piece."""
        for table in self._tables.values():
            lines = yield from self._check(_table_member(table["name"]), table["sha256"], None)
            if lines != table["rows"]:
                raise _damaged(_table_member(table["name"]))
        for file in self.facts["files"]:
            yield from self._check(file["name"], file["sha256"], file["size"])

    def rows(self, table: Table) -> Iterator[Row]:
        """The rows of a table, with their values in the order of its columns."""
        stored = self._tables.get(table.name)
        if stored is None:
            return
        places = {name: place for place, (name, _) in enumerate(stored["columns"])}
        if places.keys() != set(table.names):
            raise BadArchive(f"В копии у таблицы {table.name} другие столбцы, чем должны быть в её версии базы.")
        order = [places[name] for name in table.names]
        with self._opened(_table_member(table.name)) as member:
            for line in member:
                row = json.loads(line)
                yield [row[place] for place in order]

    def extract(self, name: str, target: IO[bytes]) -> None:
        """Write a file out."""
        with self._opened(name) as member:
            while piece := member.read(_PIECE):
                target.write(piece)

    def _opened(self, name: str) -> IO[bytes]:
        try:
            return self._zip.open(name)
        except (KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise _damaged(name) from error

    def _check(self, name: str, sha256: str, size: int | None) -> Generator[None, None, int]:
        """Compare a member with its hash (and size); the answer is the number of its lines."""
        digest, read, lines = hashlib.sha256(), 0, 0
        try:
            with self._opened(name) as member:
                while piece := member.read(_PIECE):
                    digest.update(piece)
                    read += len(piece)
                    lines += piece.count(b"\n")
                    yield
        except (zipfile.BadZipFile, EOFError, ValueError, OSError, zlib.error) as error:
            raise _damaged(name) from error
        if digest.hexdigest() != sha256 or size not in (None, read):
            raise _damaged(name)
        return lines

    def _manifest(self) -> dict[str, Any]:
        foreign = BadArchive("Это не резервная копия ОСМ: в архиве нет её описи.")
        try:
            if self._zip.getinfo(MANIFEST).file_size > _LONGEST_MANIFEST:
                raise foreign
            facts = json.loads(self._zip.read(MANIFEST))
        except KeyError as error:
            raise foreign from error
        except (zipfile.BadZipFile, EOFError, ValueError, OSError, RuntimeError, zlib.error) as error:
            raise _damaged(MANIFEST) from error
        if not isinstance(facts, dict) or facts.get("format") != FORMAT:
            raise foreign
        if facts.get("format_version") != FORMAT_VERSION:
            raise BadArchive(
                f"Копия записана более новой программой (вид архива {facts.get('format_version')}). "
                "Восстановите её той же или более новой версией ОСМ."
            )
        if not _well_formed(facts):
            raise _damaged(MANIFEST)
        return facts


def _well_formed(facts: Mapping[str, Any]) -> bool:
    """Whether the manifest says what is needed, and names nothing that lies elsewhere than in our folders."""
    try:
        tables, files = facts["tables"], facts["files"]
        names = [_table_member(table["name"]) for table in tables] + [file["name"] for file in files]
        return (
            all(isinstance(facts[name], str) for name in ("revision", "made_at", "key_id", "database"))
            and all(isinstance(table["rows"], int) and isinstance(table["sha256"], str) for table in tables)
            and all(len(column) == 2 for table in tables for column in table["columns"])
            and all(isinstance(file["size"], int) and isinstance(file["sha256"], str) for file in files)
            and all(_TABLE.fullmatch(name) or _FILE.fullmatch(name) for name in names)
            and not any(part.strip(".") == "" for name in names for part in name.split("/"))
            and len(set(names)) == len(names)
        )
    except (KeyError, TypeError, AttributeError):
        return False


def is_file_name(name: str) -> bool:
    """Whether a file of the data directory has a name under which an archive takes it up."""
    return bool(_FILE.fullmatch(name))


def _table_member(name: str) -> str:
    return f"tables/{name}.jsonl"


def _damaged(member: str) -> BadArchive:
    return BadArchive(f"Резервная копия повреждена («{member}»): она изменилась после записи или скопирована не вся.")
