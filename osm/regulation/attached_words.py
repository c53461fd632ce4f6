"""What hangs on a comment, in words (Пр.2.6): «видео «Яма у дома», 0:42», «голосовое сообщение, 0:12», «стикер»."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

UNKNOWN = "вложение, о котором соцсеть не сообщает"
"""Where nothing but the comment itself is known: a person opens it in the network."""

LABELS: dict[str, str] = {
    "photo": "изображение",
    "video": "видео",
    "voice": "голосовое сообщение",
    "audio": "аудиозапись",
    "gif": "анимация GIF",
    "sticker": "стикер",
    "link": "ссылка",
    "file": "файл",
    "drawing": "рисунок",
    "poll": "опрос",
    "post": "запись со стены",
    "goods": "товар",
    "gift": "подарок",
    "place": "место на карте",
    "contact": "контакт",
    "forwarded": "пересланное сообщение",
    "other": "вложение",
}


def thing_words(thing: Mapping[str, Any]) -> str:
    """One of the things of a comment, as it is stored."""
    kind, title, seconds = str(thing.get("kind")), str(thing.get("title") or ""), thing.get("seconds")
    said = LABELS.get(kind, LABELS["other"])
    if title:
        said += f" «{title}»"
    if seconds:
        said += f", {seconds // 60}:{seconds % 60:02}"
    # An address is worth reading where it is the thing itself.
    return f"{said} {thing['url']}" if kind == "link" and thing.get("url") else said
