"""Changes to the executors (П.14), the importance (П.9) and the reading of later editions of a message."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, union_all, update

from osm.base.database import add_row, db
from osm.base.errors import NotFound, ServiceError
from osm.base.transaction import transaction
from osm.flow.acts import clocks, moving, terms
from osm.flow.acts.act import Act, act, current_reply, from_the_minute, load_message
from osm.flow.acts.moving import active_assignments, end_assignment
from osm.imports.queries.editions import is_held
from osm.log.acts.record import record
from osm.messages.queries import card
from osm.models import Assignment, DraftText, EditionLook, Event, Message, MessageEdition, Part, PartText, User
from osm.outbox.acts.orders import hold_publication, let_publication_go
from osm.people.queries.absences import roster_on
from osm.regulation.errors import MissingInput, StaleVersion, need, refuse
from osm.regulation.executors import PartState
from osm.regulation.words import Action, Importance, Role, Status


# --- Changes in the source
def acknowledge(message_id: int, upto: int, *, actor: User, now: datetime) -> bool:
    """Note that a person has seen the changes up to the event `upto`, the last on his page; False if noted before."""
    with transaction():
        message = load_message(message_id, also_destroyed=True)  # locked, so that two people at once make one row
        change = db.session.get(Event, upto)
        if change is None or change.message_id != message_id or change.action not in card.TELL:
            raise NotFound("Запись")
        last = db.session.scalar(
            select(func.max(Event.object_id)).where(Event.message_id == message_id, Event.action == card.SEEN)
        )
        if last is not None and last >= upto:
            return False
        record(card.SEEN, at=now, actor=actor, message=message, object_kind="event", object_id=upto)
        return True


# --- Editions that change an approved answer
EDITION = "message_edition"  # kind of object in the log
SEEN, FITS = "edition_seen", "answer_fits"  # actions of the log

WHY_HELD = (
    "Придержано: сообщение изменилось в ИМ после согласования. Посмотрите, что изменилось, и нажмите «Ответ годится» "
    "или верните ответ на доработку."
)


class AnswerHeld(ServiceError):
    """The message changed after the answer was approved, and the curator has not confirmed the answer."""

    def __init__(self) -> None:
        super().__init__(f"{WHY_HELD} Ничего не отправлено.")


def hold_answer(message: Message) -> int | None:
    """Hold the approved answer not sent yet and return its version, else None. A running attempt is not stopped."""
    reply = current_reply(message) if message.status is Status.APPROVED else None
    if reply is None or reply.approved_draft is None:
        return None
    hold_publication(message.id, WHY_HELD)
    return reply.approved_draft.id


def check_not_held(draft_id: int) -> None:
    if is_held(draft_id):
        raise AnswerHeld


def look(message_id: int, edition_id: int, *, actor: User, now: datetime) -> bool:
    """«Просмотрено»: he knows the changes up to this edition; False if noted before. Raises NotFound."""
    with transaction() as session:
        message = load_message(message_id, also_destroyed=True)  # locked, so that a double press makes one row
        edition = _edition(message_id, edition_id)
        same = (EditionLook.edition_id == edition.id, EditionLook.user_id == actor.id)
        if session.scalar(select(EditionLook.id).where(*same)) is not None:
            return False
        session.add(EditionLook(edition_id=edition.id, user_id=actor.id, seen_at=now))
        record(SEEN, at=now, actor=actor, message=message, about=edition)
        return True


def answer_fits(message_id: int, version: int, edition_id: int, *, actor: User, now: datetime) -> Message:
    """«Ответ годится»: let the approved answer be sent although the message has changed. `version`: the one that the
    person saw, so that he does not confirm a later change. Raises NotFound, StaleVersion."""
    with transaction() as session:
        message = load_message(message_id, version)
        edition = _edition(message_id, edition_id)
        reply = current_reply(message)
        draft_id = reply.approved_draft_id if reply else None
        if draft_id is None:
            raise StaleVersion(version, message.version)
        held = select(MessageEdition).where(
            MessageEdition.message_id == message_id, MessageEdition.holds_draft_id == draft_id,
            MessageEdition.released_at.is_(None), MessageEdition.id <= edition.id,
        )  # fmt: skip
        for one in session.scalars(held.order_by(MessageEdition.id)).all():
            one.released_at, one.released_by_id = now, actor.id
            record(FITS, at=now, actor=actor, message=message, clause="П.11", about=one)
        session.flush()
        look(message_id, edition_id, actor=actor, now=now)
        if not is_held(draft_id):
            let_publication_go(message_id, WHY_HELD)
        return message


def _edition(message_id: int, edition_id: int) -> MessageEdition:
    edition = db.session.get(MessageEdition, edition_id)
    if edition is None or edition.message_id != message_id or edition.recalled_at is not None:
        raise NotFound("Изменение")
    return edition


# --- Absences (П.3)
def executor_today(executor_id: int | None, now: datetime, field: str = "executor_id") -> tuple[User, User]:
    """Who gets the work now, and the executor: the same unless he is away (П.3). MissingInput if nobody can."""
    asked = db.session.get(User, executor_id) if executor_id else None
    if asked is None or not asked.is_active or not asked.owns(Role.EXECUTOR):
        raise MissingInput(field, "Выберите исполнителя: без него направить сообщение нельзя.")
    roster = roster_on(terms.in_force().calendar.local(now).date(), [asked.id])
    found = roster.stand_in(asked.id)
    if found is None:
        raise MissingInput(
            field,
            f"{asked.name} отсутствует по {roster.away[asked.id].last_day:%d.%m.%Y}, замещающего нет. "
            "Выберите другого исполнителя или укажите замещающего в разделе «Отсутствия».",
        )
    return (asked, asked) if found == asked.id else (db.session.get_one(User, found), asked)


# --- Several executors of one message (П.14)
MOST = 12  # executors of one message; more is a slip
LONGEST = 40 * 60  # working minutes for a part: a week
LAST_NUMBER = 99


@dataclass(frozen=True, slots=True)
class PartOrder:
    """What one executor is asked to do. `minutes`: working time, None: the two hours of П.14; `key`: of the form."""

    executor_id: int | None
    order_no: int = 1
    task: str = ""
    minutes: int | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class MovedByAbsence:
    """An assignment moves because of an absence; `for_id`: the absent colleague, None when he gets it back."""

    for_id: int | None


def assign_parts(step: Act, orders: Sequence[PartOrder]) -> None:
    """Create an assignment for each order, in the curator's sequence. Raises MissingInput by row."""
    refuse("", len(orders) > MOST, f"Больше {MOST} исполнителей у одного сообщения не бывает.")
    for order in orders:
        _ask(step, order)


