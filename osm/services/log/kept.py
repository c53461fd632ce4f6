"""Seals kept elsewhere, where who forges the log does not reach: in a backup, in the journal of the system."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from osm.failures import why
from osm.services.errors import ServiceError
from osm.services.log.seal_file import SealFile
from osm.store.archive import Archive, EncryptedArchive
from osm.store.manifest import BadArchive
from osm.store.models import EventSeal
from osm.store.portable import Column, Table


class NothingToCompare(ServiceError):
    """The file holds no seals; nothing was compared."""


def kept_seals(path: Path) -> list[dict[str, Any]]:
    """The seals of a backup, or of lines of JSON: a saved part of the system's journal, a copy of the file of seals.

    Raises NothingToCompare.
    """
    try:
        lines = [] if zipfile.is_zipfile(path) else list(SealFile(path).lines())
        seals = [line for line in lines if "sealed_at" in line and "restored_at" not in line]
        if not seals:
            with Archive(path) as archive:
                seals = seals_of(archive)
    except EncryptedArchive as error:
        raise NothingToCompare(f"{error} Укажите файл с закрытым ключом: --identity ФАЙЛ. Журнал не сверен.") from error
    except BadArchive as error:
        raise NothingToCompare(f"{error} Журнал не сверен.") from error
    except OSError as error:
        raise NothingToCompare(f"Файл {path} не прочитать ({why(error)}). Журнал не сверен.") from error
    if not seals:
        raise NothingToCompare(f"В файле {path} нет печатей журнала. Журнал не сверен.")
    return sorted(seals, key=lambda seal: seal["number"])


def seals_of(archive: Archive) -> list[dict[str, Any]]:
    """The seals of a backup. Raises BadArchive."""
    names = EventSeal.__table__.columns.keys()
    table = Table(EventSeal.__tablename__, tuple(Column(name, "") for name in names), ("number",))
    archive.verify()
    return [dict(zip(names, row, strict=True)) for row in archive.rows(table)]
