"""Instructions of leaders (П.19, П.20): given, reported, accepted or returned; and the urgent report as a document."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import select

from osm.base.database import add_row, db
from osm.base.errors import NotYours, ServiceError
from osm.base.transaction import transaction
from osm.documents.sheet import add_head, add_table, as_bytes, new_sheet, plain
from osm.flow.acts import clocks, moving
from osm.flow.acts.act import required
from osm.log.acts.record import Change, record
from osm.models import Instruction, InstructionKind, InstructionState, User
from osm.networks.addresses import is_web
from osm.people.acts.absences import head_at
from osm.people.queries import absences, people
from osm.regulation.errors import EveryField, MissingInput, need, refuse
from osm.regulation.words import Post, Role
from osm.regulation.working_time.worktime import duration
from osm.urgent.queries import instructions, urgent

# --- Content of an urgent report (П.20)
LONGEST = 2_000
MOST_LINKS, LONGEST_LINK = 20, 500
MOST_MESSAGES = 100_000


@dataclass(frozen=True, slots=True)
class ReportForm:
    """The form of a report. `since_at` None: unknown; `links`: one a line."""

    what: str
    place: str = ""
    since_at: datetime | None = None
    how_many: int | None = 1
    links: str = ""
    workers: str = ""
    done: str = ""


def checked(form: ReportForm, now: datetime) -> dict[str, object]:
    """Return the columns of the report. Raises MissingInput."""
    texts = {"what": form.what.strip(), "workers": form.workers.strip(), "done": form.done.strip()}
    long = f"Больше {LONGEST} знаков: доклад должен поместиться на одном экране. Сократите."
    early = "Это время ещё не наступило. Исправьте или оставьте поле пустым."
    is_number = form.how_many is not None and 1 <= form.how_many <= MOST_MESSAGES
    with EveryField() as check:
        check(required, "what", form.what, "Напишите, что случилось.")
        for name, value in texts.items():
            check(refuse, name, len(value) > LONGEST, long)
        place = check(moving.one_line, "place", "Место", form.place, 300)
        check(refuse, "since_at", form.since_at and form.since_at > now, early)
        check(refuse, "how_many", not is_number, "Сколько сообщений, напишите числом: от одного.")
        links = check(moving.lines, "links", "Ссылки", form.links, longest=LONGEST_LINK, most=MOST_LINKS)
    wrong = next((link for link in links if not is_web(link)), None)
    if wrong:
        raise MissingInput("links", f"«{wrong[:60]}» — не ссылка. Нужен адрес, который начинается с https://.")
    return {
        **texts, "place": place, "since_at": form.since_at, "how_many": form.how_many, "links": "\n".join(links),
    }  # fmt: skip


# --- Instructions
LIVE = (InstructionState.OPEN, InstructionState.REPORTED)


@dataclass(frozen=True, slots=True)
class Order:
    """The form of an instruction. `due_at`: None if empty."""

    text: str
    to_id: int | None
    due_at: datetime | None
    kind: InstructionKind = InstructionKind.TASK


def give(
    order: Order, *, actor: User, now: datetime, message_id: int | None = None, urgent_report_id: int | None = None,
    memo_id: int | None = None, said_by_id: int | None = None,
) -> Instruction:  # fmt: skip
    """Give an instruction or order a measure; it appears in the person's «Ждёт меня». `said_by_id`: the leader who gave
    it by telephone the actor writes it down for him. Raises MissingInput (`text`, `to_id`, `due_at`), NotYours."""
    with transaction() as session:
        if said_by_id is None and not actor.has(Role.HEAD):
            raise NotYours("Поручения дают руководители. Ничего не изменено.")
        same = {
            "kind": order.kind, "text": required("text", order.text, "Напишите, что сделать."),
            "to_id": _recipient(order.to_id), "due_at": _when(order.due_at, now),
            "given_by_id": said_by_id or actor.id, "message_id": message_id, "urgent_report_id": urgent_report_id,
            "memo_id": memo_id, "state": InstructionState.OPEN,
        }  # fmt: skip
        before = session.scalar(select(Instruction.id).filter_by(**same).limit(1))
        refuse("text", before, "Это уже поручено и стоит на контроле. Второй раз не записано.")
        row = Instruction(**same, given_at=now, entered_by_id=actor.id if said_by_id else None)
        add_row(row)
        changes: dict[str, Change] = {"to_id": (None, row.to_id), "due_at": (None, row.due_at)}
        _log("instruction_noted" if said_by_id else "instruction_given", row, actor, now, changes, "")
        return row


def report(
    instruction_id: int, version: int, *, report: str, roster: absences.Roster, actor: User, now: datetime
) -> Instruction:
    """Report what was done. `roster`: today's substitutions (П.3)."""
    with _act("instruction_reported", instruction_id, version, actor, now, (InstructionState.OPEN,)) as step:
        row = step.row
        if actor.id != row.to_id:
            if row.to_id not in roster.replaced_by(actor.id):
                raise NotYours("Это поручение другого сотрудника. Ничего не изменено.")
            step.for_id = row.to_id
        row.report = step.note = required("report", report, "Напишите, что сделано.")
        row.reported_at, row.reported_by_id = now, actor.id
        step.changes["to_id"] = (None, row.given_by_id)
        step.to(InstructionState.REPORTED)
        return row


