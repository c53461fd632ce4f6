"""What stands in the editor of one person for one reply, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.store.models import Draft, DraftText, Reply


@dataclass(frozen=True, slots=True)
class EditorText:
    """`text` is what the editor opens with; `saved_at`: when this person's typing was last kept, None if it never was.

    `typed`: what he typed and never sent, empty where the last version of the reply is newer or says the same.
    """

    text: str
    saved_at: datetime | None
    typed: str


def editor_text(reply_id: int, user_id: int) -> EditorText:
    """The typed text if it is newer than the last version, else that version; two statements."""
    kept = db.session.execute(
        select(DraftText.text, DraftText.saved_at).where(DraftText.reply_id == reply_id, DraftText.user_id == user_id)
    ).first()
    last = db.session.execute(
        select(Draft.text, Draft.submitted_at).where(Draft.reply_id == reply_id).order_by(Draft.number.desc()).limit(1)
    ).first()
    version = last.text if last else ""
    if kept is None:
        return EditorText(version, None, "")
    if last is not None and kept.saved_at <= last.submitted_at:
        return EditorText(version, kept.saved_at, "")
    is_new = kept.text.strip() != version.strip()
    return EditorText(kept.text, kept.saved_at, kept.text if is_new else "")


def current_reply_id(message_id: int) -> int | None:
    """The reply that is being worked on; None before routing and after publication."""
    return db.session.scalar(select(Reply.id).where(Reply.message_id == message_id, Reply.published_at.is_(None)))
