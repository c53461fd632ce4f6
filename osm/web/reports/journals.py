"""Journals of control on paper (A4) for a period: shortcomings, memos, urgent reports, instructions (П.18–20)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Flask, Response, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.clause_words import clause_words
from osm.regulation.durations import duration
from osm.regulation.words import POST_LABELS, PRESS_CENTRE, Role
from osm.services.log.readings_log import Reading, record_reading
from osm.settings import Settings
from osm.store.models import InstructionKind, User
from osm.store.queries.control import instructions, memos, shortcomings, urgent
from osm.store.queries.control.instructions import InstructionRow
from osm.web.access import allow, me
from osm.web.control.view import STATE_LABELS, stands_in_for
from osm.web.filters import in_full
from osm.web.register.journal_view import Period, period_of
from osm.web.roster import heads
from osm.web.turns import costly

blueprint = Blueprint("control_journals", __name__)

MOST = 2_000
"""Rows on one page to be printed."""


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One row: where it leads, and its cells; a line break within a cell stays one."""

    address: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Journal:
    """One journal: `columns` with their widths in per cent of the sheet; `lines`: of a period, MOST + 1 at most."""

    title: str
    columns: tuple[tuple[str, int], ...]
    lines: Callable[[User, Period], Iterator[JournalLine]]
    nothing: str


@blueprint.get("/reports/shortcomings/journal")
@allow(Role.CURATOR, Role.HEAD)
@costly
def shortcoming_journal() -> ResponseReturnValue:
    return _page(SHORTCOMINGS)


@blueprint.get("/reports/memos/journal")
@allow(Role.CURATOR, Role.HEAD)
@costly
def memo_journal() -> ResponseReturnValue:
    return _page(MEMOS)


@blueprint.get("/reports/urgent/journal")
@allow(*PRESS_CENTRE, Role.HEAD)
@costly
def urgent_journal() -> ResponseReturnValue:
    return _page(URGENT)


@blueprint.get("/instructions/journal")
@allow(*PRESS_CENTRE, Role.HEAD)
@costly
def instruction_journal() -> ResponseReturnValue:
    return _page(INSTRUCTIONS)


def _page(journal: Journal) -> Response:
    settings: Settings = current_app.extensions["osm_settings"]
    period = period_of(request.args, current_now(), settings.time_zone)
    lines = [] if period.errors else list(journal.lines(me(), period))
    record_reading(Reading.CONTROL_JOURNAL, actor=me(), now=current_now())
    page = render_template(
        "print/control_journal.html", journal=journal, period=period, lines=lines[:MOST], fits=len(lines) <= MOST,
        most=MOST,
    )  # fmt: skip
    return make_response(page, 422 if period.errors else 200)


def _shortcomings(person: User, period: Period) -> Iterator[JournalLine]:
    for row in shortcomings.between(person, period.begin, period.end, MOST + 1):
        decided = _who(row.decided_by, row.decided_at)
        reason = row.waiver_said or row.reason
        memo = f"Записка № {row.memo_number}" if row.memo_number else ""
        yield JournalLine(
            f"/reports/shortcomings/{row.id}",
            (
                str(row.id), in_full(row.occurred_at), f"№ {row.number}",
                _lines(f"{row.what} ({clause_words(row.clause)})", row.words), _lines(row.person, row.department),
                _lines(row.cause_said, f"Возражение: {row.objection}" if row.objection else ""),
                _lines(row.state_words, reason, decided, memo),
            ),
        )  # fmt: skip


def _memos(person: User, period: Period) -> Iterator[JournalLine]:
    sent = [
        row
        for row in memos.listed(person, heads=heads(person))
        if row.sent_at and period.begin <= row.sent_at < period.end
    ]
    for row in reversed(sent[: MOST + 1]):
        readers = [
            f"{one.name} ({POST_LABELS[one.post].lower()}): "
            + (f"ознакомление {in_full(one.seen_at)}" if one.seen_at else "ознакомление не отмечено")
            for one in row.readers
        ]
        decisions = [_instruction(one) for one in row.decisions]
        yield JournalLine(
            f"/reports/memos/{row.id}",
            (f"№ {row.number}", row.days, _who(row.sent_by, row.sent_at), _lines(*readers), _lines(*decisions)),
        )


