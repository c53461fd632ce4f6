"""Own words of the demonstration's office: one of each kind, and an exception."""

from __future__ import annotations

from datetime import datetime

from osm.check.acts import dictionary
from osm.check.acts.dictionary import HEADINGS
from osm.store.models import User

_WORDS = (
    ("lemma", "чинуша", "insult", "medium", ""),
    ("phrase", "быстрый заём", "spam", "high", ""),
    ("domain", "gosuslugi.ru", "spam", "medium", "да"),
)


def create_words(actor: User, now: datetime) -> None:
    """Add them, each by a change of its own."""
    for values in _WORDS:
        dictionary.add(dictionary.own_word(dict(zip(HEADINGS, values, strict=True))), actor=actor, now=now)
