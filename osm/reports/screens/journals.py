"""Forms for the region (ЦУР), and journals to print: shortcomings, memos, urgent reports, instructions (П.18–20)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from flask import Flask, Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from osm.base.application import current_now, local_zone
from osm.files.views import uploads
from osm.flow.acts.clocks import in_force
from osm.log.acts.record import Reading, record_reading
from osm.log.queries.history import edits_of, edits_since
from osm.models import FormKind, InstructionKind, ReportForm, User
from osm.people import views as roster
from osm.register.views.page import Period, period_of
from osm.regulation import errors
from osm.regulation.words import PRESS_CENTRE, Role, clause_words
from osm.regulation.working_time import worktime
from osm.reports.acts import forms, sending
from osm.reports.views.tables import asked_period
from osm.shell import filters, requests
from osm.shell.access import Screens, me
from osm.shell.form_values import Form, Typed, seen_version, text
from osm.shell.run_act import EDIT_REFUSED, run_act
from osm.shell.turns import costly
from osm.shortcomings.queries import memos, shortcomings
from osm.urgent.queries import instructions, urgent

# --- Forms for the region (ЦУР)
forms_blueprint = Screens("forms", __name__, url_prefix="/reports/forms")
admin = Screens("admin_forms", __name__, url_prefix="/admin/forms")

EDITORS = PRESS_CENTRE
READERS = (*EDITORS, Role.HEAD)
LABELS: dict[FormKind, str] = {FormKind.DAILY: "Форма ЦУР за день", FormKind.WEEKLY: "Форма ЦУР за неделю"}
DEFAULT: dict[FormKind, str] = {FormKind.DAILY: "yesterday", FormKind.WEEKLY: "last-week"}
"""The days of a form if no days are given."""
SHOWN_SENT = 10  # sent forms on the page


@forms_blueprint.get("/<kind>", *READERS)
@costly
def show(kind: str) -> ResponseReturnValue:
    """What the form will report, or what it reported when it was sent."""
    return _form(_kind(kind))


@forms_blueprint.get("/<kind>.xlsx", *READERS)
@costly
def filled(kind: str) -> ResponseReturnValue:
    form, now, calendar = _kind(kind), current_now(), in_force().calendar
    asked = asked_period(request.args, now, calendar.tz, default=DEFAULT[form])
    if sent := sending.sent_form(form, asked.span.first, asked.span.last):
        return _file(sent.content, _name(form, asked.span.first, asked.span.last))
    return _filled(form, lambda: sending.prepare(form, asked.span, now, calendar))


@forms_blueprint.post("/<kind>/file", *READERS)
@costly
def file(kind: str) -> ResponseReturnValue:
    """The form with exactly the numbers shown."""
    return _filled(_kind(kind), lambda: sending.opened(text("ticket")))


@forms_blueprint.post("/<kind>/sent", *EDITORS)
@costly
def sent(kind: str) -> ResponseReturnValue:
    form = _kind(kind)
    return run_act(
        partial(sending.send, text("ticket")),
        partial(_form, form),
        lambda row: requests.see_other(
            _address(form, row.first_day, row.last_day), f"{LABELS[form]}: отмечено, что отправлена."
        ),
        refused=EDIT_REFUSED,
    )


@forms_blueprint.post("/<kind>/taken-back/<int:form_id>", *EDITORS)
def taken_back(kind: str, form_id: int) -> ResponseReturnValue:
    form = _kind(kind)
    return run_act(
        partial(sending.take_back, form_id),
        partial(_form, form),
        lambda _: requests.see_other(
            url_for("forms.show", kind=form.value), f"{LABELS[form]}: отметка об отправке снята."
        ),
        refused=EDIT_REFUSED,
    )


def _form(form: FormKind, typed: Typed | None = None) -> str:
    now, calendar = current_now(), in_force().calendar
    asked = asked_period(request.values, now, calendar.tz, default=DEFAULT[form])
    done = sending.sent_form(form, asked.span.first, asked.span.last)
    prepared = sending.prepare(form, asked.span, now, calendar)
    numbers = (done or prepared).said
    return render_template(
        "reports/form.html",
        kind=form, label=LABELS[form], asked=asked, form=prepared, sent=done, typed=typed,
        lines=forms.lines_of(numbers), rows=forms.rows_of(numbers), latest=sending.latest(form, SHOWN_SENT),
        file_of=lambda row: _address(form, row.first_day, row.last_day, "forms.filled"),
        page_of=lambda row: _address(form, row.first_day, row.last_day), may_send=may_send(),
    )  # fmt: skip


def may_send() -> bool:
    return any(me().has(role) for role in EDITORS)


def _filled(form: FormKind, prepare: Callable[[], sending.Prepared]) -> ResponseReturnValue:
    try:
        prepared = prepare()
        return _file(prepared.content, _name(form, prepared.first, prepared.last))
    except errors.MissingInput as error:
        flash(str(error), "danger")
        return redirect(url_for("reports.index"), 303)


def _address(form: FormKind, first: date, last: date, endpoint: str = "forms.show") -> str:
    days: dict[str, Any] = {"from": first.isoformat(), "to": last.isoformat()}
    return url_for(endpoint, kind=form.value, **days)


@admin.get("/<kind>.xlsx", *EDITORS)
@costly
def template(kind: str) -> ResponseReturnValue:
    """The present template, to edit and upload."""
    form = _kind(kind)
    return _file(forms.template_of(form), f"Шаблон. {LABELS[form]}.xlsx")


@admin.post("/<kind>", *EDITORS)
@costly
def replace(kind: str) -> ResponseReturnValue:
    upload = next(iter(uploads("file")), None)
    return _run(_kind(kind), partial(forms.replace_form, upload=upload), "Шаблон заменён.")


@admin.post("/<kind>/restore", *EDITORS)
def restore(kind: str) -> ResponseReturnValue:
    return _run(_kind(kind), forms.restore_form, "Снова заполняется исходный шаблон.")


def _run(kind: FormKind, act: Callable[..., ReportForm], notice: str) -> ResponseReturnValue:
    row = forms.form_of(kind)
    return run_act(
        partial(act, kind, seen_version()), index,
        lambda _: requests.see_other(url_for("admin_forms.index"), f"{LABELS[kind]}. {notice}"), action=kind.value,
        refused=EDIT_REFUSED, happened=lambda seen: edits_since(forms.KIND, row.id, seen) if row else (),
    )  # fmt: skip


@admin.get("", *EDITORS)
def index(typed: Typed | None = None) -> str:
    rows: list[dict[str, Any]] = []
    for kind, label in LABELS.items():
        row = forms.form_of(kind)
        rows.append({"kind": kind, "label": label, "row": row, "edits": edits_of(forms.KIND, row.id) if row else ()})
    return render_template("reports/forms.html", rows=rows, typed=typed, form=Form({}, typed), fields=forms)


def _kind(kind: str) -> FormKind:
    if kind not in set(FormKind):
        abort(404)
    return FormKind(kind)


def _name(form: FormKind, first: date, last: date) -> str:
    days = f"{first:%Y-%m-%d}" if first == last else f"{first:%Y-%m-%d} {last:%Y-%m-%d}"
    return f"{LABELS[form]} {days}.xlsx"


def _file(content: bytes, name: str) -> Response:
    return requests.sent_file(content, name, requests.XLSX)


# --- Journals on paper (A4)
journals_blueprint = Screens("control_journals", __name__)

MOST = 2_000  # rows on one printed page


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One row: its link and its cells; line breaks in a cell are kept."""

    address: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Journal:
    """One journal: `columns` with their widths in percent of the sheet; `lines`: of a period, at most MOST + 1.
    `roles`: who may read it."""

    endpoint: str
    path: str
    roles: tuple[Role, ...]
    title: str
    columns: tuple[tuple[str, int], ...]
    lines: Callable[[User, Period], Iterator[JournalLine]]
    nothing: str


