"""The reason of an interim answer that is not the first one, or that answers a repeated message (П.13, П.15)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from osm.extensions import db
from osm.regulation.errors import MissingInput
from osm.regulation.interim import INTERIM_GROUND_LABELS, InterimGround, InterimReason, interim_grounds
from osm.regulation.words import ReplyKind
from osm.services.log.log import Change
from osm.store.models import InterimExplanation, Message, Reply, User

MAX_TEXT = 1000
"""Characters of the person's own words."""


@dataclass(frozen=True, slots=True)
class Explained:
    """The reason. Its own words are needed where the code says nothing."""

    reason: InterimReason
    text: str = ""


def explained(reason: str, text: str) -> Explained | None:
    """The reason as it was chosen, None where none was. MissingInput (`interim_text`) where words are missing."""
    if reason not in set(InterimReason):
        return None
    text = text.replace("\r\n", "\n").replace("\0", "").strip()
    if len(text) > MAX_TEXT:
        raise MissingInput("interim_text", f"Причина длиннее {MAX_TEXT} знаков. Сократите.")
    if reason == InterimReason.OTHER and not text:
        raise MissingInput("interim_text", "Напишите своими словами, почему ответ снова промежуточный.")
    return Explained(InterimReason(reason), text)


def grounds_of(message: Message) -> tuple[InterimGround, ...]:
    """On which grounds an interim answer to this message would need a reason."""
    published = {reply.kind for reply in message.replies if reply.published_at is not None}
    return interim_grounds(published, is_repeat=message.is_repeat)


def explain(
    message: Message, reply: Reply, given: Explained | None, *, actor: User, now: datetime
) -> dict[str, Change]:
    """Keep the reason with the reply where one is needed, take it away where none is; what goes to the log.

    Raises MissingInput (`interim_reason`).
    """
    grounds = grounds_of(message) if reply.kind is ReplyKind.INTERIM else ()
    kept = db.session.get(InterimExplanation, reply.id)
    if not grounds:
        if kept is not None:
            db.session.delete(kept)
        return {}
    if given is None:
        why = ", ".join(INTERIM_GROUND_LABELS[ground] for ground in grounds)
        raise MissingInput("interim_reason", f"Выберите, почему ответ промежуточный: {why}. Остальное сохранено.")
    before = kept.reason if kept else None
    row = kept or InterimExplanation(reply_id=reply.id)
    row.grounds, row.reason, row.text = ",".join(grounds), given.reason, given.text
    row.given_at, row.given_by_id = now, actor.id
    db.session.add(row)
    db.session.flush()
    return {"interim_reason": (before, row.reason), "interim_grounds": (None, row.grounds)}


def check_kept(reply: Reply) -> None:
    """Where an interim answer needs a reason there is one: since it was submitted the message may have become a repeat.

    Raises MissingInput (`draft_id`).
    """
    grounds = grounds_of(reply.message) if reply.kind is ReplyKind.INTERIM else ()
    if grounds and db.session.get(InterimExplanation, reply.id) is None:
        why = ", ".join(INTERIM_GROUND_LABELS[ground] for ground in grounds)
        words = f"Не указано, почему ответ промежуточный: {why}. Верните проект, причину выберет тот, кто его готовит."
        raise MissingInput("draft_id", words)
