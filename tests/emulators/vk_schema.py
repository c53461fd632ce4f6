"""VK's own description of its API (VKCOM/vk-api-schema); requests to the emulator and its answers are checked against
it.

The folder comes from OSM_VK_SCHEMA or is next to the project; without it the emulator checks nothing.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

FOLDER = Path(
    os.environ.get("OSM_VK_SCHEMA") or Path(__file__).resolve().parents[3] / "shared" / "apis" / "vk" / "schema"
)
ROOT = "https://vk/schema/"
_EXTENDED = ("groups_group",)
"""Closed by VK and extended by it all the same (`allOf` of groups_group_full): nothing would ever fit both."""


def is_there() -> bool:
    return (FOLDER / "wall" / "methods.json").is_file()


def check_request(method: str, given: dict[str, str]) -> None:
    """AssertionError if the method has no such parameter, misses one, or it is of another type."""
    described = _methods(method.partition(".")[0]).get(method)
    if described is None:
        return
    known = {one["name"]: one for one in described.get("parameters", ())}
    # All clients give the wall as `owner_id`, though the schema of wall.get has only `domain`.
    unknown = set(given) - set(known) - {"v", "access_token", "lang", "owner_id"}
    assert not unknown, f"{method}: no parameter {sorted(unknown)}"
    missing = {name for name, one in known.items() if one.get("required")} - set(given)
    assert not missing, f"{method}: without {sorted(missing)}"
    for name, value in given.items():
        one = known.get(name, {})
        if one.get("type") == "integer":
            number = int(value)
            assert number >= one.get("minimum", number), f"{method}: {name}={value}"
            assert number <= one.get("maximum", number), f"{method}: {name}={value}"
        if one.get("type") == "boolean":
            assert value in ("0", "1"), f"{method}: {name}={value}"


def tokens(method: str) -> frozenset[str]:
    """Which kinds of keys may call the method."""
    described = _methods(method.partition(".")[0]).get(method)
    return frozenset(described["access_token_type"]) if described else frozenset()


def check_answer(method: str, extended: bool, body: Any, filtered: bool = False) -> None:
    described = _methods(method.partition(".")[0]).get(method)
    if described is None:
        return
    responses = described["responses"]
    named = responses.get("extendedResponse" if extended else "filterResponse" if filtered else "response")
    possible = [named] if named else list(responses.values())
    validators = [_validator(one["$ref"]) for one in possible]
    if not any(one.is_valid(body) for one in validators):
        validators[0].validate(body)


def check_event(kind: str, thing: Any) -> None:
    name = {"wall_reply_delete": "wall_comment_delete", "wall_reply_edit": "wall_reply_edit"}.get(kind, kind)
    reference = f"../callback/objects.json#/definitions/callback_{name}"
    if name in _definitions("callback/objects.json"):
        _validator(reference).validate(thing)


def _definitions(path: str) -> Any:
    return _load(path)["definitions"]


@cache
def _methods(section: str) -> dict[str, Any]:
    file = FOLDER / section / "methods.json"
    if not file.is_file():
        return {}
    return {one["name"]: one for one in json.loads(file.read_text("utf-8"))["methods"]}


@cache
def _validator(reference: str) -> jsonschema.Draft7Validator:
    schema = {"$ref": ROOT + reference.removeprefix("../")}
    return jsonschema.Draft7Validator(schema, registry=Registry(retrieve=_retrieve))


def _retrieve(uri: str) -> Resource[Any]:
    return Resource.from_contents(_load(uri.removeprefix(ROOT)), default_specification=DRAFT7)


@cache
def _load(path: str) -> Any:
    """A file with `required` where JSON Schema expects it; an unpublished file describes nothing."""
    file = FOLDER / path
    found = json.loads(file.read_text("utf-8")) if file.is_file() else {"definitions": {}}
    for name in _EXTENDED:
        found.get("definitions", {}).get(name, {}).pop("additionalProperties", None)
    return _hoisted(found)


def _hoisted(node: Any) -> Any:
    """VK marks each property as required; JSON Schema wants a list, which is made of these marks."""
    if isinstance(node, list):
        return [_hoisted(one) for one in node]
    if not isinstance(node, dict):
        return node
    found = {name: _hoisted(value) for name, value in node.items() if not (name == "required" and value is True)}
    properties = node.get("properties")
    if isinstance(properties, dict):
        required = [name for name, one in properties.items() if isinstance(one, dict) and one.get("required") is True]
        if required:
            found["required"] = required
    return found
