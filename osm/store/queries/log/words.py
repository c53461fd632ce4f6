"""What changed, in the words of the log's screen: fields and values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from osm.store.models.log import FOR_WHOM
from osm.store.queries.calendar.calendar import code_words, field_words
from osm.store.queries.log import objects
from osm.store.queries.log.fields import FIELDS, VALUES
from osm.store.queries.log.when import When


def change_words(changes: Mapping[str, Sequence[Any]], when: When, names: objects.Names) -> list[str]:
    """«статус: Новое → На отработке», one line a field; numbers of versions and digests of texts are left out."""
    return [
        f"{FIELDS.get(name) or field_words(name)}: {_change(name, pair, when, names)}"
        for name, pair in changes.items()
        if name not in ("version", "text_digest", "text_number", FOR_WHOM)
        and isinstance(pair, list)
        and len(pair) == 2
        and pair[0] != pair[1]
    ]


def _change(name: str, pair: Sequence[Any], when: When, names: objects.Names) -> str:
    old, new = pair
    if (old, new) == ("changed", True):
        return "изменено"
    if old == []:
        old = None
    after = _value(name, new, when, names)
    return after if old is None or old == 0 else f"{_value(name, old, when, names)} → {after}"


def _value(name: str, value: Any, when: When, names: objects.Names) -> str:
    if value in (None, "", []):
        return "пусто"
    if isinstance(value, bool):
        return "да" if value else "нет"
    try:
        if name in VALUES:
            return VALUES[name](value)
        if name.endswith(("_at", "_due")) or name in ("from", "to", "source_deadline"):
            return _instant(value, when)
    except (ValueError, TypeError, KeyError):
        pass  # a code of an earlier edition of the program
    if name in objects.FIELDS:
        return ", ".join(
            objects.named(name, row_id, names) for row_id in (value if isinstance(value, list) else [value])
        )
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value) if name in FIELDS else code_words(str(value))


def _instant(value: str, when: When) -> str:
    if len(value) == len("2026-11-25"):
        return f"{date.fromisoformat(value):%d.%m.%Y}"
    return when(datetime.fromisoformat(value))
