"""Comments from a table (XLSX, XLS, ODS, CSV): its columns are found as those of incidents are."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from osm.connectors.base import ConnectorError, Rejected
from osm.connectors.comments_file import IncomingComment, comment_of
from osm.connectors.incident_file import cells, errors
from osm.connectors.incident_file.book import Row, Table, read_file
from osm.connectors.incident_file.fields import FIELDS, HOW, Field, Mapping, Stems
from osm.connectors.incident_file.finding import SAMPLE, describe, find_mapping, is_column_numbers, main_table
from osm.networks import addresses, catalogue
from osm.regulation.blacklist import COMMENT_KIND_LABELS

COMMENT_FIELDS: dict[str, Field] = {
    "number": Field(
        "Номер комментария", "line",
        ("номер комментария", "id комментария", "comment id", "id", "ид", "идентификатор", "номер", "№"),
        (Stems(("id", "коммент")), Stems(("номер", "коммент")),
         Stems(("идентификатор",), but=("автор", "пост", "групп"))),
    ),
    "text": Field(
        "Текст", "text",
        ("текст комментария", "комментарий", "текст", "сообщение", "текст сообщения", "содержание", "text", "comment",
         "message"),
        (Stems(("текст",), but=("пост", "запис", "публикац", "ответ")),
         Stems(("коммент",), but=("ссылк", "url", "id", "номер", "автор", "дат", "врем", "вид", "тип")),
         Stems(("сообщени",), but=("ссылк", "дат", "врем", "автор", "тип"))),
    ),
    "url": Field(
        "Ссылка на комментарий", "url",
        ("ссылка на комментарий", "url комментария", "адрес комментария", "ссылка", "url", "link", "permalink"),
        (Stems(("ссылк", "коммент")), Stems(("url", "коммент")),
         Stems(("ссылк",), but=("пост", "запис", "публикац", "автор", "профил", "фото", "групп"))),
    ),
    "post_url": Field(
        "Ссылка на запись", "url",
        ("ссылка на запись", "ссылка на пост", "ссылка на публикацию", "адрес записи", "url поста", "url записи",
         "запись", "пост", "публикация", "post url", "post"),
        (Stems(("ссылк", "пост")), Stems(("ссылк", "запис")), Stems(("ссылк", "публикац")), Stems(("url", "пост"))),
    ),
    "post_text": Field(
        "Текст записи", "line",
        ("текст записи", "текст поста", "текст публикации", "заголовок записи", "заголовок поста",
         "заголовок публикации", "заголовок",
         "название записи", "название поста", "запись", "пост", "публикация", "post text"),
        (Stems(("текст", "пост")), Stems(("текст", "запис")), Stems(("текст", "публикац")), Stems(("заголов",))),
    ),
    "network": FIELDS["network"],
    "author_id": Field(
        "Номер автора", "line", ("id автора", "id пользователя", "номер автора", "author id", "user id", "from id"),
        (Stems(("id", "автор")), Stems(("id", "пользовател"))),
    ),
    "author": FIELDS["author"],
    "author_url": FIELDS["author_url"],
    "published_at": Field(
        "Время", "date",
        ("дата комментария", "дата и время комментария", "время комментария",
         *FIELDS["published_at"].synonyms, "время", "когда"),
        FIELDS["published_at"].stems,
    ),
    "parent": Field(
        "Ответ на", "line",
        ("ответ на", "ответ на комментарий", "в ответ на", "id родительского комментария", "parent id"),
        (Stems(("родител",)),),
    ),
    "kind": Field("Вид", "line", ("вид", "тип", "вид комментария", "тип комментария", "kind", "type")),
}  # fmt: skip
"""What a table may say of a comment; the names that messages have too mean the same there."""

TOTAL_LENGTH = 200
_NAMED = {"number": "id", "author": "author_name", "parent": "parent_id"}
"""Field → its key where the same comment is an object of JSONL."""
_KINDS = {catalogue.plain(label): kind for kind, label in COMMENT_KIND_LABELS.items()}
_OWN = ("reply=", "comment", "коммент")
"""Signs of an address that is one comment's alone: by it the comment is known again."""
_NO_HEADER = (
    "Не найдена строка с названиями столбцов. Ничего не загружено. Назовите столбцы, например: «Текст», «Соцсеть», "
    "«Ссылка на запись», «Автор», «Дата», и загрузите снова."
)
_WANTED = (
    "Не найдены нужные столбцы: {missing}. Ничего не загружено. Столбцы файла: {headings}. "
    "Назовите столбцы, например: «Текст», «Соцсеть», «Ссылка на запись», «Автор», «Дата», и загрузите снова."
)


class ColumnsMissing(ConnectorError):
    """The table says nothing without which a comment is none."""


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """How a column was understood: «Текст: столбец «Комментарий», по названию столбца»."""

    label: str
    heading: str
    how: str


@dataclass(frozen=True, slots=True)
class CommentTable:
    """The comments of a file in order, and by which columns they were read."""

    columns: tuple[FoundColumn, ...]
    rows: Iterator[IncomingComment | Rejected]


