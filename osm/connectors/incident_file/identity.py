"""By what a second import knows a message again, and whether the source has changed anything of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

_ENCODER = json.JSONEncoder(ensure_ascii=False)

KEY_LENGTH = 80
"""Longest key, in characters; what would be longer is hashed."""


def key_of(values: Mapping[str, Any], written_at: datetime | None) -> str:
    """The key of design §6: number, else canonical address, else network, author, time and text.

    `written_at` is the wall clock of the file: a mistake about Moscow or local time must not make a second message.
    """
    if values["number"]:
        key = f"number:{values['number'].lower()}"
        return key if len(key) <= KEY_LENGTH else f"number:{_hash(key)}"
    if values["canonical_url"].count("/") > 2:  # the front page of a network is nobody's address
        return f"url:{_hash(values['canonical_url'])}"
    author = values["author_url"] or values["author"]
    text = " ".join(values["text"].split())
    return f"text:{_hash(values['network'], author, written_at.isoformat() if written_at else '', text)}"


def fingerprint_of(values: Mapping[str, Any], provided: Iterable[str]) -> str:
    """Hash of what the source says in the columns that it has; the spelling of an address does not count."""
    told = {name: values["canonical_url" if name == "url" else name] for name in provided}
    return _hash(*(f"{name}={_plain(value)}" for name, value in sorted(told.items())))


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _hash(*parts: str) -> str:
    return hashlib.sha256(_ENCODER.encode(parts).encode()).hexdigest()
