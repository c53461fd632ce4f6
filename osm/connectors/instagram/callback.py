"""Instagram's webhook: what a call brings and how it is known to be Meta's (developers.facebook.com, Webhooks)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from osm.connectors.calls import Call, Callback, Delivered
from osm.connectors.instagram.capabilities import APP_SECRET, LOOK_EVERY

_MOST = 1000
"""Changes of one call: Meta brings no more at once."""


def read(raw: bytes, signature: str) -> Call:
    """Changes of one page or several. ValueError."""
    try:
        told = json.loads(raw)
        entries = told.get("entry") if isinstance(told, dict) else None
        if not isinstance(entries, list):
            raise ValueError("no entries")
        events = tuple(islice(_events(entries), _MOST + 1))
        if len(events) > _MOST:
            raise ValueError("too many changes")
        return Call(raw, signature, events)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _events(entries: list[Any]) -> Iterator[Delivered]:
    """Where one entry is one change, its fields are in the entry (Instagram Login)."""
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        changes = entry.get("changes", [entry])
        for change in changes if isinstance(changes, list) else ():
            if isinstance(change, dict):
                told = {"field": change.get("field"), "value": change.get("value"), "time": entry.get("time")}
                body = json.dumps(told, sort_keys=True)
                page = str(entry.get("id", ""))
                yield Delivered(page, hashlib.sha256(f"{page} {body}".encode()).hexdigest(), body)


def is_genuine(call: Call, _secret: str, keys: Mapping[str, str]) -> bool:
    """The body is signed with the secret of the application."""
    secret = keys.get(APP_SECRET, "")
    signed = "sha256=" + hmac.new(secret.encode(), call.raw, hashlib.sha256).hexdigest()
    return bool(secret) and hmac.compare_digest(call.proof.encode("utf-8", "replace"), signed.encode())


CALLBACK = Callback(
    words="Webhook",
    else_words="Просматриваем сами (по умолчанию)",
    read=read,
    is_genuine=is_genuine,
    look_every=LOOK_EVERY,
    listens=True,
    needs=APP_SECRET,
    how="Приложение на developers.facebook.com → Webhooks → Instagram: адрес и проверочный маркер, подписка "
    "на поле comments.",
    which="Просмотр: раз в полминуты, подходит всем. Webhook: Instagram присылает новые комментарии; программа "
    "должна быть видна из интернета.",
    word_of_ours="Проверочный маркер (Verify Token)",
)
