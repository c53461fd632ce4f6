"""Urgent reports to the head and signs of danger to life (П.9, П.20): sent, read, reported by telephone."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select

from osm.base.database import add_row, db
from osm.base.errors import NotYours, ServiceError, must_exist
from osm.base.transaction import transaction
from osm.flow.acts.act import from_the_minute, load_message
from osm.flow.acts.clocks import in_force
from osm.flow.acts.moving import locked
from osm.log.acts.record import Change, record
from osm.messages.acts.executors import raise_importance
from osm.models import (
    Burst,
    Comment,
    Danger,
    DangerReply,
    Message,
    Reached,
    ReachedAs,
    UrgentReading,
    UrgentReport,
    User,
)
from osm.people.acts.absences import head_at
from osm.people.queries.absences import HeadOfDay
from osm.regulation.control import is_at_work
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.transitions import OPEN
from osm.regulation.words import PRESS_CENTRE, Importance, Role
from osm.urgent.acts import instructions
from osm.urgent.acts.instructions import Order, ReportForm, checked
from osm.urgent.acts.shifts import duty_officer, on_call
from osm.urgent.queries import shifts, urgent

# --- Urgent reports (П.20). Each leader reads for himself; the head knows when «глава» of that day has read it or was
# called.
BATCH = 50
CLAUSE = "П.20"


class HeadKnows(ServiceError):
    def __init__(self, row: UrgentReport) -> None:
        name, at = row.reached_by.name if row.reached_by else "", row.reached_at
        there = f"{in_force().calendar.local(at):%d.%m в %H:%M}" if at else ""
        how = "доложено по телефону" if row.reached is Reached.PHONE else "прочитано"
        super().__init__(f"О докладе уже знают, {how}: {name}, {there}. Поверх ничего не записано.")


class SentAlready(ServiceError):
    """An earlier report on the same message or burst has not reached the head yet."""

    def __init__(self, row: UrgentReport) -> None:
        self.report_id = row.id
        super().__init__(
            f"{'Об этом всплеске' if row.burst_id else 'Об этом сообщении'} доклад главе уже отправлен: "
            f"{row.sent_by.name}, {in_force().calendar.local(row.sent_at):%d.%m в %H:%M}. "
            "Второй доклад не отправлен: первый ещё не доведён до главы."
        )


def send(
    form: ReportForm, *, message_id: int | None = None, burst_id: int | None = None, actor: User, now: datetime
) -> UrgentReport:
    """Report to the head: on a message, on a burst, or on neither. Raises MissingInput, NotFound, SentAlready."""
    _only_press_centre(actor)
    fields = checked(form, now)
    with transaction() as session:
        message = load_message(message_id) if message_id is not None else None
        burst = None
        if burst_id is not None:  # lock it, so that of two people who report it at once the second sees the first
            burst = must_exist(session.get(Burst, burst_id, with_for_update=True), "Всплеск")
        if message is not None:
            _check_unsent(UrgentReport.message_id == message.id)
        elif burst is not None:
            _check_unsent(UrgentReport.burst_id == burst.id)
            burst.settled_at = now
        call = timedelta(minutes=in_force().parameters.urgent_call)
        received, known = _known_from(message, burst)
        row = UrgentReport(
            **fields, message=message, burst=burst, received_at=received, known_at=known, sent_at=now, sent_by=actor,
            call_due_at=now + call,
        )  # fmt: skip
        add_row(row)
        _log("urgent_sent", row, actor, now, {"burst_id": (None, burst.id)} if burst else None)
        danger = session.get(Danger, message.id, with_for_update=True) if message is not None else None
        if danger is not None and danger.reply is None:
            decide_danger(danger, DangerReply.REPORTED, actor, now)
        return row


def decide_danger(row: Danger, reply: DangerReply, actor: User, now: datetime) -> None:
    """Runs in the caller's transaction with a locked row."""
    row.reply, row.replied_at, row.replied_by_id = reply, now, actor.id
    row.tell_at, row.version = None, row.version + 1


def read(report_id: int, version: int, *, actor: User, now: datetime) -> UrgentReport:
    """«Прочитано». If he is «глава» at this moment, the head knows now. HeadKnows if the head knew already."""
    NotYours.when(not may_read(actor), "Прочтение отмечают руководители. Ничего не изменено.")
    with transaction():
        row = _unread(report_id)
        _note_reading(row, version, actor, now)
        return row


def note_call(
    report_id: int, version: int, *, called_at: datetime | None, leader_id: int | None, words: str, order: Order | None,
    actor: User, now: datetime,
) -> UrgentReport:  # fmt: skip
    """The duty officer notes a call: «Доложено по телефону 14:05, указание: …». `order`: the instruction, if any.
    `leader_id`: the called leader as shown. Raises MissingInput (`called_at`, `leader_id`, fields of the instruction),
    HeadKnows, NotYours."""
    _only_press_centre(actor)
    with transaction():
        row = _unread(report_id)
        StaleVersion.unless_seen(version, row.version)
        at = _called(called_at, row, now)
        _check_on_duty(actor, at, now)
        leader, head = _telephoned(leader_id, at)
        row.words = words.strip() or (order.text.strip() if order else "")
        row.noted_by = actor
        _reach(row, Reached.PHONE, leader, head, at)
        _settle("urgent_phoned", row, actor, now)
        if order is not None:
            instructions.give(
                order, actor=actor, now=now, message_id=row.message_id, urgent_report_id=row.id, said_by_id=leader.id
            )
        return row


