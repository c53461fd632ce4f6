"""The names that the words of the log need beside an event: who was asked, for whom somebody acted, which version."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from osm.extensions import db
from osm.regulation.substitution import acting_words
from osm.store.models import Assignment, Closure, Department, Draft, Reply, User
from osm.store.models.log import FOR_WHOM


def absent_names(changes: Iterable[Mapping[str, Sequence[Any]]]) -> dict[int, str]:
    """Id → name of the absent colleagues for whom these events were done (П.3); no statement where there are none."""
    ids = {pair[1] for changed in changes if (pair := changed.get(FOR_WHOM))}
    if not ids:
        return {}
    return dict(db.session.execute(select(User.id, User.name).where(User.id.in_(ids))).tuples().all())


def actor_words(name: str | None, changes: Mapping[str, Sequence[Any]], absent: Mapping[int, str]) -> str:
    """Who acted and, where he did it for an absent colleague, for whom; empty where the machine did."""
    pair = changes.get(FOR_WHOM)
    return acting_words(name or "", absent.get(pair[1], "") if pair else "")


def executors_named(which: ColumnElement[bool]) -> dict[int, str]:
    """Assignment id → «Борис Ежов (ЖКХ), замещает: Алла Ким»; `which`: a condition on Assignment."""
    absent = aliased(User)
    found = db.session.execute(
        select(Assignment.id, User.name, Department.short_name, absent.name)
        .join(User, User.id == Assignment.executor_id)
        .outerjoin(absent, absent.id == Assignment.for_id)
        .outerjoin(Department, Department.id == Assignment.department_id)
        .where(which)
    )
    return {
        i: name + (f" ({short})" if short else "") + (f", замещает: {absent_name}" if absent_name else "")
        for i, name, short, absent_name in found
    }


def draft_numbers(which: ColumnElement[bool]) -> dict[int, int]:
    """Draft id → its number; `which`: a condition on Draft with its Reply."""
    found = db.session.execute(select(Draft.id, Draft.number).join(Reply, Reply.id == Draft.reply_id).where(which))
    return dict(found.tuples().all())


def recipients_of(message_ids: Collection[int]) -> dict[tuple[int | None, datetime], str]:
    """Message and instant of its closing → to whom it was handed on."""
    found = db.session.execute(
        select(Closure.message_id, Closure.closed_at, Closure.recipient).where(Closure.message_id.in_(message_ids))
    )
    return {(message_id, at): recipient for message_id, at, recipient in found}
