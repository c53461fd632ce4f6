"""How the words of the log tell an instant: in near days on a screen, in full on paper and in files."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Protocol


class When(Protocol):
    """An instant in local words. `after`: the preposition that stands in front of it."""

    def __call__(self, instant: datetime, after: str = "") -> str: ...


def in_full(zone: tzinfo) -> When:
    """«25.11.2026 09:05», «до 25.11.2026 09:05»."""

    def tell(instant: datetime, after: str = "") -> str:
        return f"{after} {instant.astimezone(zone):%d.%m.%Y %H:%M}".lstrip()

    return tell