def instruct(report_id: int, version: int, *, order: Order, actor: User, now: datetime) -> UrgentReport:
    """Give an instruction on the report; this counts as reading it."""
    with transaction():
        row = locked(UrgentReport, report_id, version, "Срочный доклад")
        instructions.give(order, actor=actor, now=now, message_id=row.message_id, urgent_report_id=row.id)
        if row.reached is None:
            _note_reading(row, version, actor, now)
        if row.version == version:
            row.version += 1
        return row


def remind_to_call(now: datetime) -> int:
    """Remind the duty officer, or without one the press centre, once of each report that the head does not know."""
    late = (UrgentReport.reached.is_(None), UrgentReport.call_told_at.is_(None), UrgentReport.call_due_at <= now)
    # Check first without the write lock: usually there is nothing.
    if db.session.scalar(select(UrgentReport.id).where(*late).limit(1)) is None:
        return 0
    officer = duty_officer(now)
    recipient: dict[str, Change] | None = {"to_id": (None, officer.person_id)} if officer else None
    with transaction() as session:
        claim = select(UrgentReport).where(*late).order_by(UrgentReport.id).limit(BATCH)
        rows = session.scalars(claim.with_for_update(of=UrgentReport, skip_locked=True)).unique().all()
        for row in rows:
            row.call_told_at = now
            _log("urgent_call_due", row, None, now, recipient)
        return len(rows)


def may_read(person: User) -> bool:
    """All leaders may, for themselves (decision 043)."""
    return person.has(Role.HEAD)


def _known_from(message: Message | None, burst: Burst | None) -> tuple[datetime | None, datetime | None]:
    """When the message was received and when it became known here; a comment was known before it became a message."""
    if message is not None:
        comment = db.session.scalar(select(func.min(Comment.stored_at)).where(Comment.message_id == message.id))
        return message.received_at, min(filter(None, (message.stored_at, comment)))
    return (burst.since, burst.known_at) if burst is not None else (None, None)


def _check_unsent(about: ColumnElement[bool]) -> None:
    earlier = select(UrgentReport).where(about, UrgentReport.reached.is_(None))
    if found := db.session.scalar(earlier.limit(1)):
        raise SentAlready(found)


def _unread(report_id: int) -> UrgentReport:
    """Lock the report, or raise HeadKnows before the check of the version."""
    row = must_exist(
        db.session.get(UrgentReport, report_id, with_for_update=True, populate_existing=True), "Срочный доклад"
    )
    if row.reached is not None:
        raise HeadKnows(row)
    return row


def _note_reading(row: UrgentReport, version: int, actor: User, now: datetime) -> None:
    """«Глава» is looked up in this transaction, because the acting head may have changed since the page was shown."""
    head = head_at(now)
    is_new = db.session.get(UrgentReading, (row.id, actor.id)) is None
    if is_new:
        db.session.add(UrgentReading(urgent_report_id=row.id, user_id=actor.id, read_at=now))
    if head is not None and head.id == actor.id:
        StaleVersion.unless_seen(version, row.version)
        _reach(row, Reached.READ, actor, head, now)
        _settle("urgent_read", row, actor, now)
    elif is_new:
        _log("urgent_read", row, actor, now)


def _reach(row: UrgentReport, how: Reached, leader: User, head: HeadOfDay | None, at: datetime) -> None:
    row.reached, row.reached_at, row.reached_by = how, at, leader
    if head is not None:
        row.reached_as, row.reached_act = (ReachedAs.ACTING if head.act else ReachedAs.HEAD), head.act


def _telephoned(leader_id: int | None, at: datetime) -> tuple[User, HeadOfDay | None]:
    """The called leader, who must have been «глава» at that time. Raises MissingInput. If no account has the post of
    the head, the officer chooses a leader without a post, and the head stays unknown."""
    head = head_at(at)
    leader = db.session.get(User, leader_id) if leader_id else None
    if leader is None or not leader.is_active or not leader.owns(Role.HEAD):
        raise MissingInput("leader_id", "Выберите, кому доложено.")
    if head is None and leader.post is not None:
        raise MissingInput("leader_id", "Это не глава. Кто глава, указывает администратор на странице сотрудника.")
    if head is not None and leader.id != head.id:
        raise MissingInput("leader_id", f"{head.title} в это время — {head.name}. Доложите ему и запишите звонок.")
    return leader, head


def _check_on_duty(actor: User, *instants: datetime) -> None:
    """Raise NotYours unless he is on duty at the call or now; if the roster is empty, all of the press centre may."""
    officers = [duty_officer(at) for at in instants]
    if None in officers or any(one is not None and one.person_id == actor.id for one in officers):
        return
    names = ", ".join(dict.fromkeys(one.person for one in officers if one is not None))
    raise NotYours(f"Звонок главе записывает дежурный: {names}. Ничего не изменено.")


