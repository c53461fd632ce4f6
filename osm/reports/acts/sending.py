"""A person sends a form, which then never changes; the next form reports what became known later."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from itsdangerous import BadSignature
from sqlalchemy import select

from osm.base.database import add_row, db
from osm.base.durable import signer
from osm.base.errors import NotYours, ServiceError, must_exist
from osm.base.transaction import transaction, unless_taken
from osm.base.types import Span
from osm.documents.forms import Value
from osm.log.acts.record import record
from osm.models import FormKind, SentForm, User
from osm.regulation import errors
from osm.regulation.words import PRESS_CENTRE
from osm.regulation.working_time import worktime
from osm.reports.acts import forms
from osm.reports.acts.forms import CORRECTIONS, Values, figure_values, form_values, nothing_of, numbers_said, words_of

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
    if not any(actor.has(role) for role in PRESS_CENTRE):
        raise NotYours("Форму отправляет пресс-центр. Ничего не изменено.")
