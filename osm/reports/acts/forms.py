"""Templates of the forms for the region (ЦУР): their fields, the values for some days, and filling them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from sqlalchemy import select

from osm.base.database import db
from osm.base.durable import write_whole
from osm.base.transaction import transaction, unless_taken
from osm.base.types import Span
from osm.documents.in_child import SHIPPED, Appendix, ContentRefused, Fields, Lists, Value, run_filling, run_looking
from osm.files.acts.files import Upload, sha256_of, stored_path
from osm.log.acts.record import record
from osm.models import FormKind, ReportForm, User
from osm.regulation.errors import MissingInput, StaleVersion, refuse
from osm.regulation.working_time import worktime
from osm.reports.queries.counting import EVERYTHING, read_clocks
from osm.reports.queries.definitions import CLAUSES, DEFINITIONS
from osm.reports.queries.figures import Figures, count_late_answers, figures_of, open_by_age
from osm.reports.queries.streets import By, Row, breakdowns_of

# --- Fields and values
COUNTED: dict[str, str] = {
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
"""Field → code of its figure."""

OF_NOW: dict[str, str] = {
    "с": "первый день",
    "по": "последний день",
    "составлено": "когда форма заполнена",
    "открыто": "открытых сообщений сейчас",
    "просрочено": "сообщений, ответ на которые просрочен сейчас",
}
"""Fields of the present moment, which are never corrected later."""

FIELDS: dict[str, str] = {
    **OF_NOW,
    **{field: DEFINITIONS[code].name for field, code in COUNTED.items()},
    **{
        f"{word}_{number}": f"{clause}: {words}"
        for word, words in (
            ("в_срок", "в срок"),
            ("нарушено", "с нарушением срока"),
            ("доля", "в срок, %, рядом поставьте дробь"),
            ("дробь", "в срок, «15 из 16»"),
        )
        for number, (clause, _) in CLAUSES.items()
    },
    "медиана_ответа_мин": "рабочих минут от отбора до ответа, медиана",
}
"""Field → its explanation for the author of a template."""

ROW_FIELDS = ("название", "поступило", "отвечено", "возвращено", "в_срок", "нарушено")
LISTS: dict[str, tuple[By, str]] = {
    "отдел": (By.DEPARTMENT, "строка повторится для каждого отдела, с «не направлено»"),
    "тема": (By.TOPIC, "строка повторится для каждой темы"),
}
CORRECTIONS = "уточнение"
CORRECTION_FIELDS: dict[str, str] = {"показатель": "Показатель", "было": "Было", "стало": "Стало", "дни": "Дни"}
LIST_FIELDS = (
    *(f"{name}.{field}" for name in LISTS for field in ROW_FIELDS),
    *(f"{CORRECTIONS}.{field}" for field in CORRECTION_FIELDS),
)
_NAME, *_NUMBERS = ROW_FIELDS
BETWEEN = "\t"  # separates list, name and field in the key of a number in a row


@dataclass(frozen=True, slots=True)
class Values:
    """The values for a template."""

    fields: Fields
    lists: Lists


def form_values(span: Span, now: datetime, calendar: worktime.WorkCalendar) -> Values:
    """The figures of these days, and what is open now."""
    figures = figure_values(span, now, calendar)
    of_now: dict[str, Value] = {
        "с": f"{span.first:%d.%m.%Y}",
        "по": f"{span.last:%d.%m.%Y}",
        "составлено": f"{calendar.local(now):%d.%m.%Y %H:%M}",
        "открыто": sum(age.number for age in open_by_age(now, calendar, EVERYTHING)),
        "просрочено": count_late_answers(now),
    }
    return Values(of_now | dict(figures.fields), figures.lists)


def figure_values(span: Span, now: datetime, calendar: worktime.WorkCalendar) -> Values:
    """Only the figures of these days."""
    clocks = read_clocks(span, now, EVERYTHING)
    found = figures_of(span, now, calendar, EVERYTHING, clocks)
    rows = breakdowns_of(span, now, EVERYTHING, clocks)
    return Values(
        dict([*_plain(found), *_terms(found)]),
        {name: [_row(row) for row in rows[by]] for name, (by, _) in LISTS.items()},
    )


def numbers_said(values: Values, asked: Sequence[str]) -> dict[str, Value]:
    """The numbers that a template with these fields reports: field → value, and one for each number of a row."""
    numbers = {name: values.fields[name] for name in asked if name in values.fields and name not in OF_NOW}
    for name in LISTS:
        for row in values.lists[name]:
            fields = (field for field in _NUMBERS if f"{name}.{field}" in asked)
            numbers |= {BETWEEN.join((name, str(row[_NAME]), field)): row[field] for field in fields}
    return numbers


def words_of(what: str) -> str:
    """The key of a number in words: «Поступило», «ЖКХ: в срок»."""
    if BETWEEN not in what:
        words = FIELDS.get(what, what)
        return words[:1].upper() + words[1:]
    _, name, field = what.split(BETWEEN)
    return f"{name}: {field.replace('_', ' ')}"


def lines_of(numbers: Mapping[str, Value]) -> list[tuple[str, Value]]:
    """The named numbers of a form outside its rows."""
    return [(words_of(what), value) for what, value in numbers.items() if BETWEEN not in what]


def rows_of(numbers: Mapping[str, Value]) -> dict[str, dict[str, dict[str, Value]]]:
    """List → name of the row → field → number."""
    found: dict[str, dict[str, dict[str, Value]]] = {}
    for what, value in numbers.items():
        if BETWEEN in what:
            name, row, field = what.split(BETWEEN)
            found.setdefault(name, {}).setdefault(row, {})[field.replace("_", " ")] = value
    return found


def nothing_of(what: str) -> Value:
    """The value of a missing number: 0 in rows, because empty rows are left out."""
    return 0 if BETWEEN in what else None


def _plain(found: Figures) -> Iterator[tuple[str, Value]]:
    yield from ((field, found.counts.get(code, 0)) for field, code in COUNTED.items())
    median = found.stages["answer"].median
    yield "медиана_ответа_мин", None if median is None else worktime.half_up(median)


def _terms(found: Figures) -> Iterator[tuple[str, Value]]:
    for number in CLAUSES:
        kept, owed = found.in_time(number)
        yield f"в_срок_{number}", kept
        yield f"нарушено_{number}", owed - kept
        yield f"доля_{number}", worktime.percent(kept, owed)
        yield f"дробь_{number}", worktime.fraction(kept, owed)


def _row(row: Row) -> Mapping[str, Value]:
    values = (row.name, row.received, row.answered, row.returned, row.kept, row.owed - row.kept)
    return dict(zip(ROW_FIELDS, values, strict=True))


# --- Templates
MAX_BYTES = 2 * 1024 * 1024
KIND = "report_form"
_CORRECTED = Appendix(CORRECTIONS, "Уточнено после отправки", CORRECTION_FIELDS)


def form_of(kind: FormKind) -> ReportForm | None:
    """The office's row; None if the office has changed nothing so far."""
    return db.session.scalar(select(ReportForm).where(ReportForm.kind == kind))


