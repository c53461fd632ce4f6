"""The list of actions for people, and the history of authors."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ScalarSelect, Select, and_, case, func, not_, select
from sqlalchemy.orm import joinedload

from osm.extensions import db
from osm.flow.queries.stops import MODERATING, page_of_act
from osm.regulation.blacklist import ListState
from osm.regulation.comment_words import CommentGround, CommentState, OutboxKind, OutboxState
from osm.store.models import BlacklistProposal, Comment, Connection, ConnectionState, Moderating, OutboxAction

# --- Actions in the networks
COUNTED = 1000
PAGE = 50
SETTLED_SHOWN = 20
"""Recently done actions shown, so that a wrong mark can be undone."""


_BY_HAND = OutboxAction.kind.not_in((OutboxKind.PUBLISH, OutboxKind.POST))
"""Without answers and posts: an answer is handled by the curator on its own page, a post in the plan."""


def _number_pending() -> ScalarSelect[int]:
    by_itself = and_(
        Connection.id.is_not(None),
        OutboxAction.for_person.is_(False),
        OutboxAction.created_at >= Connection.switched_on_at,
        OutboxAction.kind.not_in(MODERATING) | (Connection.moderate == Moderating.AUTO),
        Connection.state.in_((ConnectionState.WORKING, ConnectionState.FAILING)),
    )
    some = (
        select(OutboxAction.id)
        .outerjoin(Comment, Comment.id == OutboxAction.comment_id)
        .outerjoin(Connection, Connection.account_id == page_of_act())
        .where(OutboxAction.state == OutboxState.PENDING, _BY_HAND, not_(by_itself))
        .limit(COUNTED)
    )
    return select(func.count()).select_from(some.subquery()).scalar_subquery()


NUMBER_PENDING = _number_pending()
"""Actions that wait for people, at most COUNTED, as a column; those that the program will do are not counted."""


def count_pending() -> int:
    """The same, read by itself."""
    return db.session.scalar(select(NUMBER_PENDING)) or 0


def pending(after: int | None = None) -> tuple[list[OutboxAction], bool]:
    """Waiting actions, oldest first, and whether there are more; `after`: the last action already shown."""
    query = _whole().where(OutboxAction.state == OutboxState.PENDING, _BY_HAND, OutboxAction.id > (after or 0))
    rows = list(db.session.scalars(query.order_by(OutboxAction.id).limit(PAGE + 1)))
    return rows[:PAGE], len(rows) > PAGE


def settled() -> list[OutboxAction]:
    """Recently done actions, latest first."""
    done = (OutboxState.DONE_BY_HAND, OutboxState.DONE, OutboxState.FAILED)
    query = _whole().where(OutboxAction.state.in_(done), _BY_HAND).limit(SETTLED_SHOWN)
    return list(db.session.scalars(query.order_by(OutboxAction.settled_at.desc(), OutboxAction.id.desc())))


def every(states: Collection[OutboxState] = (OutboxState.PENDING,)) -> Iterator[OutboxAction]:
    """All actions in these states, oldest first, streamed, for the command."""
    last = 0
    while True:
        query = _whole().where(OutboxAction.state.in_(states), OutboxAction.id > last)
        rows = list(db.session.scalars(query.order_by(OutboxAction.id).limit(PAGE)))
        yield from rows
        if len(rows) < PAGE:
            return
        last = rows[-1].id
        db.session.expunge_all()


def _whole() -> Select[OutboxAction]:
    return select(OutboxAction).options(
        joinedload(OutboxAction.comment),
        joinedload(OutboxAction.author),
        joinedload(OutboxAction.draft),
        joinedload(OutboxAction.created_by),
        joinedload(OutboxAction.settled_by),
    )


# --- History of authors
MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class History:
    """History of an author: comments in the last 30 days, and decisions on all of them. `listed`: state of a current
    proposal for the black list."""

    month: int = 0
    kept: int = 0
    taken: int = 0
    deleted: Mapping[CommentGround, int] = field(default_factory=dict)
    listed: ListState | None = None

    @property
    def removed(self) -> int:
        return sum(self.deleted.values())


UNKNOWN = History()
"""For an unknown author."""


def histories(author_ids: Collection[int], now: datetime) -> dict[int, History]:
    """Author id → history."""
    if not author_ids:
        return {}
    recent = func.sum(case((Comment.published_at >= now - MONTH, 1), else_=0))
    query = (
        select(Comment.author_id, Comment.state, Comment.ground, func.count(), recent)
        .where(Comment.author_id.in_(author_ids))
        .group_by(Comment.author_id, Comment.state, Comment.ground)
    )
    sums: dict[int, dict[str, Any]] = {}
    for author_id, state, ground, number, month in db.session.execute(query):
        one = sums.setdefault(author_id, {"month": 0, "deleted": {}})
        one["month"] += int(month)
        if state is CommentState.DELETED:
            one["deleted"][ground] = number
        elif state is not CommentState.WAITING:
            one[state.value] = one.get(state.value, 0) + number
    for author_id, listed in db.session.execute(_listed(author_ids)):
        sums[author_id]["listed"] = listed
    return {author_id: History(**values) for author_id, values in sums.items()}


def _listed(author_ids: Collection[int]) -> Select[Any]:
    """Current proposals, the latest of each author last."""
    current = (ListState.PENDING, ListState.APPROVED, ListState.APPLIED)
    columns: list[Any] = [BlacklistProposal.author_id, BlacklistProposal.state]
    query = select(*columns).where(BlacklistProposal.author_id.in_(author_ids), BlacklistProposal.state.in_(current))
    return query.order_by(BlacklistProposal.id)
