"""What a memo of shortcomings tells (П.19): plain values, fit to be stored as JSON, and a reader's part of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from osm.extensions import db
from osm.regulation.clause_words import clause_words
from osm.regulation.control.responsibility import UNDECIDED, WAIVER_LABELS, ShortcomingState
from osm.store.models import Message, Shortcoming, User
from osm.store.queries.control.shortcomings import ShortcomingRow, rows_of, select_rows
from osm.store.queries.staff.leaders import office

YEAR = timedelta(days=365)
"""Within which a second shortcoming is a repeated one."""
NOBODYS = "Отдел не указан"


def told_by(last_day: date, zone: tzinfo) -> ColumnElement[bool]:
    """The condition on Shortcoming: decided, of no later than this day, and told by no memo yet."""
    decided = Shortcoming.state.in_((ShortcomingState.CONFIRMED, ShortcomingState.WAIVED))
    return and_(decided, Shortcoming.memo_id.is_(None), Shortcoming.occurred_at < end_of(last_day, zone))


def end_of(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone)


def content_of(
    last_day: date, zone: tzinfo, moment: Callable[[datetime], str], by: Collection[int | None]
) -> dict[str, Any]:
    """Everything that a memo of the days up to this one would tell now; some statements.

    `by`: who prepares and who sends it. Their own undecided shortcomings are listed, so that they cannot be left out.
    """
    found = rows_of(select_rows().where(told_by(last_day, zone)).order_by(Shortcoming.occurred_at, Shortcoming.id))
    left = select(func.count()).select_from(Shortcoming).join(Message, Message.id == Shortcoming.message_id)
    early = Shortcoming.occurred_at < end_of(last_day, zone)
    late = (Shortcoming.state.in_(UNDECIDED), early, Message.recalled_at.is_(None))
    own = select_rows().where(*late, Shortcoming.person_id.in_([one for one in by if one is not None]))
    house = office()
    return {
        "office": house.name,
        "letterhead": house.letterhead.splitlines(),
        "rows": [_row(row, moment) for row in found],
        "repeated": _repeated([row for row in found if row.is_confirmed], end_of(last_day, zone)),
        "undecided": db.session.scalar(left.where(*late)) or 0,
        "undecided_rows": [_row(row, moment) for row in rows_of(own.order_by(Shortcoming.occurred_at, Shortcoming.id))],
    }


def _row(row: ShortcomingRow, moment: Callable[[datetime], str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "number": row.number,
        "what": row.what,
        "words": row.words,
        "clause": clause_words(row.clause),
        "when": moment(row.occurred_at),
        "person": row.person or "не определён",
        "department_id": row.department_id,
        "department": row.department or NOBODYS,
        "cause": row.cause_said,
        "objection": row.objection,
        "reason": row.reason,
        "decided_by": row.decided_by,
        "confirmed": row.is_confirmed,
        "why": WAIVER_LABELS[row.waiver] if row.waiver else "",
        "waived": row.waiver_said,
        "consequence": row.root_id is not None,
    }


def _repeated(rows: Sequence[ShortcomingRow], end: datetime) -> list[dict[str, Any]]:
    """Whoever has one in this memo and more than one within a year; a chain counts once."""
    people = {row.person_id for row in rows if row.person_id is not None}
    matter = func.count(func.coalesce(Shortcoming.root_id, Shortcoming.id).distinct())
    counted = db.session.execute(
        select(User.id, User.name, matter)
        .join(Shortcoming, Shortcoming.person_id == User.id)
        .where(
            User.id.in_(people),
            Shortcoming.state == ShortcomingState.CONFIRMED,
            Shortcoming.occurred_at >= end - YEAR,
            Shortcoming.occurred_at < end,
        )
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
    """The departments of which it tells."""
    return {row["department_id"] for row in content["rows"] if row["department_id"] is not None}


def view(content: dict[str, Any], departments: Collection[int] | None = None) -> dict[str, Any]:
    """The same in the order of reading; `departments`: those that concern the reader, None where all do."""
    mine = [row for row in content["rows"] if departments is None or row["department_id"] in departments]
    confirmed = [row for row in mine if row["confirmed"]]
    waived = [row for row in mine if not row["confirmed"]]
    blocks = []
    for name in sorted({row["department"] for row in confirmed}, key=lambda name: (name == NOBODYS, name)):
        own = [row for row in confirmed if row["department"] == name]
        clauses = Counter(row["clause"] for row in own)
        blocks.append(
            {
                "name": name,
                "total": len(own),
                "clauses": [{"clause": clause, "count": clauses[clause]} for clause in sorted(clauses, key=_by_number)],
                "rows": own,
            }
        )
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
        "undecided_rows": [
            row
            # Memos of before have none.
            for row in content.get("undecided_rows", ())
            if departments is None or row["department_id"] in departments
        ],
    }


def _by_number(clause: str) -> tuple[int, str]:
    digits = "".join(character for character in clause if character.isdigit())
    return (int(digits or 0), clause)