def add_executor(message_id: int, version: int, *, order: PartOrder, actor: User, now: datetime) -> Message:
    """Add an executor. Where one had prepared the answer alone, he sends a part from now on (П.14)."""
    with act(Action.ADD_EXECUTOR, message_id, version, actor, now) as step:
        active = active_assignments(step.message)
        refuse("executor_id", len(active) >= MOST, f"Больше {MOST} исполнителей у одного сообщения не бывает.")
        for row in active:
            if row.part_state is None:
                row.part_state, row.version = PartState.WAITING, row.version + 1
                bring_typing(row)
        row = _ask(step, order)
        step.object_kind, step.object_id = "assignment", row.id
        return step.message


def remove_executor(message_id: int, version: int, *, assignment_id: int, actor: User, now: datetime) -> Message:
    """End one assignment: its clock stops without a breach, the parts sent stay readable."""
    with act(Action.REMOVE_EXECUTOR, message_id, version, actor, now) as step:
        active = active_assignments(step.message)
        row = next((row for row in active if row.id == assignment_id), None)
        row = need("executor_id", row, "Этого исполнителя уже сняли. Ничего не изменено.")
        refuse("executor_id", len(active) == 1, "Это единственный исполнитель. Передайте сообщение другому.")
        step.object_kind, step.object_id = "assignment", row.id
        end_assignment(row, now)
        return step.message


def arrange_executors(
    message_id: int, version: int, *, orders: Mapping[int, PartOrder], actor: User, now: datetime
) -> Message:
    """Change numbers, tasks and times of the present assignments, by id; the clocks follow. A changed time counts from
    the same beginning. A deadline that is in the past only because of this change is not a breach."""
    with act(Action.ARRANGE_EXECUTORS, message_id, version, actor, now) as step:
        changed = [row for row in active_assignments(step.message) if _arrange(row, orders.get(row.id))]
        refuse("", not changed, "Здесь ничего не изменилось: порядок, задания и сроки уже такие.")
        return step.message


def replace_executor(step: Act, row: Assignment, executor: User, stands_in: MovedByAbsence | None = None) -> Assignment:
    """Give this assignment to another executor with its number, task, time and parts (П.3).

    Runs within the caller's act (reroute, substitute). The old clock stops without a breach and the new one begins now;
    if an absence is the reason (`stands_in`) and the deadline has not passed, the clock keeps its beginning. The parts
    keep their author; unsaved typing stays with each person.
    """
    state = row.part_state
    clock = moving.CLOCK_OF.get(state) if state else None
    running = clocks.open_deadline(step.message, clock, row) if clock else None
    still_runs = stands_in and running and running.due_at and running.due_at > step.now
    begun = running.started_at if running and still_runs else step.now
    end_assignment(row, step.now)
    db.session.flush()
    new = Assignment(
        message=step.message, executor=executor, department_id=executor.department_id, order_no=row.order_no,
        task=row.task, part_state=state, part_minutes=row.part_minutes, assigned_at=step.now,
        assigned_by_id=step.actor.id, for_id=stands_in.for_id if stands_in else None,
    )  # fmt: skip
    add_row(new)
    db.session.execute(update(Part).where(Part.assignment_id == row.id).values(assignment_id=new.id))
    db.session.expire(row, ["parts"])
    db.session.expire(new, ["parts"])
    bring_typing(new)
    step.facts.began[new.id] = begun
    return new


