"""What administrators have done to one object, in words: for its page, and for whoever was overtaken by another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.store.models import Event, User

SHOWN = 10
"""Acts on the page of an object; all of them stand in the log."""

EDIT_LABELS: dict[str, str] = {
    "create_user": "учётная запись создана",
    "edit_user": "данные изменены",
    "block_user": "учётная запись заблокирована",
    "unblock_user": "учётная запись разблокирована",
    "reset_password": "выдан новый пароль",
    "end_sessions": "сеансы завершены",
    "change_password": "пароль сменён самим сотрудником",
    "create_department": "отдел добавлен",
    "edit_department": "отдел изменён",
    "archive_department": "отдел убран из списка",
    "restore_department": "отдел возвращён в список",
    "create_topic": "тема добавлена",
    "edit_topic": "тема изменена",
    "archive_topic": "тема убрана из списка",
    "restore_topic": "тема возвращена в список",
    "create_template": "шаблон добавлен",
    "edit_template": "шаблон изменён",
    "archive_template": "шаблон убран из списка",
    "restore_template": "шаблон возвращён в список",
    "edit_source": "источник изменён",
    "forget_columns": "столбцы источника забыты",
}
"""Acts that are shown; log-ins are not among them."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One act. `version`: what the object came to by it, None where the act did not raise it."""

    at: datetime
    actor: str
    words: str
    version: int | None


def edits_of(object_kind: str, object_id: int) -> list[Edit]:
    """The latest acts upon one object, newest first."""
    rows = db.session.execute(
        select(Event.at, Event.action, Event.changes, User.name)
        .outerjoin(User, User.id == Event.actor_id)
        .where(Event.object_kind == object_kind, Event.object_id == object_id, Event.action.in_(EDIT_LABELS))
        .order_by(Event.at.desc(), Event.id.desc())
        .limit(SHOWN)
    )
    return [
        Edit(at, name or "командой", EDIT_LABELS[action], (changes.get("version") or (None, None))[1])
        for at, action, changes, name in rows
    ]


def since(edits: Sequence[Edit], version: int) -> list[Edit]:
    """Those by which the object came beyond this version, oldest first."""
    return [edit for edit in reversed(edits) if edit.version is not None and edit.version > version]
