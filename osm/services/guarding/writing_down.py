"""What may be written down about a page: one row under the version seen, days that are past, never a secret."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time

from osm.regulation.errors import MissingInput
from osm.regulation.guarding.secrets import secret_in
from osm.services.clocks.clocks import in_force
from osm.services.edits import locked, settle
from osm.services.errors import NotFound
from osm.services.log.log import Change
from osm.store.models import Account, PageGuard, User
from osm.store.transaction import transaction
from osm.store.upsert import insert_into

KIND = "page_guard"
"""What the log calls it; the id is that of the account."""


@dataclass
class Written:
    """The row, and what changed of the page, for the log."""

    guard: PageGuard
    changes: dict[str, Change] = field(default_factory=dict)


@contextmanager
def writing_down(action: str, account_id: int, version: int, actor: User | None, now: datetime) -> Iterator[Written]:
    """One transaction upon one page under the version that the person saw. NotFound, StaleVersion."""
    with transaction() as session:
        if session.get(Account, account_id) is None:
            raise NotFound("Страница")
        session.execute(insert_into(PageGuard).values(id=account_id).on_conflict_do_nothing())
        step = Written(locked(PageGuard, account_id, version, "Страница"))
        with session.no_autoflush:
            yield step
        settle(action, KIND, step.guard, step.changes, actor=actor, now=now)


def no_secret(name: str, value: str) -> str:
    """The value, unless it holds what looks like a password, a key or recovery codes. MissingInput."""
    if what := secret_in(value):
        raise MissingInput(
            name,
            f"Похоже, здесь {what}. Паролей, ключей и кодов в программе не пишут: укажите, у кого они и когда сменены. "
            "Ничего не сохранено, уберите это слово.",
        )
    return value


def past_day(name: str, day: date | None, now: datetime) -> date | None:
    """The day, unless it is still to come. MissingInput."""
    if day is not None and day > today(now):
        raise MissingInput(name, "Этот день ещё не наступил. Проверьте дату.")
    return day


def today(now: datetime) -> date:
    """The day by the office's clock."""
    return in_force().calendar.local(now).date()


def begins(day: date) -> datetime:
    """The local midnight at which it begins."""
    return datetime.combine(day, time(), in_force().calendar.tz)
