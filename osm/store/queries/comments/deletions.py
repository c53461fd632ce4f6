"""What has become of deletions in the networks, and whether what was deleted can come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, select

from osm.extensions import db
from osm.regulation.comment_words import OutboxKind, OutboxState
from osm.store.models import Comment, Connection, ConnectionState, OutboxAction

_DONE = (OutboxState.DONE, OutboxState.DONE_BY_HAND)
_ON = (ConnectionState.WORKING, ConnectionState.FAILING)


@dataclass(frozen=True, slots=True)
class Deletion:
    """The last order to delete a comment. `is_restorable`: its page can bring back what it has deleted; `is_begun`:
    the network has been asked, and nobody was asked since.
    """

    state: OutboxState
    is_restorable: bool
    is_begun: bool

    @property
    def comes_back(self) -> bool:
        """It was deleted in the network; undone here, it is brought back there."""
        return self.is_restorable and self.state in _DONE

    @property
    def why_final(self) -> str:
        """Why the decision cannot be undone, in words; empty where it can: nothing has gone out, or it comes back."""
        if self.state in _DONE and not self.is_restorable:
            return "удаление в соцсети выполнено"
        return "удаление в соцсети сейчас выполняется" if self.is_begun else ""


def of_comments(ids: Sequence[int]) -> dict[int, Deletion]:
    """By comment; those without an order, or with a cancelled one, are left out."""
    waits = (OutboxAction.state == OutboxState.PENDING, OutboxAction.for_person.is_(False))
    begun = and_(*waits, OutboxAction.sent_at.is_not(None))
    query = (
        select(OutboxAction.comment_id, OutboxAction.state, Connection.can, begun)
        .join(Comment, Comment.id == OutboxAction.comment_id)
        .outerjoin(Connection, (Connection.account_id == Comment.account_id) & Connection.state.in_(_ON))
        .where(
            OutboxAction.comment_id.in_(ids),
            OutboxAction.kind == OutboxKind.DELETE,
            OutboxAction.state != OutboxState.CANCELLED,
        )
        .order_by(OutboxAction.id)
    )
    rows = db.session.execute(query).tuples()
    return {
        number: Deletion(state, OutboxKind.RESTORE in (can or ()), bool(is_begun))
        for number, state, can, is_begun in rows
        if number
    }