def template_of(kind: FormKind) -> bytes:
    """The office's template, else that of the product. Raises OSError if the file is missing."""
    row = form_of(kind)
    own = SHIPPED / f"{kind}.xlsx"
    return (stored_path(row.sha256) if row and row.sha256 else own).read_bytes()


def version_of(kind: FormKind) -> int:
    """Version of the template; 0 if the office has not changed it."""
    row = form_of(kind)
    return row.version if row else 0


def fill(kind: FormKind, values: Values) -> bytes:
    """The form as XLSX. Raises MissingInput if the template cannot be filled."""
    with _template_refused():
        return run_filling(template_of(kind), values.fields, values.lists, _CORRECTED)


def asked_by(kind: FormKind) -> list[str]:
    """The fields of the template, as `fill` reads it."""
    with _template_refused():
        return run_looking(template_of(kind))


@contextmanager
def _template_refused() -> Iterator[None]:
    try:
        yield
    except (ContentRefused, FileNotFoundError) as error:
        why = error if isinstance(error, ContentRefused) else "файл не найден"
        raise MissingInput("file", f"Форма не заполнена: {why}. Замените шаблон: «Отчёты» → «Шаблоны форм».") from None


def replace_form(kind: FormKind, version: int, *, upload: Upload | None, actor: User, now: datetime) -> ReportForm:
    """Replace the template by the office's file. `version` is 0 the first time."""
    if upload is None or not upload.content:
        raise MissingInput("file", "Выберите файл XLSX.")
    _check(upload)
    sha256 = sha256_of(upload.content)
    if not stored_path(sha256).exists():
        write_whole(stored_path(sha256), upload.content)
    name = PurePath(upload.filename.replace("\\", "/")).name
    clean = "".join(character for character in name if character.isprintable())[-200:]
    return _change("replace_form", kind, version, clean or "форма.xlsx", sha256, actor, now)


def restore_form(kind: FormKind, version: int, *, actor: User, now: datetime) -> ReportForm:
    """Use the product's template again; the office's file is kept."""
    return _change("restore_form", kind, version, "", "", actor, now)


def _check(upload: Upload) -> None:
    """Raises MissingInput if the file cannot be filled or has unknown fields."""
    if len(upload.content) > MAX_BYTES:
        raise MissingInput("file", f"Файл больше {MAX_BYTES // 1024 // 1024} МБ. Шаблон остался прежним.")
    try:
        asked = run_looking(upload.content)
    except ContentRefused as error:
        raise MissingInput("file", f"Шаблон остался прежним: {error}.") from None
    if unknown := [name for name in asked if name not in {*FIELDS, *LIST_FIELDS}]:
        shown = ", ".join(f"{{{{{name}}}}}" for name in unknown[:5])
        raise MissingInput("file", f"Шаблон остался прежним. Таких полей нет: {shown}. Список полей — ниже.")
    refuse("file", not asked, "Шаблон остался прежним: в файле нет ни одного поля, например {{поступило}}.")


def _change(
    action: str, kind: FormKind, version: int, filename: str, sha256: str, actor: User, now: datetime
) -> ReportForm:
    with unless_taken(StaleVersion(version, version + 1)), transaction() as session:
        row = session.scalar(select(ReportForm).where(ReportForm.kind == kind).with_for_update())
        if version != (row.version if row else 0):
            raise StaleVersion(version, row.version if row else 0)
        was = row.sha256 if row else ""
        with session.no_autoflush:
            row = row or ReportForm(kind=kind)
            row.version, row.filename, row.sha256 = version + 1, filename, sha256
            row.changed_at, row.changed_by_id = now, actor.id
            session.add(row)
        session.flush()
        changes = {"sha256": (was or None, sha256 or None), "version": (version, row.version)}
        record(action, at=now, actor=actor, about=row, changes=changes)
        return row
