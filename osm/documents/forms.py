"""A form filled from an XLSX template: the fields of its cells are replaced, a row with the fields of a list repeats.

A field is written in double braces, «{{поступило}}»; those of a list have the name of the list before a point:
«{{отдел.отвечено}}». The work is done in a child process (`form_process.py`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from osm.base.child_process import Ended
from osm.documents.in_child import TEMPLATES, ask

Value = str | int | float | None
Fields = Mapping[str, Value]
Lists = Mapping[str, Sequence[Fields]]

TOO_LARGE = "слишком большая книга: оставьте в ней одну форму"
NO_BOOK = "это не книга XLSX или она повреждена. Откройте её в Excel и сохраните заново"
_ENDED = {
    Ended.BY_ITSELF: NO_BOOK,
    Ended.TOO_SLOW: "слишком сложная книга: оставьте в ней одну форму",
    Ended.TOO_MUCH_MEMORY: TOO_LARGE,
}
_CHILD = "osm.documents.form_process"


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
    return ask(_CHILD, "fill", given | more, template, limits=TEMPLATES, ended=_ENDED)


def run_looking(template: bytes) -> list[str]:
    """The fields that a template asks for, each once. Raises ContentRefused."""
    found: list[str] = json.loads(ask(_CHILD, "look", {}, template, limits=TEMPLATES, ended=_ENDED))
    return found
