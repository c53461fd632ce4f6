"""The sources of imports: their names, the time of their files, and the columns that are kept for the next file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from osm.extensions import db
from osm.regulation.errors import MissingInput
from osm.services.edits import locked
from osm.services.imports import staging
from osm.services.imports.runs import TIMES, source_name
from osm.services.log.log import Change, record
from osm.store.models import ImportSource, User
from osm.store.transaction import transaction


def edit_source(
    source_id: int,
    version: int,
    *,
    name: str,
    times: str,
    columns: Mapping[str, str],
    actor: User | None,
    now: datetime,
) -> ImportSource:
    """Another name, time or columns; `columns`: field → number of its column from 0, "" for none.

    Files that were already loaded stay as they are. Raises MissingInput, StaleVersion.
    """
    if not name.strip():
        raise MissingInput("name", "Укажите название источника.")
    name = _free_name(name, source_id)
    if times not in TIMES:
        raise MissingInput("times", "Выберите, по какому времени даты в файлах: местному или московскому.")
    try:
        with transaction():
            source = locked(ImportSource, source_id, version, "Источник")
            changes: dict[str, Change] = {"times": (source.times, times)}
            if source.name != name:
                changes["name"] = ("changed", True)
            if source.mapping and columns:
                mapping = staging.corrected(source.mapping, columns)
                changes["columns"] = (_columns(source.mapping), _columns(mapping))
                source.mapping = mapping
            source.name, source.times = name, times
            _raise_version("edit_source", source, changes, actor, now)
            return source
    except IntegrityError:
        raise _taken() from None


def forget_columns(source_id: int, version: int, *, actor: User | None, now: datetime) -> ImportSource:
    """The columns of the next file are found anew, as for a source that was never loaded. Raises StaleVersion."""
    with transaction():
        source = locked(ImportSource, source_id, version, "Источник")
        changes: dict[str, Change] = {"columns": (_columns(source.mapping), [])}
        source.mapping = {}
        _raise_version("forget_columns", source, changes, actor, now)
        return source


def _free_name(name: str, source_id: int) -> str:
    try:
        name = source_name(name)
    except MissingInput as error:
        raise MissingInput("name", str(error)) from None
    if db.session.scalar(select(ImportSource.id).where(ImportSource.name == name, ImportSource.id != source_id)):
        raise _taken()
    return name


def _taken() -> MissingInput:
    return MissingInput("name", "Источник с таким названием уже есть. Назовите иначе.")


def _columns(mapping: Mapping[str, object]) -> list[str]:
    """Codes of fields with the numbers of their columns: headings are texts of other people and stay out of the log."""
    fields = mapping.get("fields", {})
    assert isinstance(fields, dict), "as Mapping.to_json makes it"
    return [f"{name}:{choice['column']}" for name, choice in sorted(fields.items()) if choice["column"] is not None]


def _raise_version(
    action: str, source: ImportSource, changes: Mapping[str, Change], actor: User | None, now: datetime
) -> None:
    source.version += 1
    record(
        action,
        at=now,
        actor=actor,
        changes={"version": (source.version - 1, source.version), **changes},
        object_kind="import_source",
        object_id=source.id,
    )
