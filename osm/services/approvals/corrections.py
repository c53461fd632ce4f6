"""«Исправить ответ»: what a published answer says is put right; the version that stood there is kept."""

from __future__ import annotations

import secrets
from datetime import datetime

from osm.extensions import db
from osm.regulation.errors import MissingInput, TransitionNotAllowed
from osm.regulation.words import Action
from osm.services.acts import act
from osm.services.answers.correcting import last_published
from osm.services.answers.drafting import checked_text, next_number
from osm.services.approvals import criteria_exceptions
from osm.services.approvals.criteria_exceptions import MAX_TEXT, InSpite
from osm.services.reading import due
from osm.store.models import Draft, DraftState, InSpiteReason, ReadingKind, User


def correct_text(message_id: int, version: int, *, text: str, reason: str, actor: User, now: datetime) -> Draft:
    """The last published reply says this from now on; no clock moves. The new version, approved by the curator.

    A criterion of П.16 that is unmet needs no further reason than that of the correction. An answer that was entered in
    «Инцидент Менеджмент» waits there for its entry again. MissingInput, StaleVersion, TransitionNotAllowed.
    """
    with act(Action.CORRECT_ANSWER, message_id, version, actor, now, said={"reason": reason}) as step:
        reply = last_published(step.message)
        stood = reply.approved_draft if reply else None
        if reply is None or stood is None:
            raise TransitionNotAllowed(step.before, step.transition.action, actor.roles)
        corrected = checked_text(text)
        if corrected == stood.text:
            raise MissingInput("text", "Текст тот же, что опубликован. Исправьте то, что неверно.")
        draft = Draft(
            reply=reply,
            number=next_number(reply),
            text=corrected,
            came_from=stood.came_from,
            author_id=stood.author_id,
            author_for_id=stood.author_for_id,
            submitted_by=step.actor,
            submitted_at=now,
            is_correction=True,
            salt=secrets.token_hex(16),
            state=DraftState.APPROVED,
            decided_at=now,
            decided_by_id=actor.id,
            decided_for_id=step.for_id,
        )
        db.session.add(draft)
        db.session.flush()
        in_spite = InSpite(InSpiteReason.OTHER, step.said["reason"][:MAX_TEXT])
        criteria_exceptions.demand(draft, in_spite, actor=actor, now=now)
        due.owe([step.message.id], [ReadingKind.SEARCH])
        reply.approved_draft = draft
        step.changes["text_digest"] = (stood.digest, draft.digest)
        if reply.entered_in_source_at is not None:
            step.changes["entered_in_source_at"] = (reply.entered_in_source_at, None)
            reply.entered_in_source_at = reply.entered_in_source_by_id = None
        step.object_kind, step.object_id = "draft", draft.id
        step.note = step.said["reason"]
        return draft