def _called(called_at: datetime | None, row: UrgentReport, now: datetime) -> datetime:
    if called_at is None:
        return now
    at = from_the_minute(called_at, row.sent_at)
    if not row.sent_at <= at <= now:
        raise MissingInput("called_at", "Время звонка — между отправкой доклада и этой минутой. Исправьте.")
    return at


def _settle(action: str, row: UrgentReport, actor: User, now: datetime) -> None:
    row.version += 1
    changes: dict[str, Change] = {
        "reached": (None, row.reached), "reached_at": (None, row.reached_at),
        "reached_id": (None, row.reached_by.id if row.reached_by else None), "reached_as": (None, row.reached_as),
    }  # fmt: skip
    _log(action, row, actor, now, changes)


def _log(
    action: str, row: UrgentReport | Danger, actor: User | None, now: datetime, changes: dict[str, Change] | None = None
) -> None:
    kind, number = ("danger", row.message_id) if isinstance(row, Danger) else ("urgent_report", row.id)
    record(
        action, at=now, actor=actor, message=row.message, clause=CLAUSE, changes=changes, object_kind=kind,
        object_id=number,
    )  # fmt: skip


def _only_press_centre(actor: User) -> None:
    NotYours.when(not actor.has(*PRESS_CENTRE), "Главе докладывает пресс-центр. Ничего не изменено.")


# --- Signs of danger to life (П.9, П.20)
PRESS = 0  # in `told_ids`: the whole press centre


def notify_of_danger(now: datetime) -> int:
    """Notify the next person of each sign that is not seen yet; return the number of signs."""
    due = Danger.tell_at <= now
    # Check first without the write lock: usually there is nothing.
    if db.session.scalar(select(Danger.message_id).where(due).limit(1)) is None:
        return 0
    rules = in_force()
    at_work = is_at_work(now, rules.calendar)
    roster = [] if at_work else on_call(now)
    with transaction() as session:
        claim = select(Danger).where(due).order_by(Danger.message_id).limit(BATCH)
        rows = session.scalars(claim.with_for_update(of=Danger, skip_locked=True)).all()
        for row in rows:
            if row.message.status not in OPEN or row.message.recalled_at is not None:
                row.tell_at = None
                continue
            to = _next(row, roster)
            # During working hours no next person is called; the duty officers follow after work.
            row.tell_at = now + timedelta(minutes=rules.parameters.urgent_call) if at_work or to is not None else None
            if to is not None:
                row.told_ids = [*row.told_ids, to]
                _log("danger_told", row, None, now, {"to_id": (None, to)} if to != PRESS else None)
        return len(rows)


def _next(row: Danger, roster: Sequence[shifts.DutyRow]) -> int | None:
    people = [*(turn.person_id for turn in roster), PRESS]
    return next((one for one in people if one not in row.told_ids), None)


def see(message_id: int, version: int, *, actor: User, now: datetime) -> Danger:
    """Somebody takes care of it: others are no longer notified. NotFound, StaleVersion, NotYours, ServiceError."""
    with transaction():
        row = _undecided(message_id, version, actor)
        if row.seen_by is not None:
            raise ServiceError(f"Уже принято: {row.seen_by.name}. Ничего не изменено.")
        row.seen_at, row.seen_by, row.tell_at, row.version = now, actor, None, row.version + 1
        _log("danger_seen", row, actor, now)
        return row


def report(message_id: int, version: int, *, form: ReportForm, actor: User, now: datetime) -> UrgentReport:
    """Confirm the danger: high importance and an urgent report to the head. Also raises the errors of `send`."""
    with transaction():
        row = _undecided(message_id, version, actor)
        message = row.message
        if message.importance is not Importance.HIGH and message.status in OPEN:
            # The curator's right; at night the report of the duty officer is enough.
            raise_importance(
                message.id, message.version, detected_at=None, roles={Role.CURATOR}, actor=actor, now=now,
                reason=f"Похоже на угрозу жизни: {urgent.words_of(row.found)}",
            )  # fmt: skip
        return send(form, message_id=message_id, actor=actor, now=now)


def dismiss(message_id: int, version: int, *, actor: User, now: datetime) -> Danger:
    """It is not a danger. Raises as `see`."""
    with transaction():
        row = _undecided(message_id, version, actor)
        decide_danger(row, DangerReply.NONE, actor, now)
        _log("danger_none", row, actor, now)
        return row


def _undecided(message_id: int, version: int, actor: User) -> Danger:
    NotYours.when(not actor.has(*PRESS_CENTRE), "Об угрозе жизни решает пресс-центр. Ничего не изменено.")
    row = must_exist(
        db.session.get(Danger, message_id, with_for_update=True, populate_existing=True), "Признак угрозы жизни"
    )
    ServiceError.when(row.reply is not None, "Здесь уже решено. Ничего не изменено.")
    StaleVersion.unless_seen(version, row.version)
    return row
