"""The public register as a set of open data, by the methodical recommendations on it (standard 3.0): CSV in UTF-8."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from osm.documents.public_register import (
    CSV,
    DESCRIPTIONS,
    OPEN_DATA,
    PASSPORT,
    PUBLIC_FIELDS,
    Places,
    PublicPage,
    PublicRegister,
    drawn,
)

STANDARD = "http://opendata.gosmonitor.ru/standard/3.0"
STRUCTURE_DAY = date(2026, 11, 29)  # since when the table has these columns; another set of columns gets another day
TITLE = "Реестр официальных страниц в социальных сетях"
SUBJECT = "социальные сети, официальные страницы, аккаунты, госпаблики"
CONDITIONS = (
    "Данные можно использовать свободно, бесплатно и в любых законных целях, в том числе коммерческих, "
    "если назван источник."
)
_ENGLISH = {"id": "number in the register"}
_KINDS = {
    "id": "целое число",
    "verified": "логическое (true, false)",
    "updated_at": "дата и время",
    **dict.fromkeys(("status_since", "created_on", "act_date", "verified_on"), "дата"),
}
_FORMULA = ("=", "@", "+", "-", "\t", "\r")
_TELEPHONE = frozenset("+-()0123456789 ,.;")


@dataclass(frozen=True, slots=True)
class Named:
    """A row of the passport: its number, the property of `meta.csv` (empty: only for people), the name, the value."""

    number: int
    property: str
    name: str
    value: str


def set_name(inn: str) -> str:
    """«2500000010-accounts»; the ИНН distinguishes the sets of different offices."""
    return f"{inn}-accounts"


def data_name(changed_at: datetime) -> str:
    return f"data-{changed_at:%Y%m%dT%H%M}-structure-{STRUCTURE_DAY:%Y%m%d}.csv"


def structure_name() -> str:
    return f"structure-{STRUCTURE_DAY:%Y%m%d}.csv"


def table(pages: Sequence[PublicPage]) -> bytes:
    """A line a page, the columns named as in the JSON."""
    return _csv([PUBLIC_FIELDS, *([_plain(getattr(page, name)) for name in PUBLIC_FIELDS] for page in pages)])


def structure() -> bytes:
    """What each column means."""
    head = ("field name", "english description", "russian description", "format")
    rows = [
        (name, _ENGLISH.get(name, name.replace("_", " ")), DESCRIPTIONS[name], _KINDS.get(name, "строка"))
        for name in PUBLIC_FIELDS
    ]
    return _csv([head, *rows])


def passport(register: PublicRegister, places: Places) -> tuple[Named, ...]:
    """The seventeen rows of a passport, in the order of the reference table."""
    # The unit that answers for the pages of the office itself: no name of a person is published.
    own = [page for page in register.kept if page.owner_inn == register.inn and page.unit]
    answers = next(iter(own), None)
    folder, changed = f"{OPEN_DATA}/{set_name(register.inn)}", register.changed_at
    first = register.changes[-1].page.updated_at if register.changes else None
    newest = register.changes[0] if register.changes else None
    versions = [places.full(f"{folder}/{data_name(at)}") for at in (register.past or {})]
    rows = (
        ("identifier", "Идентификационный номер", set_name(register.inn)),
        ("title", "Наименование набора", TITLE),
        ("description", "Описание набора", f"Официальные страницы в соцсетях: {register.owner}"),
        ("creator", "Владелец набора", register.owner),
        ("publishername", "Ответственное лицо", answers.unit if answers else ""),
        ("publisherphone", "Телефон ответственного лица", answers.phone if answers else ""),
        ("publishermbox", "Адрес электронной почты ответственного лица", answers.email if answers else ""),
        ("", "Гиперссылка (URL) на набор", versions[0] if versions else places.full(CSV)),
        ("format", "Формат набора", "csv"),
        ("", "Описание структуры набора", places.full(f"{folder}/{structure_name()}")),
        ("created", "Дата первой публикации", f"{first:%Y-%m-%d}" if first else ""),
        ("modified", "Дата последнего изменения", f"{changed:%Y-%m-%d}" if changed else ""),
        ("provenance", "Содержание последнего изменения", newest.title if newest else ""),
        ("valid", "Дата актуальности", f"{changed:%Y-%m-%d}" if changed else ""),
        ("subject", "Ключевые слова", SUBJECT),
        ("", "Гиперссылки (URL) на версии данных", " ".join(versions)),
        ("", "Гиперссылки (URL) на версии структуры", places.full(f"{folder}/{structure_name()}")),
    )
    return tuple(Named(number, *row) for number, row in enumerate(rows, start=1))


def passport_page(register: PublicRegister, places: Places) -> bytes:
    """The passport of the open data for people, with the conditions of use."""
    rows = passport(register, places)
    folder = f"{OPEN_DATA}/{set_name(register.inn)}"
    names = [data_name(at) for at in (register.past or {})]
    files = {
        "meta": f"{folder}/meta.csv",
        "structure": f"{folder}/{structure_name()}",
        "versions": [f"{folder}/{name}" for name in names],
    }
    return drawn("passport.html", PASSPORT, register, places, rows=rows, files=files, conditions=CONDITIONS)


def meta(register: PublicRegister, places: Places) -> bytes:
    """The passport for programs."""
    folder = f"{OPEN_DATA}/{set_name(register.inn)}"
    rows = [("property", "value"), ("standardversion", STANDARD)]
    rows += [(row.property, row.value) for row in passport(register, places) if row.property]
    rows += [
        (name.removesuffix(".csv"), places.full(f"{folder}/{name}")) for name in map(data_name, register.past or {})
    ]
    rows.append((structure_name().removesuffix(".csv"), places.full(f"{folder}/{structure_name()}")))
    return _csv(rows)


def list_of_sets(register: PublicRegister, places: Places) -> bytes:
    """The list of the office's sets: this one."""
    name = set_name(register.inn)
    return _csv(
        [
            ("property", "title", "value", "format"),
            ("standardversion", "Версия методических рекомендаций", STANDARD, ""),
            (name, TITLE, places.full(f"{OPEN_DATA}/{name}/meta.csv"), "csv"),
        ]
    )


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerows([_harmless(cell) for cell in row] for row in rows)
    return file.getvalue().encode()


def _harmless(cell: str) -> str:
    """No title becomes a formula in anybody's spreadsheet; a telephone stays what it is."""
    return f"'{cell}" if cell.startswith(_FORMULA) and not _TELEPHONE.issuperset(cell) else cell


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return "" if value is None else str(value)
