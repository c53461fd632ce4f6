"""Templates of the forms for the region (ЦУР): looked at in a child process, replaced by the office, filled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import PurePath

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from osm.documents.forms import Appendix, FormRefused, run_filling, run_looking
from osm.extensions import db
from osm.regulation.errors import MissingInput, StaleVersion
from osm.services.files.attachments import Upload, sha256_of, stored_path
from osm.services.log.log import record
from osm.services.reports.form_fields import CORRECTION_FIELDS, CORRECTIONS, FIELDS, LIST_FIELDS, Values
from osm.store.durable import write_whole
from osm.store.models import FormKind, ReportForm, User
from osm.store.transaction import transaction

MAX_BYTES = 2 * 1024 * 1024
KIND = "report_form"
_CORRECTED = Appendix(CORRECTIONS, "Уточнено после отправки", CORRECTION_FIELDS)


def _own_form(kind: FormKind) -> bytes:
    from osm.documents import own_forms  # its library opens pictures, which no process that serves may do

    return own_forms.daily() if kind is FormKind.DAILY else own_forms.weekly()


def form_of(kind: FormKind) -> ReportForm | None:
    """The office's row, where it has changed anything yet."""
    return db.session.scalar(select(ReportForm).where(ReportForm.kind == kind))


def template_of(kind: FormKind) -> bytes:
    """The office's template, else the product's. Raises OSError where the file is gone."""
    row = form_of(kind)
    return stored_path(row.sha256).read_bytes() if row and row.sha256 else _own_form(kind)


def version_of(kind: FormKind) -> int:
    """Of the template; 0: nobody has changed it yet."""
    row = form_of(kind)
    return row.version if row else 0


def fill(kind: FormKind, values: Values) -> bytes:
    """The form as XLSX. Raises MissingInput where the template cannot be filled any more."""
    with _template_refused():
        return run_filling(template_of(kind), values.fields, values.lists, _CORRECTED)


def asked_by(kind: FormKind) -> list[str]:
    """The fields of the template, as `fill` reads it."""
    with _template_refused():
        return run_looking(template_of(kind))


@contextmanager
def _template_refused() -> Iterator[None]:
    try:
        yield
    except (FormRefused, FileNotFoundError) as error:
        why = error if isinstance(error, FormRefused) else "файл не найден"
        raise MissingInput("file", f"Форма не заполнена: {why}. Замените шаблон в «Управлении».") from None


def replace_form(kind: FormKind, version: int, *, upload: Upload | None, actor: User, now: datetime) -> ReportForm:
    """Put the office's template in the place of the one before. `version` 0: nobody has changed it yet."""
    if upload is None or not upload.content:
        raise MissingInput("file", "Выберите файл XLSX.")
    _check(upload)
    sha256 = sha256_of(upload.content)
    if not stored_path(sha256).exists():
        write_whole(stored_path(sha256), upload.content)
    name = PurePath(upload.filename.replace("\\", "/")).name
    clean = "".join(character for character in name if character.isprintable())[-200:]
    return _change("replace_form", kind, version, clean or "форма.xlsx", sha256, actor, now)


def restore_form(kind: FormKind, version: int, *, actor: User, now: datetime) -> ReportForm:
    """Fill the product's own template again; the office's file stays where it lies."""
    return _change("restore_form", kind, version, "", "", actor, now)


def _check(upload: Upload) -> None:
    """Raises MissingInput where the file cannot be filled, or asks for what nobody knows."""
    if len(upload.content) > MAX_BYTES:
        raise MissingInput("file", f"Файл больше {MAX_BYTES // 1024 // 1024} МБ. Шаблон остался прежним.")
    try:
        asked = run_looking(upload.content)
    except FormRefused as error:
        raise MissingInput("file", f"Шаблон остался прежним: {error}.") from None
    if unknown := [name for name in asked if name not in {*FIELDS, *LIST_FIELDS}]:
        shown = ", ".join(f"{{{{{name}}}}}" for name in unknown[:5])
        raise MissingInput("file", f"Шаблон остался прежним. Таких полей нет: {shown}. Список полей — ниже.")
    if not asked:
        raise MissingInput("file", "Шаблон остался прежним: в файле нет ни одного поля, например {{поступило}}.")


def _change(
    action: str, kind: FormKind, version: int, filename: str, sha256: str, actor: User, now: datetime
) -> ReportForm:
    try:
        with transaction() as session:
            row = session.scalar(select(ReportForm).where(ReportForm.kind == kind).with_for_update())
            if version != (row.version if row else 0):
                raise StaleVersion(version, row.version if row else 0)
            was = row.sha256 if row else ""
            with session.no_autoflush:
                row = row or ReportForm(kind=kind)
                row.version, row.filename, row.sha256 = version + 1, filename, sha256
                row.changed_at, row.changed_by_id = now, actor.id
                session.add(row)
            session.flush()
            changes = {"sha256": (was or None, sha256 or None), "version": (version, row.version)}
            record(action, at=now, actor=actor, object_kind=KIND, object_id=row.id, changes=changes)
            return row
    except IntegrityError:  # two were the first at once
        raise StaleVersion(version, version + 1) from None
