"""Column types that hide citizens from an auditor: what the database answers is masked, whichever page or file asks.

A function of SQL that changes the type of a column (`lower`, `substr`) loses the mask; `coalesce` and labels keep it.
"""

from collections.abc import Mapping
from typing import Any

from flask import g, has_app_context
from sqlalchemy import JSON, String
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

HIDDEN = "скрыто"
"""In place of a name, a profile or a link."""


def hide_people(is_hidden: bool) -> None:
    """Hide or show them to the rest of this request. Call it before the first row is read."""
    g.osm_hides_people = is_hidden


def people_are_hidden() -> bool:
    return has_app_context() and bool(g.get("osm_hides_people"))


class OfPerson(TypeDecorator[str]):
    """A name, a profile or a link that leads to a citizen."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: str | None, _dialect: Dialect) -> str | None:
        return HIDDEN if value and people_are_hidden() else value


class AboutPerson(TypeDecorator[Any]):
    """A JSON object with such values under `keys`; without keys all of it is hidden."""

    impl = JSON
    cache_ok = True

    def __init__(self, *keys: str) -> None:
        super().__init__()
        self.keys = keys

    def process_result_value(self, value: Any, _dialect: Dialect) -> Any:
        if not isinstance(value, Mapping) or not people_are_hidden():
            return value
        return {name: _hidden(inner) if name in self.keys else inner for name, inner in value.items() if self.keys}


def _hidden(value: Any) -> Any:
    """The same shape: of an old and a new value both are hidden."""
    return [_hidden(inner) for inner in value] if isinstance(value, list) else value and HIDDEN
