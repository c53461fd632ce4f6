"""The history of a message: «12:04 Анна Лебедева: направлено — Борис Ежов (ЖКХ)»; the recent acts on another object."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import lazyload

from osm.base.database import db
from osm.log.models import ON_BEHALF_OF, READ
from osm.log.queries.fields import absent_names, actor_words, draft_numbers, executors_named, recipients_of
from osm.log.queries.groups import BLACKLIST_WORDS, EDIT_LABELS, PAGE_WORDS, PLAN_WORDS
from osm.log.queries.objects import Key, When, names_of
from osm.log.queries.words import LogEntry, Seen, act_and_detail
from osm.models import Assignment, Event, EventNote, Origin, Reply, User
from osm.regulation.blacklist import BanTerm
from osm.regulation.executors import acting_words
from osm.regulation.words import Action

# --- Acts for absent colleagues (П.3)
Names = Mapping[int | None, str]


@dataclass(frozen=True, slots=True)
class OnBehalf:
    """Acts on one message for absent colleagues."""

    acts: Mapping[tuple[str, datetime, int | None], int]  # (Action, time, actor) → id of the absent colleague
    parts: Mapping[tuple[datetime, int], int]
    """(Time of submission, person who answers for it (П.14, П.18)) → id of the absent colleague."""

    @property
    def people(self) -> frozenset[int]:
        return frozenset({*self.acts.values(), *self.parts.values()})

    def named(self, names: Names, person_id: int | None, at: datetime | None, *actions: str) -> str:
        """Name of the person who did one of these `actions` at this time, with the absent colleague he did it for."""
        keys = [(action, at, person_id) for action in actions] if at else []
        absent = next((self.acts[key] for key in keys if key in self.acts), None)
        return acting_words(names.get(person_id, ""), names.get(absent, ""))

    def author_of_part(self, names: Names, person_id: int, at: datetime) -> str:
        """The person who answers for a part submitted then; the curator may have entered it for him."""
        return acting_words(names.get(person_id, ""), names.get(self.parts.get((at, person_id)), ""))


def on_behalf(log: Collection[LogEntry], assignments: Collection[Assignment]) -> OnBehalf:
    """Build it from the log. `assignments`: all of the message, also ended ones; parts are found by assignment, not by
    the log."""
    stood_in = {row.id: row for row in assignments if row.for_id is not None}
    return OnBehalf(
        acts={(row.action, row.at, row.actor_id): row.new(ON_BEHALF_OF) for row in log if ON_BEHALF_OF in row.changes},
        parts={
            (row.at, whose.executor_id): whose.for_id
            for row in log
            if row.action == Action.SUBMIT_PART and (whose := stood_in.get(row.object_id or 0)) and whose.for_id
        },
    )


def promises_on_behalf(promise_ids: Collection[int]) -> Mapping[tuple[int, datetime, int | None], int]:
    """(Promise id, time, actor) → id of the absent colleague, for acts on promises; one query."""
    about = (Event.object_kind == "promise", Event.object_id.in_(promise_ids))
    acts = select(Event.object_id, Event.at, Event.actor_id, Event.changes).where(*about)
    rows = db.session.execute(acts.where(Event.changes[ON_BEHALF_OF].as_string().is_not(None)))
    return {(row.object_id or 0, row.at, row.actor_id): row.changes[ON_BEHALF_OF][1] for row in rows}


# --- News since a list was opened
_NOBODYS_WORK = (READ, "log_in", "log_out")  # readings and logins change no queue

BRINGS: frozenset[str] = frozenset({
    "enter", Action.RESTORE, Action.ROUTE, Action.TAKE_ROUTING_BACK, Action.REROUTE, Action.SUBSTITUTE,
    Action.ADD_EXECUTOR, Action.SUBMIT_PART, Action.RETURN_PART, Action.SUBMIT_DRAFT, Action.WITHDRAW_DRAFT,
    Action.APPROVE_DRAFT, Action.CORRECT_AND_APPROVE, Action.RETURN_DRAFT, Action.REVOKE_APPROVAL,
    Action.PUBLISH_CLARIFICATION, Action.PUBLISH_INTERIM, Action.AUTHOR_ANSWERED, Action.PREPARE_FINAL, Action.REOPEN,
})  # fmt: skip
"""After these acts a message waits for another person."""


MOST = 1000
"""Only this many events are searched, so the query is equally fast in a long log and for a list opened long ago."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """News from others: messages with a new step, messages with a missed term, the rest by kind."""

    messages: frozenset[int]
    late: frozenset[int]
    others: Mapping[str, frozenset[int]]


_BROUGHT = select(Event.message_id, Event.action, Event.object_kind, Event.object_id).where(
    Event.id > bindparam("looked"),
    Event.id <= bindparam("looked") + MOST,
    or_(Event.actor_id.is_(None), Event.actor_id != bindparam("person")),
    or_(Event.action.in_([*sorted(BRINGS), "breach"]), Event.object_id.is_not(None)),
)
"""This and the next ones are built once: building takes longer than running, and every poll asks."""
LATEST_EVENT = select(func.coalesce(func.max(Event.id), 0)).scalar_subquery()
_AFTER = select(func.max(Event.id)).where(Event.id > bindparam("seen"), Event.action.not_in(_NOBODYS_WORK))


def happened_after(event_id: int) -> int | None:
    """Id of the last act after this one; None means that counters need no update. One query on the end of the log. On
    PostgreSQL an act with a smaller id may be committed later; then the next act reveals it."""
    return db.session.scalar(_AFTER, {"seen": event_id})


def arrivals(event_id: int, person_id: int) -> Arrivals:
    """News from others and from the program in the last MOST events after this one."""
    found = db.session.execute(_BROUGHT, {"looked": event_id, "person": person_id}).all()
    others: defaultdict[str, set[int]] = defaultdict(set)
    for _, _, kind, object_id in found:
        if object_id:
            others[kind].add(object_id)
    return Arrivals(
        messages=frozenset(message for message, action, *_ in found if action in BRINGS and message),
        late=frozenset(message for message, action, *_ in found if action == "breach" and message),
        others={kind: frozenset(ids) for kind, ids in others.items()},
    )


# --- History of a message
MACHINE = "Система"


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """An act. `version`: version of the message after it, None if the act did not change it."""

    id: int
    at: datetime
    actor: str
    action: str
    words: str
    note: str
    clause: str
    version: int | None


def log_of(message_id: int) -> list[LogEntry]:
    """All acts on the message, oldest first, in one query; without readings."""
    rows = db.session.execute(
        select(Event, User.name, EventNote.text)
        .outerjoin(User, User.id == Event.actor_id)
        .outerjoin(EventNote, EventNote.event_id == Event.id)
        .where(Event.message_id == message_id, Event.action != READ)
        .order_by(Event.id)
        .options(lazyload("*"))
    ).all()
    absent = absent_names(event.changes for event, _, _ in rows)
    return [LogEntry(event, actor_words(name, event.changes, absent), note or "") for event, name, note in rows]


def message_history(message_id: int, when: When) -> list[HistoryLine]:
    """All acts on the message, oldest first. `when`: format of times."""
    entries = log_of(message_id)
    seen = Seen(
        executors_named(Assignment.message_id == message_id), draft_numbers(Reply.message_id == message_id),
        recipients_of([message_id]), names_of(others_of(entries)), when,
    )  # fmt: skip
    return history_lines(entries, seen)


def history_lines(entries: Sequence[LogEntry], seen: Seen, origin: Origin = Origin.MANUAL) -> list[HistoryLine]:
    """These acts in words; photos added by one person in a row are one line."""
    return _merged([_line(entry, seen, origin) for entry in entries])


def others_of(entries: Sequence[LogEntry]) -> Iterator[Key]:
    """Other messages, common answers, departments and people in these acts; most acts have none."""
    for entry in entries:
        if other := entry.new("other_message_id"):
            yield "message", other
        if entry.action == "danger_told" and (person := entry.new("to_id")):
            yield "user", person
        if entry.action == Action.TELL_FACTS and (department := entry.new("department_id")):
            yield "department", department
        if entry.action in ("joined_group", "left_group") and entry.object_id:
            yield "answer_group", entry.object_id


def since(history: Sequence[HistoryLine], version: int) -> list[HistoryLine]:
    """Acts after this version of the message."""
    first = next((i for i, line in enumerate(history) if line.version is not None and line.version > version), None)
    return [] if first is None else [line for line in history[first:] if line.action != "open"]


def _line(entry: LogEntry, seen: Seen, origin: Origin) -> HistoryLine:
    words, more = act_and_detail(entry, seen, origin)
    recipient = entry.action == Action.REDIRECT and entry.note == more
    return HistoryLine(
        id=entry.id, at=entry.at, actor=entry.actor or MACHINE, action=entry.action,
        words=f"{words} — {more}" if more else words, note="" if recipient else entry.note, clause=entry.clause,
        version=entry.new("version"),
    )  # fmt: skip


def _merged(lines: Sequence[HistoryLine]) -> list[HistoryLine]:
    merged: list[HistoryLine] = []
    counts: list[int] = []
    for line in lines:
        last = merged[-1] if merged else None
        if last and line.action == last.action == "attach" and line.actor == last.actor:
            counts[-1] += 1
            merged[-1] = replace(last, words=f"приложено фото: {counts[-1]}")
            continue
        merged.append(line)
        counts.append(1)
    return merged


# --- Acts on an object, for its page
SHOWN = 10  # the log has all


@dataclass(frozen=True, slots=True)
class Edit:
    """An act. `version`: version of the object after it, None if the act did not change it."""

    at: datetime
    actor: str
    words: str
    version: int | None


def edits_of(object_kind: str, object_id: int) -> list[Edit]:
    """The latest acts on an object, newest first."""
    rows = db.session.execute(
        select(Event.at, Event.action, Event.changes, User.name, EventNote.text)
        .outerjoin(User, User.id == Event.actor_id)
        .outerjoin(EventNote, EventNote.event_id == Event.id)
        .where(Event.object_kind == object_kind, Event.object_id == object_id, Event.action.in_(EDIT_LABELS))
        .order_by(Event.at.desc(), Event.id.desc())
        .limit(SHOWN)
    )
    return [
        Edit(at, name or _nobody(object_kind, action), _edit_words(action, changes, note or ""),
             (changes.get("version") or (None, None))[1])
        for at, action, changes, name, note in rows
    ]  # fmt: skip


def _nobody(object_kind: str, action: str) -> str:
    """Who acts where no person does."""
    if action in {*BLACKLIST_WORDS, *PLAN_WORDS, *PAGE_WORDS}:
        return "система"
    return "каталогом или командой" if object_kind == "user" else "командой"


def _edit_words(action: str, changes: Mapping[str, Any], note: str) -> str:
    """The act in words; for the black list also the old and new term and the reason."""
    words = EDIT_LABELS[action]
    if action not in {*BLACKLIST_WORDS, "edit_office_settings"}:
        return words
    old, new = changes.get("term") or (None, None)
    if old and new:
        words += f": {BanTerm(old).label} → {BanTerm(new).label}"
    return f"{words}. {note}" if note else words


def edits_since(object_kind: str, object_id: int, version: int) -> list[Edit]:
    """Acts after this version of the object, oldest first."""
    edits = reversed(edits_of(object_kind, object_id))
    return [edit for edit in edits if edit.version is not None and edit.version > version]