def _ask(step: Act, order: PartOrder) -> Assignment:
    key = order.key
    executor, asked = executor_today(order.executor_id, step.now, f"executor_id{key}")
    if any(row.executor_id == executor.id for row in active_assignments(step.message)):
        stands_in = f"{asked.name} отсутствует, и замещающий ({executor.name})"
        who = executor.name if executor is asked else stands_in
        raise MissingInput(f"executor_id{key}", f"{who} уже есть среди исполнителей. Выберите другого.")
    row = Assignment(
        message=step.message, executor=executor, department_id=executor.department_id, order_no=_number(order),
        task=order.task.strip(), part_state=PartState.WAITING, part_minutes=_minutes(order), assigned_at=step.now,
        assigned_by_id=step.actor.id, for_id=None if executor is asked else asked.id,
    )  # fmt: skip
    add_row(row)
    bring_typing(row)
    return row


def bring_typing(row: Assignment) -> None:
    """Put into his editor again what he typed for this reply, alone or for a part, and did not submit."""
    reply = current_reply(row.message)
    if reply is None:
        return
    sent = max((draft.submitted_at for draft in reply.drafts), default=reply.opened_at)
    alone = select(DraftText.text, DraftText.saved_at).where(DraftText.reply_id == reply.id, DraftText.saved_at > sent)
    parts = select(PartText.text, PartText.saved_at).join(Assignment).where(Assignment.message_id == row.message_id)
    typed = union_all(
        alone.where(DraftText.user_id == row.executor_id),
        parts.where(PartText.user_id == row.executor_id, PartText.saved_at >= reply.opened_at),
    )
    if last := db.session.execute(typed.order_by(typed.selected_columns.saved_at.desc()).limit(1)).first():
        given = {"user_id": row.executor_id, "text": last[0], "saved_at": last[1]}
        if row.part_state is not None:
            db.session.add(PartText(assignment_id=row.id, **given))
            return
        own = select(DraftText.id).where(DraftText.reply_id == reply.id, DraftText.user_id == row.executor_id)
        db.session.merge(DraftText(id=db.session.scalar(own), reply_id=reply.id, **given))


def _arrange(row: Assignment, order: PartOrder | None) -> bool:
    if order is None or row.part_state is None:
        return False
    before = (row.order_no, row.task, row.part_minutes)
    after = (_number(order), order.task.strip(), _minutes(order))
    if before == after:
        return False
    row.order_no, row.task, row.part_minutes = after
    row.version += 1
    return True


def _number(order: PartOrder) -> int:
    refuse(f"order_no{order.key}", not 1 <= order.order_no <= LAST_NUMBER, f"Очередь — число от 1 до {LAST_NUMBER}.")
    return order.order_no


def _minutes(order: PartOrder) -> int | None:
    if order.minutes is not None and not 1 <= order.minutes <= LONGEST:
        raise MissingInput(f"minutes{order.key}", "Срок — от минуты до рабочей недели.")
    return order.minutes


# --- Importance (П.9)
def raise_importance(
    message_id: int, version: int, *, detected_at: datetime | None, reason: str, actor: User, now: datetime,
    roles: Collection[Role] | None = None,
) -> Message:  # fmt: skip
    """Set high importance, found at `detected_at` (default: now), from which clocks count. `roles`: as in `act`."""
    with act(Action.RAISE_IMPORTANCE, message_id, version, actor, now, roles=roles) as step:
        message = step.message
        at = from_the_minute(detected_at, message.received_at) if detected_at else now
        refuse("importance", message.importance is Importance.HIGH, "Важность уже повышенная. Ничего не изменено.")
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
    """Set normal importance: the clocks count from the selection again, or stop if the message was not selected."""
    with act(Action.LOWER_IMPORTANCE, message_id, version, actor, now) as step:
        message = step.message
        refuse("importance", message.importance is Importance.NORMAL, "Важность уже обычная. Ничего не изменено.")
        step.note = reason.strip()
        step.changes["importance"] = (Importance.HIGH, Importance.NORMAL)
        step.changes["detected_at"] = (message.detected_at, None)
        message.importance, message.detected_at = Importance.NORMAL, None
        return message
