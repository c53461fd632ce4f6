"""Comments from a JSONL file: one object a line; a bad line spoils only itself."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from osm.base.numbers import is_number
from osm.connectors.base import Rejected
from osm.networks import addresses, catalogue
from osm.regulation.blacklist import CommentKind

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


def comment_of(row: int, data: dict[str, Any]) -> IncomingComment | str:
    """The comment that such an object is, or in words for people why it is none."""
    try:
        return _comment(row, data)
    except _Bad as error:
        return error.words


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
