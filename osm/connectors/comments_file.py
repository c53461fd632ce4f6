"""Comments from a file: JSONL, one object a line, or a table with columns found as those of incidents are."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

from osm.base.numbers import is_number
from osm.connectors.base import ConnectorError, Rejected
from osm.connectors.incident_file import cells
from osm.connectors.incident_file.book import HeaderNotFound, Row, Table, read_file
from osm.connectors.incident_file.fields import FIELDS, HOW, Field, Mapping, Stems
from osm.connectors.incident_file.finding import SAMPLE, describe, find_mapping, is_column_numbers, main_table
from osm.networks import addresses, catalogue
from osm.regulation.blacklist import CommentKind

# --- JSONL; a bad line spoils only itself
MAX_LINE = 256 * 1024  # bytes; a longer line is no comment of any network
MAX_TEXT = 16_000  # characters, as of a message: «Взять в работу» must be able to take it
TITLE = 80  # characters of a post by which people know it again
_LONGEST = {"id": 200, "author_name": 300, "parent_id": 200}
_PROFILES = {"vk": "https://vk.com/{}", "ok": "https://ok.ru/profile/{}"}


@dataclass(frozen=True, slots=True)
class IncomingComment:
    """One comment as its source has it; empty texts and None mean «the source does not say»."""

    row: int  # the line of the file, from 1
    network: str
    external_id: str
    kind: CommentKind
    text: str
    post_url: str = ""
    url: str = ""
    parent_external_id: str = ""
    author_name: str = ""
    author_url: str = ""
    published_at: datetime | None = None
    post_title: str = ""
    author_number: str = ""  # of the network itself; files do not have it


class _Bad(ValueError):
    """Why a line cannot be used, in Russian; `field`: the key of the JSON object that is wrong."""

    def __init__(self, words: str, field: str = "") -> None:
        super().__init__(f"{words} ({field})" if field else words)
        self.words = words


def lines_of(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines of a file in little memory: of one that is too long the first MAX_LINE + 1 bytes, the rest is left."""
    while line := stream.readline(MAX_LINE + 1):
        yield line
        while len(line) > MAX_LINE and not line.endswith(b"\n"):
            line = stream.readline(MAX_LINE + 1)


def is_jsonl(start: bytes) -> bool:
    """Whether a file that begins so holds objects of JSON; everything else is read as a table."""
    return start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


def read_comments(lines: Iterable[bytes]) -> Iterator[IncomingComment | Rejected]:
    """The comments of a file in order; blank lines are nothing."""
    for row, line in enumerate(lines, start=1):
        if row == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line.strip():
            continue
        try:
            yield _comment(row, _object(line))
        except _Bad as error:
            yield Rejected(row, str(error))


def _object(line: bytes) -> dict[str, Any]:
    if len(line) > MAX_LINE:
        raise _Bad(f"строка длиннее {MAX_LINE // 1024} КБ")
    try:
        found = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise _Bad("не UTF-8") from None
    except (ValueError, RecursionError):
        raise _Bad("не JSON") from None
    if not isinstance(found, dict):
        raise _Bad("не объект JSON: нужны поля id, network, text")
    return found


def _comment(row: int, data: dict[str, Any]) -> IncomingComment:
    network = _line(data, "network").lower()
    if network not in catalogue.NETWORKS:
        raise _Bad(f"неизвестная соцсеть «{network[:40]}»" if network else "нет соцсети", "" if network else "network")
    external_id = _line(data, "id")
    if not external_id:
        raise _Bad("нет номера комментария", "id")
    text = _text(data, "text").strip()
    if not text:
        raise _Bad("нет текста", "text")
    if len(text) > MAX_TEXT:
        raise _Bad(f"текст длиннее {MAX_TEXT} знаков")
    post_url = _url(data, "post_url")
    return IncomingComment(
        row=row, network=network, external_id=external_id, kind=_kind(data), text=text, post_url=post_url,
        url=_url(data, "url") or _place_of(network, external_id, post_url), parent_external_id=_line(data, "parent_id"),
        author_name=_line(data, "author_name"), author_url=_profile(network, data), published_at=_moment(data),
        post_title=first_words(_text(data, "post_text")),
    )  # fmt: skip


def first_words(text: str) -> str:
    """By what people know a post again: its beginning on one line, cut between words."""
    line = " ".join(text.split())
    if len(line) <= TITLE:
        return line
    return line[: TITLE + 1].rsplit(" ", 1)[0][:TITLE].rstrip(" ,.;:—-") + "…"


