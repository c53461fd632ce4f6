"""The earlier message that one on the list likely repeats (П.15), with what was answered then."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from osm.extensions import db
from osm.regulation.words import Status
from osm.store.models import Assignment, Draft, LinkKind, LinkState, Message, MessageLink, Reply

ANSWER_LENGTH = 200
"""Characters of the answer that are read: a row shows its first words."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The likeliest of them; `link_version`: of the pair, as it is to be confirmed with the routing."""

    id: int
    number: str
    status: Status
    link_version: int
    is_confirmed: bool
    answered_at: datetime | None
    answer: str
    executor_id: int | None
    """Who had it last."""

    @property
    def pair(self) -> str:
        """What the form of routing sends to confirm it."""
        return f"{self.id}:{self.link_version}"


def earlier_of(message_ids: Collection[int]) -> dict[int, Earlier]:
    """Message → what it repeats, of those that do; a confirmed pair goes before a proposed one. One statement."""
    if not message_ids:
        return {}
    had_it = select(Assignment.executor_id).where(Assignment.message_id == Message.id).order_by(Assignment.id.desc())
    found = db.session.execute(
        select(
            MessageLink.later_id,
            Message.id,
            Message.number,
            Message.status,
            MessageLink.version,
            MessageLink.state,
            Reply.published_at,
            func.coalesce(func.substr(Draft.text, 1, ANSWER_LENGTH), ""),
            had_it.limit(1).correlate(Message).scalar_subquery(),
        )
        .join(Message, Message.id == MessageLink.earlier_id)
        .outerjoin(Reply, (Reply.message_id == Message.id) & Reply.published_at.is_not(None))
        .outerjoin(Draft, Draft.id == Reply.approved_draft_id)
        .where(
            MessageLink.later_id.in_(message_ids),
            MessageLink.kind == LinkKind.REPEAT,
            MessageLink.state != LinkState.REJECTED,
            Message.recalled_at.is_(None),
        )
        .order_by(MessageLink.state, MessageLink.score.desc(), Message.id.desc(), Reply.published_at.desc())
    )
    likeliest: dict[int, Earlier] = {}
    for later_id, other_id, number, status, version, state, answered_at, answer, executor_id in found:
        is_confirmed, words = state is LinkState.CONFIRMED, " ".join(answer.split())
        earlier = Earlier(other_id, number, status, version, is_confirmed, answered_at, words, executor_id)
        likeliest.setdefault(later_id, earlier)
    return likeliest