def _journal_page(journal: Journal) -> Response:
    period = period_of(request.args, current_now(), local_zone())
    lines = [] if period.errors else list(journal.lines(me(), period))
    record_reading(Reading.CONTROL_JOURNAL, actor=me(), now=current_now())
    page = render_template(
        "print/control_journal.html", journal=journal, period=period, lines=lines[:MOST], fits=len(lines) <= MOST,
        most=MOST,
    )  # fmt: skip
    return make_response(page, 422 if period.errors else 200)


def _shortcomings(person: User, period: Period) -> Iterator[JournalLine]:
    for row in shortcomings.between(person, period.begin, period.end, MOST + 1):
        decided = _who(row.decided_by.name if row.decided_by else "", row.decided_at)
        memo = f"Записка № {row.memo.number}" if row.memo else ""
        yield JournalLine(
            f"/reports/shortcomings/{row.id}",
            (
                str(row.id), filters.in_full(row.occurred_at), f"№ {row.message.number}",
                _lines(f"{row.what} ({clause_words(row.clause)})", row.words),
                _lines(row.person_words, row.department.name if row.department else ""),
                _lines(row.cause_said, f"Возражение: {row.objection}" if row.objection else ""),
                _lines(row.state_words, row.waiver_said or row.reason, decided, memo),
            ),
        )  # fmt: skip


def _memos(person: User, period: Period) -> Iterator[JournalLine]:
    sent = [
        row
        for row in memos.listed(person, heads=roster.heads(person))
        if row.memo.sent_at and period.begin <= row.memo.sent_at < period.end
    ]
    for row in reversed(sent[: MOST + 1]):
        memo = row.memo
        sent_by = _who(memo.sent_by.name if memo.sent_by else "", memo.sent_at)
        readers = [
            f"{one.user.name} ({one.post.label.lower()}): "
            + (f"ознакомление {filters.in_full(one.seen_at)}" if one.seen_at else "ознакомление не отмечено")
            for one in memo.readers
        ]
        yield JournalLine(
            f"/reports/memos/{memo.id}",
            (f"№ {memo.number}", memo.days, sent_by, _lines(*readers), _lines(*map(_instruction, row.decisions))),
        )


