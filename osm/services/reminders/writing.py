"""Reminders are written here alone: each with the key of what it is about, so that nobody is told a thing twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import delete, select

from osm.extensions import db
from osm.regulation.control.hours import shown_from
from osm.regulation.control.letters import MailMode, goes_at_once
from osm.regulation.control.reminder_row import Kind
from osm.regulation.control.reminding import RULES
from osm.regulation.words import Importance
from osm.services.clocks.clocks import in_force
from osm.settings import Settings
from osm.store.many_rows import write_rows
from osm.store.models import MailState, Message, Reminder, User
from osm.store.transaction import transaction

Row = dict[str, Any]


class Writing:
    """What is to be written in one transaction: add to it, then `store` within the transaction."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, int], Row] = {}

    def add(
        self,
        kind: Kind,
        about: str,
        people: Iterable[int],
        *,
        at: datetime,
        message: Message | None = None,
        object_id: int | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        """Remind these people; `about` tells one thing of this kind from another. A recalled message is no matter."""
        if message is not None and message.recalled_at is not None:
            return
        for person in people:
            self._rows.setdefault(
                (f"{kind}:{about}", person),
                {
                    "recipient_id": person, "kind": str(kind), "key": f"{kind}:{about}", "at": at,
                    "message_id": message.id if message else None, "object_id": object_id, "facts": dict(facts or {}),
                    "shown_from": shown_from(at + RULES[kind].after, RULES[kind].haste, in_force().calendar),
                    "high": message is not None and message.importance is Importance.HIGH,
                },
            )  # fmt: skip

    def store(self) -> int:
        """Insert those that are not there yet, for people who still work here; returns how many."""
        known = self._known()
        new = [row for key, row in self._rows.items() if key not in known]
        people = self._people({row["recipient_id"] for row in new})
        rows = [_mailed(row, *people[row["recipient_id"]]) for row in new if row["recipient_id"] in people]
        write_rows(Reminder, rows)
        return len(rows)

    def _known(self) -> set[tuple[str, int]]:
        if not self._rows:
            return set()
        keys = sorted({key for key, _ in self._rows})
        found = db.session.execute(select(Reminder.key, Reminder.recipient_id).where(Reminder.key.in_(keys)))
        return {(key, person) for key, person in found}

    @staticmethod
    def _people(ids: set[int]) -> dict[int, tuple[str, MailMode]]:
        if not ids:
            return {}
        found = db.session.execute(select(User.id, User.email, User.mail_mode).where(User.id.in_(ids), User.is_active))
        return {person: (email, mode) for person, email, mode in found}


def _mailed(row: Row, email: str, mode: MailMode) -> Row:
    """With how it is mailed; what is not wanted now is not sent later either."""
    settings: Settings = current_app.extensions["osm_settings"]
    high = row.pop("high")
    wanted = settings.mail is not None and email and mode is not MailMode.NONE
    at_once = goes_at_once(RULES[Kind(row["kind"])].haste, mode, high=high)
    return row | {"mail": MailState.WAITING if wanted else MailState.NONE, "at_once": at_once}


def remind(
    kind: Kind, about: str, people: Iterable[int], *, at: datetime, facts: Mapping[str, Any] | None = None
) -> int:
    """One reminder in a transaction of its own: an alarm, which is no act upon a message. Returns how many are new."""
    writing = Writing()
    writing.add(kind, about, people, at=at, facts=facts)
    if writing._known() >= writing._rows.keys():
        return 0
    with transaction():
        return writing.store()


def remove_older(before: datetime) -> int:
    """Forget what happened before this instant; its acts and terms are past, nothing brings them again."""
    first = select(Reminder.at).order_by(Reminder.id).limit(1)
    oldest = db.session.scalar(first)
    if oldest is None or oldest >= before:
        return 0
    old = select(Reminder.id).order_by(Reminder.id).limit(500)
    gone = delete(Reminder).where(Reminder.id.in_(old), Reminder.at < before)
    with transaction() as session:
        return len(session.scalars(gone.returning(Reminder.id)).all())
