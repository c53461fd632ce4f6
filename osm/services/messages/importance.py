"""Raising and lowering the importance of a message (П.9)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from osm.regulation.errors import MissingInput
from osm.regulation.words import Role
from osm.regulation.workflow import Action, Importance
from osm.services.acts import act, from_the_minute
from osm.store.models import Message, User


def raise_importance(
    message_id: int,
    version: int,
    *,
    detected_at: datetime | None,
    reason: str,
    actor: User,
    now: datetime,
    roles: Collection[Role] | None = None,
) -> Message:
    """High importance, found out at `detected_at` (now, if None): the running clocks are computed anew from there.

    `roles`: as in `act`.
    """
    with act(Action.RAISE_IMPORTANCE, message_id, version, actor, now, roles=roles) as step:
        message = step.message
        at = from_the_minute(detected_at, message.received_at) if detected_at else now
        if message.importance is Importance.HIGH:
            raise MissingInput("importance", "Важность уже повышенная. Ничего не изменено.")
        if not message.received_at <= at <= now:
            raise MissingInput(
                "detected_at", "Важность выявлена не раньше поступления сообщения и не позже текущего времени."
            )
        message.importance, message.detected_at = Importance.HIGH, at
        step.note = reason.strip()
        step.changes["importance"] = (Importance.NORMAL, Importance.HIGH)
        step.changes["detected_at"] = (None, at)
        return message


def lower_importance(message_id: int, version: int, *, reason: str, actor: User, now: datetime) -> Message:
    """Normal importance: the clocks count from the selection again, or stop where nothing was selected."""
    with act(Action.LOWER_IMPORTANCE, message_id, version, actor, now) as step:
        message = step.message
        if message.importance is Importance.NORMAL:
            raise MissingInput("importance", "Важность уже обычная. Ничего не изменено.")
        step.note = reason.strip()
        step.changes["importance"] = (Importance.HIGH, Importance.NORMAL)
        step.changes["detected_at"] = (message.detected_at, None)
        message.importance, message.detected_at = Importance.NORMAL, None
        return message
