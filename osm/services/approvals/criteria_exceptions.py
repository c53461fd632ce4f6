"""Approval in spite of an unmet criterion (П.16, П.15): which are unmet, the curator's reason, its row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from osm.extensions import db
from osm.regulation.errors import MissingInput
from osm.services.answers import checking
from osm.store.models import CriteriaException, Draft, InSpiteReason, User
from osm.wording.criteria import LABELS, Key

MAX_TEXT = 1000
"""Characters of the curator's own words."""


@dataclass(frozen=True, slots=True)
class InSpite:
    """The curator's reason. Its own words are needed where the code says nothing."""

    reason: InSpiteReason
    text: str = ""


def in_spite(reason: str, text: str) -> InSpite | None:
    """The reason as it was chosen, None where none was."""
    if reason not in set(InSpiteReason):
        return None
    return InSpite(InSpiteReason(reason), text.replace("\r\n", "\n").replace("\0", "").strip())


def unmet(draft: Draft) -> tuple[Key, ...]:
    """The criteria that this version does not meet, in the order of П.16."""
    reply = draft.reply
    checked = checking.check(
        draft.text,
        network=reply.message.network,
        kind=reply.kind,
        is_repeat=reply.message.is_repeat,
        attachments=len(reply.attachments),
    )
    return tuple(criterion.key for criterion in checked.criteria if criterion.is_missing)


def demand(draft: Draft, given: InSpite | None, *, actor: User, now: datetime) -> CriteriaException | None:
    """Keep the reason beside the version that is being approved; None where every criterion is met and none is needed.

    Whichever way a version is approved, it comes by here. Raises MissingInput (`in_spite`, `in_spite_text`).
    """
    keys = unmet(draft)
    if not keys:
        return None
    if given is None:
        labels = ", ".join(LABELS[key] for key in keys)
        raise MissingInput("in_spite", f"Не хватает: {labels}. Исправьте ответ или выберите, почему согласуете так.")
    if len(given.text) > MAX_TEXT:
        raise MissingInput("in_spite_text", f"Причина длиннее {MAX_TEXT} знаков. Сократите.")
    if given.reason is InSpiteReason.OTHER and not given.text:
        raise MissingInput("in_spite_text", "Напишите причину своими словами.")
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
