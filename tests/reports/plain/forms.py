"""The fields of both forms for the krai, what was sent, and what has changed since (§9); `osm figures --json` (§10)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.oracle.minutes import Calendar

from .clocks import CLAUSES, Clocks
from .counting import Report
from .present import late_answers, open_by_age
from .scope import EVERYTHING
from .stages import stage
from .tables import Days, percent
from .tabulating import Row, by_department, by_topic

CODES = {
    "поступило": "received",
    "повторных": "repeats",
    "отвечено": "answered",
    "промежуточных": "interim",
    "запросов": "clarification",
    "согласовано": "approved",
    "с_первого_раза": "first-sight",
    "возвращено": "returned",
    "исключено": "excluded",
    "удалено_комментариев": "deleted",
    "заблокировано": "banned",
    "обещаний": "promised",
    "обещаний_выполнено": "promised-kept",
    "обещаний_с_опозданием": "promised-late",
    "обещаний_на_проверке": "promised-reported",
    "обещаний_впереди": "promised-open",
}
NOT_COMPARED = {"с", "по", "составлено", "открыто", "просрочено"}
DASH = "—"


@dataclass
class Form:
    """One form of some days: field → value, and the rows by department and topic."""

    days: Days
    fields: dict[str, Any]
    departments: list[Row]
    topics: list[Row]


def fill(clocks: Clocks, days: Days, calendar: Calendar, at: str) -> Form:
    """`at`: the instant of filling as the form writes it."""
    report = Report(clocks.tables, clocks, days, EVERYTHING)
    fields: dict[str, Any] = {"с": f"{days.first:%d.%m.%Y}", "по": f"{days.last:%d.%m.%Y}", "составлено": at}
    fields |= {word: report.number(code) for word, code in CODES.items()}
    for number in CLAUSES:
        kept, late = report.number(f"kept-{number}"), report.number(f"late-{number}")
        fields |= {f"в_срок_{number}": kept, f"нарушено_{number}": late}
        fields[f"доля_{number}"] = percent(kept, kept + late) if kept + late else DASH
        fields[f"дробь_{number}"] = f"{kept} из {kept + late}"
    median = stage(report, "answer", calendar).median
    fields["медиана_ответа_мин"] = DASH if median is None else int(median + 0.5)
    fields |= {"открыто": sum(open_by_age(clocks)), "просрочено": len(late_answers(clocks))}
    return Form(days, fields, by_department(report), by_topic(report))


def row_fields(row: Row) -> dict[str, Any]:
    return dict(zip(("поступило", "отвечено", "возвращено", "в_срок", "нарушено"), row.numbers, strict=True))


def values_of(form: Form, asked: set[str]) -> dict[tuple[str, ...], Any]:
    """What a template asks for, as it is compared: (field,) → value, (kind, name of the row, column) → value."""
    found: dict[tuple[str, ...], Any] = {
        (word,): value for word, value in form.fields.items() if word in asked and word not in NOT_COMPARED
    }
    for kind, rows in (("отдел", form.departments), ("тема", form.topics)):
        for row in rows:
            for column, value in row_fields(row).items():
                if f"{kind}.{column}" in asked:
                    found[kind, row.name, column] = value
    return found


@dataclass
class Sent:
    """A sent form: the values of the fields of its template, and the corrections that it listed."""

    days: Days
    asked: set[str]
    values: dict[tuple[str, ...], Any]
    told: list[Correction] = field(default_factory=list)


@dataclass(frozen=True)
class Correction:
    days: Days
    figure: tuple[str, ...]
    was: Any
    becomes: Any


def corrections(sent: list[Sent], now_of: dict[Days, Form], own: Days) -> list[Correction]:
    """«Уточнено после отправки» of a form that is filled now. `sent`: the sent forms of its kind, the oldest first."""
    found = []
    for place, form in enumerate(sent):
        if place < len(sent) - 31 or form.days == own:
            continue
        last_sent = dict(form.values)
        for later in sent[place + 1 :]:
            for one in later.told:
                if one.days == form.days:
                    last_sent[one.figure] = one.becomes
        now = values_of(now_of[form.days], form.asked)
        for figure in dict.fromkeys([*last_sent, *now]):
            was, becomes = last_sent.get(figure, 0), now.get(figure, 0)
            if was != becomes:
                found.append(Correction(form.days, figure, was, becomes))
    return found


def as_json(clocks: Clocks, days: Days) -> dict[str, Any]:
    """What `osm figures --json` says (§10)."""
    report = Report(clocks.tables, clocks, days, EVERYTHING)
    words = ("received", "answered", "returned", "excluded", "repeats")
    found: dict[str, Any] = {word: report.number(word) for word in words}
    kept = {number: report.number(f"kept-{number}") for number in CLAUSES}
    late = {number: report.number(f"late-{number}") for number in CLAUSES}
    found["in_time"] = {f"П.{number}": [kept[number], kept[number] + late[number]] for number in CLAUSES}
    found["by_department"] = {}
    for row in by_department(report):
        _, answered, _, in_time, missed = row.numbers
        if answered or in_time or missed:
            found["by_department"][row.name] = {"answered": answered, "in_time": [in_time, in_time + missed]}
    return found
