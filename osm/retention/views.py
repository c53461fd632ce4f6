"""The act of a run and its extract of the log (приказ Роскомнадзора от 28.10.2022 № 179), with numbers in place of
names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from osm.documents.sheet import add_table, as_bytes, new_sheet
from osm.documents.tables import Cell, Column
from osm.extensions import current_settings
from osm.people.queries.people import office
from osm.retention.queries import destroyed_by
from osm.retention.rules import CATEGORIES, SUBJECT_LABELS, TERMS, Kept
from osm.store.models import Purged, PurgeRun

SYSTEM = "информационная система «ОСМ» (учёт сообщений из открытых источников)"
_REASON = (
    "достижение цели обработки, истёк срок хранения {days} дн. (ч. 7 ст. 5, ч. 4 ст. 21 Федерального закона № 152-ФЗ)"
)
_MANNER = (
    "стирание в базе данных, её указателях и файлах с освобождением места; номера, сроки и отметки журнала сохранены"
)
EXTRACT = (
    Column("Запись журнала", 16), Column("Когда", 20), Column("Чьи данные", 34), Column("Что уничтожено", 60),
    Column("Система", 34), Column("Причина", 60),
)  # fmt: skip


def act_file(run: PurgeRun) -> bytes:
    """The act as DOCX."""
    house, rows = office(), destroyed_by(run.id)
    ended_at = run.ended_at or run.began_at
    document = new_sheet("Акт об уничтожении персональных данных", made_by="ОСМ", made_at=ended_at)
    document.add_heading(f"Акт № {run.id} об уничтожении персональных данных", 1)
    person = run.ordered_by
    add_table(
        document,
        [
            ("Оператор", house.name or "название администрации не заполнено"),
            ("Адрес", " ".join(house.letterhead.splitlines()) or "шапка документов не заполнена"),
            ("По поручению", "обработка другому лицу не поручалась"),
            ("Уничтожил", f"{person.position} {person.name}".strip() if person else "программа, в ночном порядке"),
            ("Чьи данные", "авторы сообщений и комментариев по номерам ниже; имена уничтожены и сюда не внесены"),
            ("Система", SYSTEM),
            ("Способ", _MANNER),
            ("Дата", _moment(ended_at)),
            ("Файлов стёрто", str(run.counts.get("files", 0))),
        ],
    )
    for kept in Kept:
        found = [_named(row, number) for row, number in rows if row.kept is kept]
        if found:
            document.add_heading(f"{TERMS[kept].label}: {len(found)}", 2)
            document.add_paragraph(f"Категории: {CATEGORIES[kept]}.")
            document.add_paragraph(f"Причина: {_REASON.format(days=run.terms[kept])}.")
            document.add_paragraph("; ".join(found) + ".")
    document.add_paragraph("Подпись ____________________ / ____________________ /")
    return as_bytes(document)


def extract_rows(run: PurgeRun) -> Iterator[tuple[Cell, ...]]:
    """The extract of the log, a row for each event."""
    for row, number in destroyed_by(run.id):
        reason = _REASON.format(days=run.terms[row.kept])
        yield row.event_id, row.at, _named(row, number), CATEGORIES[row.kept], SYSTEM, reason


def _named(row: Purged, number: str) -> str:
    return f"{SUBJECT_LABELS[row.subject]} № {number or row.object_id}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(current_settings().time_zone):%d.%m.%Y %H:%M}"