@contextmanager
def read_table(path: Path, zone: ZoneInfo, room: Path | None = None) -> Iterator[CommentTable]:
    """The comments of a file, for as long as it is open. `zone`: of its dates; `room`: see `read_file`. Raises
    FileRefused, ColumnsMissing; OSError where the disk is full."""
    with read_file(path, room=room) as book:
        table = main_table(book, COMMENT_FIELDS)
        mapping = _mapping(table)
        columns = _columns(table, mapping)
        found = tuple(_found(name, columns[name], mapping) for name in COMMENT_FIELDS if name in columns)
        yield CommentTable(found, (_comment(row, columns, zone) for row in _data(table, mapping)))


def _found(name: str, column: int, mapping: Mapping) -> FoundColumn:
    how = next(choice.found_by for choice in mapping.choices.values() if choice.column == column)
    return FoundColumn(COMMENT_FIELDS[name].label, mapping.headings[column], HOW[how])


def _mapping(table: Table) -> Mapping:
    try:
        mapping = find_mapping(table, fields=COMMENT_FIELDS)
    except errors.HeaderNotFound:
        raise ColumnsMissing(_NO_HEADER) from None
    has = mapping.fields
    missing = [] if "text" in has else ["текст комментария"]
    if not {"network", "url", "post_url", "author_url"} & has.keys():
        missing.append("соцсеть или ссылка")
    if missing:
        raise ColumnsMissing(_WANTED.format(missing=", ".join(missing), headings=", ".join(mapping.headings)))
    return mapping


def _data(table: Table, mapping: Mapping) -> Iterator[Row]:
    """The rows below the header, without the numbers of columns, totals and repeated headers."""
    for row in table.rows():
        if row.number > mapping.header_row and not is_column_numbers(row) and not _is_no_comment(row, mapping):
            yield row


def _columns(table: Table, mapping: Mapping) -> dict[str, int]:
    """The columns by their headings. An address in many rows is that of a post. A column with 1, 2, 3 … counts rows,
    with any heading: tomorrow's file begins with 1 again, for another comment."""
    columns = mapping.fields
    below = list(islice(_data(table, mapping), SAMPLE))
    shapes = {name: describe(row.cell(columns[name]) for row in below) for name in ("url", "number") if name in columns}
    if "number" in shapes and shapes["number"].is_count:
        del columns["number"]
    if "url" in shapes and "post_url" not in columns and shapes["url"].filled > 1 and shapes["url"].different < 1:
        columns["post_url"] = columns.pop("url")
    return columns


def _is_no_comment(row: Row, mapping: Mapping) -> bool:
    """A repeated header or a total."""
    lines = [cells.as_line(cell) for cell in row.cells]
    filled = [line for line in lines if line]
    if len(filled) > 1 and all(line == name for line, name in zip(lines, mapping.headings, strict=False) if line):
        return True
    return len(filled) < 3 and len(filled[0]) <= TOTAL_LENGTH and cells.TOTAL.match(filled[0]) is not None


def _comment(row: Row, columns: dict[str, int], zone: ZoneInfo) -> IncomingComment | Rejected:
    """The row as the object that it would be in JSONL, read by the same rules."""

    def line(name: str) -> str:
        said = cells.as_line(row.cell(columns[name])) if name in columns else ""
        return "" if cells.is_nothing(said) else said

    data = {_NAMED.get(name, name): line(name) for name in columns if name not in ("text", "published_at", "kind")}
    data["text"] = cells.as_text(row.cell(columns["text"]))
    urls = [line(name) for name in ("url", "post_url", "author_url")]
    by_url = next((found for url in urls if url and (found := addresses.network_of_url(_canonical(url)))), None)
    data["network"] = by_url or catalogue.network_of_word(line("network")) or line("network")
    data["kind"] = _KINDS.get(catalogue.plain(line("kind")), line("kind"))
    if when := line("published_at"):
        try:
            data["published_at"] = cells.to_utc(cells.wall_clock(row.cell(columns["published_at"])), zone).isoformat()
        except ValueError as error:
            return _rejected(row, f"время «{when[:60]}»: {error}")
    data["id"] = data.get("id") or _key(data)
    read = comment_of(row.number, data)
    return _rejected(row, read) if isinstance(read, str) else read


def _key(data: dict[str, str]) -> str:
    """By what a comment without a number is known again: its own address, else place, author, time and text."""
    url = _canonical(data.get("url", ""))
    if any(sign in url for sign in _OWN) and len(url) <= 200:
        return url
    place = _canonical(data.get("post_url", "")) or url
    author = data.get("author_url") or data.get("author_id") or data.get("author_name", "")
    text = " ".join(data["text"].split())
    parts = (place, author, data.get("published_at", ""), text)
    return f"text:{hashlib.sha256(chr(0).join(parts).encode('utf-8', 'replace')).hexdigest()}"


def _canonical(url: str) -> str:
    try:
        return addresses.canonical_url(url) if url else ""
    except ValueError:
        return ""


def _rejected(row: Row, reason: str) -> Rejected:
    return Rejected(row.number, reason, tuple(map(cells.as_text, row.cells)))
