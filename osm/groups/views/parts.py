"""The part of one executor, and the form of several executors (П.14) with a check of the times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from osm.answers.queries.drafting import LeftText, left_part_texts, part_editor_text
from osm.answers.views import Editor, Term, editor_of, split_text
from osm.base.numbers import all_whole, whole
from osm.flow.acts.clocks import in_force
from osm.flow.acts.terms import compute_term
from osm.messages.acts.executors import MOST, PartOrder
from osm.messages.queries.parts import Card, CardReply, PartVersion, Worker
from osm.models import User
from osm.regulation import parameters, words
from osm.regulation.errors import CalendarOutOfRange, need
from osm.regulation.executors import OWED, Fit, PartState, fit
from osm.regulation.words import ClockKind
from osm.regulation.working_time import worktime
from osm.shell.filters import NO_CLOCK, Chip, card_chip, running_chip
from osm.shell.form_values import Typed


# --- One part
@dataclass(frozen=True, slots=True)
class PartView:
    card: Card
    worker: Worker
    term: Term
    tasks: tuple[str, ...]
    can_write: bool
    others: tuple[Worker, ...]  # colleagues who have sent their information
    awaited: tuple[Worker, ...]  # colleagues before him in the order who have not sent yet
    editor: Editor
    left: tuple[LeftText, ...]  # what an absent colleague typed for this part (П.3), if it is not in the editor yet
    unsent: str  # text typed and not sent, when there is no editor any more
    reply: CardReply | None
    beginning: str
    rest: str

    @property
    def sent(self) -> PartVersion | None:
        return self.worker.sent

    @property
    def is_sent(self) -> bool:
        return self.worker.part_state is PartState.SENT

    @property
    def returned(self) -> PartVersion | None:
        return self.worker.returned


@dataclass(frozen=True, slots=True)
class PartLine:
    worker: Worker
    chip: Chip | None
    is_owed: bool


def part_view(card: Card, worker: Worker, person: User, now: datetime, typed: Typed | None = None) -> PartView:
    """The part of this worker for this person; two statements for the typed text."""
    kept = part_editor_text(worker.id, person.id)
    running = next((clock for clock in worker.clocks if clock.runs), None)
    beginning, rest = split_text(card.text)
    can_write = worker.ended_at is None and worker.part_state is not None and card.status is words.Status.IN_WORK
    typed_text = typed.values.get("text", "") if typed else ""
    editor, is_mine = editor_of(kept, typed), worker.person.id == person.id
    left = left_part_texts(worker.id, person.id) if can_write and is_mine else []
    unsent = (typed_text or kept.typed).replace("\r\n", "\n").strip()
    return PartView(
        card=card, worker=worker,
        term=Term(running_chip(running, now, in_force().calendar) if running else NO_CLOCK, running),
        tasks=(worker.task,) if worker.task else (), can_write=can_write,
        others=tuple(other for other in card.with_parts if other.id != worker.id and other.parts),
        awaited=_before(card, worker), editor=editor,
        left=tuple(one for one in left if one.text.strip() not in editor.text),
        unsent="" if worker.sent and worker.sent.text == unsent else unsent, reply=card.current_reply,
        beginning=beginning, rest=rest,
    )  # fmt: skip


def part_lines(card: Card, now: datetime) -> Sequence[PartLine]:
    """All executors with a part, in the order of П.14, removed ones last."""
    calendar = in_force().calendar
    workers = sorted(card.with_parts, key=lambda worker: (worker.ended_at is not None, worker.order_no, worker.id))
    return [
        PartLine(
            worker,
            card_chip(worker.clock, now, calendar) if worker.clock and _says_something(worker) else None,
            worker.ended_at is None and worker.part_state in OWED,
        )
        for worker in workers
    ]


def _says_something(worker: Worker) -> bool:
    """The clock of an earlier round is not shown for an executor who waits again."""
    return worker.part_state is not PartState.WAITING or any(clock.runs for clock in worker.clocks)


def _before(card: Card, worker: Worker) -> tuple[Worker, ...]:
    if worker.part_state is not PartState.WAITING:
        return ()
    return tuple(other for other in card.missing_parts if other.order_no < worker.order_no)


# --- The form of several executors
FIRST_ROWS = 2  # rows of an empty form; without scripts a button adds one
OFFERED = (15, 20, 30, 45, 60, 90, 120, 180, 240, 480, 960)  # working minutes to choose from


@dataclass(frozen=True, slots=True)
class FormRow:
    """One executor in the form. `key` is the ending of its field names."""

    key: str
    executor_id: str
    order_no: str
    task: str
    minutes: str
    errors: Mapping[str, str]
    worker: Worker | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One number of the order, and when its parts are due if all take their full time."""

    number: int
    ends: datetime


@dataclass(frozen=True, slots=True)
class Times:
    """Whether the times fit before the term of the common draft."""

    stages: tuple[Stage, ...] = ()
    draft_due: datetime | None = None
    fits: bool = True
    proposed: int | None = None
    """Working minutes for each number so that all are done before the draft; None if there is no time."""
    usual: str = ""  # «2 ч»: the time of П.14, shown before an executor is chosen


