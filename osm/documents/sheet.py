"""Documents of the office as DOCX: the A4 sheet and its parts; the fields of the memo of shortcomings (П.19)."""

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Cm, Pt

WIDTH_CM, HEIGHT_CM = 16.0, 20.0  # between the margins; of a picture

_NO_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


def new_sheet(title: str, *, made_by: str, made_at: datetime) -> Any:
    """An empty document; its properties say who made it and when."""
    document = docx.Document()
    sheet = document.sections[0]
    # A4; the library's own sheet is American.
    sheet.page_width, sheet.page_height = Cm(21), Cm(29.7)
    sheet.left_margin = sheet.right_margin = Cm((21 - WIDTH_CM) / 2)
    document.core_properties.author = plain(made_by)
    document.core_properties.created = document.core_properties.modified = made_at.astimezone(UTC)
    document.core_properties.comments = ""  # the library's own says who made it, with a date of its template
    document.core_properties.title = title
    document.styles["Normal"].font.name = "Times New Roman"
    return document


def add_head(document: Any, letterhead: Sequence[str], addressee: str) -> None:
    """The lines of the office in the middle, and on the right the person it goes to."""
    for line in letterhead:
        head = document.add_paragraph()
        head.alignment, head.paragraph_format.space_after = WD_ALIGN_PARAGRAPH.CENTER, Pt(0)
        head.add_run(plain(line)).bold = True
    if addressee:
        to = document.add_paragraph(plain(addressee))
        to.alignment, to.paragraph_format.space_before = WD_ALIGN_PARAGRAPH.RIGHT, Pt(18)


def add_table(document: Any, rows: Iterable[tuple[str, str]]) -> None:
    """Label and value, one a row; those without a value are left out."""
    table = document.add_table(rows=0, cols=2)
    table.style, table.autofit = "Table Grid", False
    for column, width in zip(table.columns, (4, 12), strict=True):
        column.width = Cm(width)
    for label, value in rows:
        if not value:
            continue
        cells = table.add_row().cells
        cells[0].text, cells[1].text = label, plain(value)
        cells[0].width, cells[1].width = Cm(4), Cm(12)
    document.add_paragraph()


def add_picture(document: Any, content: bytes) -> None:
    """As wide as the text, and no higher than the sheet."""
    picture = document.add_picture(io.BytesIO(content), width=Cm(WIDTH_CM))
    if picture.height > Cm(HEIGHT_CM):
        picture.width = int(picture.width * Cm(HEIGHT_CM) / picture.height)
        picture.height = Cm(HEIGHT_CM)


def as_bytes(document: Any) -> bytes:
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def plain(text: str) -> str:
    """Without the characters that XML knows not: � in their places."""
    return _NO_XML.sub("\ufffd", text)


# --- The memo of shortcomings (П.19)
#: Name → what it says. In a template names of rows follow their list with a dot: {{ row.person }}.
FIELDS: dict[str, str] = {
    "office": "название администрации",
    "letterhead": "строки шапки документов (список)",
    "number": "номер записки, «проект» до отправки",
    "date": "дата отправки",
    "first_day": "первый день периода",
    "last_day": "последний день периода",
    "readers": "кому направлена (список: post — должность, name — имя)",
    "post": "должность читателя",
    "name": "имя читателя или название отдела",
    "total": "сколько недостатков, всего или в отделе",
    "departments": "отделы (список: name, total, clauses, rows)",
    "clauses": "пункты отдела (список: clause — пункт, count — сколько)",
    "rows": "недостатки, все или отдела (список)",
    "clause": "пункт постановления",
    "count": "сколько",
    "when": "когда был срок или что случилось",
    "what": "что нарушено",
    "words": "что именно не так, для внесённого вручную",
    "person": "ответственный",
    "department": "отдел",
    "cause": "причина, названная сотрудником",
    "objection": "его возражение",
    "reason": "почему возражение не принято, пояснение",
    "consequence": "следствие более раннего нарушения (для проверки if)",
    "decided_by": "кто решил",
    "waived_total": "сколько снято",
    "waived": "снятое по причинам (список: why — почему, count); в строках снятого — почему словами",
    "waived_rows": "снятое построчно (список)",
    "why": "почему снято",
    "repeated": "сотрудники с повторными недостатками (список: person, here, year)",
    "here": "сколько у сотрудника в этой записке",
    "year": "сколько у сотрудника за год",
    "undecided": "сколько ещё не решено",
    "proposals": "предложения, по абзацам (список)",
    "sent_by": "кто отправил",
}

UNDECIDED = "Приложение. Нарушения того, кто готовил или отправил записку: решения по ним ещё нет"

_ROW = {
    "id": 1, "number": "9000001", "what": "Нарушен срок: проект на согласование", "words": "", "clause": "п. 10",
    "when": "17.03.2026 13:48", "person": "Имя Фамилия", "department_id": 1, "department": "Отдел", "cause": "Причина",
    "objection": "Возражение", "reason": "Пояснение", "decided_by": "Имя Фамилия", "confirmed": True, "why": "Другое",
    "waived": "Другое", "consequence": False,
}  # fmt: skip
SAMPLE: dict[str, Any] = {
    "office": "Администрация", "letterhead": ["АДМИНИСТРАЦИЯ"], "number": "1-2026", "date": "01.04.2026",
    "first_day": "01.03.2026", "last_day": "31.03.2026", "readers": [{"post": "Глава", "name": "Имя Фамилия"}],
    "total": 1, "rows": [_ROW], "waived_total": 1, "waived": [{"why": "Другое", "count": 1}], "waived_rows": [_ROW],
    "departments": [{"name": "Отдел", "total": 1, "clauses": [{"clause": "п. 10", "count": 1}], "rows": [_ROW]}],
    "repeated": [{"person": "Имя Фамилия", "here": 1, "year": 2, "departments": [1]}], "undecided": 1,
    "proposals": ["Предложение"], "sent_by": "Имя Фамилия",
}  # fmt: skip
"""With which a template is tried."""


def annex_of(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The lines of the annex about the memo's own authors; empty: no annex."""
    lines = (f"{row['when']}, № {row['number']}: {row['what']}, {row['clause']} — {row['person']}" for row in rows)
    return [UNDECIDED, *lines] if rows else []
