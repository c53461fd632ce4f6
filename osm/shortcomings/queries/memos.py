"""Contents of memos (П.19) as plain values to be stored as JSON, their register, and what explains shortcomings."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, select, true
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from osm.base.database import db
from osm.models import (
    Account,
    Draft,
    DraftState,
    ImportRun,
    Memo,
    MemoReader,
    Message,
    NetworkOutage,
    Placement,
    Publication,
    Reply,
    Shortcoming,
    User,
)
from osm.people.queries.people import office
from osm.plan.rules import PublicationState
from osm.regulation.control import UNDECIDED, ShortcomingState
from osm.regulation.words import ClockKind, Post, Role, Status, clause_words
from osm.shortcomings.queries.shortcomings import rows_of
from osm.urgent.queries.instructions import InstructionRow, of_memos

# --- What several shortcomings have in common
NEEDS_THE_NETWORK = (ClockKind.ANSWER, ClockKind.FINAL)
"""What is met in the network: drafts and approvals are made without it."""
LISTED = 50


@dataclass(frozen=True, slots=True)
class Occasion:
    """A late load or an outage, with the shortcomings (id, version) of the same person and state that it explains."""

    run: ImportRun | None
    outage: NetworkOutage | None
    rows: list[tuple[int, int]]


def occasion_of(row: Shortcoming, now: datetime) -> Occasion | None:
    """The occasion of an open shortcoming: a late load that made several late, or an outage of its network."""
    same = (Shortcoming.person_id == row.person_id, Shortcoming.state == row.state)
    if row.import_run_id is not None:
        found = _occasions_rows(
            select(Shortcoming.id, Shortcoming.version).where(*same, Shortcoming.import_run_id == row.import_run_id)
        )
        return Occasion(db.session.get(ImportRun, row.import_run_id), None, found) if len(found) > 1 else None
    if row.clock not in NEEDS_THE_NETWORK:
        return None
    then = (
        NetworkOutage.began_at <= row.occurred_at,
        func.coalesce(NetworkOutage.ended_at, now) >= row.occurred_at,
    )
    of_network = select(NetworkOutage).join(Message, Message.network == NetworkOutage.network)
    first = of_network.where(Message.id == row.message_id, *then).order_by(NetworkOutage.began_at).limit(1)
    outage = db.session.scalar(first)
    return Occasion(None, outage, _occasions_rows(_breaches_in(outage, now).where(*same))) if outage else None


def _occasions_rows(query: Select[int, int]) -> list[tuple[int, int]]:
    return list(db.session.execute(query.order_by(Shortcoming.id)))


def _breaches_in(outage: NetworkOutage, now: datetime) -> Select[int, int]:
    return (
        select(Shortcoming.id, Shortcoming.version)
        .join(Message, Message.id == Shortcoming.message_id)
        .where(
            Shortcoming.clock.in_(NEEDS_THE_NETWORK), Message.network == outage.network, Message.recalled_at.is_(None),
            Shortcoming.occurred_at.between(outage.began_at, outage.ended_at or now),
        )
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Left:
    """An outage with the number of its breaches and of answers that a person still has to publish because of it."""

    outage: NetworkOutage
    breaches: int
    answers: list[Message]  # approved, and not in the network yet
    placements: list[Placement]  # placements of publications due during the outage


def outages(now: datetime) -> list[Left]:
    """The last outages, newest first. Answers to publish are counted once, at the last outage of their network."""
    found = select(NetworkOutage).order_by(NetworkOutage.began_at.desc(), NetworkOutage.id.desc()).limit(LISTED)
    known: set[str] = set()
    rows = []
    for outage in db.session.scalars(found).all():
        count = select(func.count()).select_from(_breaches_in(outage, now).subquery())
        last = outage.network not in known
        known.add(outage.network)
        rows.append(Left(
            outage, db.session.scalar(count) or 0, _answers(outage, now) if last else [],
            _placements(outage, now) if last else [],
        ))  # fmt: skip
    return rows


def _answers(outage: NetworkOutage, now: datetime) -> list[Message]:
    approved = exists().where(
        Reply.message_id == Message.id,
        Draft.reply_id == Reply.id,
        Draft.state == DraftState.APPROVED,
        Draft.decided_at <= (outage.ended_at or now),
    )
    waits = (Message.network == outage.network, Message.status == Status.APPROVED, Message.recalled_at.is_(None))
    return list(db.session.scalars(select(Message).where(*waits, approved).order_by(Message.received_at)).unique())


def _placements(outage: NetworkOutage, now: datetime) -> list[Placement]:
    waits = (
        Account.network == outage.network, Placement.placed_at.is_(None), Placement.left_out_at.is_(None),
        Publication.state.in_((PublicationState.SCHEDULED, PublicationState.FAILED)),
        Publication.at.between(outage.began_at, outage.ended_at or now),
    )  # fmt: skip
    asked = select(Placement).join(Placement.account).join(Placement.publication).where(*waits)
    loaded = (contains_eager(Placement.publication), contains_eager(Placement.account))
    return list(db.session.scalars(asked.options(*loaded).order_by(Publication.at, Placement.id)).unique())


# --- The register of memos (П.19)
@dataclass(frozen=True, slots=True)
class MemoRow:
    memo: Memo
    decisions: Sequence[InstructionRow]


WHOLE = (Post.HEAD, Post.CHIEF_OF_STAFF)  # posts that read all of a memo and, like the curator, may prepare one


def prepares(person: User, *, heads: bool) -> bool:
    """Whether he may prepare and send memos; `heads`: he is «глава» today."""
    return person.has(Role.CURATOR) or heads or person.post in WHOLE


def listed(person: User, *, heads: bool = False) -> list[MemoRow]:
    """Memos that this person may read, latest first."""
    return _memos_rows(_visible(person, heads))


def one(memo_id: int, person: User, *, heads: bool = False) -> MemoRow | None:
    return next(iter(_memos_rows(_visible(person, heads), Memo.id == memo_id)), None)


def _visible(person: User, heads: bool) -> ColumnElement[bool]:
    """People who prepare memos see all; others see those sent to them."""
    if prepares(person, heads=heads):
        return true()
    return exists().where(MemoReader.memo_id == Memo.id, MemoReader.user_id == person.id)


def _memos_rows(*conditions: ColumnElement[bool]) -> list[MemoRow]:
    found = db.session.scalars(
        select(Memo)
        .where(*conditions)
        .options(joinedload(Memo.sent_by), selectinload(Memo.readers).joinedload(MemoReader.user))
        .order_by(Memo.last_day.desc(), Memo.id.desc())
    ).all()
    decided = of_memos([memo.id for memo in found])
    return [MemoRow(memo, decided.get(memo.id, ())) for memo in found]


# --- The contents of a memo (П.19)
YEAR = timedelta(days=365)  # within which a second shortcoming is a repeated one
NO_DEPARTMENT = "Отдел не указан"


def to_report(last_day: date, zone: tzinfo) -> ColumnElement[bool]:
    """Condition on Shortcoming: decided, not later than this day, and in no memo yet."""
    decided = Shortcoming.state.in_((ShortcomingState.CONFIRMED, ShortcomingState.WAIVED))
    return and_(decided, Shortcoming.memo_id.is_(None), Shortcoming.occurred_at < end_of(last_day, zone))


def end_of(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone)


def content_of(
    last_day: date, zone: tzinfo, moment: Callable[[datetime], str], by: Collection[int | None]
) -> dict[str, Any]:
    """The contents of a memo up to this day as of now; several queries. `by`: who prepares and who sends it. Their own
    undecided shortcomings are listed, so that they cannot be left out."""
    found = rows_of(to_report(last_day, zone))
    left = select(func.count()).select_from(Shortcoming).join(Message, Message.id == Shortcoming.message_id)
    early = Shortcoming.occurred_at < end_of(last_day, zone)
    late = (Shortcoming.state.in_(UNDECIDED), early, Message.recalled_at.is_(None))
    own = rows_of(*late, Shortcoming.person_id.in_([one for one in by if one is not None]))
    house = office()
    return {
        "office": house.name,
        "letterhead": house.letterhead.splitlines(),
        "rows": [_row(row, moment) for row in found],
        "repeated": _repeated([row for row in found if row.is_confirmed], end_of(last_day, zone)),
        "undecided": db.session.scalar(left.where(*late)) or 0,
        "undecided_rows": [_row(row, moment) for row in own],
    }


def _row(row: Shortcoming, moment: Callable[[datetime], str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "number": row.message.number,
        "what": row.what,
        "words": row.words,
        "clause": clause_words(row.clause),
        "when": moment(row.occurred_at),
        "person": row.person_words or "не определён",
        "department_id": row.department_id,
        "department": row.department.name if row.department else NO_DEPARTMENT,
        "cause": row.cause_said,
        "objection": row.objection,
        "reason": row.reason,
        "decided_by": row.decided_by.name if row.decided_by else "",
        "confirmed": row.is_confirmed,
        "why": row.waiver.label if row.waiver else "",
        "waived": row.waiver_said,
        "consequence": row.root_id is not None,
    }


def _repeated(rows: Sequence[Shortcoming], end: datetime) -> list[dict[str, Any]]:
    """People with a shortcoming in this memo and more than one within a year; a chain counts once."""
    people = {row.person_id for row in rows if row.person_id is not None}
    matter = func.count(func.coalesce(Shortcoming.root_id, Shortcoming.id).distinct())
    counted = db.session.execute(
        select(User.id, User.name, matter)
        .join(Shortcoming, Shortcoming.person_id == User.id)
        .where(User.id.in_(people), Shortcoming.state == ShortcomingState.CONFIRMED)
        .where(Shortcoming.occurred_at >= end - YEAR, Shortcoming.occurred_at < end)
        .group_by(User.id, User.name)
        .having(matter > 1)
        .order_by(matter.desc(), User.name)
    )
    return [
        {
            "person": name,
            "year": year,
            "here": len({row.root_id or row.id for row in rows if row.person_id == user_id}),
            "departments": sorted({row.department_id for row in rows if row.person_id == user_id} - {None}, key=str),
        }
        for user_id, name, year in counted
    ]


def departments_in(content: dict[str, Any]) -> set[int]:
    return {row["department_id"] for row in content["rows"] if row["department_id"] is not None}


def view(content: dict[str, Any], departments: Collection[int] | None = None) -> dict[str, Any]:
    """The contents in reading order; `departments`: those that concern the reader, None: all."""

    def concerns(row: dict[str, Any]) -> bool:
        return departments is None or row["department_id"] in departments

    mine = [row for row in content["rows"] if concerns(row)]
    confirmed = [row for row in mine if row["confirmed"]]
    waived = [row for row in mine if not row["confirmed"]]
    blocks = []
    for name in sorted({row["department"] for row in confirmed}, key=lambda name: (name == NO_DEPARTMENT, name)):
        own = [row for row in confirmed if row["department"] == name]
        clauses = Counter(row["clause"] for row in own)
        counted = [{"clause": clause, "count": clauses[clause]} for clause in sorted(clauses, key=_by_number)]
        blocks.append({"name": name, "total": len(own), "clauses": counted, "rows": own})
    reasons = Counter(row["why"] for row in waived)
    return {
        "office": content["office"],
        "letterhead": content["letterhead"],
        "total": len(confirmed),
        "rows": confirmed,
        "departments": blocks,
        "waived_total": len(waived),
        "waived": [{"why": why, "count": count} for why, count in reasons.most_common()],
        "waived_rows": waived,
        "repeated": [
            one for one in content["repeated"] if departments is None or set(one["departments"]) & set(departments)
        ],
        "undecided": content["undecided"] if departments is None else 0,
        # Older memos have no such list.
        "undecided_rows": [row for row in content.get("undecided_rows", ()) if concerns(row)],
    }


def _by_number(clause: str) -> tuple[int, str]:
    digits = "".join(character for character in clause if character.isdigit())
    return (int(digits or 0), clause)
