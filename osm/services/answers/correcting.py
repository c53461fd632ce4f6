"""The link or the time of a published answer is put right (design §3); its clocks follow (П.8, П.9, П.13)."""

from __future__ import annotations

from datetime import datetime

from osm.networks.addresses import web_address
from osm.regulation.errors import MissingInput, TransitionNotAllowed
from osm.regulation.words import Action, ReplyKind
from osm.services.acts import act, from_the_minute
from osm.services.answers.publication import ask_about_place, within_publication
from osm.store.models import DraftState, Message, Reply, User


def correct_publication(
    message_id: int,
    version: int,
    *,
    url: str,
    published_at: datetime | None,
    reason: str,
    actor: User,
    now: datetime,
    confirmed: str | None = None,
) -> Message:
    """The last published reply stands at `url` since `published_at` (since when it was said, if None).

    A breach that was recorded stays, also where the right time is in time: a person waives it. A reply that was entered
    in «Инцидент Менеджмент» already waits there for its entry again. `confirmed`: as in `publish_by_hand`.
    """
    with act(Action.CORRECT_PUBLICATION, message_id, version, actor, now, said={"reason": reason}) as step:
        message, reply = step.message, last_published(step.message)
        if reply is None or reply.published_at is None or reply.approved_draft is None:
            raise TransitionNotAllowed(step.before, step.transition.action, actor.roles)
        was, old_url = reply.published_at, reply.published_url
        # Its text may have been corrected since: it was placed after its first approval.
        first = min((d for d in reply.drafts if d.state is DraftState.APPROVED), key=lambda d: d.number)
        at = within_publication(from_the_minute(published_at or was, was), first, now)
        found = web_address(url)
        if (found, at) == (old_url, was):
            raise MissingInput("url", "Ссылка и время те же, что записаны. Исправьте то, что неверно.")
        if found != old_url:
            ask_about_place(message, found, confirmed)
        reply.published_url, reply.published_at = found, at
        step.facts.corrected = (was, at)
        step.changes["published_at"] = (was, at)
        if reply.entered_in_source_at is not None:
            step.changes["entered_in_source_at"] = (reply.entered_in_source_at, None)
            reply.entered_in_source_at = reply.entered_in_source_by_id = None
        if reply.kind is ReplyKind.FINAL:
            message.closed_at = at
        step.object_kind, step.object_id = "reply", reply.id
        step.note = step.said["reason"]
        if found != old_url:
            step.note += f" (прежняя ссылка: {old_url})"
        return message


def last_published(message: Message) -> Reply | None:
    """The one whose publication led to the status of now."""
    return max((r for r in message.replies if r.published_at is not None), key=lambda reply: reply.id, default=None)