def accept(instruction_id: int, version: int, *, actor: User, now: datetime) -> Instruction:
    """Accept the report; the instruction is done."""
    with _decision("instruction_accepted", instruction_id, version, actor, now, (InstructionState.REPORTED,)) as step:
        step.to(InstructionState.ACCEPTED)
        return step.row


def give_back(instruction_id: int, version: int, *, remarks: str, actor: User, now: datetime) -> Instruction:
    """Return the report with remarks; the term stays."""
    with _decision("instruction_returned", instruction_id, version, actor, now, (InstructionState.REPORTED,)) as step:
        step.row.remarks = step.note = required("remarks", remarks, "Напишите, чего не хватает.")
        step.changes["to_id"] = (None, step.row.to_id)
        step.to(InstructionState.OPEN)
        return step.row


def drop(instruction_id: int, version: int, *, reason: str, actor: User, now: datetime) -> Instruction:
    """Withdraw the instruction, with a reason."""
    with _decision("instruction_dropped", instruction_id, version, actor, now, LIVE) as step:
        step.row.reason = step.note = required("reason", reason, "Напишите, почему поручение снято.")
        step.to(InstructionState.DROPPED)
        return step.row


def may_decide(person: User, given_by_id: int) -> bool:
    """The person who gave it; if he has left, the head or the chief of staff."""
    return person.id == given_by_id or (person.has(Role.HEAD) and person.post is not Post.DEPUTY_HEAD)


@dataclass
class _Step:
    row: Instruction
    actor: User
    now: datetime
    changes: dict[str, Change] = field(default_factory=dict)
    note: str = ""
    for_id: int | None = None  # id of the absent colleague the person acts for (П.3)

    def to(self, state: InstructionState) -> None:
        self.changes["instruction_state"] = (self.row.state, state)
        self.row.state = state
        if state not in LIVE:
            self.row.closed_at, self.row.closed_by_id = self.now, self.actor.id


@contextmanager
def _act(
    action: str, instruction_id: int, version: int, actor: User, now: datetime, states: Sequence[InstructionState]
) -> Iterator[_Step]:
    """Lock an instruction under the version that the person saw, in one transaction."""
    with transaction() as session:
        row = moving.locked(Instruction, instruction_id, version, "Поручение")
        ServiceError.when(row.state not in states, "С этим поручением уже всё решено. Ничего не изменено.")
        with session.no_autoflush:
            step = _Step(row, actor, now)
            yield step
        row.version += 1
        _log(action, row, actor, now, step.changes, step.note, step.for_id)


@contextmanager
def _decision(
    action: str, instruction_id: int, version: int, actor: User, now: datetime, states: Sequence[InstructionState]
) -> Iterator[_Step]:
    with _act(action, instruction_id, version, actor, now, states) as step:
        if not may_decide(actor, step.row.given_by_id):
            raise NotYours("Это решает тот, кто дал поручение. Ничего не изменено.")
        yield step


def _log(
    action: str, row: Instruction, actor: User, now: datetime, changes: dict[str, Change], note: str,
    for_id: int | None = None,
) -> None:  # fmt: skip
    record(action, at=now, actor=actor, message=row.message, changes=changes, note=note, about=row, for_id=for_id)


