"""What a request brings, in its address and in its form."""

from __future__ import annotations

from typing import Any

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict


class _WithoutNul(ImmutableMultiDict[str, Any]):
    """Fields without NUL: nobody types it, and PostgreSQL takes no text that has it."""

    def __init__(self, mapping: Any = None) -> None:
        found = ImmutableMultiDict(mapping).items(multi=True)
        super().__init__([(name, _clean(value)) for name, value in found])


class PlainRequest(Request):
    """A request whose address and form bring no NUL."""

    parameter_storage_class = _WithoutNul


def _clean(value: Any) -> Any:
    return value.replace("\0", "") if isinstance(value, str) else value
