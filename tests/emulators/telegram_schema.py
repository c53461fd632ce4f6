"""The official description of the Bot API (10.1): what goes to the emulator and what it answers is checked against it.

The file comes from OSM_TELEGRAM_SCHEMA or is next to the project; without it the emulator checks types of parameters
alone.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(
    os.environ.get("OSM_TELEGRAM_SCHEMA")
    or Path(__file__).resolve().parents[3] / "shared" / "apis" / "telegram" / "telegram_api_spec.json"
)
_NUMBERS = {"chat_id", "user_id", "message_id", "sender_chat_id", "offset", "limit", "timeout", "until_date"}
_OBJECTS = {"allowed_updates", "media", "reply_parameters", "link_preview_options"}
_BOOLEANS = {"only_if_banned", "disable_notification", "revoke_messages"}
_PLAIN = {"Integer": int, "String": str, "Boolean": bool, "True": bool, "Float": float}


class Wrong(Exception):
    """A parameter of another type."""


def is_there() -> bool:
    return FILE.is_file()


def typed(given: dict[str, Any]) -> dict[str, Any]:
    """Parameters as they are meant, whether they came in a form, where all is text, or as JSON. Wrong."""
    found = {}
    for name, value in given.items():
        if isinstance(value, str) and name in _NUMBERS and re.fullmatch(r"-?\d+", value):
            value = int(value)
        elif isinstance(value, str) and name in _BOOLEANS:
            value = {"true": True, "false": False}.get(value.lower(), value)
        elif isinstance(value, str) and name in _OBJECTS:
            try:
                value = json.loads(value)
            except ValueError:
                raise Wrong(f"can't parse {name} JSON object") from None
        wanted = int if name in _NUMBERS else bool if name in _BOOLEANS else (list, dict) if name in _OBJECTS else str
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            raise Wrong(f"invalid {name} specified")
        found[name] = value
    return found


def check_request(method: str, given: dict[str, Any], files: set[str]) -> None:
    """AssertionError for a parameter that the method does not have (Telegram ignores it), Wrong for one that lacks."""
    if not is_there():
        return
    fields = {one["name"]: one for one in _described()["methods"][method].get("fields", ())}
    assert not set(given) - set(fields), f"{method}: {sorted(set(given) - set(fields))}"
    for name, one in fields.items():
        if one["required"] and name not in given and name not in files:
            raise Wrong(f"{name} is empty")
        if name in given:
            assert _fits(given[name], one["types"], name), f"{method}.{name}: {given[name]!r}"


def check_result(method: str, result: Any) -> None:
    """Hold an answer against what the method returns."""
    if is_there():
        assert _fits(result, _described()["methods"][method]["returns"], method), f"{method}: {result!r}"


def _fits(value: Any, types: list[str], where: str) -> bool:
    return any(_is(value, one, where) for one in types)


def _is(value: Any, kind: str, where: str) -> bool:
    if kind.startswith("Array of "):
        return isinstance(value, list) and all(_is(one, kind.removeprefix("Array of "), where) for one in value)
    if kind in _PLAIN:
        return type(value) is _PLAIN[kind] and (kind != "True" or value)
    if kind == "InputFile" or not isinstance(value, dict):
        return False
    described = _described()["types"][kind]
    if "subtypes" in described:
        return any(_is(value, one, where) for one in described["subtypes"])
    fields = {one["name"]: one for one in described.get("fields", ())}
    is_whole = all(not one["required"] or name in value for name, one in fields.items())
    return is_whole and all(
        name in fields and _fits(one, fields[name]["types"], f"{where}.{name}") for name, one in value.items()
    )


@cache
def _described() -> Any:
    return json.loads(FILE.read_text("utf-8"))
