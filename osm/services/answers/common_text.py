"""The common text of a group made into the answer to one message: greeting and name varied, known fields put in."""

from __future__ import annotations

import re

from moderation.morph import readings
from osm.services.answers.template_fields import filled
from osm.services.answers.templates import first_name

GREETING_FIELD = "приветствие"
BEGINNING = f"{{{GREETING_FIELD}}}\n\n"
"""What the common text begins with."""

_NAMED = ("Здравствуйте, {имя}!", "{имя}, здравствуйте!", "Добрый день, {имя}!", "{имя}, добрый день!")
_NEUTRAL = ("Здравствуйте!", "Добрый день!")
_GREETING = re.compile(r"\{\s*" + GREETING_FIELD + r"\s*\}", re.IGNORECASE)
_NAME = r"\{\s*имя\s*\}"
_WITHOUT_NAME = (
    (re.compile(rf",\s*{_NAME}", re.IGNORECASE), ""),
    (re.compile(rf"{_NAME},\s*(\w)", re.IGNORECASE), lambda found: found[1].upper()),
    (re.compile(rf"\s?{_NAME}", re.IGNORECASE), ""),
)
"""Where nobody knows the author's name, the address goes with its comma."""


_OPENING = re.compile(
    rf"^\s*(?:{_NAME},\s*)?(?:здравствуйте|доброе\s+утро|добр(?:ый|ого)\s+(?:день|дня|вечера?))(?:,\s*{_NAME})?\s*[!.]\s*",
    re.IGNORECASE,
)
"""The greeting of a template: the common text has «{приветствие}» already."""


def without_greeting(template: str) -> str:
    """A ready text for a common answer, which greets each author in his own way."""
    return _OPENING.sub("", template, count=1) or template


def given_name(author: str) -> str:
    """«Мария» of «Мария П.»; empty for «Старшая по дому», «Подслушано» and whatever else is no given name."""
    name = first_name(author)
    return name if name and any({"Name", "nomn"} <= reading.tags for reading in readings(name.lower())) else ""


def text_for(text: str, *, author: str, place: str, turn: int) -> str:
    """The answer to one message. `author`: his name as the network gives it; `turn`: which greeting of the row.

    Fields that nobody knows the value of stay: the caller refuses a text with them.
    """
    name = given_name(author)
    greetings = _NAMED if name else _NEUTRAL
    ready = _GREETING.sub(greetings[turn % len(greetings)], text)
    if not name:
        for pattern, instead in _WITHOUT_NAME:
            ready = pattern.sub(instead, ready)
    return filled(ready, {"имя": name, "адрес": place})
