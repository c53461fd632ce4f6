"""What became of the promises of a period: each has its day, and the percentage is of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from osm.extensions import db
from osm.store.models import Message, Promise, PromiseState
from osm.store.queries.figures.span import Scope, Span


class Standing(StrEnum):
    """The four add up to all; their words are those of the codes."""

    KEPT = "kept"
    LATE = "late"
    REPORTED = "reported"
    """In its day, and the curator has not accepted it yet."""
    OPEN = "open"


PROMISED = "promised"
CODES: Mapping[str, Standing] = {f"{PROMISED}-{standing}": standing for standing in Standing}


def standing_of(promise: Any, today: date, zone: tzinfo) -> Standing | None:
    """None: it is not counted, dropped or moved in time. The columns of a promise; `today`: the local day."""
    in_its_day = promise.reported_at is not None and promise.reported_at.astimezone(zone).date() <= promise.due_on
    match promise.state:
        case PromiseState.DROPPED:
            return None
        case PromiseState.MOVED:
            return Standing.LATE if promise.decided_at.astimezone(zone).date() > promise.due_on else None
        case PromiseState.DONE if in_its_day:
            return Standing.KEPT
        case PromiseState.REPORTED if in_its_day:
            return Standing.REPORTED
        case PromiseState.OPEN if promise.due_on >= today:
            return Standing.OPEN
    return Standing.LATE


def standings(span: Span, now: datetime, scope: Scope) -> dict[int, Standing]:
    """Id → standing of the promises whose day lies in the period."""
    columns = (Promise.id, Promise.state, Promise.due_on, Promise.reported_at, Promise.decided_at)
    asked = (
        select(*columns)
        .join(Message, Message.id == Promise.message_id)
        .where(
            Promise.due_on >= span.first, Promise.due_on <= span.last, Message.recalled_at.is_(None), scope.of_message()
        )
    )
    today = now.astimezone(span.zone).date()
    found = {row.id: standing_of(row, today, span.zone) for row in db.session.execute(asked)}
    return {key: standing for key, standing in found.items() if standing is not None}


def ids_of(code: str, span: Span, now: datetime, scope: Scope) -> list[int]:
    """The promises that this figure counts."""
    wanted = CODES.get(code)
    return [key for key, standing in standings(span, now, scope).items() if wanted in (None, standing)]
