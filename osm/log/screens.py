"""The log: acts, readings of personal data, state of the seals; as pages and as a file."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo

from flask import Response, flash, request, url_for
from flask.typing import ResponseReturnValue

from osm.base.application import current_now, local_zone
from osm.base.numbers import whole
from osm.documents.tables import Cell, Column
from osm.log.acts import audit, sealing
from osm.log.acts.record import Reading, record_reading
from osm.log.queries import page
from osm.log.queries.groups import GROUPS, action_words
from osm.log.queries.objects import KINDS, in_full
from osm.log.queries.page import MACHINE_ACTS, LogFilter, LogRow, read_seals
from osm.regulation.words import Role, clause_words
from osm.shell.access import Screens, me
from osm.shell.filters import NO_DAY, TURNED, day_and_time, day_of, local
from osm.shell.form_values import asked_id
from osm.shell.requests import render, see_other, table_file
from osm.shell.turns import costly

# --- Filters in the address
SHOWN: dict[str, tuple[str, bool | None]] = {
    "": ("Действия", False),
    "reads": ("Чтение персональных данных", True),
    "all": ("Всё", None),
}
"""Value in the address → label, and value for LogFilter."""

PERIODS = ("from", "to")
_OBJECT = re.compile(r"([a-z_]{1,40})-(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Asked:
    """Values of the address, the filter, and errors (field → text)."""

    values: Mapping[str, str]
    wanted: LogFilter
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> dict[str, str]:
        """The filters for links: next page, export."""
        return {name: value for name, value in self.values.items() if value}


def asked(arguments: Mapping[str, str], zone: tzinfo) -> Asked:
    """Read the filters. Unknown values of lists are ignored; an unreadable date is an error."""
    values = {name: arguments.get(name, "").strip()[:60] for name in ("who", "action", "number", "object", "show")}
    days: dict[str, date | None] = {}
    errors: dict[str, str] = {}
    for name in PERIODS:
        values[name] = arguments.get(name, "").strip()[:20]
        days[name] = day_of(values[name])
        if values[name] and days[name] is None:
            errors[name] = NO_DAY
    begin, end = days["from"], days["to"]
    if begin and end and end < begin:
        errors["to"] = TURNED
    if values["show"] not in SHOWN:
        values["show"] = ""
    kind, object_id = _object(values["object"])
    wanted = LogFilter(
        actor_id=_person(values["who"]), action=values["action"], number=values["number"].removeprefix("№").strip(),
        object_kind=kind, object_id=object_id, begin=datetime.combine(begin, time(), zone) if begin else None,
        end=datetime.combine(end + timedelta(days=1), time(), zone) if end else None, readings=SHOWN[values["show"]][1],
    )  # fmt: skip
    return Asked(values, wanted, errors)


def _person(value: str) -> int | None:
    if value == "system":
        return MACHINE_ACTS
    return whole(value) or None


def _object(value: str) -> tuple[str, int | None]:
    found = _OBJECT.fullmatch(value)
    return (found[1], int(found[2])) if found and found[1] in KINDS else ("", None)


# --- The log
blueprint = Screens("log", __name__, url_prefix="/admin/log")

LARGEST_EXPORT = 100_000  # In rows. Larger files are not read by people and keep the server busy.

COLUMNS = (
    Column("Запись №", 10),
    Column("Когда", 17),
    Column("Кто", 24),
    Column("Что произошло", 48),
    Column("Сообщение №", 14),
    Column("Объект", 30),
    Column("Изменения", 48),
    Column("Примечание", 36),
    Column("Пункт", 10),
    Column("Код действия", 20),
)


@blueprint.get("", Role.ADMIN, Role.AUDITOR)
def index() -> ResponseReturnValue:
    now = current_now()
    record_reading(Reading.LOG, actor=me(), now=now)
    return _page(asked(request.args, local_zone()), asked_id("before"))


@blueprint.get("/export", Role.ADMIN, Role.AUDITOR)
@costly
def export() -> ResponseReturnValue:
    """The filtered events as XLSX or CSV."""
    question, now = asked(request.args, local_zone()), current_now()
    count = page.log_count(question.wanted, LARGEST_EXPORT + 1)
    if question.errors or count > LARGEST_EXPORT:
        return _page(question, None, too_many=count > LARGEST_EXPORT, status=422)
    details = {"rows": count, "from": question.wanted.begin, "to": question.wanted.end}
    record_reading(Reading.LOG_EXPORT, actor=me(), now=now, details=details)
    kind = "csv" if request.args.get("format") == "csv" else "xlsx"
    rows = _cells(page.log_rows(question.wanted, in_full(local_zone())))
    return table_file(f"Журнал действий {local(now):%Y-%m-%d %H-%M}", COLUMNS, rows, kind=kind, sheet="Журнал")


@blueprint.post("/verify", Role.ADMIN)
@costly
def verify() -> ResponseReturnValue:
    now = current_now()
    report = audit.verify_log(now)
    sealing.log_check(report, me(), now, local_zone())
    if report.is_other_key:
        flash("Журнал проверен не весь: часть записей запечатана другим ключом.", "danger")
    elif report.is_unsealed:
        flash("Журнал проверен не весь: у части записей нет печати.", "danger")
    elif report.faults:
        flash("Журнал изменён в обход программы. Что найдено, написано ниже.", "danger")
    else:
        flash("Журнал цел: все запечатанные записи на месте и не изменены.", "success")
    return see_other(url_for("log.index"))


def _page(question: Asked, before: int | None, *, too_many: bool = False, status: int = 200) -> Response:
    wanted = question.wanted
    nothing = page.LogPage((), False)
    return render(
        "log/index.html", "log/_list.html", status=422 if question.errors else status,
        page=nothing if question.errors else page.log_page(wanted, day_and_time, before), asked=question, before=before,
        too_many=LARGEST_EXPORT if too_many else 0,
        unknown_number=bool(wanted.number) and not page.is_number_known(wanted.number),
        object_name=page.object_shown(wanted.object_kind, wanted.object_id) if wanted.object_id else "",
        people=page.people_in_log(),
        groups=[(name, [(code, action_words(code, "")) for code in codes]) for name, codes in GROUPS.items()],
        shown=SHOWN, seals=read_seals(),
    )  # fmt: skip


def _cells(rows: Iterable[LogRow]) -> Iterator[tuple[Cell, ...]]:
    for row in rows:
        yield (
            row.id,
            row.at,
            row.actor,
            row.sentence,
            row.message_number,
            row.object_name,
            "\n".join(row.changes),
            "(удалено)" if row.note is None else row.note,
            clause_words(row.clause),
            row.action,
        )
