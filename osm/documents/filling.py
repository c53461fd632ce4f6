"""DOCX templates of the office: filled in a sandbox, and refused where they do more than show fields.

A template is a document in which fields are written in double braces (docxtpl). The work is done in a child process
(`filling_process.py`).
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from osm.base.child_process import Ended
from osm.documents.in_child import TEMPLATES, ContentRefused, ask

LARGEST = 2 * 1024 * 1024  # bytes of a template, packed
NO_DOCUMENT = "Это не документ Word (DOCX)."
TOO_LARGE = "Слишком большой документ: оставьте в нём одну записку."
_ENDED = {
    Ended.BY_ITSELF: NO_DOCUMENT,
    Ended.TOO_SLOW: "Слишком сложный документ: оставьте в нём одну записку.",
    Ended.TOO_MUCH_MEMORY: TOO_LARGE,
}
_CHILD = "osm.documents.filling_process"


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
    return ask(_CHILD, what, given, template, limits=TEMPLATES, ended=_ENDED)
