"""The register of memos (П.19): what was sent to whom, who has read it, what was decided and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, exists, select, true
from sqlalchemy.orm import joinedload, selectinload

from osm.extensions import db
from osm.regulation.words import Post, Role
from osm.store.models import Memo, MemoReader, MemoState, User
from osm.store.queries.control.instructions import InstructionRow, of_memos


@dataclass(frozen=True, slots=True)
class Reader:
    """To whom it went."""

    user_id: int
    name: str
    post: Post
    departments: list[int] | None
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class MemoRow:
    """One memo of the register."""

    id: int
    version: int
    number: str
    first_day: date
    last_day: date
    state: MemoState
    proposals: str
    prepared_at: datetime
    prepared_by_id: int | None
    sent_at: datetime | None
    sent_by: str
    content: dict[str, object] | None
    readers: tuple[Reader, ...]
    decisions: tuple[InstructionRow, ...]

    @property
    def is_sent(self) -> bool:
        return self.state is MemoState.SENT

    @property
    def by_hand(self) -> bool:
        return self.prepared_by_id is not None

    @property
    def days(self) -> str:
        return f"{self.first_day:%d.%m.%Y} – {self.last_day:%d.%m.%Y}"

    def reader(self, user_id: int) -> Reader | None:
        return next((one for one in self.readers if one.user_id == user_id), None)


WHOLE = (Post.HEAD, Post.CHIEF_OF_STAFF)
"""Posts that read all of a memo and, like the curator, may prepare one."""


def prepares(person: User, *, heads: bool) -> bool:
    """Whether he may prepare and send memos; `heads`: he is «глава» today."""
    return person.has(Role.CURATOR) or heads or person.post in WHOLE


def listed(person: User, *, heads: bool = False) -> list[MemoRow]:
    """Those that this person may read, the latest first."""
    return _rows(_visible(person, heads))


def one(memo_id: int, person: User, *, heads: bool = False) -> MemoRow | None:
    """One that he may read."""
    return next(iter(_rows(_visible(person, heads), Memo.id == memo_id)), None)


def _visible(person: User, heads: bool) -> ColumnElement[bool]:
    """Who prepares them sees all; of the others each reads what went to him."""
    if prepares(person, heads=heads):
        return true()
    return exists().where(MemoReader.memo_id == Memo.id, MemoReader.user_id == person.id)


def _rows(*conditions: ColumnElement[bool]) -> list[MemoRow]:
    found = db.session.scalars(
        select(Memo)
        .where(*conditions)
        .options(joinedload(Memo.sent_by), selectinload(Memo.readers).joinedload(MemoReader.user))
        .order_by(Memo.last_day.desc(), Memo.id.desc())
    ).all()
    decided = of_memos([memo.id for memo in found])
    return [
        MemoRow(
            memo.id, memo.version, memo.number or "", memo.first_day, memo.last_day, memo.state, memo.proposals,
            memo.prepared_at, memo.prepared_by_id, memo.sent_at, memo.sent_by.name if memo.sent_by else "",
            memo.content,
            tuple(Reader(row.user_id, row.user.name, row.post, row.departments, row.seen_at) for row in memo.readers),
            tuple(decided.get(memo.id, ())),
        )
        for memo in found
    ]  # fmt: skip
