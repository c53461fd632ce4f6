"""The register of memos (П.19): what was sent to whom, who has read it, what was decided and what became of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, exists, select, true
from sqlalchemy.orm import joinedload, selectinload

from osm.extensions import db
from osm.regulation.words import Post, Role
from osm.store.models import Instruction, InstructionKind, InstructionState, Memo, MemoReader, MemoState, User

INSTRUCTION_LABELS: dict[InstructionState, str] = {
    InstructionState.OPEN: "на контроле",
    InstructionState.REPORTED: "доложено, ждёт решения",
    InstructionState.ACCEPTED: "выполнено",
    InstructionState.DROPPED: "снято",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """To whom it went."""

    user_id: int
    name: str
    post: Post
    departments: list[int] | None
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """What a leader has decided upon it."""

    id: int
    kind: InstructionKind
    text: str
    given_by: str
    given_at: datetime
    to: str
    due_at: datetime
    state: InstructionState
    report: str

    @property
    def state_words(self) -> str:
        return INSTRUCTION_LABELS[self.state]

    def is_late(self, now: datetime) -> bool:
        return self.state is InstructionState.OPEN and self.due_at < now


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
    by_hand: bool
    sent_at: datetime | None
    sent_by: str
    content: dict[str, object] | None
    readers: tuple[Reader, ...]
    decisions: tuple[DecisionRow, ...]

    @property
    def is_sent(self) -> bool:
        return self.state is MemoState.SENT

    @property
    def days(self) -> str:
        return f"{self.first_day:%d.%m.%Y} – {self.last_day:%d.%m.%Y}"

    def reader(self, user_id: int) -> Reader | None:
        return next((one for one in self.readers if one.user_id == user_id), None)


def listed(person: User) -> list[MemoRow]:
    """Those that this person may read, the latest first."""
    return _rows(_visible(person))


def one(memo_id: int, person: User) -> MemoRow | None:
    """One that he may read."""
    return next(iter(_rows(_visible(person), Memo.id == memo_id)), None)


def _visible(person: User) -> ColumnElement[bool]:
    """The curator prepares them; of the others each reads what went to him."""
    if person.has(Role.CURATOR):
        return true()
    return exists().where(MemoReader.memo_id == Memo.id, MemoReader.user_id == person.id)


def _rows(*conditions: ColumnElement[bool]) -> list[MemoRow]:
    found = db.session.scalars(
        select(Memo)
        .where(*conditions)
        .options(joinedload(Memo.sent_by), selectinload(Memo.readers).joinedload(MemoReader.user))
        .order_by(Memo.last_day.desc(), Memo.id.desc())
    ).all()
    decided = _decisions([memo.id for memo in found])
    return [
        MemoRow(
            memo.id, memo.version, memo.number or "", memo.first_day, memo.last_day, memo.state, memo.proposals,
            memo.prepared_at, memo.prepared_by_id is not None, memo.sent_at, memo.sent_by.name if memo.sent_by else "",
            memo.content,
            tuple(Reader(row.user_id, row.user.name, row.post, row.departments, row.seen_at) for row in memo.readers),
            tuple(decided.get(memo.id, ())),
        )
        for memo in found
    ]  # fmt: skip


def _decisions(memo_ids: Collection[int]) -> dict[int, list[DecisionRow]]:
    rows: dict[int, list[DecisionRow]] = defaultdict(list)
    if not memo_ids:
        return rows
    found = db.session.scalars(
        select(Instruction)
        .where(Instruction.memo_id.in_(memo_ids))
        .options(joinedload(Instruction.to), joinedload(Instruction.given_by))
        .order_by(Instruction.given_at, Instruction.id)
    )
    for row in found:
        rows[row.memo_id or 0].append(
            DecisionRow(
                row.id, row.kind, row.text, row.given_by.name, row.given_at, row.to.name, row.due_at, row.state,
                row.report,
            )
        )  # fmt: skip
    return rows
