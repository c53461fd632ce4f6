"""The list by which a card was opened, and its neighbours there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Flask

from osm.store.models import User


@dataclass(frozen=True, slots=True)
class Trail:
    """Addresses; empty where the list has no card before or after this one. `is_inbox`: the list is «Ждёт меня»."""

    name: str
    back: str
    before: str
    behind: str
    is_inbox: bool = False


TrailOf = Callable[[int, Mapping[str, str], User, datetime], Trail]
"""Message, what its address says, who looks, when."""


def has_cards(app: Flask, name: str, trail: TrailOf) -> None:
    """Register a list whose rows lead to cards; `from` begins with `name`."""
    app.extensions.setdefault("osm_card_lists", {})[name] = trail