def _text(data: dict[str, Any], name: str) -> str:
    """A field as text; ids may come as numbers. A lone surrogate and a NUL are stored by no database."""
    value = data.get(name)
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise _Bad(f"поле {name}: нужен текст")
    return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _line(data: dict[str, Any], name: str) -> str:
    value = " ".join(_text(data, name).split())
    if len(value) > _LONGEST.get(name, 500):
        raise _Bad(f"поле {name} длиннее {_LONGEST.get(name, 500)} знаков")
    return value


def _kind(data: dict[str, Any]) -> CommentKind:
    word = _line(data, "kind") or CommentKind.COMMENT
    try:
        return CommentKind(word)
    except ValueError:
        raise _Bad(f"неизвестный вид «{word[:40]}»", "kind") from None


def _url(data: dict[str, Any], name: str) -> str:
    value = _line(data, name)
    if not value:
        return ""
    try:
        return addresses.canonical_url(value)
    except ValueError:
        raise _Bad(f"поле {name}: это не ссылка") from None


def _place_of(network: str, external_id: str, post_url: str) -> str:
    """The address of the comment itself, where the network builds it of the post's and the comment's number."""
    number = external_id.rpartition("_")[2]
    if network == "vk" and "/wall" in post_url and is_number(number):
        return f"{post_url.partition('?')[0]}?reply={number}"
    return post_url


def _profile(network: str, data: dict[str, Any]) -> str:
    """The address of the author, given or made of his number; a community has a number below zero."""
    if given := _url(data, "author_url"):
        return given
    number = _line(data, "author_id")
    if not number or network not in _PROFILES or not number.removeprefix("-").isalnum():
        return ""
    if network == "vk" and is_number(number.removeprefix("-")):
        number = f"club{number[1:]}" if number.startswith("-") else f"id{number}"
    return addresses.canonical_url(_PROFILES[network].format(number))


def _moment(data: dict[str, Any]) -> datetime | None:
    value = _line(data, "published_at")
    if not value:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise _Bad("время не разобрано: нужно вида 2026-11-25T09:40:00+10:00", "published_at") from None
    if found.tzinfo is None:
        raise _Bad("время без пояса: нужно вида 2026-11-25T09:40:00+10:00", "published_at")
    if not 2000 <= found.year <= 2100:
        raise _Bad(f"год {found.year} не подходит", "published_at")
    return found


# --- A table: XLSX, XLS, ODS, CSV
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
         "заголовок публикации", "заголовок", "название записи", "название поста", "запись", "пост", "публикация",
         "post text"),
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
        ("дата комментария", "дата и время комментария", "время комментария", *FIELDS["published_at"].synonyms, "время",
         "когда"),
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

_NAMED = {"number": "id", "author": "author_name", "parent": "parent_id"}
"""Field → its key where the same comment is an object of JSONL."""
_KINDS = {catalogue.plain(label): kind for kind, label in CommentKind.labels().items()}
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
        how = {choice.column: HOW[choice.found_by] for choice in mapping.choices.values()}
        found = tuple(
            FoundColumn(field.label, mapping.headings[columns[name]], how[columns[name]])
            for name, field in COMMENT_FIELDS.items()
            if name in columns
        )
        yield CommentTable(found, (_comment_of_row(row, columns, zone) for row in _data(table, mapping)))


def _mapping(table: Table) -> Mapping:
    try:
        mapping = find_mapping(table, fields=COMMENT_FIELDS)
    except HeaderNotFound:
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
    columns = {**mapping.fields}
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
    return len(filled) < 3 and len(filled[0]) <= 200 and cells.TOTAL.match(filled[0]) is not None


def _comment_of_row(row: Row, columns: dict[str, int], zone: ZoneInfo) -> IncomingComment | Rejected:
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
    try:
        return _comment(row.number, data)
    except _Bad as error:
        return _rejected(row, error.words)


def _key(data: dict[str, str]) -> str:
    """By what a comment without a number is known again: its own address, else place, author, time and text."""
    url = _canonical(data.get("url", ""))
    if any(sign in url for sign in _OWN) and len(url) <= 200:
        return url
    place = _canonical(data.get("post_url", "")) or url
    author = data.get("author_url") or data.get("author_id") or data.get("author_name", "")
    text = " ".join(data["text"].split())
    parts = "\0".join((place, author, data.get("published_at", ""), text))
    return f"text:{hashlib.sha256(parts.encode('utf-8', 'replace')).hexdigest()}"


def _canonical(url: str) -> str:
    try:
        return addresses.canonical_url(url) if url else ""
    except ValueError:
        return ""


def _rejected(row: Row, reason: str) -> Rejected:
    return Rejected(row.number, reason, tuple(map(cells.as_text, row.cells)))
