"""Shortcomings (П.19): the person names the cause or objects, the curator decides; about him the chief of staff."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from osm.base.database import add_row, db
from osm.base.errors import NotYours, ServiceError
from osm.base.transaction import transaction
from osm.flow.acts import clocks, moving
from osm.flow.acts.act import for_the_curator, load_message, required
from osm.log.acts.record import Change, record
from osm.models import Assignment, Connection, NetworkOutage, Shortcoming, User
from osm.outbox.queries import is_on
from osm.regulation.control import SHORTCOMING_CLAUSES, UNDECIDED, Cause, ShortcomingState, Side, Waiver, may_decide
from osm.regulation.errors import MissingInput, StaleVersion, need, one_of, refuse
from osm.regulation.words import PRESS_CENTRE, Role
from osm.shortcomings.queries.shortcomings import may_enter, rules_on_curators

LONGEST = 2000  # characters of what is written to a shortcoming

Rows = Sequence[tuple[int, int]]  # each as id and version
Counts = tuple[int, int]  # with how many it was done, and how many were left as they are


def explain(shortcoming_id: int, version: int, *, cause: str, words: str, actor: User, now: datetime) -> Shortcoming:
    """The person names the cause: one of the list, or his own words. Raises MissingInput."""
    known, text = _checked_cause(cause, words)
    with _act("shortcoming_explained", shortcoming_id, version, actor, now) as step:
        step.explain(known, text)
        return step.row


def explain_many(rows: Rows, *, cause: str, words: str, actor: User, now: datetime) -> Counts:
    """Name one cause for many of his shortcomings: a late load, an outage, or the rows that he has ticked."""
    known, text = _checked_cause(cause, words)
    return _many("shortcoming_explained", rows, lambda step: step.explain(known, text), actor, now)


def object_to(shortcoming_id: int, version: int, *, objection: str, actor: User, now: datetime) -> Shortcoming:
    """The person objects; the objection is shown with the shortcoming and in the memo."""
    text = required("objection", _said("objection", objection), "Напишите, с чем вы не согласны.")
    with _act("shortcoming_objected", shortcoming_id, version, actor, now) as step:
        _only_the_person(step.row, actor)
        step.row.objection, step.row.answered_at, step.note = text, now, text
        step.to(ShortcomingState.OBJECTED)
        return step.row


def confirm(shortcoming_id: int, version: int, *, reason: str, actor: User, now: datetime) -> Shortcoming:
    """Confirm the shortcoming. After an objection `reason` must say why it was not accepted."""
    text = _said("reason", reason)
    with _act("shortcoming_confirmed", shortcoming_id, version, actor, now) as step:
        if step.row.state is ShortcomingState.OBJECTED:
            text = required("reason", text, "Есть возражение. Напишите, почему оно не принято.")
        step.decide(ShortcomingState.CONFIRMED, None, text)
        return step.row


def confirm_many(rows: Rows, *, reason: str, actor: User, now: datetime) -> Counts:
    """Confirm many. Without a `reason`, those with an objection are skipped."""
    text = _said("reason", reason)

    def act(step: _Step) -> list[int] | None:
        left = step.row.state is ShortcomingState.OBJECTED and not text
        return None if left else step.decide(ShortcomingState.CONFIRMED, None, text)

    return _many("shortcoming_confirmed", rows, act, actor, now)


def waive(shortcoming_id: int, version: int, *, waiver: str, reason: str, actor: User, now: datetime) -> Shortcoming:
    """Decide that it is no shortcoming, for a reason that the memo states."""
    known, text = checked_waiver(waiver, reason)
    with _act("shortcoming_waived", shortcoming_id, version, actor, now) as step:
        step.decide(ShortcomingState.WAIVED, known, text)
        return step.row


def waive_many(rows: Rows, *, waiver: str, reason: str, actor: User, now: datetime) -> Counts:
    """Waive many, for example after a wrong calendar or a wrong time of the export."""
    known, text = checked_waiver(waiver, reason)
    return _many("shortcoming_waived", rows, lambda step: step.decide(ShortcomingState.WAIVED, known, text), actor, now)


def _many(action: str, rows: Rows, act: Callable[[_Step], list[int] | None], actor: User, now: datetime) -> Counts:
    """Run `act` on the rows; it returns the ids decided together with the row, None where the row is skipped. Raises
    MissingInput without rows, NotYours (then no row is changed). Rows changed by somebody else are skipped."""
    refuse("row", not rows, "Отметьте хотя бы одну строку.")
    done = set[int]()
    with transaction():
        for row_id, version in sorted(set(rows)):
            if row_id in done:
                continue
            try:
                step = _Step(_locked(row_id, version), actor, now)
            except (StaleVersion, ServiceError):
                continue
            if (others := act(step)) is not None:
                done |= {row_id, *others}
                step.finish(action)
    return len(done), len({row_id for row_id, _ in rows} - done)


def enter(
    message_id: int, *, kind: str, person_id: int | None, day: date | None, words: str, actor: User, now: datetime
) -> Shortcoming:
    """Enter a shortcoming without a clock: false facts, an ignored request, a bad answer. Raises MissingInput."""
    known = next((one for one in SHORTCOMING_CLAUSES if one == kind), None)
    known = need("kind", known, "Выберите, что нарушено.")
    text = required("words", _said("words", words), "Напишите, что именно не так.")
    calendar = clocks.in_force().calendar
    if day is None or day > calendar.local(now).date():
        raise MissingInput("day", "Укажите день, когда это было: не позже сегодняшнего.")
    with transaction() as session:
        message = load_message(message_id)
        NotYours.when(not may_enter(actor), "Недостаток вносит куратор или руководитель. Ничего не изменено.")
        person = session.get(User, person_id) if person_id else None
        if person is None or not person.own_roles & {Role.EXECUTOR, *PRESS_CENTRE}:
            raise MissingInput("person_id", "Выберите, кто отвечает.")
        same = {"message_id": message.id, "kind": known, "person_id": person.id, "words": text}
        waits = select(Shortcoming.id).filter_by(**same).where(Shortcoming.state.in_(UNDECIDED))
        refuse("words", session.scalar(waits), "Этот недостаток уже внесён и не решён. Второй раз он не записан.")
        own = select(Assignment.department_id).where(
            Assignment.message_id == message.id, Assignment.executor_id == person.id
        )
        department = session.scalar(own.order_by(Assignment.id.desc()).limit(1)) or person.department_id
        row = Shortcoming(
            **same, clause=SHORTCOMING_CLAUSES[known], noted_at=now, entered_by_id=actor.id,
            occurred_at=min(datetime.combine(day, time(12), calendar.tz), now), department_id=department,
            side=Side.CURATOR if person.owns(Role.CURATOR) else Side.EXECUTOR, state=ShortcomingState.ASKED,
        )  # fmt: skip
        add_row(row)
        record(
            "shortcoming_entered", at=now, actor=actor, message=message, clause=row.clause, note=text,
            changes={"shortcoming_kind": (None, known), "person_id": (None, person.id)}, about=row,
            for_id=for_the_curator(actor),
        )  # fmt: skip
        return row


def _checked_cause(cause: str, words: str) -> tuple[Cause, str]:
    known = one_of("cause", cause, Cause, "Выберите причину.")
    text = _said("words", words)
    return known, required("words", text, "Напишите причину своими словами.") if known is Cause.OTHER else text


def checked_waiver(waiver: str, reason: str) -> tuple[Waiver, str]:
    """The waiver and its words. Raises MissingInput."""
    known = one_of("waiver", waiver, Waiver, "Выберите, почему снимается.")
    text = _said("reason", reason)
    return known, required("reason", text, "Напишите, почему снимается.") if known is Waiver.OTHER else text


@dataclass
class _Step:
    row: Shortcoming
    actor: User
    now: datetime
    changes: dict[str, Change] = field(default_factory=dict)
    note: str = ""

    def to(self, state: ShortcomingState) -> None:
        self.changes["shortcoming_state"] = (self.row.state, state)
        self.row.state = state

    def explain(self, cause: Cause, text: str) -> list[int]:
        """An objection stays with its state: the person may both object and name a cause. Raises NotYours."""
        _only_the_person(self.row, self.actor)
        self.changes["cause"] = (self.row.cause, cause)
        self.note = text
        self.row.cause, self.row.cause_words, self.row.answered_at = cause, text, self.now
        if self.row.state is ShortcomingState.ASKED:
            self.to(ShortcomingState.EXPLAINED)
        return []

    def decide(self, state: ShortcomingState, waiver: Waiver | None, reason: str) -> list[int]:
        """Decide it and its consequences for the same person, unless he objects to them; returns their ids. Raises
        NotYours."""
        _only_who_decides(self.row, self.actor)
        following = db.session.scalars(
            select(Shortcoming)
            .where(Shortcoming.root_id == self.row.id, Shortcoming.person_id == self.row.person_id)
            .where(Shortcoming.state.in_((ShortcomingState.ASKED, ShortcomingState.EXPLAINED)))
            .order_by(Shortcoming.id)
            .with_for_update(of=Shortcoming)
        ).all()
        for row in following:
            step = _Step(row, self.actor, self.now)
            step._settle(state, waiver, reason)
            step.finish(f"shortcoming_{state}")
        self._settle(state, waiver, reason)
        return [row.id for row in following]

    def _settle(self, state: ShortcomingState, waiver: Waiver | None, reason: str) -> None:
        if waiver is not None:
            self.changes["waiver"] = (None, waiver)
        self.note = reason
        self.row.waiver, self.row.reason = waiver, reason
        self.row.decided_at, self.row.decided_by_id = self.now, self.actor.id
        self.to(state)

    def finish(self, action: str) -> None:
        self.row.version += 1
        record(
            action, at=self.now, actor=self.actor, message=self.row.message, clause=self.row.clause,
            changes=self.changes, note=self.note, about=self.row,
            for_id=for_the_curator(self.actor) if self.row.decided_at else None,
        )  # fmt: skip


@contextmanager
def _act(action: str, shortcoming_id: int, version: int, actor: User, now: datetime) -> Iterator[_Step]:
    with transaction() as session:
        step = _Step(_locked(shortcoming_id, version), actor, now)
        with session.no_autoflush:
            yield step
        step.finish(action)


def _locked(shortcoming_id: int, version: int) -> Shortcoming:
    """Raises NotFound, StaleVersion, and ServiceError if it is decided, because a decision is final."""
    row = moving.locked(Shortcoming, shortcoming_id, version, "Недостаток")
    ServiceError.when(row.state not in UNDECIDED, "Здесь уже принято решение, оно не меняется. Ничего не изменено.")
    return row


def _only_the_person(row: Shortcoming, actor: User) -> None:
    NotYours.when(row.person_id != actor.id, "Причину называет и возражает только сам сотрудник. Ничего не изменено.")


def _only_who_decides(row: Shortcoming, actor: User) -> None:
    is_chief = rules_on_curators(actor, row.person_id)
    if may_decide(row.side, row.person_id, actor.id, is_curator=actor.has(Role.CURATOR), is_chief=is_chief):
        return
    NotYours.when(row.person_id == actor.id, "О собственном недостатке никто не решает сам. Ничего не изменено.")
    if row.side is Side.CURATOR:
        raise NotYours("О недостатках куратора решает руководитель аппарата (п. 5). Ничего не изменено.")
    raise NotYours("Это решает куратор. Ничего не изменено.")


def _said(name: str, typed: str) -> str:
    text = typed.replace("\0", "").strip()
    refuse(name, len(text) > LONGEST, f"Слишком длинно: больше {LONGEST} знаков. Сократите.")
    return text


# --- Outages of networks
SHORTEST = timedelta(minutes=5)  # a shorter silence makes nothing late


def note(now: datetime) -> int:
    """Store outages that began or ended; returns how many."""
    # Check first without the write lock: mostly there is no change.
    if not any(_changes(now)):
        return 0
    with transaction() as session:
        changed = list(_changes(now))
        for row, ended_at in changed:
            row.ended_at = ended_at
            session.add(row)
        return len(changed)


def _changes(now: datetime) -> Iterator[tuple[NetworkOutage, datetime | None]]:
    """Outages with their end."""
    pages: dict[str, list[Connection]] = defaultdict(list)
    for page in db.session.scalars(select(Connection).options(joinedload(Connection.account))):
        if is_on(page):
            pages[page.account.network].append(page)
    running = {
        row.network: row for row in db.session.scalars(select(NetworkOutage).where(NetworkOutage.ended_at.is_(None)))
    }
    for network in pages.keys() | running.keys():
        since, row = _down_since(pages[network]), running.get(network)
        if since is None and row is not None:
            answered = [page.read_at for page in pages[network] if page.read_at and page.read_at > row.began_at]
            yield row, min(answered, default=now)
        elif since is not None and row is None and now - since >= SHORTEST:
            yield NetworkOutage(network=network, began_at=since), None


def _down_since(pages: Sequence[Connection]) -> datetime | None:
    """When the last page failed, if all have failed. A page that failed by our own error is left out."""
    failed = [page.failed_at for page in pages if page.failed_at is not None and page.rest_until is not None]
    return max(failed) if pages and len(failed) == len(pages) else None