def _recipient(user_id: int | None) -> int:
    person = db.session.get(User, user_id) if user_id else None
    person = need("to_id", person, "Выберите, кому поручить.")
    if not person.is_active or not person.own_roles - {Role.AUDITOR}:
        raise MissingInput("to_id", f"{person.name} в программе не работает. Выберите другого сотрудника.")
    return person.id


def _when(due_at: datetime | None, now: datetime) -> datetime:
    due_at = need("due_at", due_at, "Укажите, к какому времени.")
    refuse("due_at", due_at <= now, "Этот срок уже прошёл. Укажите более позднее время.")
    return due_at


# --- The urgent report as a document (П.20)
def urgent_document(row: urgent.ReportRow, *, now: datetime, zone: tzinfo) -> bytes:
    """DOCX of a report as of `now`."""

    def there(instant: datetime | None) -> str:
        return f"{instant.astimezone(zone):%d.%m.%Y %H:%M}" if instant else ""

    details, head = people.office(), head_at(row.sent_at)
    title = f"Срочный доклад № {row.id}"
    document = new_sheet(title, made_by=row.sent_by, made_at=now)
    addressee = f"{head.title if head.act else head.position or head.title}\n{head.name}" if head else ""
    add_head(document, details.letterhead.splitlines() or [details.name], addressee)
    document.add_heading(title, 1)
    document.add_paragraph(_ground(row))
    about = f"всплеск «{row.burst}»" if row.burst_id else f"сообщение № {row.number}" if row.number else ""
    facts = (
        ("Что случилось", row.what),
        ("Где", row.place),
        ("С какого времени", there(row.since_at)),
        ("Сообщений", str(row.how_many)),
        ("Ссылки", row.links),
        ("Кто занимается", row.workers),
        ("Что сделано", row.done),
        ("О чём доклад", about),
        ("Опубликовано первое сообщение" if row.burst_id else "Получено", there(row.received_at)),
        ("Стало известно", there(row.known_at)),
        ("Доложено", f"{there(row.sent_at)}, {row.sent_by}"),
        ("Доведено до главы", _reached(row, there(row.reached_at))),
        ("Прочитано другими руководителями", "\n".join(f"{there(one.at)}, {one.who}" for one in row.readings)),
    )
    add_table(document, facts)
    if row.instructions:
        document.add_heading("Поручения", 2)
    for one in row.instructions:
        add_table(document, _instruction(one, there))
    document.add_paragraph(plain(f"{row.sent_by}\t\t{there(row.sent_at)}"))
    return as_bytes(document)


def _ground(row: urgent.ReportRow) -> str:
    """«Незамедлительно» only if the report was made within the minutes set in the parameters of the act (П.20)."""
    if row.known_at is None:
        return "Пункт 20 Положения."
    parameters, passed = clocks.in_force().parameters, row.sent_at - row.known_at
    soon = " незамедлительно," if passed <= timedelta(minutes=parameters.urgent_at_once) else ""
    return (
        f"Пункт 20 Положения: доложено{soon} через {duration(row.minutes_to_send or 0)} после того, как стало известно."
    )


def _reached(row: urgent.ReportRow, at: str) -> str:
    if row.is_unread:
        return "ещё нет"
    unsaid = "" if row.is_brought else "кто глава, тогда не было указано; "
    after = f"через {duration(row.minutes_to_reach or 0)} после доклада"
    if not row.by_phone:
        return f"{unsaid}прочитано {at}: {row.reached_who} ({after})"
    words = f"указание: {row.words}" if row.words else "указаний не было"
    return f"{unsaid}доложено по телефону {at}: {row.reached_who}; {words} (звонок: {row.noted_by}; {after})"


def _instruction(row: instructions.InstructionRow, in_words: Callable[[datetime | None], str]) -> list[tuple[str, str]]:
    return [
        ("Мера" if row.kind is InstructionKind.MEASURE else "Что сделать", row.text), ("Кому", row.to),
        ("К какому времени", in_words(row.due_at)), ("Поручение от", f"{row.given_by}, {in_words(row.given_at)}"),
        ("Доклад", f"{row.report} ({row.reported_by}, {in_words(row.reported_at)})" if row.report else "ещё нет"),
    ]  # fmt: skip
