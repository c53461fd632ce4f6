"""What the pages of absences show: who is away, the form, and what an absence would bring before it is saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from babel.dates import format_date
from flask import render_template, request

from osm.clock import current_now
from osm.numbers import whole
from osm.regulation.substitution import ABSENT, FITTING, PASSED_ON, REASON_LABELS, period_words
from osm.regulation.words import Role
from osm.services.errors import NotFound
from osm.services.staff import absences as services
from osm.services.staff.absences import local_day
from osm.store.models import User
from osm.store.queries.log.edits import edits_of
from osm.store.queries.staff.absences import AbsenceRow, absence, absences_between, absences_from, people_at_work
from osm.store.queries.staff.handovers import deputies_of
from osm.store.queries.staff.substitutes import colleagues
from osm.web.access import me
from osm.web.form_values import Form, Typed
from osm.web.staff.absences_effects import Effect


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the list, with the addresses of its neighbours."""

    first: date
    last: date

    @property
    def label(self) -> str:
        return format_date(self.first, "LLLL y", locale="ru").capitalize()

    @property
    def before(self) -> str:
        return f"{self.first - timedelta(days=1):%Y-%m}"

    @property
    def after(self) -> str:
        return f"{self.last + timedelta(days=1):%Y-%m}"


def list_page() -> str:
    """Who is away now, who will be, and everybody of one month; of an executor only what concerns him."""
    today, person = _today(), me()
    concerning = None if person.has(*services.ENTER_ANYBODYS) else person.id
    coming, month = absences_from(today, concerning), _month(today)
    return render_template(
        "staff/absences/index.html",
        now=[row for row in coming if row.first_day <= today],
        soon=[row for row in coming if row.first_day > today],
        month=month,
        of_month=absences_between(month.first, month.last, concerning),
        today=today,
        everybody=concerning is None,
        reasons=REASON_LABELS,
        period=period_words,
    )


def new_page(form: Form, effects: Sequence[Effect] = ()) -> str:
    """The form of a new absence; whoever enters his own is not asked whose it is."""
    person = me()
    everybody = person.has(*services.ENTER_ANYBODYS)
    about = form.value("person_id") if everybody else str(person.id)
    person_id = whole(about)
    if form.typed is None and person_id is not None:
        form = Form({**form.stored, "substitute_id": str(next(iter(_free_deputies(person_id)), ""))})
    return render_template(
        "staff/absences/new.html",
        form=form,
        effects=effects,
        everybody=everybody,
        people_to_choose=_whom_to_enter(person) if everybody else (),
        people=people_at_work() if everybody or person.has(*FITTING) else (),
        leaders=_who_may_act() if everybody or person.owns(Role.HEAD) else (),
        reasons=REASON_LABELS,
    )


def absence_page(absence_id: int, typed: Typed | None = None, effects: Sequence[Effect] = ()) -> str:
    """The page of an absence; `typed`: a form on it that comes back."""
    row, today = visible(absence_id), _today()
    why_not = "" if row.is_over(today) else services.why_not(me(), row.person_id)
    stored = {
        "reason": row.reason.value,
        "first_day": row.first_day.isoformat(),
        "last_day": row.last_day.isoformat(),
        "substitute_id": str(row.substitute_id or ""),
        "acting_id": str(row.acting_id or ""),
        "act": row.act,
    }
    roles = colleagues({row.person_id})[row.person_id].roles
    return render_template(
        "staff/absences/absence.html",
        row=row,
        form=Form(stored, typed, always="first_day"),
        effects=effects,
        may_change=not why_not and not row.is_over(today),
        why_not=why_not if me().has(*services.ENTER_ANYBODYS) else "",
        has_begun=row.first_day <= today,
        is_over=row.is_over(today),
        people=people_at_work([row.substitute_id]) if roles & FITTING.keys() else (),
        leaders=_who_may_act(row.acting_id) if Role.HEAD in roles else (),
        reasons=REASON_LABELS,
        period=period_words,
        edits=edits_of("absence", row.id),
    )


def visible(absence_id: int) -> AbsenceRow:
    """The absence, if this person may know of it. Raises NotFound."""
    row, person = absence(absence_id), me()
    if row is None:
        raise NotFound("Отсутствие")
    if person.id not in (row.person_id, row.substitute_id, row.acting_id) and not person.has(*services.ENTER_ANYBODYS):
        raise NotFound("Отсутствие")
    return row


def _whom_to_enter(person: User) -> list[tuple[int, str]]:
    """Whose absence this person may enter who is curator, by his own right or as a substitute."""
    if person.owns(*services.ENTER_ANYBODYS):
        return people_at_work(roles=ABSENT)
    return people_at_work([person.id], but_for={*PASSED_ON, Role.HEAD})


def _who_may_act(also: int | None = None) -> list[tuple[int, str]]:
    return people_at_work([also], roles={Role.HEAD})


def _free_deputies(person_id: int) -> list[int]:
    away = {row.person_id for row in absences_from(_today()) if row.is_now(_today())}
    return [deputy for deputy in deputies_of(person_id) if deputy not in away]


def _today() -> date:
    return local_day(current_now())


def _month(today: date) -> Month:
    asked = request.args.get("month", "")
    try:
        first = date.fromisoformat(f"{asked}-01") if len(asked) == len("2026-11") else today.replace(day=1)
    except ValueError:
        first = today.replace(day=1)
    if not 2000 <= first.year < 2200:
        first = today.replace(day=1)
    return Month(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))