def rows_of(
    values: Mapping[str, str], errors: Mapping[str, str], count: int, proposed: int | None, suggested: int | None = None
) -> list[FormRow]:
    """The rows for new executors: as typed, then empty ones up to `count`. `suggested`: preselected in a new form."""
    default = str(proposed) if proposed else ""
    return [
        FormRow(
            key=str(n),
            executor_id=values.get(f"executor_id{n}", str(suggested) if suggested and n == 1 and not values else ""),
            order_no=values.get(f"order_no{n}", "1"),
            task=values.get(f"task{n}", ""),
            minutes=values.get(f"minutes{n}", default),
            errors=_errors(errors, str(n)),
        )
        for n in range(1, min(count, MOST) + 1)
    ]


def rows_of_workers(card: Card, typed: Typed | None) -> list[FormRow]:
    """The rows of the present executors, with the values of a refused form."""
    values: Mapping[str, str] = typed.values if typed else {}
    errors: Mapping[str, str] = typed.errors if typed else {}
    rows = []
    for worker in card.active:
        key = f"-{worker.id}"
        minutes = str(worker.part_minutes or "")
        rows.append(
            FormRow(
                key=key,
                executor_id=str(worker.person.id),
                order_no=values.get(f"order_no{key}", str(worker.order_no)),
                task=values.get(f"task{key}", worker.task),
                minutes=values.get(f"minutes{key}", minutes),
                errors=_errors(errors, key),
                worker=worker,
            )
        )
    return rows


def order_of(values: Mapping[str, str], key: str) -> PartOrder | None:
    """One row of the form; None if it has no executor and no task. Raises MissingInput if a number is wrong."""
    executor, task = values.get(f"executor_id{key}", "").strip(), values.get(f"task{key}", "").strip()
    if not executor and not task:
        return None
    return PartOrder(
        executor_id=_number(executor, f"executor_id{key}", "Выберите исполнителя из списка.") if executor else None,
        order_no=_number(values.get(f"order_no{key}", "1"), f"order_no{key}", "Очередь — целое число от 1."),
        task=task, minutes=_minutes(values.get(f"minutes{key}", ""), key), key=key,
    )  # fmt: skip


def minutes_choices(chosen: Sequence[str]) -> list[tuple[str, str]]:
    """The times to choose from, with those that were chosen or proposed."""
    standard = _standard()
    numbers = {*OFFERED, *all_whole(chosen)}
    usual = f"{worktime.duration(standard)} (п. 14)" if standard else "как в п. 14"
    return [("", usual), *((str(n), worktime.duration(n)) for n in sorted(numbers) if n and n != standard)]


def times(card: Card, orders: Sequence[PartOrder], now: datetime) -> Times:
    """When each number would be due if all began now, against the term of the draft (П.10)."""
    due = _draft_due(card, now)
    standard = _standard()
    if due is None or standard is None or not orders:
        return Times(draft_due=due)
    numbers = sorted({order.order_no for order in orders})
    longest = [max(o.minutes or standard for o in orders if o.order_no == number) for number in numbers]
    calendar = in_force().calendar
    try:
        found: Fit = fit(longest, calendar.next_working(now), due, calendar)
    except CalendarOutOfRange:
        return Times(draft_due=due)
    stages = tuple(Stage(number, ends) for number, ends in zip(numbers, found.ends, strict=True))
    return Times(stages, due, found.fits, found.proposed[0] if found.proposed else None)


def usual_times(card: Card, now: datetime) -> Times:
    """The same for one more executor with the time of П.14, before one is chosen."""
    return replace(times(card, [PartOrder(None)], now), usual=worktime.duration(_standard() or 0))


def later_than_draft(card: Card, draft_due: datetime | None) -> list[Worker]:
    """Executors with a term after the draft: the importance was raised, or they were given more time than there is."""
    if draft_due is None:
        return []
    running = [(worker, clock) for worker in card.active for clock in worker.clocks if clock.runs]
    return [worker for worker, clock in running if clock.due_at and clock.due_at > draft_due]


def rework_after_draft(card: Card, now: datetime) -> datetime | None:
    """When the hour of a part returned now ends (П.12), if the draft is due before that (П.10)."""
    draft = next((c.due_at for c in card.clocks if c.runs and c.kind is ClockKind.DRAFT), None)
    ends: datetime | None = compute_term(in_force(), ClockKind.REWORK, now, card.importance, card.origin, ())["due_at"]
    return ends if draft and ends and ends > draft else None


def _draft_due(card: Card, now: datetime) -> datetime | None:
    """The running term of П.10; if not selected yet, the term that it would get now."""
    running = next((c for c in card.clocks if c.runs and c.kind is ClockKind.DRAFT), None)
    if running:
        return running.row.due_at
    anchor = card.detected_at if card.importance is words.Importance.HIGH and card.detected_at else now
    due: datetime | None = compute_term(in_force(), ClockKind.DRAFT, anchor, card.importance, card.origin, ())["due_at"]
    return due


def _standard() -> int | None:
    """The two hours of П.14 in working minutes; None if this municipality does not count them in working time."""
    term = in_force().parameters.term(ClockKind.PART, words.Importance.NORMAL)
    return term.value if term.unit is parameters.Unit.WORKING else None


def _errors(errors: Mapping[str, str], key: str) -> dict[str, str]:
    names = ("executor_id", "order_no", "task", "minutes")
    return {name: errors[f"{name}{key}"] for name in names if f"{name}{key}" in errors}


def _minutes(typed: str, key: str) -> int | None:
    return _number(typed, f"minutes{key}", "Выберите срок из списка.") if typed.strip() else None


def _number(typed: str, field: str, sentence: str) -> int:
    value = whole(typed.strip(), digits=7)
    return need(field, value, sentence)
