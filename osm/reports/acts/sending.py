"""A form that a person sends never changes, the next reports what became known later; the weekly letter to heads."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from itsdangerous import BadSignature
from sqlalchemy import select

from osm.base.database import add_row, db
from osm.base.durable import signer
from osm.base.errors import NotYours, ServiceError, must_exist
from osm.base.transaction import transaction, unless_taken
from osm.base.types import Span
from osm.documents.in_child import Value
from osm.flow.acts.clocks import in_force
from osm.log.acts.record import record
from osm.models import FormKind, Reminder, SentForm, User, UserRole
from osm.people.queries.absences import is_head, roster_on
from osm.people.queries.people import supervised_by
from osm.regulation import errors, words
from osm.regulation.reminding import Kind
from osm.regulation.words import PRESS_CENTRE
from osm.regulation.working_time import worktime
from osm.reminders.acts.letters import Writing
from osm.reports.acts import forms
from osm.reports.acts.forms import CORRECTIONS, Values, figure_values, form_values, nothing_of, numbers_said, words_of
from osm.reports.queries import summary
from osm.reports.queries.counting import EVERYTHING, Scope
from osm.reports.queries.summary import offices, span_words, summary_of

COMPARED = 31  # the number of latest forms of one kind to check for corrections in a new form


@dataclass(frozen=True, slots=True)
class Correction:
    """One number of a sent form, as last reported and as it is now."""

    form: int
    first: date
    last: date
    what: str
    was: Value
    now: Value

    @property
    def days(self) -> str:
        return f"{self.first:%d.%m.%Y}" if self.first == self.last else f"{self.first:%d.%m.%Y}–{self.last:%d.%m.%Y}"

    @property
    def words(self) -> str:
        return words_of(self.what)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A form before it is sent; exactly what the person sees is kept."""

    kind: FormKind
    first: date
    last: date
    made_at: datetime
    template: int  # the version of the office's template for it
    values: Values
    corrections: tuple[Correction, ...]

    @property
    def ticket(self) -> str:
        """All of it, signed, so that it comes back unchanged."""
        corrections = [[one.form, one.first.isoformat(), one.last.isoformat(), one.what, one.was, one.now]
                       for one in self.corrections]  # fmt: skip
        days = (self.first.isoformat(), self.last.isoformat())
        fields, lists = dict(self.values.fields), {name: list(rows) for name, rows in self.values.lists.items()}
        return signer("report-form").dumps(
            [self.kind.value, *days, self.made_at.isoformat(), self.template, fields, lists, corrections]
        )

    @property
    def said(self) -> dict[str, Value]:
        """The numbers of its days that its template has."""
        return numbers_said(self.values, forms.asked_by(self.kind))

    @property
    def content(self) -> bytes:
        """The file. Raises MissingInput if it cannot be filled or the template was replaced."""
        if forms.version_of(self.kind) != self.template:
            raise errors.MissingInput("ticket", "Шаблон формы заменили. Ниже форма по новому: скачайте её снова.")
        return forms.fill(self.kind, self.values)


def prepare(kind: FormKind, span: Span, now: datetime, calendar: worktime.WorkCalendar) -> Prepared:
    """The form of these days, with corrections to forms already sent."""
    values = form_values(span, now, calendar)
    found = tuple(corrections(kind, now, calendar))
    changes = [{"дни": one.days, "показатель": one.words, "было": one.was, "стало": one.now} for one in found]
    lists = {**values.lists, CORRECTIONS: changes}
    return Prepared(kind, span.first, span.last, now, forms.version_of(kind), Values(values.fields, lists), found)


def opened(ticket: str) -> Prepared:
    """The form from a ticket. Raises MissingInput if the ticket is not ours."""
    try:
        kind, first, last, made_at, template, fields, lists, changes = signer("report-form").loads(ticket)
    except (BadSignature, ValueError):
        raise errors.MissingInput("ticket", "Форма не распознана. Откройте её снова и повторите.") from None
    corrected = (
        Correction(form, date.fromisoformat(begin), date.fromisoformat(end), *rest)
        for form, begin, end, *rest in changes
    )
    days, instant = (date.fromisoformat(first), date.fromisoformat(last)), datetime.fromisoformat(made_at)
    return Prepared(FormKind(kind), *days, instant, template, Values(fields, lists), tuple(corrected))


def send(ticket: str, *, actor: User, now: datetime) -> SentForm:
    """Keep the file and all its numbers. Raises MissingInput, ServiceError if it was already sent."""
    _only_press_centre(actor)
    prepared = opened(ticket)
    content, asked = prepared.content, forms.asked_by(prepared.kind)
    corrected = [{"form": one.form, "what": one.what, "was": one.was, "now": one.now} for one in prepared.corrections]
    row = SentForm(
        kind=prepared.kind, first_day=prepared.first, last_day=prepared.last, made_at=prepared.made_at, sent_at=now,
        sent_by_id=actor.id, asked=asked, said=numbers_said(prepared.values, asked), content=content,
        corrected=corrected,
    )  # fmt: skip
    with unless_taken(ServiceError("Форма за эти дни уже отправлена. Ниже то, что в ней было.")), transaction():
        add_row(row)
        changes = {"sha256": (None, hashlib.sha256(content).hexdigest())}
        record("send_form", at=now, actor=actor, about=row, changes=changes)
    return row


