"""The shortest way through an import: upload, start, let the worker do a round, look at the result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from osm.base.database import db
from osm.base.transaction import Pace
from osm.imports.acts import runs
from osm.imports.acts import work as acts_work
from osm.models import Event, ImportRow, ImportRun, Message, User
from osm.regulation.words import DeadlineState
from tests.connectors.files import HEADER, incident, xlsx

VLADIVOSTOK = ZoneInfo("Asia/Vladivostok")


def at(text: str) -> datetime:
    """«02.11 10:40» of 2026, local time."""
    return datetime.strptime(f"2026 {text}", "%Y %d.%m %H:%M").replace(tzinfo=VLADIVOSTOK).astimezone(UTC)


NOON = at("02.11 12:00")
"""A Monday, an hour and twenty minutes after the rows of `incident` were received."""


def export(*rows: list[Any], header: list[str] | None = None) -> bytes:
    """An XLSX of these rows under the usual header."""
    return xlsx([header or HEADER, *rows])


def rows(count: int, first: int = 501) -> list[list[Any]]:
    """So many different rows."""
    return [incident(first + number) for number in range(count)]


@dataclass
class Outcome:
    """A run after the worker's round. Read again on each use, since the session changes."""

    run_id: int

    @property
    def run(self) -> ImportRun:
        return db.session.get_one(ImportRun, self.run_id)

    @property
    def counts(self) -> dict[str, int]:
        """Counts without zeros."""
        return {name: number for name, number in self.run.counts.items() if number}

    @property
    def rows(self) -> list[ImportRow]:
        return list(
            db.session.scalars(db.select(ImportRow).where(ImportRow.run_id == self.run_id).order_by(ImportRow.row_no))
        )

    @property
    def reasons(self) -> dict[int, str]:
        return {row.row_no: row.reason for row in self.rows if row.reason}

    @property
    def warnings(self) -> dict[int, str]:
        return {row.row_no: row.warning for row in self.rows if row.warning}


def upload(content: bytes, *, source: str = "", actor: User | None = None, now: datetime = NOON) -> int:
    return runs.upload_file("выгрузка.xlsx", content, source=source, actor=actor, now=now).id


def start(
    run_id: int,
    *,
    times: str = "local",
    history: bool = False,
    dry_run: bool = False,
    columns: dict[str, str] | None = None,
    now: datetime = NOON,
    owner: str = "",
) -> None:
    runs.start_run(
        run_id, columns=columns or {}, times=times, history=history, dry_run=dry_run, actor=None, now=now, owner=owner
    )


def work(owner: str = "worker:1", now: datetime = NOON, pace: Pace | None = None) -> int:
    return acts_work.run(owner, lambda: now, pace)


def load(content: bytes, *, source: str = "", now: datetime = NOON, **how: Any) -> Outcome:
    """Upload a file and let the worker import it, as the page does."""
    run_id = upload(content, source=source, now=now)
    start(run_id, now=now, **how)
    work(now=now)
    return Outcome(run_id)


def messages() -> list[Message]:
    return list(db.session.scalars(db.select(Message).order_by(Message.id)))


def message(number: object) -> Message:
    return db.session.scalars(db.select(Message).where(Message.number == str(number))).one()


def running(message: Message) -> dict[str, str]:
    """The clocks that run, kind → term in local time."""
    return {
        deadline.kind.value: f"{deadline.due_at.astimezone(VLADIVOSTOK):%d.%m %H:%M}"
        for deadline in message.deadlines
        if deadline.state is DeadlineState.OPEN and deadline.due_at
    }


def actions(message: Message) -> list[str]:
    return list(db.session.scalars(db.select(Event.action).where(Event.message_id == message.id).order_by(Event.id)))
