"""Promises in final answers: found at publication, reported by the executor, decided by the curator."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import ColumnElement, select

from osm.answers.acts import templates
from osm.base.database import add_row, db
from osm.base.errors import NotYours, ServiceError
from osm.base.transaction import transaction
from osm.files.acts import files as acts_files
from osm.flow.acts import clocks, moving
from osm.flow.acts.act import for_the_curator, required
from osm.flow.acts.terms import local_day
from osm.log.acts.record import Change, record
from osm.models import Draft, GroupMember, Message, Promise, PromisePhoto, PromiseState, Purpose, Reply, User
from osm.people.queries.absences import roster_on
from osm.regulation.errors import CalendarOutOfRange, MissingInput
from osm.regulation.words import ReplyKind, Role
from osm.wording.criteria import Key
from osm.wording.criteria.term_words import find_terms
from osm.wording.promises import find_passed, find_promises

LIVE = (PromiseState.OPEN, PromiseState.REPORTED)


@dataclass(frozen=True, slots=True)
class Control:
    """A control date from the publishing form. `dropped`: why it needs no control; `added`: entered by hand."""

    due_on: date
    words: str = ""
    dropped: str = ""
    added: bool = False


def proposed(
    text: str, *, network: str, kind: ReplyKind, now: datetime, written_at: datetime | None = None
) -> list[Control]:
    """The future days named in a final answer submitted at `written_at`. Today means while working time is left."""
    if kind is not ReplyKind.FINAL:
        return []
    words = templates.words_of(text)
    checked = templates.check(words.source, network=network, kind=kind)
    terms = next(one for one in checked.criteria if one.key is Key.TERMS)
    counted, day = terms.evidence if terms.met else (), local_day(now)
    found: dict[date, str] = {}
    for due, promise in find_promises(words, counted, day, _working_day, local_day(written_at or now)):
        found.setdefault(_first_day_of_work(now) if due == day else due, promise[:200])
    return [Control(due, promise) for due, promise in sorted(found.items())]


def passed(text: str, *, now: datetime, written_at: datetime | None = None) -> list[date]:
    """Return the promised days that are already over. `written_at`: when the text was submitted, now if None."""
    if not any(find_terms(text)):
        return []
    day = local_day(now)
    return [due for due, _ in find_passed(templates.words_of(text), day, _working_day, local_day(written_at or now))]


def create(
    message: Message, reply: Reply, given: Sequence[Control] | None, *, actor: User, now: datetime,
    for_id: int | None = None,
) -> list[Promise]:  # fmt: skip
    """Create the control dates of this answer, within the act of publishing. `given`: from the form; None if it did not
    ask. A promise of a common answer is controlled once, with its first published message. `for_id`: the absent
    colleague for whom it is published (П.3). Raises MissingInput (`promises`)."""
    if reply.kind is not ReplyKind.FINAL:
        return []
    draft = reply.approved_draft
    text = draft.text if draft else ""
    written_at = draft.submitted_at if draft else None
    controls = given
    if controls is None:
        controls = proposed(text, network=message.network, kind=reply.kind, now=now, written_at=written_at)
    _take_turns(reply)
    rows = []
    for control in controls:
        if control.due_on < local_day(now) and not control.dropped.strip():
            raise MissingInput("promises", "Контрольная дата уже прошла. Исправьте её или напишите, почему не нужна.")
        if _is_controlled(reply.id, control):
            continue
        dropped = control.dropped.strip()
        row = Promise(
            message=message, reply=reply, due_on=control.due_on, words=control.words[:200], reason=dropped,
            state=PromiseState.DROPPED if dropped else PromiseState.OPEN, created_at=now, created_by_id=actor.id,
        )  # fmt: skip
        add_row(row)
        action = "promise_dropped" if dropped else "promise_made"
        _log(action, row, actor, now, {"promised_on": (None, row.due_on.isoformat())}, dropped, for_id)
        rows.append(row)
    return rows


NOT_IN_TEXT = "Ответ исправлен: этого срока в нём больше нет."


def follow(draft: Draft, *, actor: User, now: datetime) -> None:
    """After a correction of a published answer: what it promises no more is dropped, unless it is late or other
    messages of a common answer still say it; what it promises now is controlled."""
    reply = draft.reply
    found = proposed(draft.text, network=reply.message.network, kind=reply.kind, now=now)
    days = {control.due_on for control in found}
    member = select(GroupMember.id).where(GroupMember.reply_id == reply.id, GroupMember.left_at.is_(None))
    is_common = db.session.scalar(member.limit(1)) is not None
    is_open = (Promise.state == PromiseState.OPEN, Promise.due_on >= local_day(now), Promise.words != "")
    for row in db.session.scalars(select(Promise).where(Promise.reply_id == reply.id, *is_open)).all():
        if not is_common and row.due_on not in days and row.words not in draft.text:
            drop(row.id, row.version, reason=NOT_IN_TEXT, actor=actor, now=now)
    create(reply.message, reply, found, actor=actor, now=now, for_id=draft.decided_for_id)


def report(
    promise_id: int, version: int, *, result: str, uploads: Sequence[acts_files.Upload], actor: User, now: datetime
) -> Promise:
    """The executor reports the result, with photos. His substitute (П.3) or the curator may do it for him."""
    files = acts_files.checked(uploads)
    with _act("promise_reported", promise_id, version, actor, now, (PromiseState.OPEN,)) as step:
        promise = step.promise
        executors = {row.executor_id: row for row in moving.active_assignments(promise.message)}
        is_own = actor.id in executors
        absent = [] if is_own else [i for i in roster_on(local_day(now)).replaced_by(actor.id) if i in executors]
        if is_own:
            step.for_id = executors[actor.id].for_id
        elif absent and actor.has(Role.EXECUTOR):
            step.for_id = absent[0]
        elif not actor.has(Role.CURATOR):
            raise NotYours("Обещание выполняет другой сотрудник. Ничего не изменено.")
        promise.result = required("result", result, "Напишите, что сделано.")
        promise.reported_at, promise.reported_by_id = now, actor.id
        if files:
            stored = acts_files.store(
                files, message=promise.message, reply=promise.reply, purpose=Purpose.REPLY, actor=actor, now=now
            )
            db.session.add_all(PromisePhoto(promise_id=promise.id, attachment_id=row.id) for row in stored)
        step.to(PromiseState.REPORTED)
        return promise


def decide_done(promise_id: int, version: int, *, actor: User, now: datetime) -> Promise:
    with _act("promise_kept", promise_id, version, actor, now, (PromiseState.REPORTED,)) as step:
        _only_curator(actor)
        step.to(PromiseState.DONE)
        return step.promise


def decide_not_kept(promise_id: int, version: int, *, reason: str, actor: User, now: datetime) -> Promise:
    with _act("promise_not_kept", promise_id, version, actor, now, LIVE) as step:
        _only_curator(actor)
        step.end(PromiseState.NOT_KEPT, required("reason", reason, "Напишите, почему обещание не выполнено."))
        return step.promise


def drop(promise_id: int, version: int, *, reason: str, actor: User, now: datetime) -> Promise:
    """Stop controlling the promise, with a reason."""
    with _act("promise_dropped", promise_id, version, actor, now, (PromiseState.OPEN,)) as step:
        _only_curator(actor)
        step.end(PromiseState.DROPPED, required("reason", reason, "Напишите, почему контроль не нужен."))
        return step.promise


def move(promise_id: int, version: int, *, due_on: date | None, reason: str, actor: User, now: datetime) -> Promise:
    """Move it to another day with a reason: the old row is kept and a new one is added (as for terms, decision 002)."""
    with _act("promise_moved", promise_id, version, actor, now, LIVE) as step:
        _only_curator(actor)
        old = step.promise
        if due_on is None or due_on <= local_day(now):
            raise MissingInput("due_on", "Укажите новую дату: позже сегодняшней.")
        step.end(PromiseState.MOVED, required("reason", reason, "Напишите, почему дата переносится."))
        step.changes["promised_on"] = (old.due_on.isoformat(), due_on.isoformat())
        new = Promise(
            message_id=old.message_id, reply_id=old.reply_id, due_on=due_on, words=old.words, replaces_id=old.id,
            created_at=now, created_by_id=actor.id,
        )  # fmt: skip
        return add_row(new)


@dataclass
class _Step:
    promise: Promise
    actor: User
    now: datetime
    changes: dict[str, Change] = field(default_factory=dict)
    for_id: int | None = None  # id of the absent colleague he acts for (П.3)

    def to(self, state: PromiseState) -> None:
        self.changes["promise_state"] = (self.promise.state, state)
        self.promise.state = state
        if state is not PromiseState.REPORTED:
            self.promise.decided_at, self.promise.decided_by_id = self.now, self.actor.id

    def end(self, state: PromiseState, reason: str) -> None:
        self.promise.reason = reason
        self.to(state)


@contextmanager
def _act(
    action: str, promise_id: int, version: int, actor: User, now: datetime, states: Sequence[PromiseState]
) -> Iterator[_Step]:
    """Lock a promise under the version that the person saw, in one transaction."""
    with transaction() as session:
        promise = moving.locked(Promise, promise_id, version, "Обещание")
        ServiceError.when(promise.state not in states, "С этим обещанием уже всё решено. Ничего не изменено.")
        with session.no_autoflush:
            step = _Step(promise, actor, now, for_id=for_the_curator(actor))
            yield step
        promise.version += 1
        _log(action, promise, actor, now, step.changes, promise.reason, step.for_id)


def _log(
    action: str, row: Promise, actor: User, now: datetime, changes: dict[str, Change], note: str, for_id: int | None
) -> None:
    message = row.message if row.message is not None else db.session.get_one(Message, row.message_id)
    record(action, at=now, actor=actor, message=message, changes=changes, note=note, about=row, for_id=for_id)


def _only_curator(actor: User) -> None:
    NotYours.when(not actor.has(Role.CURATOR), "Это решает куратор. Ничего не изменено.")


def _take_turns(reply: Reply) -> None:
    """Two messages of a common answer may be published at the same time: the second waits here until the first has
    written its promises. The lock is the row of the first member. The group's own row would be a deadlock: it is locked
    before its messages, and here this message is locked already."""
    own = select(GroupMember.group_id).where(GroupMember.reply_id == reply.id, GroupMember.left_at.is_(None))
    first = select(GroupMember.id).where(GroupMember.group_id.in_(own)).order_by(GroupMember.id).limit(1)
    db.session.execute(first.with_for_update())


def are_recorded(reply_id: int) -> bool:
    """Whether the promises of this text are already recorded, for another message of the same common answer."""
    return db.session.scalar(select(Promise.id).where(_of_the_text(reply_id)).limit(1)) is not None


def _is_controlled(reply_id: int, control: Control) -> bool:
    """Whether the answer has this day, or these words with another day; if added by hand, only both."""
    same_day, same_words = Promise.due_on == control.due_on, Promise.words == control.words[:200]
    found = select(Promise.id).where(
        same_day & same_words if control.added else same_day | (same_words & (Promise.words != "")),
        _of_the_text(reply_id),
        Promise.reason != NOT_IN_TEXT,
    )
    return db.session.scalar(found.limit(1)) is not None


def _of_the_text(reply_id: int) -> ColumnElement[bool]:
    """Condition: promises of this reply and of replies with the same common text."""
    own = select(GroupMember.group_id).where(GroupMember.reply_id == reply_id, GroupMember.left_at.is_(None))
    together = select(GroupMember.reply_id).where(GroupMember.group_id.in_(own), GroupMember.left_at.is_(None))
    return (Promise.reply_id == reply_id) | Promise.reply_id.in_(together)


def _first_day_of_work(now: datetime) -> date:
    """Today if working time is left, otherwise the next working day."""
    calendar = clocks.in_force().calendar
    try:
        return calendar.local(calendar.add(now, 1)).date()
    except CalendarOutOfRange:
        return local_day(now)


def _working_day(day: date, number: int) -> date:
    calendar = clocks.in_force().calendar
    try:
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=calendar.tz)
        return calendar.add_working_days(noon, number).date()
    except CalendarOutOfRange:
        return day
