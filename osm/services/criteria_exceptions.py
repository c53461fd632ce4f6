"""Approval in spite of an unmet criterion (П.16, П.15): which are unmet, the curator's reason, its row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from osm.extensions import db
from osm.regulation.answer_criteria import Key
from osm.regulation.errors import MissingInput
from osm.services import answer_check
from osm.store.models import CriteriaException, Draft, InSpiteReason, User

MAX_TEXT = 1000
"""Characters of the curator's own words."""


@dataclass(frozen=True, slots=True)
class InSpite:
    """The curator's reason. Its own words are needed where the code says nothing."""

    reason: InSpiteReason
    text: str = ""


def in_spite(reason: str, text: str) -> InSpite | None:
    """The reason as it was chosen, None where none was. MissingInput (`in_spite_text`) where words are missing."""
    if reason not in set(InSpiteReason):
        return None
    text = text.replace("\r\n", "\n").replace("\0", "").strip()
    if len(text) > MAX_TEXT:
        raise MissingInput("in_spite_text", f"Причина длиннее {MAX_TEXT} знаков. Сократите.")
    if reason == InSpiteReason.OTHER and not text:
        raise MissingInput("in_spite_text", "Напишите причину своими словами.")
    return InSpite(InSpiteReason(reason), text)


def unmet(draft: Draft) -> tuple[Key, ...]:
    """The criteria that this version does not meet, in the order of П.16."""
    reply = draft.reply
    checked = answer_check.check(
        draft.text,
        network=reply.message.network,
        kind=reply.kind,
        is_repeat=reply.message.is_repeat,
        attachments=len(reply.attachments),
    )
    return tuple(criterion.key for criterion in checked.criteria if criterion.met is False)


def store(draft: Draft, given: InSpite, *, actor: User, now: datetime) -> CriteriaException | None:
    """Keep the reason beside the version; None where every criterion is met and nothing needs a reason."""
    keys = unmet(draft)
    if not keys:
        return None
    row = CriteriaException(
        draft_id=draft.id,
        criteria=",".join(keys),
        reason=given.reason,
        text=given.text,
        decided_at=now,
        decided_by_id=actor.id,
    )
    db.session.add(row)
    return row
