"""The site as files in a folder, for sites that only take files: each appears whole, only what changed is written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from osm.failures import why
from osm.services.errors import ServiceError
from osm.services.official.site import SiteFile
from osm.store.durable import Busy, locked, replacing

KEPT_BY = ".osm-site.json"
"""Names of the files that the export has written: what it no longer makes it takes away, and nothing else."""
_PART, _LOCK = ".osm-part-", ".osm-lock"
_READABLE = 0o644
"""By the server of the site."""


@dataclass(frozen=True, slots=True)
class Exported:
    """How many files were written, were right already, were taken away."""

    written: int
    unchanged: int
    removed: int


def export_files(files: Mapping[str, SiteFile], folder: Path) -> Exported:
    """Bring the folder to these files. ServiceError says what could not be written; what was written is whole.

    Data first, pages last: whoever reads meanwhile finds behind every link what it promises.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / _LOCK):
            for part in folder.rglob(f"{_PART}*"):
                part.unlink(missing_ok=True)  # of an export that was ended
            before = _names(folder)
            _remember(folder, before | set(files))
            written = sum(_put(folder / name, files[name].content) for name in sorted(files, key=_data_first))
            gone = before - set(files)
            for name in gone:
                (folder / name).unlink(missing_ok=True)
            _remember(folder, set(files))
            return Exported(written, len(files) - written, len(gone))
    except Busy:
        raise ServiceError(f"В папку {folder} сейчас пишет другая команда. Повторите, когда она закончит.") from None
    except OSError as error:
        raise ServiceError(f"В папку {folder} не удалось записать: {why(error)}. Прежние файлы целы.") from error


def _data_first(name: str) -> tuple[int, str]:
    return (1 if name.endswith(("meta.csv", "list.csv")) else 2 if name.endswith(".html") else 0), name


def _put(file: Path, content: bytes) -> bool:
    """Whether it had to be written."""
    if file.is_file() and file.read_bytes() == content:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    with replacing(file, _PART) as part:
        part.write(content)
        Path(part.name).chmod(_READABLE)
    return True


def _names(folder: Path) -> set[str]:
    """What an earlier export has written here; only names inside the folder."""
    try:
        found = json.loads((folder / KEPT_BY).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return set()
    names = [name for name in found if isinstance(name, str)] if isinstance(found, list) else []
    return {name for name in names if not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts}


def _remember(folder: Path, names: set[str]) -> None:
    _put(folder / KEPT_BY, (json.dumps(sorted(names), ensure_ascii=False, indent=1) + "\n").encode())
