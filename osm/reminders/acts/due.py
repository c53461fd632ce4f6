"""Reminders of terms, promises and tasks that come near, and of acts in the log.

The position in the log is stored in the transaction of the reminders, so a killed worker resumes where it was."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, and_, delete, func, or_, select
from sqlalchemy.orm import lazyload, load_only, selectinload

from osm.base import database, types
from osm.base.database import db
from osm.base.transaction import transaction
from osm.bursts import queries
from osm.flow.acts.clocks import in_force
from osm.flow.queries.duties import day_borders
from osm.groups.queries import groups_of
from osm.log.models import found_words, new_value
from osm.log.queries import page
from osm.models import (
    Deadline,
    Event,
    Instruction,
    KraiTask,
    MailState,
    Message,
    Promise,
    PromiseState,
    Reminder,
    ReminderMark,
)
from osm.regulation.control import is_evening
from osm.regulation.errors import CalendarOutOfRange
from osm.regulation.reminding import KIND_OF, RULES, TAKEN_BACK, Kind, Whom
from osm.regulation.transitions import SLIP_UNDO
from osm.regulation.words import PRESS_CENTRE, ClockKind, DeadlineState, Role
from osm.reminders.acts.letters import Recipients, Writing, unwritten

# --- Terms, the next morning, promises
BATCH = 200
_KRAI_TERM = timedelta(hours=1)
_PAST = timedelta(days=14)
"""A promise that fell due in the holidays is reminded of after them; an older one is only in its list."""


def remind_of_terms(now: datetime, before: Mapping[ClockKind, int]) -> int:
    """Remind of terms due within the given minutes of working time; a moved term is a new one."""
    calendar = in_force().calendar
    try:
        works = calendar.is_working(now)
        limits = {kind: calendar.add(now, minutes) for kind, minutes in before.items() if minutes and works}
    except CalendarOutOfRange:
        return 0
    if not limits:
        return 0
    soon = or_(*(and_(types.is_code(Deadline.kind, kind), Deadline.due_at <= until) for kind, until in limits.items()))
    near = db.session.execute(
        select(Deadline.id, Deadline.due_at)
        .where(
            types.is_code(Deadline.state, DeadlineState.OPEN), Deadline.due_at > now,
            Deadline.due_at <= max(limits.values()), Deadline.calendar_version == calendar.version, soon,
        )
        .order_by(Deadline.due_at, Deadline.id)
    ).all()  # fmt: skip
    about = {row.id: f"{row.id}:{row.due_at.isoformat()}" for row in near}
    keys = {f"{Kind.TERM}:{words}": one for one, words in about.items()}
    new = sorted(keys[key] for key in unwritten(keys))
    return sum(_remind_of(new[start : start + BATCH], about, now) for start in range(0, len(new), BATCH))


def _remind_of(ids: list[int], about: Mapping[int, str], now: datetime) -> int:
    with transaction():
        recipients, writing = Recipients(now), Writing()
        for deadline in db.session.scalars(select(Deadline).where(Deadline.id.in_(ids))):
            # Check again under the lock: the work may be done by now.
            if (
                deadline.state is DeadlineState.OPEN
                and deadline.due_at
                and about[deadline.id].endswith(deadline.due_at.isoformat())
            ):
                writing.add(
                    Kind.TERM, about[deadline.id], recipients.responsible(deadline), at=now, message=deadline.message,
                    object_id=deadline.id, facts={"clock": deadline.kind, "due": deadline.due_at.isoformat()},
                )  # fmt: skip
        return writing.store()


def remind_of_the_morning(now: datetime) -> int:
    """At 16:00, once a day: how many terms each person has the next working morning, and the first of them."""
    calendar = in_force().calendar
    if not is_evening(now, calendar):
        return 0
    borders = day_borders(now, calendar)
    due = (
        types.is_code(Deadline.state, DeadlineState.OPEN),
        Deadline.due_at > borders.today,
        Deadline.due_at <= borders.morning,
    )
    if db.session.scalar(select(Deadline.id).where(*due).limit(1)) is None:
        return 0
    with transaction():
        recipients, writing = Recipients(now), Writing()
        terms: defaultdict[int, list[datetime]] = defaultdict(list)
        for deadline in db.session.scalars(select(Deadline).where(*due)):
            if deadline.due_at and deadline.message.recalled_at is None:
                for person in recipients.responsible(deadline):
                    terms[person].append(deadline.due_at)
        for person, dues in terms.items():
            facts = {"count": len(dues), "due": min(dues).isoformat()}
            writing.add(Kind.MORNING, f"{calendar.local(now).date()}", [person], at=now, facts=facts)
        return writing.store()


def remind_of_promises(now: datetime) -> int:
    """A working day before the promised day, and on it, then also the curators."""
    calendar = in_force().calendar
    try:
        if not calendar.is_working(now):
            return 0
        today = calendar.local(now).date()
        ahead = calendar.add_working_days(datetime.combine(today, time(12), calendar.tz), 1).date()
    except CalendarOutOfRange:
        return 0
    due = (Promise.state == PromiseState.OPEN, Promise.due_on <= ahead, Promise.due_on >= today - _PAST)
    about = {
        one: f"{one}:{day}:{'ahead' if day > today else 'day'}"
        for one, day in db.session.execute(select(Promise.id, Promise.due_on).where(*due))
    }
    if not unwritten(f"{Kind.PROMISE}:{words}" for words in about.values()):
        return 0
    with transaction():
        recipients, writing = Recipients(now), Writing()
        for promise in db.session.scalars(select(Promise).where(*due, Promise.id.in_(about))):
            people = recipients.executors(promise.message)
            if promise.due_on <= today:
                people |= recipients.holders(Role.CURATOR)
            writing.add(
                Kind.PROMISE, about[promise.id], people, at=now, message=promise.message, object_id=promise.id,
                facts={"day": promise.due_on.isoformat()},
            )  # fmt: skip
        return writing.store()


def remind_of_tasks(now: datetime) -> int:
    """An hour before the term of a task of the krai that is not reported yet, remind the press centre once."""
    due = (KraiTask.reported_at.is_(None), KraiTask.due_at > now, KraiTask.due_at <= now + _KRAI_TERM)
    about = {row.id: f"{row.id}:{row.due_at.isoformat()}" for row in db.session.scalars(select(KraiTask).where(*due))}
    if not unwritten(f"{Kind.KRAI_TERM}:{words}" for words in about.values()):
        return 0
    with transaction():
        recipients, writing = Recipients(now), Writing()
        people = recipients.holders(Role.CURATOR) | recipients.holders(Role.MODERATOR)
        for task in db.session.scalars(select(KraiTask).where(*due, KraiTask.id.in_(about))):
            facts = {"due": task.due_at.isoformat()}
            writing.add(Kind.KRAI_TERM, about[task.id], people, at=now, object_id=task.id, facts=facts)
        return writing.store()


# --- Acts in the log
_REMINDS = Event.action.concat("").in_([*KIND_OF, TAKEN_BACK])
"""Written so that the index of acts is not used: it would read all years, while the new end of the log is short."""

_OF_TERMS = frozenset(act for act, kind in KIND_OF.items() if RULES[kind].whom is Whom.OWING)
_SKIPPED = 1000  # after this many events without a reminder the position is stored


def read_log(now: datetime, may_continue: Callable[[], bool] = lambda: True) -> int:
    """Write the reminders of all settled events in the log; returns how many are new."""
    count = 0
    while may_continue():
        last = db.session.scalar(select(ReminderMark.event_id)) or 0
        if not _is_something(last):
            break
        until = page.settled_until()
        if until is None or until <= last:
            break
        made, at_end = _read(now, last, until)
        count += made
        if at_end:
            break
    return count


def reminds_after(last: int) -> Select[int]:
    """An event after this one that needs a reminder; asked every second."""
    return select(Event.id).where(Event.id > last, _REMINDS).order_by(Event.id).limit(1)


def _is_something(last: int) -> bool:
    """Look without a lock: there is seldom an event that needs a reminder."""
    if db.session.scalar(reminds_after(last)) is not None:
        return True
    return (db.session.scalar(select(func.max(Event.id))) or 0) - last > _SKIPPED


def _read(now: datetime, last: int, until: int) -> tuple[int, bool]:
    """One batch in one transaction: the number of new reminders, and whether it was the last batch."""
    wanted = select(Event).where(Event.id > last, Event.id <= until, _REMINDS).order_by(Event.id).limit(BATCH)
    wanted = wanted.options(lazyload(Event.note))
    with transaction() as session:
        # Two processes may both be the first.
        session.execute(database.insert_into(ReminderMark).values(id=1, event_id=0).on_conflict_do_nothing())
        mark = session.get_one(ReminderMark, 1, with_for_update=True, populate_existing=True)
        if mark.event_id != last:
            return 0, True  # another process was quicker
        events = session.scalars(wanted).all()
        recipients, writing = Recipients(now), Writing()
        _known = _messages_and_terms(events)
        groups = groups_of({event.message_id for event in events if event.message_id and event.object_kind == "draft"})
        for event in events:
            _remind(event, recipients, writing, groups)
        at_end = len(events) < BATCH
        mark.event_id = until if at_end else events[-1].id
        return writing.store(), at_end


def _messages_and_terms(events: Sequence[Event]) -> list[Message | Deadline]:
    """Of all these events. As long as the list is kept the session finds each by its id and asks nothing."""
    messages = select(Message).where(Message.id.in_({event.message_id for event in events if event.message_id}))
    terms = select(Deadline).where(Deadline.id.in_({event.object_id for event in events if event.action in _OF_TERMS}))
    with_executors = messages.options(
        load_only(Message.status, Message.importance, Message.recalled_at),
        lazyload(Message.author),
        selectinload(Message.assignments),
    )
    return [*db.session.scalars(with_executors), *db.session.scalars(terms)]


def _remind(event: Event, recipients: Recipients, writing: Writing, groups: Mapping[int, int]) -> None:
    if event.action == TAKEN_BACK:
        _forget_routing(event)
        return
    kind = _kind(event)
    message = db.session.get(Message, event.message_id) if event.message_id else None
    if kind is Kind.LOG_FAULT and not found_words(event.changes):
        return
    if RULES[kind].whom is Whom.NEW_EXECUTORS:
        if message is not None:
            for person, row in recipients.newly_asked(message):
                if person != event.actor_id:
                    writing.add(kind, str(row.id), [person], at=event.at, message=message, object_id=row.id)
        return
    people = _people(event, kind, message, recipients)
    if RULES[kind].whom is not Whom.HIMSELF:
        people.discard(event.actor_id or 0)
    writing.add(
        kind, _about(event, groups), people, at=event.at, message=message, object_id=event.object_id,
        facts=_facts(event, kind),
    )  # fmt: skip


def _kind(event: Event) -> Kind:
    kind = KIND_OF[event.action]
    urgent = RULES[kind].of_urgent
    if urgent is None:
        return kind
    source = db.session.scalar(select(Instruction.urgent_report_id).where(Instruction.id == event.object_id))
    return urgent if source is not None else kind


def _forget_routing(event: Event) -> None:
    """Delete reminders of a routing that was taken back; they are held back that long, so no one has seen them."""
    gone = delete(Reminder).where(
        Reminder.message_id == event.message_id, Reminder.kind == Kind.ASSIGNED, Reminder.at >= event.at - SLIP_UNDO,
        Reminder.seen_at.is_(None), Reminder.mail.in_((MailState.NONE, MailState.WAITING)),
    )  # fmt: skip
    db.session.execute(gone.execution_options(synchronize_session=False))


def _people(event: Event, kind: Kind, message: Message | None, recipients: Recipients) -> set[int]:
    match RULES[kind].whom:
        case Whom.EXECUTORS if message is not None:
            return _executors(event, kind, message, recipients)
        case Whom.OWING:
            deadline = db.session.get(Deadline, event.object_id)
            return recipients.responsible(deadline) | recipients.holders(Role.CURATOR) if deadline else set()
        case Whom.PERSON | Whom.PERSON_AND_CURATORS as whom:
            named = new_value(event.changes, "to_id")
            curators = recipients.holders(Role.CURATOR) if whom is Whom.PERSON_AND_CURATORS else frozenset[int]()
            return {*curators, named, recipients.stand_in(named) or named} if isinstance(named, int) else set(curators)
        case Whom.HIMSELF if event.object_id is not None:
            return {event.object_id}
        case Whom.CURATORS:
            return set(recipients.holders(Role.CURATOR))
        case Whom.ON_CALL if isinstance(new_value(event.changes, "to_id"), int):
            return {new_value(event.changes, "to_id")}
        case Whom.PRESS | Whom.ON_CALL:
            return set(recipients.holders(Role.CURATOR) | recipients.holders(Role.MODERATOR))
        case Whom.KEEPERS:
            return set(recipients.holders(Role.CURATOR) | recipients.holders(Role.ADMIN))
        case Whom.GUARDS:
            return {one for role in (*PRESS_CENTRE, Role.ADMIN) for one in recipients.holders(role)}
        case Whom.HEADS:
            return set(recipients.holders(Role.HEAD))
        case Whom.ADMINS:
            return set(recipients.holders(Role.ADMIN))
        case _:
            return set()


def _executors(event: Event, kind: Kind, message: Message, recipients: Recipients) -> set[int]:
    named = event.object_id if event.object_kind == "assignment" else new_value(event.changes, "assignment_id")
    if isinstance(named, int):
        return recipients.executors(message, named)
    return recipients.writers(message) if kind is Kind.RETURNED else recipients.executors(message)


def _about(event: Event, groups: Mapping[int, int]) -> str:
    """The key of the act; an act on a common answer is one, for any number of messages."""
    group = groups.get(event.message_id or 0) if event.object_kind == "draft" else None
    return f"{event.action}:group {group}:{event.at.isoformat()}" if group else f"event {event.id}"


def _facts(event: Event, kind: Kind) -> dict[str, Any]:
    if kind is Kind.BURST:
        row = queries.one(event.object_id or 0)
        again = "Стало вдвое больше. " if event.action == "burst_doubled" else ""
        return {"burst": again + (row.title if row else "")}
    if kind is not Kind.BREACH:
        return {}
    return {"clock": new_value(event.changes, "kind"), "due": new_value(event.changes, "breached_at")}
