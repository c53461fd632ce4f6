"""The official description of the Bot API of MAX (github.com/max-messenger/api-schema): what goes to the emulator and
what it answers is checked against it.

The file comes from OSM_MAX_SCHEMA or is next to the project; without it the emulator checks names alone. Comments are
younger than its version 0.0.32: their methods and fields are written down here by 0.0.33.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

FILE = Path(
    os.environ.get("OSM_MAX_SCHEMA")
    or Path(__file__).resolve().parents[3] / "shared" / "apis" / "max" / "max_bot_api_schema_2026_07_01.json"
)
_COMMENTS = {
    "GET /messages/{messageId}/comments": {"count", "before", "after", "comment_ids"},
    "POST /messages/{messageId}/comments": set[str](),
    "PUT /messages/{messageId}/comments": {"comment_id"},
    "DELETE /messages/{messageId}/comments": {"comment_id"},
    "GET /messages/{messageId}/comments/{commentId}": set[str](),
}
_YOUNGER = {"GET /messages": ("before", "after")}
_COMMENT_FIELDS = {"text", "link", "format"}
_SLIPS = {"MessageBody": ["link"], "NewMessageBody": ["attachments", "link", "text"]}
"""What the description wants though its own examples leave it out."""


def is_there() -> bool:
    return FILE.is_file()


def check_request(verb: str, path: str, query: dict[str, str], body: Any) -> None:
    """AssertionError where the method is not known, has no such parameter, or the body is of another form."""
    method = _method(verb, path)
    if method in _COMMENTS:
        assert not set(query) - _COMMENTS[method], f"{method}: {sorted(query)}"
        assert body is None or not set(body) - _COMMENT_FIELDS, f"{method}: {sorted(body)}"
        if body and body.get("link"):
            check("NewMessageLink", body["link"])
            assert body["link"]["type"] == "reply", "a comment is only answered"
        return
    if not is_there():
        return
    described = _described()["paths"].get(method.partition(" ")[2], {}).get(verb.lower())
    assert described, f"no method {method}"
    known = {one["name"]: one for one in described.get("parameters", ()) if one["in"] == "query"}
    known |= {name: {} for name in _YOUNGER.get(method, ())}
    assert not set(query) - set(known), f"{method}: no parameter {sorted(set(query) - set(known))}"
    for name, value in query.items():
        if known[name].get("schema", {}).get("type") == "integer":
            int(value)
    if body is not None:
        (content,) = described["requestBody"]["content"].values()
        name = content["schema"]["$ref"].rpartition("/")[2]
        unknown = set(body) - set(_described()["components"]["schemas"][name]["properties"])
        assert not unknown, f"{method}: no field {sorted(unknown)}"
        check(name, body)


def check(name: str, thing: Any) -> None:
    """Hold this against the description of that name."""
    if is_there():
        _validator(name).validate(thing)


def _method(verb: str, path: str) -> str:
    named = re.sub(r"^/chats/-?\d+", "/chats/{chatId}", path)
    named = re.sub(r"^/messages/[^/]+", "/messages/{messageId}", named)
    return f"{verb} {re.sub(r'/comments/[^/]+$', '/comments/{commentId}', named)}"


@cache
def _described() -> Any:
    described = json.loads(FILE.read_text("utf-8"))
    for name, slips in _SLIPS.items():
        schema = described["components"]["schemas"][name]
        schema["required"] = [one for one in schema["required"] if one not in slips]
    described["components"]["schemas"]["ChatType"]["enum"] = ["chat", "channel", "dialog"]  # it names chats alone
    return described


@cache
def _validator(name: str) -> OAS30Validator:
    registry = Registry().with_resource("max:", Resource.from_contents(_described(), default_specification=DRAFT4))
    return OAS30Validator({"$ref": f"max:#/components/schemas/{name}"}, registry=registry)