def _reports(_person: User, period: Period) -> Iterator[JournalLine]:
    for row in urgent.between(period.begin, period.end, MOST + 1):
        source = f"№ {row.number}" if row.number else f"всплеск «{row.burst}»" if row.burst else ""
        after = f"через {duration(row.minutes_to_send)}" if row.minutes_to_send is not None else ""
        yield JournalLine(
            f"/reports/urgent/{row.id}",
            (
                f"№ {row.id}", _lines(row.what, row.place), _lines(source, _at(row.known_at)),
                _lines(_at(row.sent_at), after, row.sent_by), _reached(row),
                _lines(*(_instruction(one) for one in row.instructions)),
            ),
        )  # fmt: skip


def _reached(row: urgent.ReportRow) -> str:
    read = [f"прочитано {_at(one.at)}: {one.who}" for one in row.readings]
    if row.reached_at is None:
        return _lines("не доведено до главы", *read)
    brought = "доведено до главы" if row.is_brought else "кто глава, не было указано"
    after = f"через {duration(row.minutes_to_reach or 0)}"
    if not row.by_phone:
        return _lines(brought, f"прочитано {_at(row.reached_at)}", after, row.reached_who, *read)
    said = f"указание: {row.words}" if row.words else "указаний не было"
    noted = f"{row.reached_who}; звонок: {row.noted_by}"
    return _lines(brought, f"доложено по телефону {_at(row.reached_at)}", after, noted, said, *read)


def _instructions(person: User, period: Period) -> Iterator[JournalLine]:
    for row in instructions.between(person, stands_in_for(person), period.begin, period.end, MOST + 1):
        sources = (
            f"срочный доклад № {row.urgent_report_id}" if row.urgent_report_id else "",
            "служебная записка" if row.memo_id else "", f"сообщение № {row.number}" if row.number else "",
        )  # fmt: skip
        report = f"{row.report} ({row.reported_by}, {_at(row.reported_at)})" if row.report else "нет"
        closed = _at(row.closed_at)
        yield JournalLine(
            f"/instructions/{row.id}",
            (
                f"№ {row.id}", _lines(_at(row.given_at), row.given_by),
                _lines("Мера" if row.kind is InstructionKind.MEASURE else "", row.text, *sources),
                _lines(row.to, row.to_department), _at(row.due_at), report,
                _lines(STATE_LABELS[row.state], closed, row.reason or row.remarks),
            ),
        )  # fmt: skip


def _instruction(row: InstructionRow) -> str:
    return f"{row.to}: {row.text} (до {_at(row.due_at)}, {STATE_LABELS[row.state]})"


def _who(name: str, at: datetime | None) -> str:
    return ", ".join(filter(None, (_at(at), name)))


def _at(instant: datetime | None) -> str:
    return in_full(instant) if instant else ""


def _lines(*said: str) -> str:
    return "\n".join(filter(None, said))


def _columns(*named: tuple[str, int]) -> tuple[tuple[str, int], ...]:
    return named


SHORTCOMINGS = Journal(
    "Журнал недостатков",
    _columns(("№", 5), ("Когда", 10), ("Сообщение", 10), ("Что нарушено", 20), ("Кто", 15), ("Причина", 20),
             ("Решение", 20)),
    _shortcomings,
    "За этот период недостатков нет",
)  # fmt: skip
MEMOS = Journal(
    "Журнал служебных записок",
    _columns(("№", 10), ("За какие дни", 15), ("Отправлена", 15), ("Кому", 25), ("Решения", 35)),
    _memos,
    "За этот период записок не отправляли",
)
URGENT = Journal(
    "Журнал срочных докладов",
    _columns(("№", 6), ("Что случилось", 26), ("Сообщение", 14), ("Доложено", 14), ("Доведено до главы", 18),
             ("Поручения", 22)),
    _reports,
    "За этот период срочных докладов не было",
)  # fmt: skip
INSTRUCTIONS = Journal(
    "Журнал поручений",
    _columns(("№", 6), ("Дано", 13), ("Поручение", 26), ("Кому", 13), ("Срок", 10), ("Доклад", 18), ("Итог", 14)),
    _instructions,
    "За этот период поручений не давали",
)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