def _reports(_person: User, period: Period) -> Iterator[JournalLine]:
    for row in urgent.between(period.begin, period.end, MOST + 1):
        source = f"№ {row.number}" if row.number else f"всплеск «{row.burst}»" if row.burst else ""
        after = f"через {worktime.duration(row.minutes_to_send)}" if row.minutes_to_send is not None else ""
        yield JournalLine(
            f"/reports/urgent/{row.id}",
            (
                f"№ {row.id}", _lines(row.what, row.place), _lines(source, _at(row.known_at)),
                _lines(_at(row.sent_at), after, row.sent_by), _reached(row),
                _lines(*map(_instruction, row.instructions)),
            ),
        )  # fmt: skip


def _reached(row: urgent.ReportRow) -> str:
    read = [f"прочитано {_at(one.at)}: {one.who}" for one in row.readings]
    if row.reached_at is None:
        return _lines("не доведено до главы", *read)
    brought = "доведено до главы" if row.is_brought else "кто глава, не было указано"
    after = f"через {worktime.duration(row.minutes_to_reach or 0)}"
    if not row.by_phone:
        return _lines(brought, f"прочитано {_at(row.reached_at)}", after, row.reached_who, *read)
    words = f"указание: {row.words}" if row.words else "указаний не было"
    noted = f"{row.reached_who}; звонок: {row.noted_by}"
    return _lines(brought, f"доложено по телефону {_at(row.reached_at)}", after, noted, words, *read)


def _instructions(person: User, period: Period) -> Iterator[JournalLine]:
    for row in instructions.between(person, roster.substituted_ids(person), period.begin, period.end, MOST + 1):
        sources = (
            f"срочный доклад № {row.urgent_report_id}" if row.urgent_report_id else "",
            "служебная записка" if row.memo_id else "",
            f"сообщение № {row.number}" if row.number else "",
        )
        report = f"{row.report} ({row.reported_by}, {_at(row.reported_at)})" if row.report else "нет"
        yield JournalLine(
            f"/instructions/{row.id}",
            (
                f"№ {row.id}", _lines(_at(row.given_at), row.given_by),
                _lines("Мера" if row.kind is InstructionKind.MEASURE else "", row.text, *sources),
                _lines(row.to, row.to_department), _at(row.due_at), report,
                _lines(row.state.label, _at(row.closed_at), row.reason or row.remarks),
            ),
        )  # fmt: skip


def _instruction(row: instructions.InstructionRow) -> str:
    return f"{row.to}: {row.text} (до {_at(row.due_at)}, {row.state.label})"


def _who(name: str, at: datetime | None) -> str:
    return ", ".join(filter(None, (_at(at), name)))


def _at(instant: datetime | None) -> str:
    return filters.in_full(instant) if instant else ""


def _lines(*lines: str) -> str:
    return "\n".join(filter(None, lines))


JOURNALS = (
    Journal(
        "shortcoming_journal", "/reports/shortcomings/journal", (Role.CURATOR, Role.HEAD), "Журнал недостатков",
        (("№", 5), ("Когда", 10), ("Сообщение", 10), ("Что нарушено", 20), ("Кто", 15), ("Причина", 20),
         ("Решение", 20)),
        _shortcomings,
        "За этот период недостатков нет",
    ),
    Journal(
        "memo_journal", "/reports/memos/journal", (Role.CURATOR, Role.HEAD), "Журнал служебных записок",
        (("№", 10), ("За какие дни", 15), ("Отправлена", 15), ("Кому", 25), ("Решения", 35)),
        _memos,
        "За этот период записок не отправляли",
    ),
    Journal(
        "urgent_journal", "/reports/urgent/journal", READERS, "Журнал срочных докладов",
        (("№", 6), ("Что случилось", 26), ("Сообщение", 14), ("Доложено", 14), ("Доведено до главы", 18),
         ("Поручения", 22)),
        _reports,
        "За этот период срочных докладов не было",
    ),
    Journal(
        "instruction_journal", "/instructions/journal", READERS, "Журнал поручений",
        (("№", 6), ("Дано", 13), ("Поручение", 26), ("Кому", 13), ("Срок", 10), ("Доклад", 18), ("Итог", 14)),
        _instructions,
        "За этот период поручений не давали",
    ),
)  # fmt: skip


def _add(journal: Journal) -> None:
    @journals_blueprint.get(journal.path, *journal.roles, endpoint=journal.endpoint)
    @costly
    def view() -> ResponseReturnValue:
        return _journal_page(journal)


for _journal in JOURNALS:
    _add(_journal)


def init_app(app: Flask) -> None:
    app.jinja_env.globals["report_forms"] = LABELS
