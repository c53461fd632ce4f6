"""Writes reminders, each with a key, so that a person gets it only once: recipients, settings, texts; loads, ПОС."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from sqlalchemy import delete, select, update

from osm.base.application import current_settings
from osm.base.database import db, write_rows
from osm.base.transaction import BesideReading, transaction, unless_busy
from osm.flow.acts import clocks, moving
from osm.flow.acts.clocks import in_force
from osm.flow.queries.duties import day_borders
from osm.imports.queries.runs import last_load
from osm.log.acts.record import record
from osm.models import Assignment, Deadline, MailState, Message, PortalMessage, Reminder, User, UserRole
from osm.people.queries.absences import may_see, roster_on
from osm.people.queries.handovers import office_settings
from osm.regulation import errors
from osm.regulation.control import MailMode, goes_at_once, shown_from
from osm.regulation.executors import PartState, passed_on
from osm.regulation.reminding import RULES, Kind
from osm.regulation.words import ClockKind, Importance, Role, Status
from osm.regulation.working_time import worktime
from osm.reminders.queries import Line, listed
from osm.settings.environment import ADDRESS, MailSettings
from osm.urgent.queries import shifts


# --- Letters
def compose(
    lines: Sequence[Line], *, to: str, letter: str, digest: bool, settings: MailSettings, there: datetime
) -> EmailMessage:
    """The letter of these reminders; `there`: the local time."""
    words = "\n\n".join([*(_block(line, settings) for line in lines), _ending(settings)])
    message = new_letter(to, _subject(lines, digest, there), words, letter=letter, settings=settings, there=there)
    message["Auto-Submitted"] = "auto-generated"
    return message


def new_letter(
    to: str, subject: str, words: str, *, letter: str, settings: MailSettings, there: datetime, sender: str = "ОСМ"
) -> EmailMessage:
    """Make a letter. `letter` makes its Message-ID, the same for each attempt; `sender`: his name."""
    message = EmailMessage(policy=SMTP)
    message["Subject"], message["From"] = subject, Address(sender, addr_spec=settings.sender)
    message["To"], message["Date"] = ascii_address(to), there
    message["Message-ID"] = f"<osm.{letter}@{settings.domain}>"
    message.set_content(words, cte="base64")
    return message


def ascii_address(address: str) -> str:
    """The address with a Russian domain in its ASCII form."""
    box, _, domain = address.rpartition("@")
    return f"{box}@{domain.encode('idna').decode('ascii')}"


def russian_address(address: str) -> str:
    """The opposite of `ascii_address`; what is none stays."""
    box, _, domain = address.rpartition("@")
    try:
        return f"{box}@{domain.encode('ascii').decode('idna')}"
    except UnicodeError:
        return address


def _subject(lines: Sequence[Line], digest: bool, there: datetime) -> str:
    if len(lines) == 1 and (not digest or lines[0].figures):
        line = lines[0]
        return f"{line.words}: № {line.number}" if line.number else line.words
    counted = f"{len(lines)} {worktime.plural(len(lines), 'напоминание', 'напоминания', 'напоминаний')}"
    return f"ОСМ: {counted}, сводка на {there:%d.%m %H:%M}" if digest else f"ОСМ: {counted}"


def _block(line: Line, settings: MailSettings) -> str:
    of = f"№ {line.number}" + (f", {line.topic}" if line.topic else "") if line.number else ""
    link = f"{settings.base_url}{line.page}" if settings.base_url and line.page else ""
    return "\n".join(filter(None, [line.words, *line.figures, of, link]))


def _ending(settings: MailSettings) -> str:
    where = f"{settings.base_url}/reminders" if settings.base_url else "в программе, страница «Напоминания»"
    return f"—\nПисьмо отправила программа ОСМ, отвечать на него не нужно.\nВсе напоминания и как их присылать: {where}"


# --- Writing reminders
Row = dict[str, Any]


class Writing:
    """Reminders to write in one transaction: `add` them, then `store` within the transaction."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, int], Row] = {}

    def add(
        self, kind: Kind, about: str, people: Iterable[int], *, at: datetime, message: Message | None = None,
        object_id: int | None = None, facts: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """Remind these people; `about` separates things of one kind. Recalled messages are skipped."""
        if message is not None and message.recalled_at is not None:
            return
        shown = shown_from(at + RULES[kind].after, RULES[kind].haste, clocks.in_force().calendar)
        for person in people:
            self._rows.setdefault(
                (f"{kind}:{about}", person),
                {
                    "recipient_id": person, "kind": str(kind), "key": f"{kind}:{about}", "at": at,
                    "message_id": message.id if message else None, "object_id": object_id, "facts": dict(facts or {}),
                    "shown_from": shown,
                    "high": message is not None and message.importance is Importance.HIGH,
                },
            )  # fmt: skip

    def store(self) -> int:
        """Insert those that are new, for active people; returns how many."""
        known = self._known()
        new = [row for key, row in self._rows.items() if key not in known]
        people = self._people({row["recipient_id"] for row in new})
        rows = [_mailed(row, *people[row["recipient_id"]]) for row in new if row["recipient_id"] in people]
        write_rows(Reminder, rows)
        return len(rows)

    def _known(self) -> set[tuple[str, int]]:
        if not self._rows:
            return set()
        keys = sorted({key for key, _ in self._rows})
        found = db.session.execute(select(Reminder.key, Reminder.recipient_id).where(Reminder.key.in_(keys)))
        return {(key, person) for key, person in found}

    @staticmethod
    def _people(ids: set[int]) -> dict[int, tuple[str, MailMode]]:
        if not ids:
            return {}
        found = db.session.execute(select(User.id, User.email, User.mail_mode).where(User.id.in_(ids), User.is_active))
        return {person: (email, mode) for person, email, mode in found}


def _mailed(row: Row, email: str, mode: MailMode) -> Row:
    """With the state of its letter; a letter not wanted now is not sent later either."""
    high = row.pop("high")
    wanted = current_settings().mail is not None and email and mode is not MailMode.NONE
    rule = RULES[Kind(row["kind"])]
    at_once = goes_at_once(rule.haste, mode, high=high)
    # A letter with a name is complete: nothing is added, and it waits for no hour.
    letter = f"{row['key']}-{row['recipient_id']}".replace(":", "-") if wanted and rule.own_letter else ""
    return row | {"mail": MailState.WAITING if wanted else MailState.NONE, "at_once": at_once, "letter": letter}


def remind(
    kind: Kind, about: str, people: Iterable[int], *, at: datetime, facts: Mapping[str, Any] | None = None
) -> int:
    """Write one reminder of an alarm, not of an act on a message, in a new transaction. Returns how many are new."""
    writing = Writing()
    writing.add(kind, about, people, at=at, facts=facts)
    if writing._known() >= writing._rows.keys():
        return 0
    with transaction():
        return writing.store()


def unwritten(keys: Iterable[str]) -> set[str]:
    """Those of these keys that no reminder has."""
    asked = set(keys)
    return asked - set(db.session.scalars(select(Reminder.key).where(Reminder.key.in_(asked)))) if asked else asked


def remove_older(before: datetime) -> int:
    """Delete reminders of events before this instant; their acts and terms are over and cannot return."""
    oldest = db.session.scalar(select(Reminder.at).order_by(Reminder.id).limit(1))
    if oldest is None or oldest >= before:
        return 0
    old = select(Reminder.id).order_by(Reminder.id).limit(500)
    gone = delete(Reminder).where(Reminder.id.in_(old), Reminder.at < before)
    with transaction() as session:
        return len(session.scalars(gone.returning(Reminder.id)).all())


# --- Recipients at present
_PREPARED = (Status.IN_WORK, Status.REWORK, Status.AWAITING_FINAL)
"""The answer, or the final one, is with its executor."""


class Recipients:
    """The people of this day, loaded once."""

    def __init__(self, now: datetime) -> None:
        self._roster = roster_on(clocks.in_force().calendar.local(now).date())
        self._holders: dict[Role, frozenset[int]] = {}

    def holders(self, role: Role) -> frozenset[int]:
        """The people with this role, their own or as a substitute today."""
        if role not in self._holders:
            found = set(
                db.session.scalars(
                    select(User.id)
                    .join(UserRole, UserRole.user_id == User.id)
                    .where(User.is_active, UserRole.role == role)
                )
            )
            absent = [one for one in found if self._roster.is_away(one)] if passed_on([role]) else []
            found.update(there for one in absent if (there := self._roster.stand_in(one)))
            self._holders[role] = frozenset(found)
        return self._holders[role]

    def stand_in(self, person: int) -> int | None:
        """Who does this person's work today, if he is away."""
        return self._roster.stand_in(person) if self._roster.is_away(person) else None

    def working(self, rows: Iterable[Assignment]) -> Iterator[int]:
        """The executors of these assignments, and their substitutes who may open the card."""
        for row in rows:
            yield row.executor_id
            if there := self.stand_in(row.executor_id):
                person = db.session.get(User, there)
                if person is not None and may_see(person, row.message_id):
                    yield there

    def executors(self, message: Message, assignment_id: int | None = None) -> set[int]:
        """The executors of this assignment, else of all active ones."""
        rows = moving.active_assignments(message)
        return set(self.working(row for row in rows if assignment_id in (None, row.id)))

    def newly_asked(self, message: Message) -> Iterator[tuple[int, Assignment]]:
        """The people who have to prepare something now, with the assignment."""
        for row in moving.active_assignments(message):
            if row.part_state in (None, PartState.ASKED):
                for person in self.working([row]):
                    yield person, row

    def writers(self, message: Message) -> set[int]:
        """Who writes the answer: with several executors the curator, who writes the common draft (П.14)."""
        return set(self.holders(Role.CURATOR)) if moving.is_shared(message) else self.executors(message)

    def responsible(self, deadline: Deadline) -> set[int]:
        """Who does the work that this clock measures; for the term of an answer also the curator."""
        message, curators = deadline.message, set(self.holders(Role.CURATOR))
        if deadline.assignment_id is not None:
            return self.executors(message, deadline.assignment_id)
        match deadline.kind:
            case ClockKind.ROUTE | ClockKind.APPROVE:
                return curators
            case ClockKind.DRAFT | ClockKind.REWORK:
                return self.writers(message) or curators
            case _:
                return curators | self.writers(message) if message.status in _PREPARED else curators


# --- A person's own reminders
_LONGEST = 200


def open_list(*, actor: User, now: datetime) -> list[Line]:
    """The reminders of this person; new ones are marked as seen and go into no digest."""
    lines = listed(actor, now, clocks.in_force().calendar)
    if actor.unseen:
        person = actor.id
        shown = (Reminder.recipient_id == person, Reminder.seen_at.is_(None), Reminder.shown_from <= now)
        with BesideReading("reminders_seen", person=person), unless_busy(0.5), transaction() as session:
            session.execute(update(Reminder).where(*shown).values(seen_at=now))
            actor.has_unseen(0)
    return lines


def set_wishes(*, email: str, mode: str, sound: bool, week: bool, actor: User, now: datetime) -> None:
    """Set how this person gets his reminders. Raises MissingInput; the log does not keep the address in full."""
    typed = email.strip()
    errors.refuse("mail_mode", mode not in set(MailMode), "Выберите, как присылать письма.")
    if (typed and not ADDRESS.fullmatch(typed)) or len(typed) > _LONGEST:
        raise errors.MissingInput("email", "Адрес не похож на почтовый. Нужен как ivanova@example.ru.")
    if week and (not typed or mode == MailMode.NONE):
        raise errors.MissingInput(
            "week", "Итоги недели приходят письмом: укажите почту и выберите, как присылать письма."
        )
    person = actor.id
    with transaction():
        row = db.session.get_one(User, person, with_for_update={"of": User})
        changes = {
            "mail_mode": (row.mail_mode, MailMode(mode)),
            "sound": (row.sound, sound),
            "week_letter": (row.week_letter_since is not None, week),
            **({"email": ("changed", True)} if typed != row.email else {}),
        }
        if all(old == new for old, new in changes.values()):
            return
        row.email, row.mail_mode, row.sound = typed, MailMode(mode), sound
        row.week_letter_since = (row.week_letter_since or now) if week else None
        if not typed or row.mail_mode is MailMode.NONE:
            waiting = update(Reminder).where(Reminder.recipient_id == person, Reminder.mail == MailState.WAITING)
            db.session.execute(waiting.values(mail=MailState.NONE))
        record("reminder_wishes", at=now, actor=row, object_kind="user", object_id=person, changes=changes)


# --- A reminder of exports that nobody has loaded for long: the term of П.7 runs in the source, not here
def remind_of_loads(now: datetime) -> int:
    """In working time, once for each gap; returns the number of new reminders."""
    if not in_force().calendar.is_working(now):
        return 0
    last = db.session.scalar(select(last_load()))
    if last is None or now - last <= timedelta(minutes=office_settings().load_minutes):
        return 0
    return remind(Kind.NO_EXPORT, last.isoformat(), _on_duty(now), at=now, facts={"since": last.isoformat()})


def _on_duty(now: datetime) -> set[int]:
    """Who loads the exports today, else who is on duty now, else the curators."""
    calendar = in_force().calendar
    opens = day_borders(now, calendar).opens
    away = roster_on(calendar.local(now).date())
    loading = {turn.row.person_id for turn in shifts.loading(opens, opens + timedelta(days=1)) if turn.may_note}
    turns = {turn.row.person_id for turn in shifts.coming(now) if turn.holds(now) and turn.may_note}
    for people in (loading, turns):
        if here := {person for person in people if not away.is_away(person)}:
            return here
    return set(Recipients(now).holders(Role.CURATOR))


# --- Reminders of messages of ПОС: when a department gets one, a day before the term of ПОС, and when it has passed
_NEW = timedelta(days=2)  # an assignment before that is no news
_AHEAD = timedelta(days=1)
_PAST = timedelta(days=14)


def remind_of_portal(now: datetime) -> int:
    """Once of each assignment and each term: to the executors of the department; without one to the curators."""
    rows = db.session.scalars(select(PortalMessage).where(PortalMessage.closed_at.is_(None)))
    about = {key: (kind, row) for row in rows for kind, key in _keys(row, now)}
    new = unwritten(about)
    if not new:
        return 0
    with transaction():
        recipients, writing = Recipients(now), Writing()
        people = _by_department(recipients)
        for key in new:
            kind, row = about[key]
            whom = people.get(row.department_id) or recipients.holders(Role.CURATOR)
            facts = {"number": row.number, "due": row.due_at.isoformat() if row.due_at else ""}
            writing.add(kind, key.partition(":")[2], whom, at=now, object_id=row.id, facts=facts)
        return writing.store()


def _keys(row: PortalMessage, now: datetime) -> list[tuple[Kind, str]]:
    found: list[tuple[Kind, str]] = []
    if row.assigned_at and row.assigned_at > now - _NEW:
        found.append((Kind.PORTAL_GIVEN, f"{row.id}:{row.assigned_at.isoformat()}"))
    if row.due_at and now - _PAST < row.due_at <= now + _AHEAD:
        stage = "late" if row.due_at <= now else "ahead"
        found.append((Kind.PORTAL_TERM, f"{row.id}:{row.department_id}:{row.due_at.isoformat()}:{stage}"))
    return [(kind, f"{kind}:{words}") for kind, words in found]


def _by_department(recipients: Recipients) -> dict[int | None, set[int]]:
    """Department → its executors who are there, and who stands in for those who are not."""
    people: defaultdict[int | None, set[int]] = defaultdict(set)
    executors = recipients.holders(Role.EXECUTOR)
    found = select(User.id, User.department_id).where(User.id.in_(executors), User.department_id.is_not(None))
    for person, department in db.session.execute(found):
        people[department] |= {person, recipients.stand_in(person) or person}
    return people
