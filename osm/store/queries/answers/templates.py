"""Ready texts of answers: for the list of the press centre, and those that fit one message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from osm.extensions import db
from osm.regulation.words import ReplyKind
from osm.store.models import AnswerTemplate, Department, TemplateUse, Topic


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """One ready text. `uses`: into how many replies it went."""

    id: int
    name: str
    kind: ReplyKind
    topic_id: int | None
    topic: str
    text: str
    version: int
    archived_at: datetime | None
    uses: int


def _rows() -> Select[Any]:
    uses = (
        select(func.count()).where(TemplateUse.template_id == AnswerTemplate.id).correlate(AnswerTemplate)
    ).scalar_subquery()
    return select(
        AnswerTemplate.id,
        AnswerTemplate.name,
        AnswerTemplate.kind,
        AnswerTemplate.topic_id,
        func.coalesce(Topic.name, ""),
        AnswerTemplate.text,
        AnswerTemplate.version,
        AnswerTemplate.archived_at,
        uses,
    ).outerjoin(Topic, Topic.id == AnswerTemplate.topic_id)


def templates() -> list[TemplateRow]:
    """All of them: by topic and name, those that are no longer offered at the end."""
    wanted = _rows().order_by(AnswerTemplate.archived_at.isnot(None), Topic.name, AnswerTemplate.name)
    return [TemplateRow(*row) for row in db.session.execute(wanted)]


def template(template_id: int) -> TemplateRow | None:
    """One of them, None where there is none."""
    row = db.session.execute(_rows().where(AnswerTemplate.id == template_id)).first()
    return TemplateRow(*row) if row else None


def templates_for(topic_id: int | None) -> list[TemplateRow]:
    """Those that fit a topic: its own first, then those for any, the most used first. One statement."""
    own = AnswerTemplate.topic_id == topic_id if topic_id is not None else AnswerTemplate.topic_id.is_(None)
    wanted = _rows().where(AnswerTemplate.archived_at.is_(None), own | AnswerTemplate.topic_id.is_(None))
    rows = [TemplateRow(*row) for row in db.session.execute(wanted)]
    return sorted(rows, key=lambda row: (row.topic_id is None, -row.uses, row.name))


def department_name(department_id: int) -> str:
    """The full name, as an answer names who is responsible (П.16); empty where there is none."""
    return db.session.scalar(select(Department.name).where(Department.id == department_id)) or ""
