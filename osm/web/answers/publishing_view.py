"""What the publishing screen shows: the approved text to copy, or what was published and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from osm.regulation.workflow import Action, Role, Status, available_actions
from osm.services.answers.promises import passed
from osm.store.models import User
from osm.store.queries.messages.card_parts import Card, CardReply, Version
from osm.web.answers.drafting_view import Correction, Term, correction_of, may_publish, term_of


@dataclass(frozen=True, slots=True)
class PublishingView:
    """The screen, ready for its templates. `reply` waits for publication; `done` is the last one that stands there."""

    card: Card
    reply: CardReply | None
    version: Version | None
    correction: Correction | None
    done: CardReply | None
    can_publish: bool
    can_revoke: bool
    can_correct: bool
    term: Term
    passed: tuple[date, ...]
    """Days that the approved text names as its terms and that are over."""


def publishing_view(card: Card, person: User, now: datetime) -> PublishingView:
    """Decide what is shown; nothing more is asked of the database."""
    is_approved = card.status is Status.APPROVED
    reply = card.current_reply if is_approved else None
    version = reply.approved if reply else None
    return PublishingView(
        card=card,
        reply=reply,
        version=version,
        correction=correction_of(reply) if reply else None,
        done=card.published[0] if card.published else None,
        can_publish=is_approved and may_publish(card, person),
        can_revoke=is_approved and person.has(Role.CURATOR),
        can_correct=bool(card.published) and Action.CORRECT_PUBLICATION in available_actions(card.status, person.roles),
        term=term_of(card, now, Role.CURATOR),
        passed=tuple(passed(version.text, now=now, written_at=version.submitted_at)) if version else (),
    )
