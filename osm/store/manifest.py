"""The manifest of an archive, read with suspicion: each field has its type and bounds, or the archive is refused."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

FORMAT, FORMAT_VERSION = "osm-backup", 1
MANIFEST = "manifest.json"

_TABLE = re.compile(r"[a-z_0-9]{1,63}")
_FILE = re.compile(r"((seals|purges)\.jsonl|(uploads|imports)(/[0-9A-Za-z_.-]{1,200}){1,4})")
_HASH = re.compile(r"[0-9a-f]{64}")
_WORD = re.compile(r"[0-9A-Za-z_.+-]{1,100}")


class BadArchive(Exception):
    """The file is no archive of ours, or not whole; `str(error)` is what to tell the person, in Russian."""


@dataclass(frozen=True, slots=True)
class TableEntry:
    """A table as the archive holds it: the names of its columns in their order, how many rows, their hash."""

    name: str
    columns: tuple[str, ...]
    rows: int
    sha256: str

    @property
    def member(self) -> str:
        return table_member(self.name)


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file as the archive holds it; `name` with the folder in which it lies, `size` in bytes."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is known of an archive before any of its rows is read."""

    revision: str  # the migration of the database
    made_at: datetime
    key_id: str  # of the OSM_ENCRYPTION_KEY with which the installation worked
    missing_files: int
    tables: tuple[TableEntry, ...]
    files: tuple[FileEntry, ...]


def manifest_bytes(facts: Mapping[str, Any], tables: list[dict[str, Any]], files: list[dict[str, Any]]) -> bytes:
    manifest = {"format": FORMAT, "format_version": FORMAT_VERSION, **facts, "tables": tables, "files": files}
    return json.dumps(manifest, ensure_ascii=False, indent=1).encode()


def read_manifest(content: bytes) -> Manifest:
    """Raises BadArchive."""
    try:
        facts = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise damaged(MANIFEST) from error
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise BadArchive("Это не резервная копия ОСМ: в её описи названа другая программа.")
    version = facts.get("format_version")
    if type(version) is int and version > FORMAT_VERSION:
        raise BadArchive(
            f"Копия записана более новой программой (вид архива {version}). "
            "Восстановите её той же или более новой версией ОСМ."
        )
    try:
        if type(version) is not int or version != FORMAT_VERSION:
            raise ValueError(version)
        return _manifest(facts)
    except (LookupError, TypeError, ValueError, OverflowError) as error:
        raise damaged(MANIFEST) from error


def is_file_name(name: str) -> bool:
    """Whether a file of the data directory has a name under which an archive takes it up."""
    return bool(_FILE.fullmatch(name)) and all(part.strip(".") for part in name.split("/"))


def table_member(name: str) -> str:
    return f"tables/{name}.jsonl"


def damaged(member: str) -> BadArchive:
    return BadArchive(f"Резервная копия повреждена («{member}»): она изменилась после записи или скопирована не вся.")


def _manifest(facts: Mapping[str, Any]) -> Manifest:
    tables = tuple(
        TableEntry(
            _text(table["name"], _TABLE),
            _different(_text(name, _TABLE) for name, _kind in _list(table["columns"])),
            _count(table["rows"]),
            _text(table["sha256"], _HASH),
        )
        for table in _list(facts["tables"])
    )
    files = tuple(
        FileEntry(_text(file["name"], _FILE), _count(file["size"]), _text(file["sha256"], _HASH))
        for file in _list(facts["files"])
    )
    _different(table.name for table in tables)
    if not all(is_file_name(name) for name in _different(file.name for file in files)):
        raise ValueError("a name that leads elsewhere")
    return Manifest(
        _text(facts["revision"], _WORD), _instant(facts["made_at"]), _text(facts["key_id"], _WORD),
        _count(facts.get("missing_files", 0)), tables, files,
    )  # fmt: skip


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(value)
    return value


def _text(value: Any, form: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise ValueError(value)
    return value


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**53:  # True is an int to isinstance
        raise ValueError(value)
    return value


def _instant(value: Any) -> datetime:
    made_at = datetime.fromisoformat(value)
    if made_at.tzinfo is None or not 2000 <= made_at.year < 9000:
        raise ValueError(value)
    return made_at.astimezone(UTC)


def _different(names: Iterable[str]) -> tuple[str, ...]:
    found = tuple(names)
    if len(set(found)) != len(found):
        raise ValueError(found)
    return found
