"""The memo as DOCX, by the office's own template where there is one; the template is checked before it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete

from osm.documents import filling
from osm.documents.in_child import ContentRefused
from osm.documents.memo import FIELDS, SAMPLE, annex_of, own_template
from osm.extensions import db
from osm.regulation.errors import MissingInput
from osm.regulation.words import Role
from osm.services.errors import NotYours, ServiceError
from osm.services.files.attachments import Upload
from osm.services.log.log import record
from osm.store.models import DocumentTemplate, User
from osm.store.transaction import transaction
from osm.store.upsert import insert_into

KIND = "memo"


def document(values: Mapping[str, Any]) -> bytes:
    """The memo with these values (`osm.documents.memo.FIELDS`). ServiceError where the office's template fails."""
    try:
        return filling.fill(template(), values, FIELDS, annex_of(values["undecided_rows"]))
    except ContentRefused as refused:
        raise ServiceError(f"Документ не сделан. {refused} Загрузите другой шаблон или верните прежний.") from refused


def template() -> bytes:
    """The office's own template, else that of the program."""
    stored = stored_template()
    return stored.content if stored else own_template()


def stored_template() -> DocumentTemplate | None:
    return db.session.get(DocumentTemplate, KIND)


def put_template(upload: Upload | None, *, actor: User, now: datetime) -> None:
    """From now on memos are made by this file. MissingInput: it is no template, or does more than show fields."""
    if upload is None:
        raise MissingInput("template", "Выберите файл DOCX.")
    try:
        filling.check(upload.content, FIELDS, SAMPLE)
    except ContentRefused as refused:
        raise MissingInput("template", str(refused)) from refused
    values = {"filename": upload.filename[-200:], "content": upload.content, "put_at": now, "put_by_id": actor.id}
    with transaction() as session:
        _only_curator(actor)
        session.execute(
            insert_into(DocumentTemplate)
            .values(kind=KIND, **values)
            .on_conflict_do_update(index_elements=["kind"], set_=values)
        )
        record("memo_template_put", at=now, actor=actor, object_kind="document_template")


def remove_template(*, actor: User, now: datetime) -> None:
    """The template of the program again; where that is in use already nothing happens."""
    with transaction() as session:
        _only_curator(actor)
        if session.execute(delete(DocumentTemplate).where(DocumentTemplate.kind == KIND)).rowcount:  # type: ignore[attr-defined]
            record("memo_template_removed", at=now, actor=actor, object_kind="document_template")


def _only_curator(actor: User) -> None:
    if not actor.has(Role.CURATOR):
        raise NotYours("Шаблон записки меняет куратор. Ничего не изменено.")
