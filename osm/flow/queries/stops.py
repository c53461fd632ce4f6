"""The page of an act, and whether «Остановить публикации» holds it; no other module asks this."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, not_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from osm.extensions import db
from osm.plan.rules.words import PublicationState
from osm.regulation.comment_words import OutboxKind, OutboxState
from osm.store.models import Comment, Connection, Moderating, OutboxAction, Placement, Publication, Stop
from osm.store.types import row_for

OF_AUTHOR = (OutboxKind.BAN, OutboxKind.UNBAN)
"""Acts on a person, anywhere he wrote; all others are about one text on one page."""
MODERATING = (OutboxKind.DELETE, OutboxKind.RESTORE, *OF_AUTHOR)
"""Acts that a page does without a person only if its setting «Удаляет и блокирует» says so."""
SHOWN = 100


def page_of_act() -> ColumnElement[int | None]:
    """The page, in a statement that joins the act with its comment; for a person, the page where he last wrote."""
    by_author = aliased(Comment)
    latest = (
        select(by_author.account_id)
        .where(by_author.author_id == OutboxAction.author_id, by_author.account_id.is_not(None))
        .order_by(by_author.id.desc())
        .limit(1)
        .correlate(OutboxAction)
        .scalar_subquery()
    )
    of_author = case((OutboxAction.kind.in_(OF_AUTHOR), latest))
    return func.coalesce(OutboxAction.account_id, of_author, Comment.account_id)


def is_held(page: Any) -> ColumnElement[bool]:
    """Whether a stop holds the acts on this page."""
    return exists().where(holds(page)).correlate_except(Stop)


def holds(page: Any) -> ColumnElement[bool]:
    """Whether this stop holds the act on this page; not if a person has released it since."""
    here = Stop.account_id.is_(None) | (Stop.account_id == page)
    let_out = OutboxAction.let_out_at.is_not(None) & (OutboxAction.let_out_at >= Stop.since)
    return and_(here, not_(let_out))


@dataclass(frozen=True, slots=True)
class StopRow:
    """A stop in force; without `page` it holds all pages."""

    id: int
    account_id: int | None
    page: str
    reason: str
    since: datetime
    by: str


IS_STOPPED = select(exists().where(Stop.id.is_not(None))).scalar_subquery()


def stops() -> Sequence[StopRow]:
    """The stops in force, that of all pages first."""
    query = select(Stop).options(joinedload(Stop.account), joinedload(Stop.by))
    rows = db.session.scalars(query.order_by(Stop.account_id.is_not(None), Stop.id)).all()
    return [StopRow(row.id, row.account_id, _title(row), row.reason, row.since, row.by.name) for row in rows]


def _title(row: Stop) -> str:
    return (row.account.title or row.account.external_id) if row.account else ""


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A held act that the program would do."""

    id: int
    version: int
    kind: OutboxKind
    network: str
    page: str
    what: str
    """The text, or what the act is about."""
    message_id: int | None
    author: str
    created_at: datetime


def held_acts(*, with_words: bool = True) -> Sequence[HeldRow]:
    """The oldest first, at most SHOWN. `with_words`: with the text and its author."""
    rows = db.session.execute(_held_query().options(contains_eager(OutboxAction.comment)).limit(SHOWN))
    return [_held(row, title, with_words=with_words) for row, title in rows]


def count_held() -> int:
    ids = _held_query().with_only_columns(OutboxAction.id).order_by(None)
    return db.session.scalar(select(func.count()).select_from(ids.subquery())) or 0


def count_too_late() -> int:
    """Publications that are due and past their term while a stop holds the page; they are not sent."""
    stopped = exists().where(
        Stop.account_id.is_(None) | (Stop.account_id == Placement.account_id), Stop.since <= Publication.ordered_at
    )
    waits = exists().where(
        Placement.publication_id == Publication.id, Placement.placed_at.is_(None), Placement.error != "", stopped
    )
    wanted = select(func.count()).select_from(Publication)
    return db.session.scalar(wanted.where(Publication.state == PublicationState.FAILED, waits)) or 0


def _held_query() -> Any:
    page = page_of_act()
    return (
        select(OutboxAction, Connection)
        .outerjoin(Comment, Comment.id == OutboxAction.comment_id)
        .join(Connection, Connection.account_id == page)
        .where(
            OutboxAction.state == OutboxState.PENDING,
            OutboxAction.for_person.is_(False),
            OutboxAction.leased_until.is_(None),
            OutboxAction.created_at >= Connection.switched_on_at,
            OutboxAction.kind.not_in(MODERATING) | (Connection.moderate == Moderating.AUTO),
            is_held(page),
        )
        .options(joinedload(OutboxAction.author), joinedload(Connection.account))
        .order_by(OutboxAction.id)
    )


def _held(row: OutboxAction, connection: Connection, *, with_words: bool) -> HeldRow:
    page = connection.account
    about = row.comment.text if row.comment else ""
    if row.placement is not None:
        about = row.placement.publication.title
    return row_for(
        HeldRow,
        row,
        page=page.title or page.external_id,
        what=about if with_words else "",
        author=row.author.name if row.author and with_words else "",
    )
