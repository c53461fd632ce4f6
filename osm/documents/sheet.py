"""A4 documents of the office: the sheet itself, tables of two columns, texts that XML can hold."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Cm, Pt

WIDTH_CM = 16.0  # between the margins


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


def add_table(document: Any, rows: Iterable[tuple[str, str]]) -> None:
    """Label and value, one a row."""
    table = document.add_table(rows=0, cols=2)
    table.style, table.autofit = "Table Grid", False
    for column, width in zip(table.columns, (4, 12), strict=True):
        column.width = Cm(width)
    for label, value in rows:
        cells = table.add_row().cells
        cells[0].text, cells[1].text = label, plain(value)
        cells[0].width, cells[1].width = Cm(4), Cm(12)
    document.add_paragraph()


def as_bytes(document: Any) -> bytes:
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def plain(text: str) -> str:
    """Without the characters that XML knows not: � in their places."""
    return "".join(character if _may_stand(character) else "\ufffd" for character in text)


def _may_stand(character: str) -> bool:
    code = ord(character)
    return character in "\t\n\r" or (code >= 0x20 and not 0xD800 <= code <= 0xDFFF and code not in (0xFFFE, 0xFFFF))


# --- «Пакет для полиции»
_HEIGHT_CM = 20.0
_MOMENT = "%d.%m.%Y %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Screenshot:
    """A picture as JPEG; `sha256`: of the file as it was attached. `content` is None where it cannot be drawn."""

    name: str
    sha256: str
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Threat:
    """One text as it was. Instants are local, with their zone; `number`: of the message, where it is one."""

    ground: str
    text: str
    url: str
    author_name: str
    author_url: str
    published_at: datetime | None
    taken_at: datetime
    sha256: str
    number: str
    screenshots: Sequence[Screenshot]


@dataclass(frozen=True, slots=True)
class PoliceFile:
    """The whole. `decisions`: label and words of what the office has decided."""

    author_name: str
    author_url: str
    network: str
    threats: Sequence[Threat]
    decisions: Sequence[tuple[str, str]]
    made_at: datetime
    made_by: str


def write_police_file(file: PoliceFile) -> bytes:
    """The document. Texts are in it letter by letter; control characters, which no document can hold, as �."""
    document = new_sheet("Сведения об угрозах", made_by=file.made_by, made_at=file.made_at)
    document.add_heading("Сведения об угрозах в социальной сети", 1)
    document.add_paragraph(
        f"Собрано {_moment(file.made_at)}, {plain(file.made_by)}. Тексты приведены дословно, с ошибками авторов."
    )
    add_table(document, (("Автор", file.author_name or "имя неизвестно"), ("Профиль", file.author_url or "неизвестен"),
                      ("Социальная сеть", file.network)))  # fmt: skip
    for number, threat in enumerate(file.threats, 1):
        _threat(document, number, threat)
    document.add_heading("Что решено", 2)
    add_table(document, file.decisions)
    document.add_paragraph(
        "SHA-256 текста посчитан по тексту, адресу, имени и профилю автора, времени публикации и времени сохранения: "
        "при любом их изменении он станет другим. SHA-256 снимка посчитан по файлу, который хранится в системе; "
        "здесь снимок уменьшен."
    )
    return as_bytes(document)


def _threat(document: Any, number: int, threat: Threat) -> None:
    document.add_heading(f"{number}. {threat.ground}", 2)
    for line in threat.text.splitlines() or [""]:
        document.add_paragraph(plain(line), style="Intense Quote")
    when = _moment(threat.published_at) if threat.published_at else "неизвестно"
    add_table(document, filter(lambda row: row[1], (
        ("Ссылка", threat.url or "нет"),
        ("Автор тогда", ", ".join(filter(None, (threat.author_name, threat.author_url))) or "имя неизвестно"),
        ("Опубликовано", when),
        ("Сохранено", _moment(threat.taken_at)),
        ("Сообщение", f"№ {threat.number}" if threat.number else ""),
        ("SHA-256", threat.sha256),
        ("Снимок экрана", "" if threat.screenshots else "не приложен"),
    )))  # fmt: skip
    for shot in threat.screenshots:
        _screenshot(document, shot)


def _moment(instant: datetime) -> str:
    """«25.11.2026 09:37:00 (UTC+10:00)»: its reader may have another time zone."""
    return f"{instant:{_MOMENT}} (UTC{instant.isoformat()[-6:]})"


def _screenshot(document: Any, shot: Screenshot) -> None:
    document.add_paragraph(f"Снимок экрана: {plain(shot.name)}\nSHA-256 {shot.sha256}")
    if shot.content is None:
        document.add_paragraph("Снимок не открывается: приложите файл из системы.")
        return
    picture = document.add_picture(io.BytesIO(shot.content), width=Cm(WIDTH_CM))
    if picture.height > Cm(_HEIGHT_CM):
        picture.width = int(picture.width * Cm(_HEIGHT_CM) / picture.height)
        picture.height = Cm(_HEIGHT_CM)


# --- «Срочный доклад»
@dataclass(frozen=True, slots=True)
class UrgentDocument:
    """The whole, in words. Empty values of `facts` are left out; `instructions`: each with its own table. `ground`: the
    clause, and how soon the report was made."""

    number: int
    letterhead: Sequence[str]
    addressee: str
    ground: str
    facts: Sequence[tuple[str, str]]
    instructions: Sequence[Sequence[tuple[str, str]]]
    sender: str
    sent_at: str
    made_at: datetime


def write_urgent_document(told: UrgentDocument) -> bytes:
    title = f"Срочный доклад № {told.number}"
    document = new_sheet(title, made_by=told.sender, made_at=told.made_at)
    for line in told.letterhead:
        head = document.add_paragraph()
        head.alignment, head.paragraph_format.space_after = WD_ALIGN_PARAGRAPH.CENTER, Pt(0)
        head.add_run(plain(line)).bold = True
    if told.addressee:
        to = document.add_paragraph(plain(told.addressee))
        to.alignment, to.paragraph_format.space_before = WD_ALIGN_PARAGRAPH.RIGHT, Pt(18)
    document.add_heading(title, 1)
    document.add_paragraph(plain(told.ground))
    add_table(document, [(label, value) for label, value in told.facts if value])
    if told.instructions:
        document.add_heading("Поручения", 2)
        for rows in told.instructions:
            add_table(document, [(label, value) for label, value in rows if value])
    document.add_paragraph(plain(f"{told.sender}\t\t{told.sent_at}"))
    return as_bytes(document)