def take_back(form_id: int, *, actor: User, now: datetime) -> None:
    """Undo a mistaken «sent», so that these days are open again. Only for the latest of its kind, because a later form
    may correct it."""
    _only_press_centre(actor)
    with transaction() as session:
        row = must_exist(session.get(SentForm, form_id, with_for_update=True), "Запись")
        if latest(row.kind)[0].id != row.id:
            raise ServiceError("После этой формы отправлена следующая, поэтому отметка остаётся.")
        changes = {"sha256": (hashlib.sha256(row.content).hexdigest(), None)}
        record("unsend_form", at=now, actor=actor, about=row, changes=changes)
        session.delete(row)


def sent_form(kind: FormKind, first: date, last: date) -> SentForm | None:
    """The form for exactly these days."""
    asked = select(SentForm).where(SentForm.kind == kind, SentForm.first_day == first, SentForm.last_day == last)
    return db.session.scalar(asked)


def latest(kind: FormKind, count: int = COMPARED) -> Sequence[SentForm]:
    """Newest first."""
    asked = select(SentForm).where(SentForm.kind == kind).order_by(SentForm.sent_at.desc(), SentForm.id.desc())
    return db.session.scalars(asked.limit(count)).all()


def corrections(kind: FormKind, now: datetime, calendar: worktime.WorkCalendar) -> Iterable[Correction]:
    """Numbers of sent forms that are wrong now; each change is reported once, by the next form."""
    rows = list(reversed(latest(kind)))
    sent = {row.id: dict(row.said) for row in rows}
    for row in rows:
        for one in row.corrected:
            if one["form"] in sent:
                sent[one["form"]][one["what"]] = one["now"]
    for row in rows:
        found = _now(row, now, calendar)
        for what in dict.fromkeys((*sent[row.id], *found)):
            was, is_now = (values.get(what, nothing_of(what)) for values in (sent[row.id], found))
            if was != is_now:
                yield Correction(row.id, row.first_day, row.last_day, what, was, is_now)


def _now(row: SentForm, now: datetime, calendar: worktime.WorkCalendar) -> Mapping[str, Value]:
    """The present numbers of the same fields, including new rows."""
    values = figure_values(Span(row.first_day, row.last_day, calendar.tz), now, calendar)
    return numbers_said(values, row.asked)


def _only_press_centre(actor: User) -> None:
    NotYours.when(not actor.has(*PRESS_CENTRE), "Форму отправляет пресс-центр. Ничего не изменено.")


HOUR = time(9)
WEEK, DAY = timedelta(days=7), timedelta(days=1)
_LOOKED_BACK = 3  # weeks: after the holidays of January two letters are due, and more if the worker was stopped


def write_due(now: datetime) -> int:
    """Write what is due and not written yet; the lane of mail sends it. Returns the number of letters."""
    wanting = select(User).where(User.is_active, User.week_letter_since.is_not(None))
    people = db.session.scalars(wanting.where(User.role_rows.any(UserRole.role == words.Role.HEAD))).all()
    if not people:
        return 0
    calendar = in_force().calendar
    weeks = {span: due for span in _ended(now, calendar) if (due := _due(span, calendar)) is not None and due <= now}
    keys = map(_key, weeks)
    told = db.session.execute(select(Reminder.key, Reminder.recipient_id).where(Reminder.key.in_(keys)))
    written = set(told)
    return sum(
        _write(span, person, now)
        for span, due in weeks.items()
        for person in people
        if person.week_letter_since and person.week_letter_since < due and (_key(span), person.id) not in written
    )


def _ended(now: datetime, calendar: worktime.WorkCalendar) -> list[Span]:
    """The last weeks, Monday to Sunday, oldest first."""
    today = calendar.local(now).date()
    monday = today - timedelta(days=today.weekday())
    begins = (monday - n * WEEK for n in range(_LOOKED_BACK, 0, -1))
    return [Span(first, first + WEEK - DAY, calendar.tz) for first in begins]


def _due(span: Span, calendar: worktime.WorkCalendar) -> datetime | None:
    """9:00 of the first working day after the week; None if the calendar does not reach so far."""
    try:
        opens = calendar.next_working(span.end)
    except errors.CalendarOutOfRange:
        return None
    return datetime.combine(opens.date(), HOUR, calendar.tz)


def _write(span: Span, person: User, now: datetime) -> int:
    figures = summary.words_of(summary_of(span, now, _scope(person, span, now), offices()))
    days = {"first": span.first.isoformat(), "last": span.last.isoformat()}
    facts = {"week": span_words(span).lower(), "figures": figures, **days}
    with transaction():
        writing = Writing()
        writing.add(Kind.WEEK, span.first.isoformat(), [person.id], at=now, facts=facts)
        return writing.store()


def _scope(person: User, span: Span, now: datetime) -> Scope:
    """A deputy's letter is of the departments that he supervises, as his reports are."""
    today = now.astimezone(span.zone).date()
    if person.post is not words.Post.DEPUTY_HEAD or is_head(person, roster_on(today)):
        return EVERYTHING
    return Scope(department_ids=supervised_by(person.id))


def _key(span: Span) -> str:
    return f"{Kind.WEEK}:{span.first.isoformat()}"
