"""«Пакет для полиции»: one DOCX with what an author wrote, where and when, how it looked, what was decided."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from docx.shared import Cm

from osm.documents.sheet import WIDTH_CM, add_table, as_bytes, new_sheet, plain

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
