"""What the form of «Инцидент Менеджмент» asks of a published answer, in its order: one press copies all of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask

from osm.regulation.words import REPLY_KIND_LABELS
from osm.store.queries.imports.source_entry import EntryRow
from osm.web.filters import local


@dataclass(frozen=True, slots=True)
class Asked:
    """One field of the form. `copy`: words of the button that copies it alone; `name`: of its element."""

    label: str
    name: str
    value: Callable[[EntryRow], str]
    copy: str = ""


#: In the order of the form. What is empty is left out of the copy.
FORM: tuple[Asked, ...] = (
    Asked("Номер", "number", lambda row: row.number),
    Asked("Вид ответа", "kind", lambda row: REPLY_KIND_LABELS[row.kind]),
    Asked("Текст ответа", "text", lambda row: row.text, "Скопировать текст"),
    Asked("Ссылка на ответ", "link", lambda row: row.published_url, "Скопировать ссылку"),
    Asked("Время ответа", "time", lambda row: f"{local(row.published_at):%d.%m.%Y %H:%M}", "Скопировать время"),
    Asked("Кто ответил", "by", lambda row: row.published_by),
)


def whole_form(row: EntryRow) -> str:
    """All of it, a field a line: «Номер: 7410208»; a text of several lines stands under its label."""
    said = [(asked.label, asked.value(row).strip()) for asked in FORM]
    return "\n".join(f"{label}:{chr(10) if chr(10) in value else ' '}{value}" for label, value in said if value)


def init_app(app: Flask) -> None:
    app.add_template_global(whole_form)
    app.jinja_env.globals["source_form"] = FORM
