"""VK's Callback API: what a call brings and how it is known to be VK's (dev.vk.com, Callback API)."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping

from osm.connectors.calls import Call, Callback, Delivered
from osm.connectors.vk.capabilities import LOOK_EVERY

_ID = re.compile(r"[\w-]{1,64}", re.ASCII)


def read(raw: bytes, _signature: str) -> Call:
    """One event a call. ValueError."""
    try:
        told = json.loads(raw)
        if not isinstance(told, dict):
            raise ValueError("no object")
        secret = str(told.pop("secret", ""))
        body = json.dumps(told)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    event_id = told.get("event_id")
    if not isinstance(event_id, str) or not _ID.fullmatch(event_id):
        event_id = hashlib.sha256(raw).hexdigest()
    event = Delivered(str(told.get("group_id", "")), event_id, body)
    return Call(raw, secret, (event,), asks_confirmation=told.get("type") == "confirmation")


def is_genuine(call: Call, secret: str, _keys: Mapping[str, str]) -> bool:
    """VK asks for the confirmation before it knows the secret, so that may come without."""
    if call.asks_confirmation and not call.proof:
        return True
    return bool(secret) and hmac.compare_digest(call.proof.encode("utf-8", "replace"), secret.encode())


CALLBACK = Callback(
    words="Callback API",
    else_words="Long Poll (по умолчанию)",
    read=read,
    is_genuine=is_genuine,
    which="Long Poll: программа спрашивает сама, подходит всем. Callback API: события присылает ВКонтакте; программа "
    "должна быть видна из интернета.",
    look_every=LOOK_EVERY,
    listens=False,
    how="Управление сообществом → Работа с API → Callback API: адрес, секретный ключ, версия API 5.199. Подтвердите "
    "адрес и на вкладке «Типы событий» отметьте комментарии, сообщения, записи, обсуждения и чёрный список.",
)
