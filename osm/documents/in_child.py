"""DOCX and XLSX templates and Markdown of people are parsed in a child process, never in one that serves."""

import json
import re
import sys
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from osm.base.child_process import MIB, ChildLimits, Ended, bind, run_child

TEMPLATES = ChildLimits(memory_bytes=768 * MIB, cpu_seconds=10, wall_seconds=30.0, output_bytes=32 * MIB)
"""A form or a memo of 3,000 rows takes 100 MB and a second."""

SHIPPED = Path(__file__).parent / "templates"
"""They come with the program: the office takes one, changes it and puts its own in its place."""


class ContentRefused(Exception):
    """The content cannot be used; `str(error)` says why, in Russian."""


def ask(
    module: str, what: str, given: Mapping[str, Any], content: bytes, *, limits: ChildLimits, ended: Mapping[Ended, str]
) -> bytes:
    """The output of the child; `ended`: the words for a child that died. Raises ContentRefused, OSError where the
    system starts no process."""
    with tempfile.TemporaryFile() as taken, tempfile.TemporaryFile() as out:
        taken.write(json.dumps(given, ensure_ascii=False).encode() + b"\n" + content)
        taken.seek(0)
        how = run_child(module, [what], limits, out, taken)
        out.seek(0)
        said, _, made = out.read().partition(b"\n")
    if said != b"done":
        words = said.decode(errors="replace").removeprefix("refused ")
        raise ContentRefused(words if said.startswith(b"refused ") else ended[how])
    return made


def answer(work: Callable[[str, dict[str, Any], bytes], bytes], limits: ChildLimits) -> None:
    """In the child: the first line of the input is JSON, behind it lies the content; the output begins with a word."""
    bind(limits)
    said, _, content = sys.stdin.buffer.read().partition(b"\n")
    out = sys.stdout.buffer
    try:
        made = work(sys.argv[1], json.loads(said), content)
    except ContentRefused as error:
        out.write(f"refused {error}\n".encode())
        return
    out.write(b"done\n" + made)


LARGEST = 2 * 1024 * 1024  # bytes of a template, packed
NO_DOCUMENT = "Это не документ Word (DOCX)."
TOO_LARGE_DOCUMENT = "Слишком большой документ: оставьте в нём одну записку."
_ENDED_DOCUMENT = {
    Ended.BY_ITSELF: NO_DOCUMENT,
    Ended.TOO_SLOW: "Слишком сложный документ: оставьте в нём одну записку.",
    Ended.TOO_MUCH_MEMORY: TOO_LARGE_DOCUMENT,
}
_FILLING = "osm.documents.filling_process"


def fill(template: bytes, values: Mapping[str, Any], fields: Collection[str], annex: Sequence[str] = ()) -> bytes:
    """The document with these values; `fields`: the names at the top and in the rows of lists. `annex`: a title and
    paragraphs added at the end of any template. Raises ContentRefused, OSError where the system starts no process."""
    return _ask("fill", template, values, fields, annex)


def check(template: bytes, fields: Collection[str], sample: Mapping[str, Any]) -> None:
    """Refuse what is no template: another file, one that does more than show fields, one with unknown fields."""
    if len(template) > LARGEST:
        raise ContentRefused(f"Файл больше {LARGEST // 1024 // 1024} МБ. Уберите картинки.")
    _ask("check", template, sample, fields)


def _ask(
    what: str, template: bytes, values: Mapping[str, Any], fields: Collection[str], annex: Sequence[str] = ()
) -> bytes:
    given = {"values": dict(values), "fields": list(fields), "annex": list(annex)}
    return ask(_FILLING, what, given, template, limits=TEMPLATES, ended=_ENDED_DOCUMENT)


Value = str | int | float | None
Fields = Mapping[str, Value]
Lists = Mapping[str, Sequence[Fields]]

TOO_LARGE_BOOK = "слишком большая книга: оставьте в ней одну форму"
NO_BOOK = "это не книга XLSX или она повреждена. Откройте её в Excel и сохраните заново"
_ENDED_BOOK = {
    Ended.BY_ITSELF: NO_BOOK,
    Ended.TOO_SLOW: "слишком сложная книга: оставьте в ней одну форму",
    Ended.TOO_MUCH_MEMORY: TOO_LARGE_BOOK,
}
_FORMS = "osm.documents.form_process"


@dataclass(frozen=True, slots=True)
class Appendix:
    """A list that is added below everything, with a title and headings, where the template does not name it."""

    list: str
    title: str
    heads: Mapping[str, str]  # field → heading


def run_filling(template: bytes, fields: Fields, lists: Lists, appendix: Appendix | None = None) -> bytes:
    """The filled form. Raises ContentRefused, OSError where the system starts no process."""
    given = {"fields": dict(fields), "lists": {name: list(rows) for name, rows in lists.items()}}
    more = {"appendix": [appendix.list, appendix.title, dict(appendix.heads)]} if appendix else {}
    return ask(_FORMS, "fill", given | more, template, limits=TEMPLATES, ended=_ENDED_BOOK)


def run_looking(template: bytes) -> list[str]:
    """The fields that a template asks for, each once. Raises ContentRefused."""
    found: list[str] = json.loads(ask(_FORMS, "look", {}, template, limits=TEMPLATES, ended=_ENDED_BOOK))
    return found


LIMITS = ChildLimits(memory_bytes=256 * MIB, cpu_seconds=2, wall_seconds=15.0, output_bytes=4 * MIB)
TOO_COMPLEX = (
    "Разметка слишком сложная: скобок, звёздочек или вложенных списков и цитат слишком много. "
    "Уберите лишние или разделите текст на две страницы."
)
_ENDED_MARKDOWN = dict.fromkeys(Ended, TOO_COMPLEX)
_MARKDOWN = "osm.documents.markdown_process"

_LINK = re.compile(r"\[([^\[\]\n]{1,300})\]\([^()\s]{0,500}\)")
_OF_LINE = re.compile(r"^[ \t]*(?:#{1,6} |[-*+>] |\d{1,9}[.)] |[-|:][-|: ]*$)", re.MULTILINE)
_MARKS = re.compile(r"<[^<>\n]{0,300}>|\*+|`+|\|")


def read_html(text: str) -> Markup:
    """The text as a page. Raises ContentRefused, OSError where the system starts no process."""
    made = _tried(text)
    if isinstance(made, ContentRefused):
        raise made
    return made


def written_html(text: str) -> Markup:
    """The same of a text that is stored: one that cannot be read as Markdown is shown as it was typed."""
    try:
        return read_html(text)
    except (ContentRefused, OSError):
        return Markup("<p>") + escape(text).replace("\n", Markup("<br>\n")) + Markup("</p>")


def bare_text(text: str) -> str:
    """Without any marks, on one line. It is made without the parser, so no text can hold up a search of all."""
    plain = _MARKS.sub(" ", _OF_LINE.sub(" ", _LINK.sub(r"\1", text)))
    return " ".join(unescape(plain).split())


@lru_cache(maxsize=200)
def _tried(text: str) -> Markup | ContentRefused:
    try:
        html = ask(_MARKDOWN, "html", {}, text.encode(), limits=LIMITS, ended=_ENDED_MARKDOWN).decode()
        return Markup(html)  # noqa: S704  cleaned
    except ContentRefused as refused:
        return refused
